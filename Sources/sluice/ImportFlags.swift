// What an import of the cashier's orders recorded although it can hardly be meant: facts are never
// refused, so it is told.

import EventLog
import Events

/// Rows that were taken, by what is odd about them.
struct ImportFlags {
  /// How long ago an order may be before its instant is taken for a slip: a year.
  private static let secondsMax: Int64 = 366 * 86_400

  private(set) var unregistered: UInt64 = 0
  private(set) var ahead: UInt64 = 0
  private(set) var longAgo: UInt64 = 0

  /// Counts an event that a row became.
  mutating func take(_ event: Event) {
    let header = event.header
    if header.flags.hasAny(of: .merchantUnknown) { unregistered += 1 }
    if header.flags.hasAny(of: .occurredAhead) { ahead += 1 }
    let oldest = header.logTime.advanced(bySeconds: -ImportFlags.secondsMax)
    if header.occurredAt != .none, header.occurredAt < oldest { longAgo += 1 }
  }

  /// Looks at the events that an import's receipts name.
  static func of(_ receipts: [ClosedRange<UInt64>], in view: LogView) throws -> ImportFlags {
    var flags = ImportFlags()
    for receipt in receipts {
      try view.reader.read(
        from: Position(receipt.lowerBound), to: Position(receipt.upperBound + 1)
      ) { (batch: borrowing EventBatch) throws in
        for index in 0..<batch.count { flags.take(try batch.event(index)) }
      }
    }
    return flags
  }

  /// One line for each sort that there is.
  var lines: [String] {
    let sorts = [
      (unregistered, "of a merchant that is not registered: nobody's evidence (merchant-unknown)"),
      (ahead, "of an instant that is still to come (occurred-ahead)"),
      (longAgo, "of an instant more than a year ago: too late for every block of evidence"),
    ]
    return sorts.filter { $0.0 > 0 }.map { "\(Screen.count($0.0, "row")) taken \($0.1)" }
  }

  func put(_ document: inout Document) {
    document.put("merchant_unknown", unregistered)
    document.put("occurred_ahead", ahead)
    document.put("occurred_long_ago", longAgo)
  }
}
