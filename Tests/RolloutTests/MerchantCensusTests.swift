// The census against a count by hand.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct MerchantCensusTests {
  private static let one = StoryWorld.number

  private static func enable(_ world: inout StoryWorld, _ merchant: UInt32) throws {
    try world.apply(
      .merchantEnabled(
        MerchantEnabled(
          rollout: one, planVersion: 1, wave: WaveNumber(1), plannedAt: world.plan.effectiveAt)),
      MerchantNumber(merchant))
  }

  private static func turn(
    _ world: inout StoryWorld, _ merchant: UInt32, isOn: Bool
  ) throws {
    let fields = MerchantSwitched(rollout: one, planVersion: 1, wave: WaveNumber(1))
    try world.apply(
      isOn ? .merchantReinstated(fields) : .merchantRolledBack(fields), MerchantNumber(merchant))
  }

  /// Three merchants and a fourth that may not take part.
  ///
  /// On from 10 to 14 and from 16 on; on from 12 on; never on.
  private static func world() throws -> StoryWorld {
    var plan = try Plans.story()
    plan.tiers = [.t1, .t3]
    var world = StoryWorld(plan)
    world.now = StoryWorld.at(4)
    try world.register(tier: .t3, dailyPayments: 10, category: "food")
    try world.register(tier: .t3, dailyPayments: 10, category: "tea")
    try world.register(tier: .t1, dailyPayments: 0, category: "food")
    try world.register(tier: .t5, dailyPayments: 10, category: "food")
    try world.announce()
    try world.start()
    world.now = StoryWorld.at(12, 10)
    try world.apply(
      .waveOpened(
        WaveOpened(
          rollout: one, planVersion: 1, wave: WaveNumber(1), merchants: 2,
          plannedAt: plan.effectiveAt)))
    try enable(&world, 1)
    world.now = StoryWorld.at(12, 12)
    try enable(&world, 2)
    world.now = StoryWorld.at(12, 14)
    try turn(&world, 1, isOn: false)
    world.now = StoryWorld.at(12, 16)
    try turn(&world, 1, isOn: true)
    return world
  }

  private static func census(_ from: Timestamp, _ to: Timestamp) throws -> MerchantCensus {
    let world = try world()
    return MerchantCensus(
      world.rollout, world.plan, world.book, span: (from, to), now: StoryWorld.at(12, 18))
  }

  @Test func `who may take part is counted by platform, tier and category`() throws {
    let world = try MerchantCensusTests.world()
    let census = try MerchantCensusTests.census(StoryWorld.at(12), StoryWorld.at(12, 18))
    #expect(census.tiers[Int(Tier.t3.rawValue)] == .init(all: 2, on: 2))
    #expect(census.tiers[Int(Tier.t1.rawValue)] == .init(all: 1, on: 0))
    #expect(census.tiers[Int(Tier.t5.rawValue)] == .init(all: 0, on: 0))
    #expect(census.platforms.reduce(0) { $0 + $1.all } == 3)
    let categories = census.categories(of: world.book)
    #expect(categories.map { "\($0.name)" } == ["food", "tea"])
    #expect(categories.map(\.count) == [.init(all: 2, on: 1), .init(all: 1, on: 1)])
  }

  @Test func `time on and not yet on is told by stratum within the span`() throws {
    let census = try MerchantCensusTests.census(StoryWorld.at(12, 11), StoryWorld.at(12, 17))
    let hour: Int64 = 3600
    // The first was on from 11 to 14 and from 16 to 17, the second from 12 to 17.
    let food = Stratum(tier: .t3, dailyPayments: 10)
    #expect(census[food] == .init(on: 9 * hour, notYet: 1 * hour))
    #expect(census[Stratum(tier: .t1, dailyPayments: 0)] == .init(on: 0, notYet: 6 * hour))
    #expect(census[Stratum(tier: .t5, dailyPayments: 10)] == .init())
    #expect(census.sinceStart[Int(Tier.t3.rawValue)] == .init(on: 12 * hour, notYet: 22 * hour))
  }

  @Test func `merchants have time from their registration to their exclusion or close`() throws {
    var world = try MerchantCensusTests.world()
    let hour: Int64 = 3600
    let stratum = Stratum(tier: .t1, dailyPayments: 0)
    // The third was there from the beginning, one more since 13.
    world.now = StoryWorld.at(12, 13)
    try world.register(tier: .t1, dailyPayments: 0, category: "food")
    world.now = StoryWorld.at(12, 15)
    try world.apply(
      .merchantExcluded(
        MerchantExcluded(
          rollout: MerchantCensusTests.one, planVersion: 1, reason: .none, reasonReference: .zero)),
      MerchantNumber(5))
    func census() -> MerchantCensus {
      MerchantCensus(
        world.rollout, world.plan, world.book, span: (StoryWorld.at(12, 11), StoryWorld.at(12, 17)),
        opening: (StoryWorld.at(12, 10), StoryWorld.at(12, 18)), now: StoryWorld.at(12, 18))
    }
    #expect(census()[stratum] == .init(on: 0, notYet: 8 * hour))
    #expect(census().opening(stratum) == .init(on: 0, notYet: 10 * hour))
    world.now = StoryWorld.at(12, 16)
    let gone = Reason(reason: .none, reasonReference: .zero)
    for number: UInt32 in [1, 3] { try world.apply(.merchantClosed(gone), MerchantNumber(number)) }
    #expect(census()[stratum] == .init(on: 0, notYet: 7 * hour))
    #expect(census().opening(stratum) == .init(on: 0, notYet: 8 * hour))
    // The first had been on since 10, but for the time from 14 to 16.
    let food = Stratum(tier: .t3, dailyPayments: 10)
    #expect(census().opening(food) == .init(on: 10 * hour, notYet: 2 * hour))
    // Who may take part is counted as it stands: neither the excluded one nor the closed one.
    #expect(census().tiers[Int(Tier.t1.rawValue)] == .init(all: 0, on: 0))
  }

  @Test func `a span of nothing has no time`() throws {
    let census = try MerchantCensusTests.census(.none, .none)
    #expect(census[Stratum(tier: .t3, dailyPayments: 10)] == .init())
  }
}
