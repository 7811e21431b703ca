// The frozen order, made again here in the plainest way.

import Events
import Merkle
import Projections
import Testing

@testable import Rollout

@Suite struct FrozenOrderTests {
  /// Merchants of every tier; volumes fall with the square root of the rank, some state none.
  static func world(_ merchants: Int, plan: Plan? = nil) throws -> StoryWorld {
    var world = StoryWorld(try plan ?? Plans.story())
    try world.announce()
    for index in 0..<merchants { try register(index, of: merchants, in: &world) }
    return world
  }

  static func register(_ index: Int, of merchants: Int, in world: inout StoryWorld) throws {
    // A rank that is spread over the numbers.
    let rank = (index * 7919) % merchants + 1
    var root = 1
    while root * root < rank * 400 { root += 1 }
    let volume = index % 7 == 3 ? 0 : UInt32(100_000 / root)
    let tier = Tier.allCases[(index * index + index / 3) % Tier.allCases.count]
    try world.register(tier: tier, dailyPayments: volume)
  }

  static func key(_ merchant: MerchantNumber, _ world: StoryWorld) -> UInt64 {
    let text = world.plan.order.seed.bytes + [0] + world.book.external(merchant).bytes
    return unsafe SHA256.hash(text.span.bytes).words.0.byteSwapped
  }

  @Test
  func `subtlety 21: everyone stands in it once and the largest come last with the smallest first`()
    throws
  {
    let world = try FrozenOrderTests.world(2000)
    let order = FrozenOrder(plan: world.plan, book: world.book, rollout: StoryWorld.number)
    #expect(order.merchants.map(\.rawValue).sorted() == Array(1...2000))
    let volumes = order.merchants.map { world.book.dailyPayments($0) }
    let largest = volumes.suffix(200)
    #expect(Array(largest) == largest.sorted())
    #expect(try #require(volumes.dropLast(200).max()) <= (try #require(largest.first)))
    #expect(order.starts == [0, 20, 100, 300, 600, 1000, 1500, 2000])
    for (index, merchant) in order.merchants.enumerated() {
      #expect(order.place(of: merchant) == index)
      #expect(order.places(of: order.wave(of: merchant)).contains(index))
    }
  }

  @Test
  func `subtlety 26: the hold-back is the same share of every tier and stands in the last wave`()
    throws
  {
    let world = try FrozenOrderTests.world(2000)
    let order = FrozenOrder(plan: world.plan, book: world.book, rollout: StoryWorld.number)
    let ordinary = order.merchants.dropLast(200)
    for tier in Tier.allCases {
      let all = ordinary.filter { world.book.tier($0) == tier }
      let keys = all.map { FrozenOrderTests.key($0, world) }.sorted()
      let held = Set(keys.suffix(keys.count / 20))
      for merchant in all where held.contains(FrozenOrderTests.key(merchant, world)) {
        #expect(order.wave(of: merchant) == WaveNumber(7))
      }
    }
    // The 90 held back stand directly before the largest.
    var perTier = [Int](repeating: 0, count: Tier.allCases.count)
    for merchant in ordinary.suffix(90) { perTier[Int(world.book.tier(merchant).rawValue)] += 1 }
    for tier in Tier.allCases {
      let all = ordinary.count { world.book.tier($0) == tier }
      #expect(abs(perTier[Int(tier.rawValue)] * 20 - all) <= 20)
    }
  }

  @Test func `subtlety 22: the canary represents tiers and sizes within rounding`() throws {
    let world = try FrozenOrderTests.world(20_000)
    let order = FrozenOrder(plan: world.plan, book: world.book, rollout: StoryWorld.number)
    let canary = order.merchants[order.places(of: WaveNumber(1))]
    #expect(canary.count == 200)
    let held = Set(order.merchants.dropLast(2000).suffix(900))
    let ordinary = order.merchants.dropLast(2000)
    let stated = ordinary.map { world.book.dailyPayments($0) }.filter { $0 > 0 }.sorted()
    let median = stated[(stated.count - 1) / 2]
    func stratum(_ merchant: MerchantNumber) -> String {
      let volume = world.book.dailyPayments(merchant)
      let size = volume == 0 ? "none" : volume <= median ? "small" : "large"
      return "\(world.book.tier(merchant)) \(size)"
    }
    let all = Dictionary(grouping: ordinary.filter { !held.contains($0) }, by: stratum)
    let chosen = Dictionary(grouping: canary, by: stratum)
    let whole = ordinary.count - held.count
    for (name, members) in all {
      let exact = members.count * 200
      let got = (chosen[name]?.count ?? 0) * whole
      #expect(abs(got - exact) < whole, "\(name)")
      // Those with the lowest keys were taken.
      let keys = members.map { FrozenOrderTests.key($0, world) }.sorted()
      let taken = Set((chosen[name] ?? []).map { FrozenOrderTests.key($0, world) })
      #expect(taken == Set(keys.prefix(taken.count)))
    }
  }

