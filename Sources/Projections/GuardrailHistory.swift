// When which guardrail was breached and when the breach was taken back.

import CRecord
public import Events
public import Platform

/// Breaches and clearances in their order.
public struct GuardrailHistory: Sendable {
  public struct Row: Hashable, Sendable {
    public var position: Position
    public var logTime: Timestamp
    public var rollout: RolloutNumber
    public var wave: WaveNumber
    public var guardrail: ShortText
    public var isBreach: Bool
  }

  public private(set) var rows: [Row] = []

  public init() {}

  mutating func fold(_ event: Event, at position: Position) {
    let time = event.header.logTime
    switch event.payload {
    case .guardrailBreached(let fields):
      rows.append(
        Row(
          position: position, logTime: time, rollout: fields.rollout, wave: fields.wave,
          guardrail: fields.guardrail, isBreach: true))
    case .guardrailCleared(let fields):
      rows.append(
        Row(
          position: position, logTime: time, rollout: fields.rollout, wave: fields.wave,
          guardrail: fields.guardrail, isBreach: false))
    default: break
    }
  }
}

extension GuardrailHistory: Projection {
  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count where !EventKind.isPayment(batch.kind(index)) {
      fold(try batch.event(index), at: batch.position(index))
    }
  }
}

extension GuardrailHistory {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order = "position"

  static let columns = [
    Column("position", .integer), Column("log_time", .instant), Column("rollout", .integer),
    Column("wave", .integer), Column("guardrail", .text), Column("state", .text),
  ]

  public func write(to sink: inout some RowSink) {
    var rows = RowBlock(GuardrailHistory.columns, for: &sink)
    for row in self.rows {
      rows.position(row.position)
      rows.instant(row.logTime)
      rows.optional(row.rollout)
      rows.optional(row.wave)
      rows.text(row.guardrail)
      rows.text(row.isBreach ? "breached" : "cleared")
      rows.endRow(to: &sink)
    }
    rows.end(to: &sink)
  }
}

extension GuardrailHistory {
  public func write(to section: inout SectionWriter) {
    section.count(rows.count)
    for row in rows {
      section.position(row.position)
      section.instant(row.logTime)
      section.u16(row.rollout.rawValue)
      section.u16(row.wave.rawValue)
      section.text(row.guardrail)
      section.flag(row.isBreach)
    }
  }

  public init(from section: inout SectionReader, end: Position) throws(SectionFault) {
    for _ in 0..<section.count(ofBytes: 22) {
      rows.append(
        Row(
          position: try section.event(before: end), logTime: section.instant(),
          rollout: RolloutNumber(section.u16()), wave: WaveNumber(section.u16()),
          guardrail: section.text(), isBreach: section.flag()))
    }
    try section.require(true, "")
  }
}
