// The registry as a table: a row for every merchant under every rollout.

import Events

extension MerchantBook {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

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

  /// How many rows `write` hands out.
  public var rowCount: Int { count * max(1, standings.count) }

  /// In the order of numbers, then of rollouts.
  ///
  /// `board` turns a rollout into its plan's id.
  public func write(naming board: RolloutBoard, to sink: inout some RowSink) {
    var rows = RowBlock(MerchantBook.columns, for: &sink)
    let words = MerchantWords(standings, board, &rows)
    switch standings.count {
    case 0: writeWithoutStanding(words, &rows, to: &sink)
    case 1:
      // Taken out of its array once: a copy of a standing takes hold of all its buffers.
      let standing = standings[0]
      for number in 0..<UInt32(count) {
        let merchant = merchant(MerchantNumber(number + 1))
        merchant.write(under: standing, 0, words, &rows, to: &sink)
      }
    default:
      for number in 0..<UInt32(count) {
        let merchant = merchant(MerchantNumber(number + 1))
        for (row, standing) in standings.enumerated() {
          merchant.write(under: standing, row, words, &rows, to: &sink)
        }
      }
    }
    rows.end(to: &sink)
  }

  private func writeWithoutStanding(
    _ words: MerchantWords, _ rows: inout RowBlock, to sink: inout some RowSink
  ) {
    for number in 0..<UInt32(count) {
      let merchant = merchant(MerchantNumber(number + 1))
      merchant.writeOwn(words, to: &rows)
      for _ in 0..<8 { rows.null() }
      merchant.writeEvents(to: &rows)
      rows.endRow(to: &sink)
    }
  }
}

/// The words that stand in many rows.
private struct MerchantWords {
  let platforms: [Cell]
  let tiers: [Cell]
  let states: [Cell]
  /// By rollout.
  let plans: [Cell]
  let institutions: [Cell]

  init(_ standings: [Standing], _ board: RolloutBoard, _ rows: inout RowBlock) {
    platforms = rows.keep(ShopPlatform.self, \.name)
    tiers = rows.keep(Tier.self, \.name)
    states = rows.keep(MerchantState.self, \.name)
    var plans: [Cell] = []
    var institutions: [Cell] = []
    for (index, standing) in standings.enumerated() {
      let plan = board.rollout(RolloutNumber(UInt16(index + 1)))?.plan ?? .none
      plans.append(rows.keep(plan))
      institutions.append(rows.keep(word: standing.institution.name))
    }
    self.plans = plans
    self.institutions = institutions
  }
}

extension Merchant {
  /// The row under the rollout of a place in the list.
  @inline(__always)
  fileprivate func write(
    under standing: borrowing Standing, _ rollout: Int, _ words: MerchantWords,
    _ rows: inout RowBlock, to sink: inout some RowSink
  ) {
    writeOwn(words, to: &rows)
    rows.put(words.plans[rollout])
    rows.put(words.institutions[rollout])
    rows.put(words.states[Int(standing.state(number).rawValue)])
    rows.optional(standing.wave(number))
    rows.optional(standing.plannedAt(number))
    rows.optional(standing.enabledAt(number))
    rows.optional(standing.changedAt(number))
    rows.optional(standing.reason(number))
    writeEvents(to: &rows)
    rows.endRow(to: &sink)
  }

  @inline(__always)
  fileprivate func writeOwn(_ words: MerchantWords, to rows: inout RowBlock) {
    rows.integer(Int64(number.rawValue))
    rows.text(external)
    rows.put(words.platforms[Int(platform.rawValue)])
    rows.optional(category)
    rows.optional(city)
    rows.put(words.tiers[Int(tier.rawValue)])
    rows.flag(tier.isDownstream)
    if dailyPayments == 0 { rows.null() } else { rows.integer(Int64(dailyPayments)) }
    rows.instant(registeredAt)
    rows.optional(closedAt ?? .none)
  }

  @inline(__always)
  fileprivate func writeEvents(to rows: inout RowBlock) {
    rows.integer(Int64(events))
    rows.position(lastEvent)
  }
}