  @Test func `closed, excluded and foreign merchants are not in it`() throws {
    var plan = try Plans.story()
    plan.excludedCategories = [try #require(ShortText("arms"))]
    var world = StoryWorld(plan)
    try world.announce()
    for index in 1...50 { try world.register(category: index == 9 ? "arms" : "food") }
    try world.close(MerchantNumber(3))
    try world.exclude(MerchantNumber(4))
    let order = FrozenOrder(plan: plan, book: world.book, rollout: StoryWorld.number)
    #expect(order.outside == [MerchantNumber(3), MerchantNumber(4), MerchantNumber(9)])
    #expect(order.count == 47)
    #expect(FrozenOrder(plan: plan, book: world.book, rollout: .none).count == 48)
  }

  @Test func `its digest is over wave and number of each, big-endian`() throws {
    let world = try FrozenOrderTests.world(300)
    let order = FrozenOrder(plan: world.plan, book: world.book, rollout: StoryWorld.number)
    var bytes: [UInt8] = []
    for merchant in order.merchants {
      for value in [UInt32(order.wave(of: merchant).rawValue), merchant.rawValue] {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
      }
    }
    let digest = unsafe SHA256.hash(bytes.span.bytes)
    #expect(order.digest == digest)
    let kept = FrozenOrder(
      merchants: order.merchants, starts: order.starts, registered: order.registered,
      dailyPayments: order.dailyPayments)
    #expect(kept.digest == order.digest)
    var other = world.plan
    other.order.seed = try #require(ShortText("another"))
    #expect(
      FrozenOrder(plan: other, book: world.book, rollout: StoryWorld.number).digest
        != order.digest)
  }

  @Test(arguments: 0...12)
  func `few merchants make waves all the same`(_ merchants: Int) throws {
    let world = try FrozenOrderTests.world(merchants)
    let order = FrozenOrder(plan: world.plan, book: world.book, rollout: StoryWorld.number)
    #expect(order.count == merchants)
    #expect(order.waves == 7)
    #expect(order.starts == order.starts.sorted())
  }

  @Test(
    arguments: [
      (0, [3, 4], [0, 0]), (7, [3, 4], [3, 4]), (9, [3, 4], [3, 4]), (2, [1, 1, 1], [1, 1, 0]),
      (5, [10, 0, 10], [3, 0, 2]), (10, [70, 20, 10], [7, 2, 1]), (3, [98, 1, 1], [3, 0, 0]),
      (1, [], []),
    ] as [(Int, [Int], [Int])])
  func `largest remainder shares out exactly`(_ total: Int, _ sizes: [Int], _ parts: [Int]) {
    #expect(OrderMaker.apportion(total, over: sizes) == parts)
  }

  @Test func `a merchant larger than a cap is a fault and too slow a cap a warning`() throws {
    var world = try FrozenOrderTests.world(2000)
    #expect(PlanRules.validate(world.plan, world.book).isEmpty)
    world.plan.caps.paymentsPerDay = .count(4999)
    let faults = PlanRules.validate(world.plan, world.book)
    let refused = faults.filter { !$0.isWarning }
    #expect(refused.map(\.path) == ["caps.payments_per_day"])
    #expect(refused.first?.description.contains("5000 a day") == true, "\(faults)")
    world.plan.caps.paymentsPerDay = .share(Share(partsPerMillion: 300_000))
    let slow = PlanRules.validate(world.plan, world.book)
    #expect(slow.map(\.path) == ["caps.payments_per_day"])
    #expect(slow.map(\.isWarning) == [true])
  }
}
