// The registry as a table: a row for every merchant under every rollout.

import Events

extension MerchantBook {
  /// Of its rows: to be raised whenever the same events give other rows.
  package static let version = 1

  static let columns = [
    Column("number", .integer), Column("merchant", .text), Column("platform", .text),
    Column("category", .text), Column("city", .text), Column("tier", .text),
    Column("downstream", .flag), Column("daily_payments", .integer),
    Column("registered_at", .instant), Column("closed_at", .instant), Column("rollout", .text),
    Column("institution", .text), Column("state", .text), Column("wave", .integer),
    Column("planned_at", .instant), Column("enabled_at", .instant),
    Column("changed_at", .instant), Column("reason", .text), Column("events", .integer),
    Column("last_position", .integer),
  ]

  /// In the order of numbers, then of rollouts. `board` turns a rollout into its plan's id.
  package func write(naming board: RolloutBoard, to sink: inout some RowSink) {
    sink.begin(MerchantBook.columns)
    guard let numbers else { return }
    let rollouts = standings.indices.map { RolloutNumber(UInt16($0 + 1)) }
    let plans = rollouts.map { board.rollout($0)?.plan ?? .none }
    for number in numbers {
      let merchant = merchant(MerchantNumber(number))
      if rollouts.isEmpty {
        merchant.writeOwn(to: &sink)
        for _ in 0..<8 { sink.null() }
        merchant.writeEvents(to: &sink)
      }
      for row in rollouts.indices {
        merchant.writeOwn(to: &sink)
        sink.optional(plans[row])
        standings[row].write(merchant.number, to: &sink)
        merchant.writeEvents(to: &sink)
      }
    }
  }
}

extension Merchant {
  fileprivate func writeOwn(to sink: inout some RowSink) {
    sink.integer(Int64(number.rawValue))
    sink.text(external)
    sink.text(platform.name)
    sink.optional(category)
    sink.optional(city)
    sink.text(tier.name)
    sink.flag(tier.isDownstream)
    if dailyPayments == 0 { sink.null() } else { sink.integer(Int64(dailyPayments)) }
    sink.instant(registeredAt)
    sink.optional(closedAt ?? .none)
  }

  fileprivate func writeEvents(to sink: inout some RowSink) {
    sink.integer(Int64(events))
    sink.position(lastEvent)
    sink.endRow()
  }
}

extension Standing {
  fileprivate func write(_ merchant: MerchantNumber, to sink: inout some RowSink) {
    sink.text(institution.name)
    sink.text(state(merchant).name)
    sink.optional(wave(merchant))
    sink.optional(plannedAt(merchant))
    sink.optional(enabledAt(merchant))
    sink.optional(changedAt(merchant))
    sink.optional(reason(merchant))
  }
}
