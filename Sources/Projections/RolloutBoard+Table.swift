// The rollouts and their waves as tables.

import Events

extension RolloutBoard {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order = "number"

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

  /// In the order of numbers.
  ///
  /// `merchants` says how many stand in each state.
  public func write(counting merchants: MerchantBook, to sink: inout some RowSink) {
    var rows = RowBlock(RolloutBoard.columns, for: &sink)
    for rollout in rollouts {
      rollout.writeOwn(to: &rows)
      for state in MerchantState.allCases {
        rows.integer(merchants.standing(rollout.number)?.count(state) ?? 0)
      }
      rows.optional(rollout.orderDigest)
      rows.optional(rollout.documentDigest)
      rows.endRow(to: &sink)
    }
    rows.end(to: &sink)
  }

  /// Of the waves' rows.
  public static let wavesVersion = 1

  /// What the waves' rows are sorted by.
  public static let wavesOrder = "rollout, wave"

  static let waveColumns = [
    Column("rollout", .integer), Column("plan", .text), Column("wave", .integer),
    Column("planned_at", .instant), Column("opened_at", .instant),
    Column("completed_at", .instant), Column("merchants", .integer), Column("enabled", .integer),
    Column("rolled_back", .integer),
  ]

  /// In the order of rollouts, then of waves; a wave has a row once it has opened.
  public func writeWaves(to sink: inout some RowSink) {
    var rows = RowBlock(RolloutBoard.waveColumns, for: &sink)
    for rollout in rollouts {
      for wave in rollout.waves {
        rows.integer(Int64(rollout.number.rawValue))
        rows.text(rollout.plan)
        rows.integer(Int64(wave.number.rawValue))
        rows.optional(wave.plannedAt)
        rows.instant(wave.openedAt)
        rows.optional(wave.completedAt)
        rows.integer(Int64(wave.merchants))
        rows.integer(Int64(wave.enabled))
        rows.integer(Int64(wave.rolledBack))
        rows.endRow(to: &sink)
      }
    }
    rows.end(to: &sink)
  }

  /// How many rows `writeWaves` hands out.
  public var waveCount: Int { rollouts.reduce(0) { $0 + $1.waves.count } }
}

extension Rollout {
  fileprivate func writeOwn(to rows: inout RowBlock) {
    rows.integer(Int64(number.rawValue))
    rows.text(plan)
    rows.integer(Int64(planVersion))
    rows.text(institution.name)
    rows.text(phase.name)
    rows.flag(isPaused)
    rows.flag(isWindowOver)
    rows.optional(consultedAt)
    rows.optional(announcedAt)
    rows.optional(effectiveAt)
    rows.optional(windowEnd)
    rows.optional(startedAt)
    rows.optional(endedAt)
    if approvals.isEmpty {
      rows.null()
    } else {
      rows.text(approvals.map(\.word).joined(separator: " "))
    }
    rows.integer(Int64(merchantsInOrder))
  }
}
