// What happened, for people: the log without its payments, orders and single merchants.

import CRecord
public import Events
public import Platform

/// Every event that a person decided or must know of.
///
/// Left out are payments, combined or not, disputes, offers and attempts, registrations and updates
/// of merchants, and the switching of one merchant by the scheduler or under an order, which the
/// order itself stands for.
public struct Timeline: Sendable {
  public struct Row: Hashable, Sendable {
    public var position: Position
    public var logTime: Timestamp
    public var kind: EventKind
    public var actor: Actor
    public var cause: Position
    public var rollout: RolloutNumber
    public var wave: WaveNumber
    public var merchant: MerchantNumber
    /// A short sentence made of the fields.
    public var detail: String
  }

  /// In the order of positions.
  public private(set) var rows: [Row] = []

  public init() {}

  mutating func fold(_ event: Event, at position: Position) {
    guard Timeline.isShown(event) else { return }
    let header = event.header
    let subject = event.payload.subject
    rows.append(
      Row(
        position: position, logTime: header.logTime, kind: event.kind, actor: header.actor,
        cause: header.cause, rollout: subject.rollout, wave: subject.wave,
        merchant: header.merchant, detail: event.payload.detail))
  }

  @inline(__always)
  mutating func fold(_ step: MerchantSwitch, at position: Position) {
    if Timeline.isShown(step.header) { fold(step.event, at: position) }
  }

  /// Whether the switching of one merchant is shown.
  @inline(__always)
  private static func isShown(_ header: EventHeader) -> Bool {
    header.actor.kind != .scheduler && header.cause == .none
  }

  private static func isShown(_ event: Event) -> Bool {
    switch event.payload {
    case .payment, .paymentDisputed, .paymentCombined, .orderOffered, .orderAttempted,
      .orderFailed, .orderTimedOut, .evidenceClosed, .merchantRegistered, .merchantUpdated:
      false
    case .merchantEnabled, .merchantRolledBack, .merchantReinstated: isShown(event.header)
    default: true
    }
  }
}

extension Timeline: Projection {
  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count where !EventKind.isPayment(batch.kind(index)) {
      fold(try batch.event(index), at: batch.position(index))
    }
  }
}

extension Timeline {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order = "position"

  static let columns = [
    Column("position", .integer), Column("log_time", .instant), Column("kind", .text),
    Column("actor", .text), Column("actor_id", .integer), Column("cause", .integer),
    Column("rollout", .integer), Column("wave", .integer), Column("merchant", .text),
    Column("detail", .text),
  ]

  /// `merchants` turns numbers into the ids that people know.
  public func write(naming merchants: MerchantBook, to sink: inout some RowSink) {
    var rows = RowBlock(Timeline.columns, for: &sink)
    for row in self.rows {
      rows.position(row.position)
      rows.instant(row.logTime)
      rows.text(row.kind.name)
      rows.text(row.actor.kind.name)
      rows.integer(Int64(row.actor.id))
      rows.optional(row.cause)
      rows.optional(row.rollout)
      rows.optional(row.wave)
      rows.optional(row.merchant == .none ? .none : merchants.external(row.merchant))
      if row.detail.isEmpty { rows.null() } else { rows.text(row.detail) }
      rows.endRow(to: &sink)
    }
    rows.end(to: &sink)
  }
}

extension Timeline {
  public func write(to section: inout SectionWriter) {
    section.count(rows.count)
    for row in rows {
      section.position(row.position)
      section.instant(row.logTime)
      section.u16(row.kind.rawValue)
      section.actor(row.actor)
      section.position(row.cause)
      section.u16(row.rollout.rawValue)
      section.u16(row.wave.rawValue)
      section.u32(row.merchant.rawValue)
      section.plain(Array(row.detail.utf8))
    }
  }

  public init(
    from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    for _ in 0..<section.count(ofBytes: 40) {
      let position = try section.event(before: end)
      let logTime = section.instant()
      let number = section.u16()
      guard let kind = EventKind(rawValue: number) else {
        throw .wrong("\(number) is no kind of event")
      }
      let actor = section.actor()
      // A cause is what the log says, and the log is not asked whether it was there.
      let cause = section.position()
      try section.require(
        cause == .none || cause.rawValue <= UInt64(Int64.max), "a cause is no position")
      let (rollout, wave) = (RolloutNumber(section.u16()), WaveNumber(section.u16()))
      let merchant = try section.merchant(of: merchants)
      let bytes = try section.plain(UInt8.self)
      guard let detail = String(validating: bytes, as: UTF8.self) else {
        throw .wrong("a detail of the timeline is no text")
      }
      rows.append(
        Row(
          position: position, logTime: logTime, kind: kind, actor: actor, cause: cause,
          rollout: rollout, wave: wave, merchant: merchant, detail: detail))
    }
    try section.require(true, "")
  }
}
