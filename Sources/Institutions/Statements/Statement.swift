// An institution's statement of a day, kept so that a payment of the log finds its line.
//
// Strings stand back to back in one array and a line is a small record, so that a comparison of a
// million lines takes less than 200 MB. A line is found by what names its money: transaction
// for a capture, transaction and refund for a refund, by either of the refund's ids.

public import Events

/// The lines of a statement.
public struct Statement: Sendable {
  /// A line as it is kept; of integers alone.
  struct Record: Sendable, BitwiseCopyable {
    var amount: Int64
    var occurredAt: Timestamp
    /// Where its strings begin.
    var text: Int
    /// The line of the file.
    var number: Int32
    /// The line that named the same money before it; -1 where none did.
    var first: Int32
    var kind: StatementKind
    var isComparable: Bool
    var transactionCount: UInt8
    var orderCount: UInt8
    var refundCount: UInt8
    var merchantRefundCount: UInt8
  }

  public let institution: Institution
  public let day: BeijingDay
  private(set) var records: [Record] = []
  private var texts: [UInt8] = []
  private var table = StatementKeys()
  private let hash: IdentifierHash
  /// The sum of the fees of all lines.
  public private(set) var fee = StatementFee.zero
  /// How many lines carry a time of another day, and the day of the first of them.
  public private(set) var strayCount = 0
  public private(set) var strayDay: BeijingDay?

  /// - Parameter hash: what lines are found by; its keys must be unknown to whoever wrote the file.
  public init(
    _ institution: Institution, _ day: BeijingDay, hash: IdentifierHash = .ofProcess
  ) {
    self.institution = institution
    self.day = day
    self.hash = hash
  }

  public var count: Int { records.count }

  public mutating func append(_ line: StatementLine) {
    precondition(records.count < StatementReader.linesMax, "a statement has more lines than it may")
    let index = Int32(records.count)
    fee = StatementFee(rawValue: fee.rawValue + line.fee.rawValue)
    if line.occurredAt.beijingDay != day {
      strayCount += 1
      if strayDay == nil { strayDay = line.occurredAt.beijingDay }
    }
    var first: Int32 = -1
    if line.isComparable {
      let name = line.refund == .none ? line.merchantRefund : line.refund
      first = table.insert(key(line.kind, line.transaction, name), index) ?? -1
      if first < 0, line.kind == .refunded, line.merchantRefund != name {
        _ = table.insert(key(.refunded, line.transaction, line.merchantRefund), index)
      }
    }
    records.append(
      Record(
        amount: line.amount.rawValue, occurredAt: line.occurredAt, text: texts.count,
        number: Int32(line.number), first: first, kind: line.kind, isComparable: line.isComparable,
        transactionCount: line.transaction.count, orderCount: line.order.count,
        refundCount: line.refund.count, merchantRefundCount: line.merchantRefund.count))
    for text in [line.transaction, line.order, line.refund, line.merchantRefund] {
      for offset in 0..<Int(text.count) { texts.append(text[offset]) }
    }
  }

  private func key(
    _ kind: StatementKind, _ transaction: ExternalID, _ refund: ExternalID
  ) -> IdentifierKey {
    hash.key(kind == .captured ? .transaction : .refund, transaction, refund)
  }

  /// The line that names this money; of several the first.
  func find(_ kind: StatementKind, _ transaction: RawSpan, _ refund: RawSpan) -> Int? {
    let key =
      kind == .captured
      ? hash.key(.transaction, transaction) : hash.key(.refund, transaction, refund)
    return table.find(key).map { Int($0) }
  }

  /// The ids of a line.
  func names(
    _ index: Int
  ) -> (transaction: ExternalID, order: ExternalID, refund: ExternalID) {
    let record = records[index]
    let order = record.text + Int(record.transactionCount)
    let refund = order + Int(record.orderCount)
    let merchantRefund = refund + Int(record.refundCount)
    return (
      text(record.text, record.transactionCount), text(order, record.orderCount),
      record.refundCount > 0
        ? text(refund, record.refundCount) : text(merchantRefund, record.merchantRefundCount)
    )
  }

  private func text(_ start: Int, _ count: UInt8) -> ExternalID {
    ExternalID(texts.span.extracting(start..<start + Int(count))) ?? .none
  }
}

/// The lines by the keys of their money: open addressing, at most half full.
///
/// A key of 128 bits stands for its ids; two different ones meet with a chance of 2^-128.
private struct StatementKeys: Sendable {
  private struct Slot: Sendable {
    var key: IdentifierKey
    /// -1 where it is empty.
    var line: Int32
  }

  private static let empty = Slot(key: IdentifierKey(low: 0, high: 0), line: -1)
  private var slots = [Slot](repeating: empty, count: 64)
  private var count = 0

  /// Keeps a line under a key; the line that is there already, where one is.
  mutating func insert(_ key: IdentifierKey, _ line: Int32) -> Int32? {
    let place = place(of: key)
    if slots[place].line >= 0 { return slots[place].line }
    slots[place] = Slot(key: key, line: line)
    count += 1
    if count * 2 > slots.count { grow() }
    return nil
  }

  func find(_ key: IdentifierKey) -> Int32? {
    let line = slots[place(of: key)].line
    return line < 0 ? nil : line
  }

  /// Where a key stands, or would have to stand.
  private func place(of key: IdentifierKey) -> Int {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: key.low) & mask
    while slots[place].line >= 0, slots[place].key != key { place = (place + 1) & mask }
    return place
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: StatementKeys.empty, count: old.count * 2)
    for slot in old where slot.line >= 0 { slots[place(of: slot.key)] = slot }
  }
}
