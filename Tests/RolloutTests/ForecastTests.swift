// The forecast by runs against the scheduler merchant by merchant.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct ForecastTests {
  private static func closed(_ from: Timestamp, _ to: Timestamp) throws -> ClosedInterval {
    ClosedInterval(from: from, to: to, why: try #require(ShortText("night")))
  }

  /// The story, and what else a plan may have.
  private static func plans() throws -> [Plan] {
    let story = try Plans.story()
    var waiting = story
    waiting.waves[0].soakMinutes = 1_500
    waiting.waves[3].soakMinutes = 45
    waiting.caps.merchantsPerMinute = .count(2)
    waiting.closed = try (12...18).map {
      try closed(StoryWorld.at($0, 20, 10), StoryWorld.at($0 + 1, 6, 20))
    }
    var narrow = story
    narrow.caps.merchantsPerDay = .count(130)
    var going = narrow
    going.afterWindow = .continue
    var stopping = narrow
    stopping.afterWindow = .stop
    var volumes = story
    volumes.caps.paymentsPerMinute = .share(Share(partsPerMillion: 4_000))
    volumes.caps.paymentsPerDay = .share(Share(partsPerMillion: 200_000))
    volumes.closed = try [
      closed(StoryWorld.at(12, 9), StoryWorld.at(12, 11)),
      closed(StoryWorld.at(12, 11), StoryWorld.at(12, 12, 30)),
      closed(StoryWorld.at(15, 8, 59), StoryWorld.at(15, 9, 1)),
    ]
    var late = story
    late.effectiveAt = StoryWorld.at(12, 11)
    return [story, waiting, narrow, going, stopping, volumes, late]
  }

  /// The scheduler at every instant at which something is due, and no other.
  private static func played(_ world: inout StoryWorld) throws {
    let plan = world.plan
    let last = plan.windowEnd.advanced(bySeconds: Forecast.daysBehindWindow * 86_400)
    try world.start()
    while let next = Scheduler.nextDue(
      plan: plan, order: try #require(world.order), rollout: world.rollout, book: world.book,
      cursor: world.cursor, now: world.now), next <= last
    {
      try world.tick(next)
    }
  }

  @Test(arguments: 0..<7, [60, 1_500])
  func `it comes to the waves and the hours that the scheduler comes to`(
    _ row: Int, _ merchants: Int
  ) throws {
    let plan = try ForecastTests.plans()[row]
    var world = try FrozenOrderTests.world(merchants, plan: plan)
    let outlook = PlanOutlook(plan, world.book)
    let forecast = outlook.forecast
    try ForecastTests.played(&world)
    let opened = world.rollout.waves
    for (index, wave) in forecast.waves.enumerated() {
      let real = opened.indices.contains(index) ? opened[index] : nil
      #expect(wave.openedAt == real?.openedAt ?? .none, "wave \(index + 1)")
      #expect(wave.enabled == UInt64(real?.enabled ?? 0))
      // A plan that stops completes the open wave with the window.
      if plan.afterWindow != .stop || wave.completedAt != .none {
        #expect(wave.completedAt == real?.completedAt ?? .none, "wave \(index + 1)")
      }
    }
    let real = Dictionary(grouping: world.enablements, by: { $0.at.beijingHour })
    let hours = forecast.hours.filter { $0.merchants > 0 }
    #expect(hours.map(\.hour) == real.keys.sorted())
    for hour in hours {
      let all = real[hour.hour] ?? []
      #expect(hour.merchants == UInt64(all.count))
      #expect(hour.dailyPayments == all.reduce(0) { $0 + UInt64($1.dailyPayments) })
    }
    #expect(forecast.pending == merchants - world.enablements.count)
    #expect((forecast.completedAt != .none) == (forecast.pending == 0))
    if forecast.pending == 0 { #expect(forecast.completedAt == world.rollout.endedAt) }
    let order = try #require(world.order)
    for wave in 1...plan.waves.count {
      let members = order.merchants[order.places(of: WaveNumber(UInt16(wave)))]
      for tier in Tier.allCases {
        #expect(
          outlook.members[wave - 1].tiers[Int(tier.rawValue)]
            == UInt32(members.count { world.book.tier($0) == tier }))
      }
      #expect(outlook.sums.waves[wave - 1].merchants == UInt64(members.count))
      let counted = outlook.members[wave - 1].categories.reduce(0) { $0 + $1.merchants }
      #expect(counted == UInt32(members.count))
    }
  }

  @Test(arguments: [1, 7, 1_499, 5_000])
  func `an outlook that is counted by pieces is the one that is counted at once`(
    pieceLength: Int
  ) throws {
    let plan = try ForecastTests.plans()[1]
    let world = try FrozenOrderTests.world(1_500, plan: plan)
    let whole = PlanOutlook(plan, world.book)
    let pieces = PlanOutlook(plan, world.book, pieceLength: pieceLength)
    #expect(pieces.sums.waves == whole.sums.waves)
    #expect(pieces.sums.largest == whole.sums.largest)
    #expect(pieces.sums.largestPayments == whole.sums.largestPayments)
    #expect(pieces.members.map(\.tiers) == whole.members.map(\.tiers))
    for (some, all) in zip(pieces.members, whole.members) {
      #expect(some.categories.map(\.name) == all.categories.map(\.name))
      #expect(some.categories.map(\.merchants) == all.categories.map(\.merchants))
    }
    #expect(pieces.forecast.waves == whole.forecast.waves)
    #expect(pieces.forecast.hours == whole.forecast.hours)
  }

  @Test(arguments: [1, 3, 1_000])
  func `of merchants as large as each other the first in order is the largest`(
    pieceLength: Int
  ) throws {
    var world = StoryWorld(try Plans.story())
    try world.announce()
    for _ in 0..<40 { try world.register(dailyPayments: 7) }
    let order = FrozenOrder(plan: world.plan, book: world.book, rollout: .none)
    let outlook = PlanOutlook(world.plan, world.book, pieceLength: pieceLength)
    #expect(outlook.sums.largest == order.merchants[0])
  }

  @Test func `subtlety 21: it says which cap holds in an hour`() throws {
    var plan = try Plans.short()
    plan.waves[1].opensAt = StoryWorld.at(12, 11)
    plan.caps.merchantsPerHour = .count(6)
    plan.caps.paymentsPerMinute = .count(30)
    let world = try SchedulerTests.started(20, plan)
    let hours = PlanOutlook(plan, world.book).forecast.hours
    #expect(hours.map(\.merchants) == [2, 6, 6, 6])
    #expect(hours.map(\.hold) == [nil, .merchantsPerHour, .merchantsPerHour, nil])
  }
}
