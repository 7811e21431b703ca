// What a plan may wait for: closed time, soaks, minutes; and the end of the window that stops it.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct WaitingTests {
  private static func closed(_ from: Timestamp, _ to: Timestamp) throws -> ClosedInterval {
    ClosedInterval(from: from, to: to, why: try #require(ShortText("night")))
  }

  /// Two waves, on the 12th at 10:00 and on the 13th at 08:00.
  private static func world(
    _ merchants: Int = 20, _ change: (inout Plan) throws -> Void
  ) throws -> StoryWorld {
    var plan = try Plans.short()
    try change(&plan)
    return try SchedulerTests.started(merchants, plan)
  }

  private static func next(_ world: StoryWorld) throws -> Timestamp? {
    Scheduler.nextDue(
      plan: world.plan, order: try #require(world.order), rollout: world.rollout, book: world.book,
      cursor: world.cursor, now: world.now)
  }

  private static func why(_ world: StoryWorld, _ place: Int) throws -> PendingReason? {
    let order = try #require(world.order)
    return Scheduler.whyPending(
      order.merchants[place], plan: world.plan, order: order, rollout: world.rollout,
      book: world.book, cursor: world.cursor, now: world.now)
  }

  @Test func `while it is closed no wave opens, and it opens with the first instant behind`() throws
  {
    let night = try WaitingTests.closed(StoryWorld.at(12, 9), StoryWorld.at(12, 11))
    var world = try WaitingTests.world { $0.closed = [night] }
    #expect(try world.tick(StoryWorld.at(12, 9)).isEmpty)
    #expect(try WaitingTests.next(world) == StoryWorld.at(12, 11))
    #expect(try WaitingTests.why(world, 0) == .waveNotOpen(WaveNumber(1), StoryWorld.at(12, 10)))
    #expect(try world.tick(StoryWorld.at(12, 10, 30)).isEmpty)
    #expect(try WaitingTests.why(world, 0) == .closedTime(night))
    #expect(try WaitingTests.next(world) == StoryWorld.at(12, 11))
    #expect(try world.tick(StoryWorld.at(12, 11)).count == 4)
  }

  @Test func `in the middle of a wave nobody is enabled, and roll-backs go on`() throws {
    let noon = try WaitingTests.closed(StoryWorld.at(13, 9), StoryWorld.at(13, 10))
    let next = try WaitingTests.closed(StoryWorld.at(13, 10), StoryWorld.at(13, 11))
    var world = try WaitingTests.world {
      $0.closed = [noon, next]
      $0.caps.merchantsPerHour = .count(6)
    }
    try world.run(until: StoryWorld.at(13, 9))
    let before = world.enablements.count
    #expect(before == 2 + 6)
    #expect(try world.tick(StoryWorld.at(13, 9)).isEmpty)
    #expect(try WaitingTests.why(world, 10) == .closedTime(noon))
    #expect(try WaitingTests.next(world) == StoryWorld.at(13, 11))
    try world.order(rollback: true, .wave, wave: 1)
    #expect(try world.tick(StoryWorld.at(13, 9, 30)).count == 3)
    #expect(try world.tick(StoryWorld.at(13, 9, 30)).isEmpty)
    try world.run(until: StoryWorld.at(13, 11))
    #expect(world.enablements.count == before)
    #expect(SchedulerTests.enabled(try world.tick(StoryWorld.at(13, 11))).count == 1)
  }

  @Test func `a cap that frees in closed time frees behind it`() throws {
    let gap = try WaitingTests.closed(StoryWorld.at(13, 9), StoryWorld.at(13, 9, 30))
    var world = try WaitingTests.world {
      $0.closed = [gap]
      $0.caps.merchantsPerHour = .count(2)
    }
    try world.run(until: StoryWorld.at(13, 9))
    // Two of this hour are in; the next hour begins closed, and releases the first at once.
    #expect(try WaitingTests.next(world) == StoryWorld.at(13, 9, 30))
    #expect(SchedulerTests.enabled(try world.tick(StoryWorld.at(13, 9, 30))).count == 2)
  }

  @Test func `what is closed in a wave whose merchants have all gone does not hold its end`() throws
  {
    let night = try WaitingTests.closed(StoryWorld.at(13, 9), StoryWorld.at(13, 20))
    var world = try WaitingTests.world {
      $0.closed = [night]
      $0.caps.merchantsPerHour = .count(17)
    }
    try world.run(until: StoryWorld.at(13, 9))
    let order = try #require(world.order)
    #expect(world.enablements.count == 19)
    world.now = StoryWorld.at(13, 9)
    try world.exclude(order.merchants[19])
    #expect(
      try world.tick(StoryWorld.at(13, 9)) == [
        .completeWave(WaveNumber(2), enabled: 17, skipped: 1), .complete(enabled: 19, skipped: 1),
      ])
  }

  @Test func `a wave waits until the one before it has soaked`() throws {
    var world = try WaitingTests.world {
      $0.waves[1].opensAt = StoryWorld.at(12, 11)
      $0.waves[0].soakMinutes = 180
    }
    try world.tick(StoryWorld.at(12, 10))
    #expect(try WaitingTests.next(world) == StoryWorld.at(12, 13))
    #expect(try world.tick(StoryWorld.at(12, 12, 59)).isEmpty)
    #expect(try WaitingTests.why(world, 5) == .soaking(WaveNumber(2), StoryWorld.at(12, 13)))
    #expect(!(try world.tick(StoryWorld.at(12, 13)).isEmpty))
    #expect(world.rollout.phase == .completed)
  }

  @Test func `found together, a wave and its soak hold the next one as ever`() throws {
    var world = try WaitingTests.world { $0.waves[0].soakMinutes = 60 }
    // Both waves are overdue by a night: the first is complete now, and soaks from now.
    let steps = try world.tick(StoryWorld.at(13, 9))
    #expect(steps.last == .completeWave(WaveNumber(1), enabled: 2, skipped: 0))
    #expect(try WaitingTests.next(world) == StoryWorld.at(13, 10))
    #expect(try world.tick(StoryWorld.at(13, 10)).last == .complete(enabled: 20, skipped: 0))
  }

  @Test func `bug 12: no pause counts in a soak, and a pause in the soak lengthens it`() throws {
    var world = try WaitingTests.world {
      $0.waves[1].opensAt = StoryWorld.at(12, 11)
      $0.waves[0].soakMinutes = 180
    }
    world.now = StoryWorld.at(12, 8)
    try world.pause()
    world.now = StoryWorld.at(12, 9)
    try world.resume()
    try world.tick(StoryWorld.at(12, 10))
    world.now = StoryWorld.at(12, 11)
    try world.pause()
    #expect(try WaitingTests.next(world) == world.rollout.windowEnd)
    #expect(
      Scheduler.soakEnd(world.plan, world.rollout, now: StoryWorld.at(12, 11, 30))
        == StoryWorld.at(12, 13, 30))
    world.now = StoryWorld.at(12, 16)
    try world.pause()
    world.now = StoryWorld.at(12, 18)
    try world.resume()
    #expect(try WaitingTests.next(world) == StoryWorld.at(12, 20))
    #expect(try world.tick(StoryWorld.at(12, 19, 59)).isEmpty)
    #expect(!(try world.tick(StoryWorld.at(12, 20)).isEmpty))
  }

  @Test func `a minute lets through what its cap says, and the next one the next`() throws {
    var world = try WaitingTests.world {
      $0.waves[1].opensAt = StoryWorld.at(12, 11)
      $0.caps.merchantsPerMinute = .count(7)
      $0.caps.paymentsPerMinute = .count(50)
    }
    try world.tick(StoryWorld.at(12, 10))
    world.now = StoryWorld.at(12, 11)
    for step in try world.due() { try world.carryOut(step) }
    #expect(world.enablements.count == 2 + 5, "each of them has 10 payments")
    #expect(try world.due().isEmpty)
    let frees = StoryWorld.at(12, 11, 1)
    #expect(try WaitingTests.next(world) == frees)
    guard case .cap(let hold) = try WaitingTests.why(world, 7) else {
      Issue.record("no cap holds")
      return
    }
    #expect(hold.kind == .paymentsPerMinute && hold.limit == 50 && hold.used == 50)
    #expect(hold.freesAt == frees)
    #expect(SchedulerTests.enabled(try world.tick(frees)).count == 5)
    #expect(SchedulerTests.enabled(try world.tick(frees.advanced(bySeconds: 59))).isEmpty)
    try world.run(until: StoryWorld.at(12, 12))
    let minutes = Dictionary(grouping: world.enablements, by: { $0.at.minute }).values.map(\.count)
    #expect(minutes.max() == 5 && world.enablements.count == 20)
  }

  @Test(arguments: [
    (CapKind.merchantsPerMinute, UInt64(0), UInt32(9)), (.paymentsPerMinute, 91, 10),
    (.paymentsPerMinute, 0, 101),
  ])
  func `the rule holds a minute's cap as well`(
    _ kind: CapKind, _ payments: UInt64, _ volume: UInt32
  ) throws {
    var caps = try Plans.short().caps
    caps.merchantsPerMinute = .count(3)
    caps.paymentsPerMinute = .count(100)
    var quota = StoryRollout.Quota()
    let now = StoryWorld.at(12, 10)
    let heads = kind == .merchantsPerMinute ? 3 : 1
    for index in 0..<heads { quota.add(payments: index == 0 ? UInt32(payments) : 0, at: now) }
    func cap(_ instant: Timestamp) -> CapKind? {
      Scheduler.exceededCap(
        caps, merchants: 20, dailyPayments: 200, quota: quota, payments: volume, now: instant)
    }
    #expect(cap(now.advanced(bySeconds: 59)) == kind)
    #expect(cap(now.advanced(bySeconds: 60)) == (volume > 100 ? kind : nil))
  }

  @Test func `a plan that stops skips the pending at the window's end, once`() throws {
    var world = try WaitingTests.world {
      $0.afterWindow = .stop
      $0.caps.merchantsPerDay = .count(5)
    }
    try world.run(until: StoryWorld.at(14))
    #expect(world.enablements.count == 2 + 5)
    #expect(
      try world.tick(StoryWorld.at(14)) == [
        .endWindow(enabled: 7, pending: 13),
        .completeWave(WaveNumber(2), enabled: 5, skipped: 13), .complete(enabled: 7, skipped: 13),
      ])
    #expect(world.rollout.phase == .completed)
    #expect(try world.tick(StoryWorld.at(15)).isEmpty)
    #expect(try WaitingTests.why(world, 19) == .ended(.completed))
  }

  @Test func `a pause holds the stop as well, and what ends it ends the rollout`() throws {
    var world = try WaitingTests.world { $0.afterWindow = .stop }
    try world.tick(StoryWorld.at(12, 10))
    try world.pause()
    #expect(
      try world.tick(StoryWorld.at(14)) == [.endWindow(enabled: 2, pending: 18)])
    #expect(try world.tick(StoryWorld.at(15)).isEmpty)
    try world.resume()
    #expect(try world.tick(StoryWorld.at(15)) == [.complete(enabled: 2, skipped: 18)])
    #expect(world.enablements.count == 2)
  }

  @Test func `bugs 1 and 14: three days down, and ticks at one instant add nothing`() throws {
    var world = try WindowTests.started(2000)
    world.plan.waves[2].soakMinutes = 120
    world.plan.closed = try (13...18).map {
      try WaitingTests.closed(StoryWorld.at($0, 22), StoryWorld.at($0 + 1, 8))
    }
    try world.run(until: StoryWorld.at(13, 9))
    let before = world.enablements.count
    try world.tick(StoryWorld.at(16, 7))
    #expect(world.enablements.count == before, "closed until eight")
    try world.tick(StoryWorld.at(16, 8))
    let first = world.steps.count
    #expect(world.enablements.count > before)
    for _ in 0..<50 { #expect(try world.tick(StoryWorld.at(16, 8)).isEmpty) }
    #expect(world.steps.count == first)
    try world.run(until: StoryWorld.at(19))
    try WindowTests.expectCapsHeld(world)
    #expect(world.enablements.allSatisfy { world.plan.closure(at: $0.at) == nil })
    let third = try #require(world.rollout.wave(WaveNumber(3)))
    let fourth = try #require(world.rollout.wave(WaveNumber(4)))
    #expect(fourth.openedAt >= third.completedAt.advanced(bySeconds: 7200))
  }

  @Test func `nothing is due before the next due instant with all that a plan waits for`() throws {
    var world = try WindowTests.started(300)
    world.plan.waves[0].soakMinutes = 1_500
    world.plan.waves[3].soakMinutes = 45
    world.plan.caps.merchantsPerMinute = .count(2)
    world.plan.closed = try (12...18).map {
      try WaitingTests.closed(StoryWorld.at($0, 20, 10), StoryWorld.at($0 + 1, 6, 20))
    }
    var instants = 0
    while let next = try WaitingTests.next(world) {
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
