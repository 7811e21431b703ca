// The order made by digits and marks against the order made the plain way.

import Events
import Platform
import Projections
import Testing

@testable import Rollout

@Suite struct OrderMakerTests {
  /// Plans whose shares fall on odd places.
  static func plans() throws -> [Plan] {
    let story = try Plans.story()
    var canaries = story
    canaries.waves[1].isCanary = true
    canaries.waves[2].isCanary = true
    var none = story
    none.holdBack = .none
    none.order.largestLast = .none
    var most = story
    most.order.largestLast = Share(partsPerMillion: 990_000)
    most.holdBack = Share(partsPerMillion: 333_333)
    var short = story
    short.order.seed = try #require(ShortText("x"))
    var listed = story
    for (wave, names) in [(0, ["shop-7", "shop-1"]), (3, ["shop-999999", "shop-40", "shop-39"])] {
      listed.waves[wave].share = .none
      listed.waves[wave].merchants = try names.map { try #require(ShortText($0)) }
    }
    var narrow = listed
    narrow.tiers = [.t1, .t3, .t5]
    var second = story
    second.order.hashVersion = 2
    var secondMost = most
    secondMost.order.hashVersion = 2
    return [
      story, canaries, none, most, short, listed, narrow, second, secondMost, try Plans.short(),
    ]
  }

  static func expectPlain(_ plan: Plan, _ book: MerchantBook) {
    var plain = PlainOrder(plan: plan, book: book, rollout: StoryWorld.number)
    let starts = plain.makeWaves()
    let order = FrozenOrder(plan: plan, book: book, rollout: StoryWorld.number)
    #expect(order.merchants == plain.row)
    #expect(order.starts == starts)
    #expect(order.dailyPayments == plain.row.reduce(0) { $0 + UInt64(book.dailyPayments($1)) })
  }

  @Test(arguments: [0, 1, 2, 7, 63, 1_000, 4_096, 4_097, 20_000])
  func `marks and digits give the order that sorting gives`(_ merchants: Int) throws {
    let world = try FrozenOrderTests.world(merchants)
    for plan in try OrderMakerTests.plans() { OrderMakerTests.expectPlain(plan, world.book) }
  }

  @Test func `who is excluded, closed, of one size or of long names is no exception`() throws {
    var world = StoryWorld(try Plans.story())
    try world.announce()
    for index in 1...6_000 as ClosedRange<UInt32> {
      let length = Int(index) % 60 + 4
      let digits = Array("\(index)".utf8)
      let name =
        digits + [UInt8](repeating: UInt8(ascii: "n"), count: length - min(4, digits.count))
      try world.apply(
        .merchantRegistered(
          MerchantRegistered(
            platform: index % 3 == 0 ? .tmall : .taobao, tier: .t2,
            dailyPayments: index % 5 == 0 ? 0 : 7, external: try #require(ExternalID(name)),
            category: .none, city: .none)), MerchantNumber(index))
    }
    for index in stride(from: 9, to: 6_000, by: 97) {
      try world.close(MerchantNumber(UInt32(index)))
      try world.exclude(MerchantNumber(UInt32(index + 40)))
    }
    for var plan in try OrderMakerTests.plans() {
      OrderMakerTests.expectPlain(plan, world.book)
      plan.platforms = [.tmall]
      OrderMakerTests.expectPlain(plan, world.book)
    }
  }

  @Test(arguments: [0, 1, 4, 20] as [UInt64])
  func `whole keys decide where leading bits are equal`(_ keyBits: UInt64) throws {
    let world = try FrozenOrderTests.world(2_000)
    let order = KeyOrder(
      plan: world.plan, book: world.book, rollout: StoryWorld.number, keyBitsMax: keyBits)
    let plain = (1...2_000 as ClosedRange<UInt32>).sorted {
      FrozenOrderTests.key(MerchantNumber($0), world)
        < FrozenOrderTests.key(MerchantNumber($1), world)
    }
    #expect(order.items.map { order.number($0) } == plain)
  }

  @Test(arguments: [0, 1, 5_000, 70_000])
  func `digits sort what comparisons sort, repeated and crowded values too`(_ count: Int) {
    var state: UInt64 = 88_172_645_463_325_252
    let items = (0..<count).map { index -> UInt64 in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return index % 97 == 0 ? state >> 40 : index % 7 == 0 ? state & 0xfff8_0000_0000_0007 : state
    }
    #expect(ItemSorter.sorted(items) == items.sorted())
  }

  @Test(arguments: [0, 1, 3_000])
  func `who is equal in the upper bits keeps its place`(_ count: Int) {
    var items = (0..<UInt64(count)).map { index in (index &* 7_919 % 113) << 39 | index }
    let wanted = items.sorted()
    items.reverse()
    ItemSorter.sortStably(&items, byBitsFrom: 32)
    let reversed = wanted.reversed().sorted { $0 >> 32 < $1 >> 32 }
    #expect(items.map { $0 >> 32 } == wanted.map { $0 >> 32 })
    #expect(items == reversed)
  }

  @Test func `a rank is found where values repeat`() {
    let sizes: [UInt32] = [5, 0, 70_000, 5, 131_072, 70_000, 5, .max]
    let sorted = sizes.sorted()
    for rank in sizes.indices {
      let found = SizeRanks.find(rank: rank, sizes.span)
      #expect(found.size == sorted[rank])
      #expect(found.smaller == sorted.firstIndex(of: found.size))
      #expect(found.equal == sizes.count { $0 == found.size })
    }
  }

  @Test
  func
    `subtlety 22: a larger canary has everybody of the smaller one, to the first and the last merchant`()
    throws
  {
    let book = try FrozenOrderTests.world(97).book
    var plan = try Plans.story()
    plan.order.hashVersion = 2
    var before: Set<MerchantNumber> = []
    for percent: UInt32 in 1...94 {
      plan.waves = [plan.waves[0], plan.waves[plan.waves.count - 1]]
      plan.waves[0].share = Share(partsPerMillion: percent * 10_000)
      plan.waves[1].share = Share(partsPerMillion: 1_000_000 - percent * 10_000)
      let order = FrozenOrder(plan: plan, book: book, rollout: .none)
      let canary = Set(order.merchants[order.places(of: WaveNumber(1))])
      #expect(canary.isSuperset(of: before), "\(percent) %")
      #expect(Set(order.merchants).count == 97)
      before = canary
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func `a larger total gives no part less, and no part more than its size`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let sizes = (0..<21).map { _ in Int(random.next() % 9) * Int(random.next() % 9) }
    var before = sizes.map { _ in 0 }
    for total in 0...sizes.reduce(0, +) {
      let parts = OrderMaker.shareOut(total, over: sizes, version: 2)
      #expect(parts.reduce(0, +) == total)
      #expect(zip(parts, before).allSatisfy(>=) && zip(parts, sizes).allSatisfy(<=))
      before = parts
    }
  }
}
