// The sizes of waves as they are told before the waves open, against the order that is carried out.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct WaveSizesTests {
  private static func sizes(_ order: FrozenOrder) -> [Int] {
    (0..<order.waves).map { order.starts[$0 + 1] - order.starts[$0] }
  }

  @Test(arguments: [0, 1, 2, 7, 60, 63, 90, 1_000])
  func `what is told of waves to come is what the order has`(_ merchants: Int) throws {
    for plan in try OrderMakerTests.plans() {
      var world = try FrozenOrderTests.world(merchants, plan: plan)
      try world.start()
      let order = try #require(world.order)
      let told = WaveSizes(world.rollout, plan, world.book)
      #expect(told.waves == WaveSizesTests.sizes(order))
      #expect(told.waves.reduce(0, +) == order.count)
      let previewed = PlanOutlook(plan, world.book).sums.waves.map { Int($0.merchants) }
      #expect(told.waves == previewed)
    }
  }

  @Test func `sixty merchants have a canary of one, and nobody is missing`() throws {
    var world = try FrozenOrderTests.world(60)
    try world.start()
    let told = WaveSizes(world.rollout, world.plan, world.book)
    #expect(told.waves == [1, 2, 6, 9, 12, 15, 15])
  }

  @Test func `who comes, is closed or is excluded behind the start changes nothing`() throws {
    for plan in try OrderMakerTests.plans() {
      var world = try FrozenOrderTests.world(63, plan: plan)
      try world.exclude(MerchantNumber(7))
      try world.exclude(MerchantNumber(39))
      try world.close(MerchantNumber(12))
      try world.start()
      let order = try #require(world.order)
      world.now = world.now.advanced(bySeconds: 60)
      for index in 0..<20 { try FrozenOrderTests.register(63 + index, of: 100, in: &world) }
      for merchant in [1, 2, 20] as [UInt32] { try world.close(MerchantNumber(merchant)) }
      for merchant in [30, 40] as [UInt32] { try world.exclude(MerchantNumber(merchant)) }
      try world.reinstate(MerchantNumber(39))
      let told = WaveSizes(world.rollout, plan, world.book)
      #expect(told.waves == WaveSizesTests.sizes(order))
    }
  }

  @Test func `a wave that has opened has the size with which it opened`() throws {
    var world = try FrozenOrderTests.world(63)
    try world.start()
    try world.apply(
      .waveOpened(
        WaveOpened(
          rollout: StoryWorld.number, planVersion: 1, wave: WaveNumber(1), merchants: 5,
          plannedAt: world.now)))
    #expect(WaveSizes(world.rollout, world.plan, world.book).waves.first == 5)
  }
}
