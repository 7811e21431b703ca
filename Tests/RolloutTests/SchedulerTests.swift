// Single rules of the scheduler, over a plan of two waves.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct SchedulerTests {
  static func started(_ merchants: Int = 20, _ plan: Plan? = nil) throws -> StoryWorld {
    var world = StoryWorld(try plan ?? Plans.short())
    try world.announce()
    for index in 0..<merchants { try world.register(tier: index % 2 == 0 ? .t1 : .t3) }
    try world.start()
    return world
  }

  static func enabled(_ steps: [ScheduledStep]) -> [MerchantNumber] {
    steps.compactMap(\.enabledMerchant)
  }

  @Test func `a wave opens at its instant and not a minute before`() throws {
    var world = try SchedulerTests.started()
    #expect(try world.tick(StoryWorld.at(11, 23, 59)).isEmpty)
    #expect(try world.tick(StoryWorld.at(12, 9, 59)).isEmpty)
    let order = try #require(world.order)
    #expect(
      try world.tick(StoryWorld.at(12, 10)) == [
        .openWave(WaveNumber(1), plannedAt: StoryWorld.at(12, 10), merchants: 2),
        .enable(order.merchants[0], WaveNumber(1), plannedAt: StoryWorld.at(12, 10)),
        .enable(order.merchants[1], WaveNumber(1), plannedAt: StoryWorld.at(12, 10)),
        .completeWave(WaveNumber(1), enabled: 2, skipped: 0),
      ])
    #expect(try world.tick(StoryWorld.at(13, 7, 59)).isEmpty)
    let last = try world.tick(StoryWorld.at(13, 9, 30))
    #expect(SchedulerTests.enabled(last) == Array(order.merchants[2...]))
    #expect(
      last.suffix(2) == [
        .completeWave(WaveNumber(2), enabled: 18, skipped: 0), .complete(enabled: 20, skipped: 0),
      ])
  }

  @Test func `the limit cuts a call short and the next one goes on`() throws {
    var world = try SchedulerTests.started()
    world.now = StoryWorld.at(13, 9, 30)
    let whole = try world.due()
    var pieces: [ScheduledStep] = []
    while true {
      let steps = try world.due(cursor: &world.cursor, limit: 3)
      #expect(steps.count <= 3)
      if steps.isEmpty { break }
      for step in steps { try world.carryOut(step) }
      pieces += steps
    }
    #expect(pieces == whole)
  }

  @Test func `nobody is let in while paused, aborted, or before the effect`() throws {
    var world = try SchedulerTests.started()
    try world.pause()
    #expect(try world.tick(StoryWorld.at(13, 9)).isEmpty)
    try world.resume()
    try world.abort()
    #expect(try world.tick(StoryWorld.at(13, 10)).isEmpty)
    var early = try Plans.short()
    early.effectiveAt = StoryWorld.at(12, 12)
    var waiting = try SchedulerTests.started(20, early)
    #expect(try waiting.tick(StoryWorld.at(12, 11)).isEmpty)
    #expect(try !waiting.tick(StoryWorld.at(12, 12, 1)).isEmpty)
  }

  @Test func `subtlety 18: a late registrant comes last, an excluded and a closed one are skipped`()
    throws
  {
    var world = try SchedulerTests.started()
    let order = try #require(world.order)
    try world.tick(StoryWorld.at(12, 11))
    try world.register()
    try world.register()
    try world.exclude(order.merchants[5])
    try world.close(order.merchants[7])
    let last = try world.tick(StoryWorld.at(13, 9))
    var wanted = order.merchants[2...] + [MerchantNumber(21), MerchantNumber(22)]
    wanted.removeAll { $0 == order.merchants[5] || $0 == order.merchants[7] }
    #expect(SchedulerTests.enabled(last) == Array(wanted))
    #expect(
      last.suffix(2) == [
        .completeWave(WaveNumber(2), enabled: 18, skipped: 2), .complete(enabled: 20, skipped: 2),
      ])
    #expect(
      FrozenOrder(
        merchants: order.merchants, starts: order.starts, registered: order.registered,
        dailyPayments: order.dailyPayments
      ).digest == order.digest)
  }

  @Test func `who is pending again goes with the open wave`() throws {
    var world = try SchedulerTests.started()
    let order = try #require(world.order)
    try world.exclude(order.merchants[0])
    try world.exclude(order.merchants[9])
    let first = try world.tick(StoryWorld.at(12, 11))
    #expect(first.last == .completeWave(WaveNumber(1), enabled: 1, skipped: 1))
    try world.reinstate(order.merchants[0])
    try world.reinstate(order.merchants[9])
    #expect(try world.tick(StoryWorld.at(12, 12)).isEmpty)
    let second = SchedulerTests.enabled(try world.tick(StoryWorld.at(13, 9)))
    #expect(second == [order.merchants[0]] + order.merchants[2...])
    #expect(world.enablements.first { $0.merchant == order.merchants[0] }?.wave == WaveNumber(2))
  }

  @Test func `a roll-back goes backwards, paused or over, and opens nobody`() throws {
    var world = try SchedulerTests.started()
    let order = try #require(world.order)
    try world.tick(StoryWorld.at(12, 11))
    try world.order(rollback: true, .all)
    let position = try #require(world.rollout.runningOrder).position
    try world.pause()
    #expect(
      try world.tick(StoryWorld.at(12, 12), limit: 1) == [
        .switchOff(order.merchants[1], WaveNumber(1), order: position),
        .switchOff(order.merchants[0], WaveNumber(1), order: position),
        .completeOrder(position, switched: 2),
      ])
    #expect(world.book.standing(StoryWorld.number)?.count(.enabled) == 0)
    try world.abort()
    try world.order(rollback: false, .all)
    let back = try world.tick(StoryWorld.at(14, 1))
    #expect(back.count == 3)
    #expect(back.first == .switchOn(order.merchants[0], WaveNumber(1), order: world.position(back)))
    #expect(world.enablements.count == 2)
  }

  @Test(arguments: [OrderScope.wave, .tier, .merchant, .category])
  func `a roll-back concerns its scope alone and goes before enablements`(
    _ scope: OrderScope
  ) throws {
    var world = try SchedulerTests.started()
    let order = try #require(world.order)
    try world.tick(StoryWorld.at(12, 11))
    world.now = StoryWorld.at(13, 8, 30)
    try world.order(
      rollback: true, scope, tier: .t1, wave: 1,
      merchant: scope == .merchant ? order.merchants[0] : .none, category: "food")
    let steps = try world.tick(StoryWorld.at(13, 9))
    let off = steps.compactMap { step -> MerchantNumber? in
      if case .switchOff(let merchant, _, _) = step { merchant } else { nil }
    }
    let wanted =
      switch scope {
      case .wave, .category: [order.merchants[1], order.merchants[0]]
      case .tier: order.merchants[..<2].reversed().filter { world.book.tier($0) == .t1 }
      default: [order.merchants[0]]
      }
    #expect(off == wanted)
    let completed = try #require(
      steps.firstIndex { if case .completeOrder = $0 { true } else { false } })
    let opened = try #require(steps.firstIndex { $0.enabledMerchant != nil })
    #expect(completed < opened)
    #expect(
      steps.last
        == .complete(
          enabled: UInt32(20 - wanted.count), skipped: UInt32(wanted.count)))
  }

  @Test func `two orders at once are carried out one after the other`() throws {
    var world = try SchedulerTests.started()
    try world.tick(StoryWorld.at(12, 11))
    try world.order(rollback: true, .all)
    try world.order(rollback: false, .all)
    world.now = StoryWorld.at(12, 12)
    #expect(try world.due().count == 3, "a call carries out one order")
    let steps = try world.tick(StoryWorld.at(12, 12))
    #expect(steps.count == 6)
    #expect(world.book.standing(StoryWorld.number)?.count(.reinstated) == 2)
  }

  @Test func `a merchant that does not fit waits, and nobody overtakes it`() throws {
    var plan = try Plans.short()
    plan.order.largestLast = .none
    plan.caps.paymentsPerDay = .count(100)
    var world = StoryWorld(plan)
    try world.announce()
    for index in 0..<10 { try world.register(dailyPayments: index == 4 ? 95 : 10) }
    try world.start()
    let order = try #require(world.order)
    let big = try #require(order.place(of: MerchantNumber(5)))
    try #require(big > 1)
    try world.tick(StoryWorld.at(12, 11))
    let day = SchedulerTests.enabled(try world.tick(StoryWorld.at(13, 9)))
    #expect(day == Array(order.merchants[1..<big]))
    let why = Scheduler.whyPending(
      MerchantNumber(5), plan: plan, order: order, rollout: world.rollout, book: world.book,
      cursor: world.cursor, now: world.now)
    #expect(
      why
        == .cap(
          CapHold(
            merchant: MerchantNumber(5), kind: .paymentsPerDay, limit: 100, allowed: 100,
            used: UInt64(10 * (big - 1)), needed: 95,
            freesAt: StoryWorld.at(14))))
  }

  @Test func `support is told why a merchant waits`() throws {
    var world = try SchedulerTests.started()
    let order = try #require(world.order)
    func why(_ place: Int) -> PendingReason? {
      Scheduler.whyPending(
        order.merchants[place], plan: world.plan, order: order, rollout: world.rollout,
        book: world.book, cursor: world.cursor, now: world.now)
    }
    #expect(why(0) == .beforeEffective(StoryWorld.at(12)))
    try world.tick(StoryWorld.at(12, 9))
    #expect(why(0) == .waveNotOpen(WaveNumber(1), StoryWorld.at(12, 10)))
    world.now = StoryWorld.at(12, 10)
    for step in try world.due(limit: 1) { try world.carryOut(step) }
    #expect(why(1) == .queued(ahead: 1))
    try world.tick(StoryWorld.at(12, 10))
    #expect(why(0) == nil)
    #expect(why(9) == .waveNotOpen(WaveNumber(2), StoryWorld.at(13, 8)))
    try world.exclude(order.merchants[9])
    #expect(why(9) == .excluded(.none))
    try world.close(order.merchants[8])
    #expect(why(8) == .closed)
    try world.pause()
    #expect(why(7) == .paused(.none))
    try world.tick(StoryWorld.at(14, 1))
    try world.order(rollback: true, .all)
    #expect(why(7) == .orderRunning(try #require(world.rollout.runningOrder).position))
    try world.tick(StoryWorld.at(14, 2))
    #expect(why(7) == .paused(.none))
    #expect(why(0) == nil)
  }
}

extension StoryWorld {
  /// The position of the order that steps belong to.
  func position(_ steps: [ScheduledStep]) -> Position {
    for step in steps {
      if case .completeOrder(let position, _) = step { return position }
    }
    return .none
  }
}
