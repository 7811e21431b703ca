// When which guardrail was breached and when the breach was taken back.

import CRecord
package import Events

/// Breaches and clearances in their order.
package struct GuardrailHistory: Sendable {
  package struct Row: Hashable, Sendable {
    package var position: Position
    package var logTime: Timestamp
    package var rollout: RolloutNumber
    package var wave: WaveNumber
    package var guardrail: ShortText
    package var isBreach: Bool
  }

  package private(set) var rows: [Row] = []

  package init() {}

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
  package mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count where !EventKind.isPayment(batch.kind(index)) {
      fold(try batch.event(index), at: batch.position(index))
    }
  }
}

extension GuardrailHistory {
  /// Of its rows: to be raised whenever the same events give other rows.
  package static let version = 1

  static let columns = [
    Column("position", .integer), Column("log_time", .instant), Column("rollout", .integer),
    Column("wave", .integer), Column("guardrail", .text), Column("state", .text),
  ]

  package func write(to sink: inout some RowSink) {
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
