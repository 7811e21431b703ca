// The made-up market: the same for a seed, and shaped like the published counts.

import Events
import Platform
import Simulation
import Testing
import Text

@Suite struct MarketTests {
  static let merchants = Market.merchants(count: 20_000, seed: 1, weeklyPayments: 20_000_000)

  @Test func `the same seed gives the same bytes, another seed others`() {
    let first = Market.csv(Market.merchants(count: 500, seed: 7, weeklyPayments: 50_000))
    let second = Market.csv(Market.merchants(count: 500, seed: 7, weeklyPayments: 50_000))
    let other = Market.csv(Market.merchants(count: 500, seed: 8, weeklyPayments: 50_000))
    #expect(first == second)
    #expect(first != other)
  }

  @Test func `one shop in a hundred makes 7.6 percent of the payments, one in ten 33`() {
    let volumes = Self.merchants.map { Double($0.dailyPayments) }.sorted(by: >)
    let sum = volumes.reduce(0, +)
    #expect(abs(sum / 20_000_000 * 7 - 1) < 0.01)
    #expect(abs(volumes[..<200].reduce(0, +) / sum - 0.076) < 0.006)
    #expect(abs(volumes[..<2000].reduce(0, +) / sum - 0.33) < 0.01)
  }

  @Test func `shops of Tmall follow the published tiers, those of Taobao stand downstream`() {
    let tmall = Self.merchants.filter { $0.platform == .tmall }
    let taobao = Self.merchants.filter { $0.platform == .taobao }
    let counts: [(Tier, Double)] = [
      (.t1, 672), (.n1, 793), (.t2, 402), (.t3, 82), (.t4, 41), (.t5, 10),
    ]
    for (tier, count) in counts {
      let share = Double(tmall.count { $0.tier == tier }) / Double(tmall.count)
      #expect(abs(share - count / 2000) < 0.02, "\(tier.name)")
    }
    let downstream = Double(taobao.count { $0.tier.isDownstream }) / Double(taobao.count)
    #expect(abs(downstream - 0.225) < 0.02)
  }

  @Test func `a market written to a file is read back`() throws {
    let path = "/tmp/sluice-market-\(SystemRandom.bytes16().0).csv"
    let merchants = Market.merchants(count: 300, seed: 2, weeklyPayments: 30_000)
    let bytes = Market.csv(merchants)
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
    defer { try? SystemDisk().remove(path) }
    let read = try Market.read(path)
    #expect(read.map { $0.external } == merchants.map { $0.external })
    #expect(read.map { $0.tier } == merchants.map { $0.tier })
    #expect(read.map { $0.platform } == merchants.map { $0.platform })
    #expect(read.map { $0.dailyPayments } == merchants.map { $0.dailyPayments })
  }

  @Test func `columns of other names are found by the map, and a missing one is named`() throws {
    let path = "/tmp/sluice-market-\(SystemRandom.bytes16().0).csv"
    let bytes = Array("shop,city_tier,mean\n17,T4,239.5\n18,N1,\n".utf8)
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
    defer { try? SystemDisk().remove(path) }
    let columns = try #require(
      MarketColumns("merchant=shop,tier=city_tier,daily_payments=mean"))
    let read = try Market.read(path, columns: columns)
    #expect(read.map { $0.tier } == [.t4, .n1])
    #expect(read.map { $0.dailyPayments } == [239, 1])
    #expect(throws: MarketFault.self) { try Market.read(path) }
  }

  @Test func `counted payments become moments in the order of the file`() throws {
    let path = "/tmp/sluice-trace-\(SystemRandom.bytes16().0).csv"
    let bytes = Array("second_of_window,shop\n8,a\n8,b\n8,x\n90,a\n".utf8)
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
    defer { try? SystemDisk().remove(path) }
    let names = try ["a", "b"].map { try IdentifierRule.externalID($0) }
    var trace = try MarketTrace(
      path, columns: try #require(MarketColumns("merchant=shop")), start: .none,
      merchants: [names[0]: 0, names[1]: 1])
    var moments: [MarketMoment] = []
    while let moment = try trace.next() { moments.append(moment) }
    #expect(moments.map { $0.merchant } == [0, 1, 0])
    #expect(moments.map { $0.serial } == [0, 1, 2])
    #expect(moments.map { $0.at.rawValue / 1_000_000 } == [8000, 8037, 90_000])
    #expect(trace.unknown == 1)
  }
}

@Suite struct MarketMomentsTests {
  private func all(_ moments: MarketMoments) -> [MarketMoment] {
    var moments = moments
    var all: [MarketMoment] = []
    while let moment = moments.next() { all.append(moment) }
    return all
  }

  @Test func `the moments are so many, in the order of time, and the same for a seed`() {
    let first = all(MarketMoments(volumes: [5, 1, 3], count: 10_007, seed: 4))
    #expect(first.count == 10_007)
    #expect(first.map { $0.serial } == Array(0..<10_007))
    #expect(zip(first, first.dropFirst()).allSatisfy { $0.at <= $1.at })
    #expect(first == all(MarketMoments(volumes: [5, 1, 3], count: 10_007, seed: 4)))
    #expect(first != all(MarketMoments(volumes: [5, 1, 3], count: 10_007, seed: 5)))
  }

  @Test func `days, windows of six hours and shops have their shares`() {
    let moments = all(MarketMoments(volumes: [60, 30, 10], count: 200_000, seed: 1))
    var days = [Int](repeating: 0, count: 7)
    var windows = [Int](repeating: 0, count: 4)
    var shops = [Int](repeating: 0, count: 3)
    for moment in moments {
      let second = (moment.at.rawValue - MarketMoments.start.rawValue) / 1_000_000_000
      days[Int(second / 86_400)] += 1
      windows[Int(second % 86_400 / 21_600)] += 1
      shops[Int(moment.merchant)] += 1
    }
    let whole = MarketMoments.dayWeights.reduce(0, +)
    for (day, weight) in MarketMoments.dayWeights.enumerated() {
      #expect(abs(days[day] - Int(200_000 * weight / whole)) <= 1)
    }
    for (window, share) in [0.009, 0.221, 0.418, 0.352].enumerated() {
      #expect(abs(Double(windows[window]) / 200_000 - share) < 0.001)
    }
    for (shop, share) in [0.6, 0.3, 0.1].enumerated() {
      #expect(abs(Double(shops[shop]) / 200_000 - share) < 0.01)
    }
  }
}
