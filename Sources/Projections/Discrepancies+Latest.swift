// The open discrepancies, the latest first.

import Events

extension Discrepancies {
  /// At most so many open rows, the latest first; of one event, flags in their order.
  public func latestOpen(_ most: Int) -> [Row] {
    let most = min(most, openCount)
    var rows: [Row] = []
    for record in records.reversed() where rows.count < most {
      for known in PolicyFlags.names
      where PolicyFlags.discrepancies.contains(known.flag)
        && record.policyFlags.contains(known.flag) && rows.count < most
      {
        let row = row(record, known.flag, known.name)
        if row.isOpen { rows.append(row) }
      }
    }
    return rows
  }
}
