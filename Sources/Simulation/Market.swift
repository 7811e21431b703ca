// A made-up market of shops on Taobao and Tmall, shaped like published figures of real ones.
//
// The published counts of 2,000 shops over 493 days say: cities T1/N1/T2/T3/T4/T5 hold
// 672/793/402/82/41/10 of them, one in a hundred makes 7.6 % of all payments, one in ten 33 %.
// Shops of Tmall follow those tiers. Shops of Taobao are taken to stand further downstream:
// 500/620/430/240/150/60 of 2,000. Six shops in ten stand on Taobao. The volume of a shop is
// independent of its tier. Everything here is whole numbers, so that a seed gives the same bytes
// on every machine.

public import Events
import Platform
import Text

/// A shop of the market.
public struct MarketMerchant: Hashable, Sendable {
  public var external: ExternalID
  public var platform: ShopPlatform
  public var tier: Tier
  /// Usual payments a day: how often it is drawn.
  public var dailyPayments: UInt32
  public var category: ShortText
  public var city: ShortText

  public init(
    external: ExternalID, platform: ShopPlatform, tier: Tier, dailyPayments: UInt32,
    category: ShortText = .none, city: ShortText = .none
  ) {
    self.external = external
    self.platform = platform
    self.tier = tier
    self.dailyPayments = dailyPayments
    self.category = category
    self.city = city
  }
}

/// Makes shops.
public enum Market {
  /// How many shops a market may have.
  public static let merchantsMax = 10_000_000
  /// The days that the figures speak of.
  public static let days = 7

  static let tiers: [Tier] = [.t1, .n1, .t2, .t3, .t4, .t5]
  static let tmallTiers: [UInt64] = [672, 793, 402, 82, 41, 10]
  static let taobaoTiers: [UInt64] = [500, 620, 430, 240, 150, 60]

  /// The volume of a shop as thousandths of the mean, by its place among all shops.
  static let volumes = MarketQuantiles([
    (0, 66), (1000, 103), (2000, 129), (5000, 181), (10_000, 244), (20_000, 350),
    (30_000, 454), (40_000, 566), (50_000, 697), (60_000, 858), (70_000, 1072),
    (80_000, 1391), (90_000, 1995), (95_000, 2691), (98_000, 3761), (99_000, 4884),
    (99_500, 6398), (99_800, 8834), (99_900, 11_025), (99_950, 13_532), (100_000, 18_900),
  ])

  /// Shops with the volumes of a week of so many payments.
  public static func merchants(
    count: Int, seed: UInt64, weeklyPayments: UInt64
  ) -> [MarketMerchant] {
    precondition(
      (1...merchantsMax).contains(count), "a market has 1 to \(merchantsMax) shops")
    var random = SeededRandom(seed: seed)
    var places = (0..<UInt32(count)).map { $0 }
    places.shuffle(using: &random)
    let shared = UInt64(days * count) * 1000
    return places.indices.map { index in
      let part = (UInt64(places[index]) * 2 + 1) << (MarketQuantiles.bits - 1) / UInt64(count)
      let share = UInt64(volumes.value(at: part))
      let daily = (share.multipliedFullWidth(by: weeklyPayments), shared)
      let payments = daily.1.dividingFullWidth(daily.0).quotient
      return merchant(index, UInt32(clamping: max(1, payments)), &random)
    }
  }

  private static func merchant(
    _ index: Int, _ dailyPayments: UInt32, _ random: inout SeededRandom
  ) -> MarketMerchant {
    let isTaobao = random.chance(numerator: 6, denominator: 10)
    let tier = tiers[draw(isTaobao ? taobaoTiers : tmallTiers, &random)]
    let cities = MarketWords.cities(tier)
    let city = cities[random.below(cities.count)]
    let category = MarketWords.categories[random.below(MarketWords.categories.count)]
    return MarketMerchant(
      external: name(isTaobao ? "tb" : "tm", index), platform: isTaobao ? .taobao : .tmall,
      tier: tier, dailyPayments: dailyPayments, category: category, city: city)
  }

  private static func name(_ prefix: String, _ index: Int) -> ExternalID {
    let digits = String(10_000_001 + index)
    guard let name = ExternalID(prefix + digits) else {
      preconditionFailure("a shop's name is longer than an id")
    }
    return name
  }

  /// The index of a weight, drawn by the weights.
  static func draw(_ weights: [UInt64], _ random: inout SeededRandom) -> Int {
    var rest = random.below(weights.reduce(0, +))
    for (index, weight) in weights.enumerated() {
      if rest < weight { return index }
      rest -= weight
    }
    preconditionFailure("a draw lies beyond the sum of the weights")
  }

  /// The shops in the import format for merchants.
  public static func csv(_ merchants: [MarketMerchant]) -> [UInt8] {
    var writer = CSVWriter()
    var out: [UInt8] = []
    for name in ["merchant", "platform", "category", "city", "tier", "daily_payments"] {
      writer.text(name, to: &out)
    }
    writer.endRow(to: &out)
    for merchant in merchants {
      writer.text(merchant.external, to: &out)
      writer.text(merchant.platform.name, to: &out)
      writer.text(merchant.category, to: &out)
      writer.text(merchant.city, to: &out)
      writer.text(merchant.tier.name, to: &out)
      writer.integer(Int64(merchant.dailyPayments), to: &out)
      writer.endRow(to: &out)
    }
    return out
  }
}
