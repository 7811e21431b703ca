// Every fact that broke policy: recorded all the same, listed here until somebody has looked at it.
//
// A record is kept for each flagged event and printed as one row for each of its flags. The strings
// stand back to back in one array, so that a record takes about 130 bytes; the list grows with the
// discrepancies, never with the payments.

import CRecord
public import Events
public import Platform

/// The events that carry a flag of `PolicyFlags.discrepancies`.
public struct Discrepancies: Sendable {
  /// One flag of one event.
  public struct Row: Hashable, Sendable {
    public var position: Position
    public var flag: PolicyFlags
    /// The flag's word.
    public var flagName: String
    public var institution: Institution
    public var transaction: ExternalID
    public var order: ExternalID
    /// `.none` where the merchant is not registered; `external` names it then.
    public var merchant: MerchantNumber
    public var external: ExternalID
    /// Of a payment, an attempt or a dispute.
    public var kind: EventKind
    public var amountFen: Int64
    public var occurredAt: Timestamp
    public var logTime: Timestamp
    /// The event that resolved it; `.none` while it is open.
    public var resolvedAt: Position

    public var isOpen: Bool { resolvedAt == .none }
    /// Of a payment.
    public var outcome: Outcome? { kind.outcome }
    /// The word of the event: that of a payment's outcome.
    var word: String {
      outcome?.name ?? (kind == .orderAttempted ? "attempted" : "disputed")
    }
  }

  /// 64 bytes without padding, of integers alone, for a snapshot holds them as they lie in memory.
  struct Record: Sendable, BitwiseCopyable {
    var position: Position
    var occurredAt: Timestamp
    var logTime: Timestamp
    var amountFen: Int64
    /// The capture that a refund had come before, or that has brought the rest of an order.
    var capturedAt: Position = .none
    var text: Int
    var merchant: MerchantNumber
    var flags: UInt16
    /// The number of an `Institution`.
    var institution: UInt8
    /// The number of an `Outcome`, or of the kind of another event.
    var outcome: UInt8
    var transactionCount: UInt8
    var orderCount: UInt8
    var externalCount: UInt8
    var reserved: UInt8 = 0
    var reservedWord: UInt32 = 0

    var policyFlags: PolicyFlags { PolicyFlags(rawValue: flags) }
    /// Nil where the number is of no event that can be flagged.
    var kind: EventKind? {
      if let outcome = Outcome(rawValue: outcome) { return EventKind(outcome: outcome) }
      let kind = EventKind(rawValue: UInt16(outcome))
      return kind == .orderAttempted || kind == .paymentDisputed ? kind : nil
    }
  }

  var records: [Record] = []
  private var texts: [UInt8] = []
  /// What closes by itself when something comes; Discrepancies+Joining.swift.
  var waiting = WaitingDiscrepancies()
  /// How many rows there are.
  public private(set) var count = 0
  /// How many of them are open.
  public internal(set) var openCount = 0
  /// What was done about them, in the order of the log; Discrepancies+Answers.swift.
  var answers = DiscrepancyAnswers()

  public init() {}

  /// Calls `body` with every row in the order of positions, then of flags, until it says no.
  public func forEach(_ body: (Row) -> Bool) {
    for record in records {
      for known in PolicyFlags.names
      where PolicyFlags.discrepancies.contains(known.flag)
        && record.policyFlags.contains(known.flag)
      {
        guard body(row(record, known.flag, known.name)) else { return }
      }
    }
  }

  /// The rows of one flag at one institution.
  public struct FlagCount: Hashable, Sendable {
    public var institution: Institution
    /// The flag's word.
    public var flagName: String
    public var all = 0
    public var open = 0
  }

  /// How many rows there are of each flag at each institution, told without making them.
  ///
  /// In the order of institutions, then of flags; what was never flagged has none.
  public func countByFlag() -> [FlagCount] {
    let flags = PolicyFlags.names.filter { PolicyFlags.discrepancies.contains($0.flag) }
    var counts: [FlagCount] = []
    for institution in Institution.allCases {
      for known in flags {
        counts.append(FlagCount(institution: institution, flagName: known.name))
      }
    }
    for record in records {
      guard
        let place = Institution.allCases.firstIndex(where: { $0.rawValue == record.institution })
      else { continue }
      for (index, known) in flags.enumerated() where record.policyFlags.contains(known.flag) {
        let isJoined = known.flag == record.joining && record.capturedAt != .none
        let isOpen = !isJoined && answers.first(of: record.position, known.flag) == .none
        counts[place * flags.count + index].all += 1
        if isOpen { counts[place * flags.count + index].open += 1 }
      }
    }
    return counts.filter { $0.all > 0 }
  }

