// The registry as a table: a row for every merchant under every rollout.

import Events

extension MerchantBook {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order = "number, rollouts by their numbers"

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
    let words = MerchantWords(standings, board, self.words, &rows)
    switch standings.count {
    case 0: writeWithoutStanding(words, &rows, to: &sink)
    case 1:
      // Taken out of its array once: a copy of a standing takes hold of all its buffers.
      let standing = standings[0]
      for number in 0..<UInt32(count) {
        write(MerchantNumber(number + 1), under: standing, 0, words, &rows, to: &sink)
      }
    default:
      for number in 0..<UInt32(count) {
        for (row, standing) in standings.enumerated() {
          write(MerchantNumber(number + 1), under: standing, row, words, &rows, to: &sink)
        }
      }
    }
    rows.end(to: &sink)
  }

  private func writeWithoutStanding(
    _ words: MerchantWords, _ rows: inout RowBlock, to sink: inout some RowSink
  ) {
    for number in 0..<UInt32(count) {
      let record = writeOwn(MerchantNumber(number + 1), words, to: &rows)
      for _ in 0..<8 { rows.null() }
      writeEvents(record, to: &rows)
      rows.endRow(to: &sink)
    }
  }

  /// The row of a merchant under the rollout of a place in the list.
  @inline(__always)
  private func write(
    _ number: MerchantNumber, under standing: borrowing Standing, _ rollout: Int,
    _ words: MerchantWords, _ rows: inout RowBlock, to sink: inout some RowSink
  ) {
    let record = writeOwn(number, words, to: &rows)
    rows.put(words.plans[rollout])
    rows.put(words.institutions[rollout])
    rows.put(words.states[Int(standing.state(number).rawValue)])
    rows.optional(standing.wave(number))
    rows.optional(standing.plannedAt(number))
    rows.optional(standing.enabledAt(number))
    rows.optional(standing.changedAt(number))
    rows.optional(standing.reason(number))
    writeEvents(record, to: &rows)
    rows.endRow(to: &sink)
  }

  /// The cells of a merchant that are the same under every rollout, out of its record.
  @inline(__always)
  private func writeOwn(
    _ number: MerchantNumber, _ words: MerchantWords, to rows: inout RowBlock
  ) -> Record {
    let record = records[Int(number.rawValue) - 1]
    let tier = Tier(rawValue: record.tier) ?? .unknown
    let platform = ShopPlatform(rawValue: record.platform) ?? .taobao
    rows.integer(Int64(number.rawValue))
    rows.text(index.bytes(number))
    rows.put(words.platforms[Int(platform.rawValue)])
    rows.put(words.names[Int(record.category)])
    rows.put(words.names[Int(record.city)])
    rows.put(words.tiers[Int(tier.rawValue)])
    rows.flag(tier.isDownstream)
    if record.dailyPayments == 0 { rows.null() } else { rows.integer(Int64(record.dailyPayments)) }
    rows.instant(record.registeredAt)
    rows.optional(record.closed == 0 ? .none : closings[number]?.at ?? .none)
    return record
  }

  @inline(__always)
  private func writeEvents(_ record: Record, to rows: inout RowBlock) {
    rows.integer(Int64(record.events))
    rows.position(record.lastEvent)
  }
}

/// The words that stand in many rows.
private struct MerchantWords {
  let platforms: [Cell]
  let tiers: [Cell]
  let states: [Cell]
  /// Categories and cities, by their numbers in the list.
  let names: [Cell]
  /// By rollout.
  let plans: [Cell]
  let institutions: [Cell]

  init(
    _ standings: [Standing], _ board: RolloutBoard, _ list: WordList, _ rows: inout RowBlock
  ) {
    platforms = rows.keep(ShopPlatform.self, \.name)
    tiers = rows.keep(Tier.self, \.name)
    states = rows.keep(MerchantState.self, \.name)
    var names: [Cell] = []
    for word in list.words { names.append(rows.keep(word)) }
    self.names = names
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
