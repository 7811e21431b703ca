// Seven days, minute by minute, recounted by what came out.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct WindowTests {
  static let merchants = 20_000

  static func started(_ merchants: Int = merchants) throws -> StoryWorld {
    var world = try FrozenOrderTests.world(merchants)
    try world.start()
    return world
  }

  /// Counts the enablements of every hour and day again, and holds them against the caps.
  static func expectCapsHeld(_ world: StoryWorld) throws {
    let order = try #require(world.order)
    let caps = world.plan.caps
    let heads = UInt64(order.count)
    func check(
      _ cut: (Enablement) -> Int64, _ merchants: Cap, _ payments: Cap, _ name: String
    ) {
      for (period, all) in Dictionary(grouping: world.enablements, by: cut) {
        #expect(UInt64(all.count) <= merchants.limit(of: heads), "\(name) \(period)")
        let volume = all.reduce(0) { $0 + UInt64($1.dailyPayments) }
        #expect(volume <= payments.limit(of: order.dailyPayments), "\(name) \(period)")
      }
    }
    check({ $0.at.beijingHour }, caps.merchantsPerHour, caps.paymentsPerHour, "hour")
    check({ Int64($0.at.beijingDay.rawValue) }, caps.merchantsPerDay, caps.paymentsPerDay, "day")
  }

  /// Every merchant once, in the frozen order.
  static func expectOrderKept(_ world: StoryWorld) throws {
    #expect(world.enablements.map(\.merchant) == (try #require(world.order)).merchants)
  }

  @Test func `the story: seven waves on seven days, everyone in, no cap exceeded`() throws {
    var world = try WindowTests.started()
    try world.run(until: StoryWorld.at(19, 1))
    try WindowTests.expectOrderKept(world)
    try WindowTests.expectCapsHeld(world)
    let table = world.rollout.enabledByDay.map { "\($0.day.rawValue - 19_977) \($0.count)" }
    #expect(
      table == ["1 200", "2 800", "3 2000", "4 3000", "5 4000", "6 5000", "7 5000"])
    #expect(world.rollout.waves.map(\.openedAt) == world.plan.waves.map(\.opensAt))
    #expect(world.rollout.waves.allSatisfy { $0.completedAt != .none })
    #expect(world.rollout.phase == .completed)
    #expect(!world.rollout.isWindowOver)
    #expect(world.steps.last?.step == .complete(enabled: 20_000, skipped: 0))
    // The hour is not released at its first minute.
    let firstHour = world.enablements.filter { $0.at < StoryWorld.at(13, 8, 30) }
    #expect(firstHour.count <= 200 + 400)
  }

  @Test
  func `subtlety 15: after thirty hours down the overdue waves come one by one under the caps`()
    throws
  {
    var world = try WindowTests.started()
    try world.run(until: StoryWorld.at(14, 9))
    let before = world.enablements.count
    world.now = StoryWorld.at(15, 15)
    try world.run(until: StoryWorld.at(19, 1))
    try WindowTests.expectOrderKept(world)
    try WindowTests.expectCapsHeld(world)
    // At the first instant nothing but the paced share of that hour.
    let caughtUp = world.enablements[before...].filter { $0.at < StoryWorld.at(15, 15, 2) }
    #expect(caughtUp.count <= 800 / 60 + 1)
    let fourth = try #require(world.rollout.wave(WaveNumber(4)))
    #expect(fourth.openedAt >= (try #require(world.rollout.wave(WaveNumber(3)))).completedAt)
    #expect(fourth.plannedAt == StoryWorld.at(15, 8))
    #expect(world.rollout.phase == .completed)
  }

  @Test func `subtlety 16: a pause over midnight lets nobody in and does not lengthen the window`()
    throws
  {
    var world = try WindowTests.started(2000)
    try world.run(until: StoryWorld.at(15, 9))
    try world.pause()
    let before = world.enablements.count
    try world.run(until: StoryWorld.at(16, 10))
    #expect(world.enablements.count == before)
    try world.resume()
    try world.run(until: StoryWorld.at(19, 1))
    try WindowTests.expectOrderKept(world)
    try WindowTests.expectCapsHeld(world)
    #expect(world.rollout.windowEnd == StoryWorld.at(19))
  }

  @Test func `paused until the window is over, it ends with the pending and waits`() throws {
    var world = try WindowTests.started(2000)
    try world.run(until: StoryWorld.at(17, 7))
    let before = world.enablements.count
    try world.pause()
    try world.run(until: StoryWorld.at(19, 2))
    let ended = world.steps.filter { if case .endWindow = $0.step { true } else { false } }
    #expect(ended.map(\.step) == [.endWindow(enabled: 1000, pending: 1000)])
    #expect(ended.map(\.at) == [StoryWorld.at(19)])
    #expect(world.enablements.count == before)
    try world.resume()
    try world.run(until: StoryWorld.at(25))
    #expect(world.rollout.phase == .completed)
    try WindowTests.expectOrderKept(world)
    try WindowTests.expectCapsHeld(world)
  }

  @Test(arguments: [Plan.AfterWindow.hold, .continue])
  func `subtlety 17: what is pending at the window's end waits or goes on as the plan says`(
    _ after: Plan.AfterWindow
  ) throws {
    var world = try FrozenOrderTests.world(2000)
    world.plan.afterWindow = after
    world.plan.caps.merchantsPerDay = .count(250)
    try world.start()
    try world.run(until: StoryWorld.at(20))
    #expect(world.rollout.isWindowOver)
    let inside = world.enablements.count { $0.at < StoryWorld.at(19) }
    #expect(inside < 2000)
    #expect(world.enablements.count == (after == .hold ? inside : inside + 250))
    try WindowTests.expectCapsHeld(world)
    guard after == .hold else { return }
    // Held: resuming needs no pause before it.
    try world.resume()
    try world.run(until: StoryWorld.at(26))
    #expect(world.rollout.phase == .completed)
    try WindowTests.expectOrderKept(world)
  }

  @Test func `an empty cursor finds what a warm one does, and nothing twice`() throws {
    var world = try WindowTests.started(500)
    var warm = Scheduler.Cursor()
    var disturbed = 0
    while world.now < StoryWorld.at(19, 1) {
      world.now = world.now.advanced(bySeconds: 600)
      let first = try world.due(cursor: &warm, limit: 7)
      #expect(try world.due(cursor: &warm, limit: 7) == first)
      #expect(try world.due(limit: 7) == first)
      for step in first { try world.carryOut(step) }
      disturbed += 1
      guard disturbed % 40 == 0, world.rollout.phase == .running else { continue }
      let some = MerchantNumber(UInt32(disturbed % 500 + 1))
      switch disturbed / 40 % 5 {
      case 0: try world.exclude(some)
      case 1: try world.reinstate(MerchantNumber(UInt32((disturbed - 40) % 500 + 1)))
      case 2: try world.order(rollback: true, .tier, tier: .t4)
      case 3: try world.order(rollback: false, .tier, tier: .t4)
      default: try world.register(dailyPayments: 3)
      }
    }
    #expect(Set(world.enablements.map(\.merchant)).count == world.enablements.count)
    #expect(world.enablements.count > 300)
    world.cursor = warm
    try world.tick(world.now)
    #expect(try world.due(cursor: &world.cursor).isEmpty)
  }

  @Test func `nothing is due before the next due instant, and something is at it`() throws {
    var world = try WindowTests.started(500)
    var instants = 0
    while let next = Scheduler.nextDue(
      plan: world.plan, order: try #require(world.order), rollout: world.rollout,
      book: world.book, cursor: world.cursor, now: world.now)
    {
      #expect(next > world.now)
      let last = world.now
      world.now = next.advanced(bySeconds: -1)
      if world.now > last { #expect(try world.due().isEmpty, "before \(next)") }
      #expect(try !world.tick(next).isEmpty, "at \(next)")
      instants += 1
      try #require(instants < 5000)
    }
    #expect(world.rollout.phase == .completed)
    try WindowTests.expectOrderKept(world)
    try WindowTests.expectCapsHeld(world)
  }
}