  func row(_ record: Record, _ flag: PolicyFlags, _ name: String) -> Row {
    let order = record.text + Int(record.transactionCount)
    let external = order + Int(record.orderCount)
    return Row(
      position: record.position, flag: flag, flagName: name,
      institution: Institution(rawValue: record.institution) ?? .alipay,
      transaction: text(record.text, record.transactionCount),
      order: text(order, record.orderCount), merchant: record.merchant,
      external: text(external, record.externalCount),
      kind: record.kind ?? .paymentPending,
      amountFen: record.amountFen, occurredAt: record.occurredAt, logTime: record.logTime,
      resolvedAt: min(
        flag == record.joining ? record.capturedAt : .none,
        answers.first(of: record.position, flag)))
  }

  /// The transaction and the order of a record.
  func names(_ record: Record) -> (transaction: ExternalID, order: ExternalID) {
    let order = record.text + Int(record.transactionCount)
    return (
      text(record.text, record.transactionCount), text(order, record.orderCount)
    )
  }

  private func text(_ start: Int, _ count: UInt8) -> ExternalID {
    ExternalID(texts.span.extracting(start..<start + Int(count))) ?? .none
  }
}

extension Discrepancies {
  mutating func fold(
    _ notice: PaymentNotice, _ batch: borrowing EventBatch, _ index: Int
  ) throws(DecodeFault) {
    // Whatever its currency: an orphan joins the capture that the decision took.
    if notice.outcome == .captured, !waiting.isEmpty,
      !notice.flags.hasAny(of: PolicyFlags.unchanging)
    {
      try join(notice, batch, index)
    }
    guard notice.flags.hasAny(of: PolicyFlags.discrepancies) else { return }
    let event = try batch.event(index)
    guard case .payment(let payment) = event.payload else { return }
    append(
      Record(event.header, payment.outcome.rawValue, payment.orderAmount, payment.institution),
      payment.transaction, payment.order, payment.external, at: batch.position(index))
  }

  /// Takes a flagged attempt or dispute; any other event says nothing here.
  mutating func fold(besidePayments event: Event, at position: Position) {
    let flags = event.header.flags.intersection(PolicyFlags.discrepanciesBesidePayments)
    guard !flags.isEmpty else { return }
    var header = event.header
    header.flags = flags
    let kind = UInt8(truncatingIfNeeded: event.kind.rawValue)
    switch event.payload {
    case .orderAttempted(let fields):
      // The log takes any number for what the cashier asked.
      let amount = min(max(fields.orderAmount, .zero), .paymentMax)
      append(
        Record(header, kind, amount, fields.institution), .none, fields.order, fields.external,
        at: position)
    case .paymentDisputed(let fields):
      append(
        Record(header, kind, fields.amount, fields.institution), fields.transaction, .none,
        fields.external, at: position)
    default: break
    }
  }

  private mutating func append(
    _ record: Record, _ transaction: ExternalID, _ order: ExternalID, _ external: ExternalID,
    at position: Position
  ) {
    var record = record
    record.position = position
    record.text = texts.count
    record.transactionCount = transaction.count
    record.orderCount = order.count
    record.externalCount = external.count
    records.append(record)
    for text in [transaction, order, external] {
      for offset in 0..<Int(text.count) { texts.append(text[offset]) }
    }
    count(records.count - 1)
  }

  /// Counts the rows of a record and lets it wait for what closes it, unless that has come.
  private mutating func count(_ index: Int) {
    let record = records[index]
    let rows = record.flags.nonzeroBitCount
    count += rows
    openCount += rows
    guard record.policyFlags.hasAny(of: record.joining) else { return }
    if record.capturedAt == .none { wait(index) } else { openCount -= 1 }
  }
}

