// Idempotency for ever: which command led to which events. Rebuilt from the log, never expires.

package import Events

/// The answer to a command: its events are durable from here to there.
package struct Receipt: Hashable, Sendable {
  package var first: Position
  package var last: Position
  package init(first: Position, last: Position) {
    self.first = first
    self.last = last
  }
}

/// The receipts of all commands by CommandID.
struct CommandIndex: Sendable {
  private struct Row: Sendable, BitwiseCopyable {
    var first: UInt64
    var digest: UInt64
    var count: UInt32
  }

  private var table = KeyTable()
  private var rows: [Row] = []
  /// The command of the latest event: its further events follow without a gap.
  private var latest = CommandID.none

  /// What is known of a command: its receipt, and the digest of its body.
  func find(_ id: CommandID) -> (receipt: Receipt, digest: UInt64)? {
    guard let row = table.row(Key(low: id.low, high: id.high)) else { return nil }
    let first = Position(rows[row].first)
    let last = first.advanced(by: Int(rows[row].count) - 1)
    return (Receipt(first: first, last: last), rows[row].digest)
  }

  /// Takes note of an event of a command.
  mutating func note(_ id: CommandID, digest: UInt64, at position: Position) {
    guard id != .none else { return }
    if id == latest {
      rows[rows.count - 1].count += 1
      return
    }
    latest = id
    let key = Key(low: id.low, high: id.high)
    // A log that was not written by these rules may name an id twice; the first receipt stands.
    guard table.row(key) == nil else {
      latest = .none
      return
    }
    table.insert(key, row: rows.count)
    rows.append(Row(first: position.rawValue, digest: digest, count: 1))
  }

  var count: Int { rows.count }
}
