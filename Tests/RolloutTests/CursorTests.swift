// What the scheduler remembers from call to call, against a scheduler that remembers nothing.

import Events
import Projections
import Testing

@testable import Rollout

extension StoryWorld {
  mutating func update(_ merchant: MerchantNumber, tier: Tier, platform: ShopPlatform) throws {
    try apply(
      .merchantUpdated(
        MerchantUpdated(
          platform: platform, tier: tier, dailyPayments: book.dailyPayments(merchant),
          category: book.category(merchant), city: .none)), merchant)
  }

  /// One of the things that operators and shops do while a rollout runs.
  mutating func disturb(_ kind: Int, _ merchant: MerchantNumber) throws {
    let state = book.state(merchant, StoryWorld.number)
    switch kind {
    case 0 where !book.isClosed(merchant): try exclude(merchant)
    case 1 where state == .excluded || state == .rolledBack:
      let wave = book.standing(StoryWorld.number)?.wave(merchant) ?? .none
      try apply(
        .merchantReinstated(
          MerchantSwitched(rollout: StoryWorld.number, planVersion: 1, wave: wave)), merchant)
    case 2: try update(merchant, tier: .t5, platform: .tmall)
    case 3: try update(merchant, tier: .t2, platform: .taobao)
    case 4: try close(merchant)
    case 5: try order(rollback: true, .tier, tier: .t5)
    case 6: try order(rollback: false, .tier, tier: .t5)
    case 7: try order(rollback: true, .wave, wave: 1)
    case 8: try order(rollback: false, .all)
    default: try register(dailyPayments: 3)
    }
  }
}

@Suite struct CursorTests {
  private static let merchants = 300

  private static func random(_ state: inout UInt64, _ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % count
  }

  /// Disturbs a rollout that runs, a few steps a call, and lets `check` see each call's steps.
  private static func run(
    _ seed: UInt64, platforms: [ShopPlatform],
    _ check: (StoryWorld, Scheduler.Cursor, [ScheduledStep]) throws -> Void
  ) throws -> StoryWorld {
    var plan = try Plans.story()
    plan.platforms = platforms
    var world = try FrozenOrderTests.world(merchants, plan: plan)
    try world.start()
    var state = seed &* 0x9e37_79b9_7f4a_7c15
    while world.now < StoryWorld.at(20) {
      world.now = world.now.advanced(bySeconds: 300)
      for _ in 0..<3 {
        let before = world.cursor
        let steps = try world.due(cursor: &world.cursor, limit: 5)
        try check(world, before, steps)
        for step in steps { try world.carryOut(step) }
        if random(&state, 40) == 0 {
          let merchant = MerchantNumber(UInt32(random(&state, world.book.count)) + 1)
          try world.disturb(random(&state, 10), merchant)
        }
      }
    }
    return world
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `what is remembered hides nothing and shows nothing twice`(_ seed: UInt64) throws {
    var found = 0
    let world = try CursorTests.run(seed, platforms: seed % 2 == 0 ? [.taobao] : [.taobao, .tmall])
    { world, before, steps in
      let fresh = try world.due(limit: 5)
      #expect(fresh == steps)
      // The same again, from what was remembered before this call.
      var again = before
      let repeated = try world.due(cursor: &again, limit: 5)
      #expect(repeated == steps)
      found += steps.count
    }
    #expect(found > CursorTests.merchants / 2)
    #expect(Set(world.enablements.map(\.merchant)).count == world.enablements.count)
    #expect(
      world.rollout.runningOrder?.position
        == world.rollout.orders.first { !$0.isCompleted }?.position)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `the sums of waves and of the whole are those of a full count`(_ seed: UInt64) throws {
    var sums = 0
    _ = try CursorTests.run(seed, platforms: [.taobao, .tmall]) { world, _, steps in
      var after = world
      for step in steps {
        switch step {
        case .completeWave(let wave, _, let skipped):
          #expect(skipped == CursorTests.neverEnabled(in: wave, after))
          sums += 1
        case .complete(let enabled, let skipped):
          let (on, others) = CursorTests.count(after)
          #expect(enabled == on && skipped == others)
          sums += 1
        case .endWindow(let enabled, _):
          #expect(enabled == CursorTests.count(after).on)
          sums += 1
        default: break
        }
        try after.carryOut(step)
      }
    }
    #expect(sums >= 5)
  }

  private static func line(_ world: StoryWorld) throws -> MerchantLine {
    MerchantLine(order: try #require(world.order), book: world.book)
  }

  private static func neverEnabled(in wave: WaveNumber, _ world: StoryWorld) -> UInt32? {
    guard let line = try? line(world), let standing = world.book.standing(StoryWorld.number) else {
      return nil
    }
    var count: UInt32 = 0
    let first = line.order.starts[Int(wave.rawValue) - 1]
    for place in first..<line.end(of: Int(wave.rawValue)) where !line.isOutside(place) {
      if standing.enabledAt(line[place]) == .none { count += 1 }
    }
    return count
  }

  /// Who is on, and who took part and is neither on nor pending, place by place.
  private static func count(_ world: StoryWorld) -> (on: UInt32, others: UInt32) {
    guard let line = try? line(world), let standing = world.book.standing(StoryWorld.number) else {
      return (0, 0)
    }
    let rule = Eligibility(plan: world.plan, book: world.book)
    var (on, others): (UInt32, UInt32) = (0, 0)
    for place in 0..<line.count {
      let merchant = line[place]
      let state = standing.state(merchant)
      if state == .pending, rule.allows(merchant) { continue }
      if state.isOn, !world.book.isClosed(merchant) {
        on += 1
      } else if !line.isOutside(place) || standing.enabledAt(merchant) != .none {
        others += 1
      }
    }
    return (on, others)
  }

  @Test(arguments: [1, 7, 100])
  func `a call that may look at few places finds the same in several`(_ looks: Int) throws {
    var world = try SchedulerTests.started(60)
    try world.tick(StoryWorld.at(13, 9))
    try world.order(rollback: true, .tier, tier: .t1)
    let wanted = try world.due()
    #expect(wanted.count == 31)
    var cursor = Scheduler.Cursor()
    var calls = 0
    while world.rollout.hasRunningOrder {
      var run = SchedulerRun(
        plan: world.plan, order: try #require(world.order), rollout: world.rollout,
        book: world.book, cursor: cursor, now: world.now, limit: 100, looks: looks)
      _ = run.run()
      cursor = run.cursor
      for step in run.steps { try world.carryOut(step) }
      calls += 1
      try #require(calls < 1_000)
    }
    #expect(calls >= 60 / looks)
    #expect(world.steps.suffix(31).map(\.step) == wanted)
  }

  @Test func `more moved merchants than are kept lead to a new look at all`() throws {
    var world = try SchedulerTests.started()
    let order = try #require(world.order)
    try world.exclude(order.merchants[0])
    try world.tick(StoryWorld.at(12, 11))
    try world.reinstate(order.merchants[0])
    for _ in 0...MovedMerchants.countMax {
      try world.update(order.merchants[19], tier: .t3, platform: .taobao)
    }
    let last = SchedulerTests.enabled(try world.tick(StoryWorld.at(13, 9)))
    #expect(last == [order.merchants[0]] + order.merchants[2...])
  }
}