extension Discrepancies.Record {
  /// Of an event with these flags; where its texts stand is left open.
  fileprivate init(
    _ header: EventHeader, _ outcome: UInt8, _ amount: Money, _ institution: Institution
  ) {
    self.init(
      position: .none, occurredAt: header.occurredAt, logTime: header.logTime,
      amountFen: amount.rawValue, text: 0, merchant: header.merchant,
      flags: header.flags.intersection(PolicyFlags.discrepancies).rawValue,
      institution: institution.rawValue, outcome: outcome, transactionCount: 0, orderCount: 0,
      externalCount: 0)
  }
}

extension Discrepancies: Projection {
  /// Whether something of an event that is no payment is read.
  private static func isRead(_ kind: UInt16) -> Bool {
    kind == EventKind.discrepancyResolved.rawValue || kind == EventKind.orderAttempted.rawValue
      || kind == EventKind.paymentDisputed.rawValue
  }

  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count {
      let head = batch.head(index)
      if EventKind.isPayment(head.kind) {
        try fold(try PaymentNotice(batch, index, head), batch, index)
      } else if Discrepancies.isRead(head.kind) {
        try fold(try batch.event(index), at: batch.position(index))
      } else {
        try checkKind(head)
      }
    }
  }
}

extension Discrepancies {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 2

  /// What its rows are sorted by.
  public static let order = "position, flags by their bits"

  static let columns = [
    Column("position", .integer), Column("flag", .text), Column("institution", .text),
    Column("transaction", .text), Column("order", .text), Column("merchant", .text),
    Column("outcome", .text), Column("amount_fen", .fen), Column("occurred_at", .instant),
    Column("log_time", .instant), Column("state", .text), Column("resolved_at", .integer),
  ]

  /// `merchants` turns numbers into the ids that people know.
  public func write(naming merchants: MerchantBook, to sink: inout some RowSink) {
    var rows = RowBlock(Discrepancies.columns, for: &sink)
    forEach { row in
      rows.position(row.position)
      rows.text(row.flagName)
      rows.text(row.institution.name)
      rows.text(row.transaction)
      rows.text(row.order)
      rows.optional(
        row.merchant == .none ? row.external : merchants.external(row.merchant))
      rows.text(row.word)
      rows.fen(row.amountFen)
      rows.optional(row.occurredAt)
      rows.instant(row.logTime)
      rows.text(row.isOpen ? "open" : "resolved")
      rows.optional(row.resolvedAt)
      rows.endRow(to: &sink)
      return true
    }
    rows.end(to: &sink)
  }
}

extension Discrepancies {
  public func write(to section: inout SectionWriter) {
    section.plain(texts)
    section.plain(records)
    section.plain(answers.all)
  }

  /// What waits and the counts are made again from the records.
  ///
  /// - Parameter end: one past the last event that was folded.
  public init(
    from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    texts = try section.plain()
    let length = texts.count
    records = try section.plain { records in
      for index in records.indices {
        guard Discrepancies.isSound(records[index], length, end, merchants) else { return false }
      }
      return true
    }
    for index in records.indices { count(index) }
    let answers: [DiscrepancyAnswers.Answer] = try section.plain { answers in
      answers.indices.allSatisfy { answers[$0].at < end && answers[$0].isPlain }
    }
    for answer in answers {
      guard close(answer) else { throw .wrong("an answer is to no discrepancy") }
    }
  }

  private static func isSound(
    _ record: Record, _ length: Int, _ end: Position, _ merchants: Int
  ) -> Bool {
    let textLength =
      Int(record.transactionCount) + Int(record.orderCount) + Int(record.externalCount)
    let longest = max(record.transactionCount, record.orderCount, record.externalCount)
    return record.position < end && (record.capturedAt == .none || record.capturedAt < end)
      && UInt64(bitPattern: record.amountFen) <= UInt64(Money.paymentMax.rawValue)
      && record.text >= 0 && record.text <= length && textLength <= length - record.text
      && longest <= ExternalID.lengthMax
      && Int(record.merchant.rawValue) <= merchants && record.flags != 0
      && record.policyFlags.isSubset(of: PolicyFlags.discrepancies)
      && Institution(rawValue: record.institution) != nil
      && record.kind != nil && record.reserved == 0
      && record.reservedWord == 0
  }
}
