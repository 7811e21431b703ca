// Payments that the payer's bank takes back or asks about: a row a dispute; its last stage counts.
//
// Stages may come in any order and again: the latest by the institution's own time counts, of two
// of one time the further stage, of two of one stage the larger amount. So a row does not depend on
// the order of delivery. A time that lies ahead of the log's is that of the log.

public import Events
public import Platform

/// Every dispute that an institution told of.
public struct Disputes: Sendable {
  public struct Row: Hashable, Sendable {
    public var institution: Institution
    public var transaction: ExternalID
    public var dispute: ExternalID
    /// `.none` where the merchant is not registered; `external` names it then.
    public var merchant: MerchantNumber
    public var external: ExternalID
    public var stage: DisputeStage
    public var amount: Money
    public var currency: UInt16
    public var code: ExternalID
    /// The earliest and the latest time that a stage has.
    public var since: Timestamp
    public var until: Timestamp
    /// The first event of it, and the one whose stage counts.
    public var first: Position
    public var last: Position
    /// What one of its stages or another was flagged with.
    public var flags: PolicyFlags

    /// What the payer's bank holds of it, in the currency's minor units.
    public var taken: Money { stage.isWithPayer ? amount : .zero }
    /// The stage that counts, among the others.
    public var moment: DisputeMoment { DisputeMoment(time: until, stage: stage, amount: amount) }
  }

  private struct Key: Hashable, Sendable {
    var institution: Institution
    var transaction: ExternalID
    var dispute: ExternalID
  }

  /// In the order in which they were first told of.
  public private(set) var rows: [Row] = []
  private var places: [Key: Int] = [:]

  public init() {}

  /// Folds the next event, whatever it is of.
  public mutating func fold(_ event: Event, at position: Position) {
    guard case .paymentDisputed(let fields) = event.payload else { return }
    let moment = DisputeMoment(fields, event.header)
    let time = moment.time
    let key = Key(
      institution: fields.institution, transaction: fields.transaction, dispute: fields.dispute)
    guard let place = places[key] else {
      places[key] = rows.count
      rows.append(
        Row(
          institution: fields.institution, transaction: fields.transaction,
          dispute: fields.dispute, merchant: event.header.merchant, external: fields.external,
          stage: fields.stage, amount: fields.amount, currency: fields.currency,
          code: fields.code, since: time, until: time, first: position, last: position,
          flags: event.header.flags))
      return
    }
    rows[place].since = min(rows[place].since, time)
    rows[place].flags.formUnion(event.header.flags)
    guard moment >= rows[place].moment else { return }
    rows[place].until = time
    rows[place].last = position
    (rows[place].stage, rows[place].amount) = (fields.stage, fields.amount)
    (rows[place].currency, rows[place].code) = (fields.currency, fields.code)
    (rows[place].merchant, rows[place].external) = (event.header.merchant, fields.external)
  }

  /// The disputes about a transaction of an institution.
  public func of(_ institution: Institution, _ transaction: ExternalID) -> [Row] {
    rows.filter { $0.institution == institution && $0.transaction == transaction }
  }
}

extension Disputes: Projection {
  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count where !EventKind.isPayment(batch.kind(index)) {
      fold(try batch.event(index), at: batch.position(index))
    }
  }
}

extension Disputes {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order = "first_position"

  static let columns = [
    Column("institution", .text), Column("transaction", .text), Column("dispute", .text),
    Column("merchant", .text), Column("stage", .text), Column("amount", .integer),
    Column("currency", .integer), Column("taken", .integer), Column("code", .text),
    Column("since", .instant), Column("until", .instant), Column("first_position", .integer),
    Column("last_position", .integer),
  ]

  /// `merchants` turns numbers into the ids that people know.
  public func write(naming merchants: MerchantBook, to sink: inout some RowSink) {
    var rows = RowBlock(Disputes.columns, for: &sink)
    for row in self.rows {
      rows.text(row.institution.name)
      rows.text(row.transaction)
      rows.text(row.dispute)
      rows.optional(row.merchant == .none ? row.external : merchants.external(row.merchant))
      rows.text(row.stage.name)
      rows.integer(row.amount.rawValue)
      rows.integer(Int64(row.currency))
      rows.integer(row.taken.rawValue)
      rows.optional(row.code)
      rows.instant(row.since)
      rows.instant(row.until)
      rows.position(row.first)
      rows.position(row.last)
      rows.endRow(to: &sink)
    }
    rows.end(to: &sink)
  }
}

extension Disputes {
  public func write(to section: inout SectionWriter) {
    section.count(rows.count)
    for row in rows {
      section.u8(row.institution.rawValue)
      section.text(row.transaction)
      section.text(row.dispute)
      section.u32(row.merchant.rawValue)
      section.text(row.external)
      section.u8(row.stage.rawValue)
      section.i64(row.amount.rawValue)
      section.u16(row.currency)
      section.text(row.code)
      section.instant(row.since)
      section.instant(row.until)
      section.position(row.first)
      section.position(row.last)
      section.u16(row.flags.rawValue)
    }
  }

  public init(
    from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    for _ in 0..<section.count(ofBytes: 54) {
      let institution = section.u8(or: Institution.alipay)
      let (transaction, dispute) = (section.text(), section.text())
      let merchant = try section.merchant(of: merchants)
      let external = section.text()
      let stage = section.u8(or: DisputeStage.opened)
      let amount = Money(rawValue: section.i64())
      try section.require(
        amount >= .zero && amount <= .paymentMax, "a dispute is about \(amount.rawValue)")
      let (currency, code) = (section.u16(), section.text())
      let (since, until) = (section.instant(), section.instant())
      let first = try section.event(before: end)
      let last = try section.event(before: end)
      let flags = PolicyFlags(rawValue: section.u16())
      places[Key(institution: institution, transaction: transaction, dispute: dispute)] = rows.count
      rows.append(
        Row(
          institution: institution, transaction: transaction, dispute: dispute,
          merchant: merchant, external: external, stage: stage, amount: amount,
          currency: currency, code: code, since: since, until: until, first: first, last: last,
          flags: flags))
    }
    try section.require(places.count == rows.count, "a dispute stands twice")
  }
}
