// The rollouts and their waves as tables.

import Events

extension RolloutBoard {
  /// Of its rows: to be raised whenever the same events give other rows.
  package static let version = 1

  static let columns = [
    Column("number", .integer), Column("plan", .text), Column("version", .integer),
    Column("institution", .text), Column("phase", .text), Column("paused", .flag),
    Column("window_over", .flag), Column("consulted_at", .instant),
    Column("announced_at", .instant), Column("effective_at", .instant),
    Column("window_end", .instant), Column("started_at", .instant), Column("ended_at", .instant),
    Column("approvals", .text), Column("merchants_in_order", .integer),
    Column("pending", .integer), Column("enabled", .integer), Column("rolled_back", .integer),
    Column("reinstated", .integer), Column("excluded", .integer), Column("order_digest", .digest),
    Column("plan_digest", .digest),
  ]

  /// In the order of numbers. `merchants` says how many stand in each state.
  package func write(counting merchants: MerchantBook, to sink: inout some RowSink) {
    sink.begin(RolloutBoard.columns)
    for rollout in rollouts {
      rollout.writeOwn(to: &sink)
      for state in MerchantState.allCases {
        sink.integer(merchants.standing(rollout.number)?.count(state) ?? 0)
      }
      sink.optional(rollout.orderDigest)
      sink.optional(rollout.documentDigest)
      sink.endRow()
    }
  }

  /// Of the waves' rows.
  package static let wavesVersion = 1

  static let waveColumns = [
    Column("rollout", .integer), Column("plan", .text), Column("wave", .integer),
    Column("planned_at", .instant), Column("opened_at", .instant),
    Column("completed_at", .instant), Column("merchants", .integer), Column("enabled", .integer),
    Column("rolled_back", .integer),
  ]

  /// In the order of rollouts, then of waves; a wave has a row once it has opened.
  package func writeWaves(to sink: inout some RowSink) {
    sink.begin(RolloutBoard.waveColumns)
    for rollout in rollouts {
      for wave in rollout.waves {
        sink.integer(Int64(rollout.number.rawValue))
        sink.text(rollout.plan)
        sink.integer(Int64(wave.number.rawValue))
        sink.optional(wave.plannedAt)
        sink.instant(wave.openedAt)
        sink.optional(wave.completedAt)
        sink.integer(Int64(wave.merchants))
        sink.integer(Int64(wave.enabled))
        sink.integer(Int64(wave.rolledBack))
        sink.endRow()
      }
    }
  }
}

extension Rollout {
  fileprivate func writeOwn(to sink: inout some RowSink) {
    sink.integer(Int64(number.rawValue))
    sink.text(plan)
    sink.integer(Int64(planVersion))
    sink.text(institution.name)
    sink.text(phase.name)
    sink.flag(isPaused)
    sink.flag(isWindowOver)
    sink.optional(consultedAt)
    sink.optional(announcedAt)
    sink.optional(effectiveAt)
    sink.optional(windowEnd)
    sink.optional(startedAt)
    sink.optional(endedAt)
    if approvals.isEmpty {
      sink.null()
    } else {
      sink.text(approvals.map { "\($0.kind.name):\($0.id)" }.joined(separator: " "))
    }
    sink.integer(Int64(merchantsInOrder))
  }
}
