// When orders are placed, and where: over days, hours and shops as the published counts say.
//
// A day holds 0.9, 22.1, 41.8 and 35.2 % of its orders in its four windows of six hours; the seven
// days stand to each other as seven real ones did, Thursday first. Moments are made hour by hour
// and given out in the order of time, so that memory holds one hour.

public import Events
import Platform

/// An order that a buyer is about to place.
public struct MarketMoment: Hashable, Sendable, BitwiseCopyable {
  /// Counts the orders from 0.
  public var serial: UInt64
  public var at: Timestamp
  /// The row of the shop in the list of merchants.
  public var merchant: UInt32

  public init(serial: UInt64, at: Timestamp, merchant: UInt32) {
    self.serial = serial
    self.at = at
    self.merchant = merchant
  }
}

/// All moments of a window, drawn by the volumes of the shops.
public struct MarketMoments: Sendable {
  /// How many payments a week may have.
  public static let countMax: UInt64 = 2_000_000_000
  public static let daysMax = 366

  /// Midnight in Beijing, 2024-09-12: a Thursday.
  public static let start = Timestamp(seconds: 1_726_070_400)

  /// How the days stand to each other.
  public static let dayWeights: [UInt64] = [
    269_436, 295_354, 317_817, 317_476, 271_399, 264_152, 266_425,
  ]
  /// How the hours of a day stand to each other; 10,000 together.
  public static let hourWeights: [UInt64] = [
    40, 20, 10, 5, 5, 10, 80, 180, 290, 390, 520, 750,
    900, 640, 560, 560, 640, 880, 940, 860, 740, 540, 300, 140,
  ]
  private static let hourMilliseconds: UInt64 = 3_600_000

  private let start: Timestamp
  private let seed: UInt64
  private let count: UInt64
  /// The sum of the volumes up to and with each shop.
  private let volumes: [UInt64]
  /// The sum of the weights of the hours before each hour.
  private let hours: [UInt64]
  private var hour = 0
  private var serial: UInt64 = 0
  /// Of the hour at hand: milliseconds above, the shop below.
  private var drawn: [UInt64] = []
  private var index = 0

  public init(
    volumes: [UInt32], start: Timestamp = MarketMoments.start, days: Int = Market.days,
    count: UInt64, seed: UInt64
  ) {
    precondition(!volumes.isEmpty, "a market without shops has no orders")
    precondition((1...MarketMoments.daysMax).contains(days), "a window has 1 to 366 days")
    precondition(count <= MarketMoments.countMax, "a window has too many orders")
    self.start = start
    self.seed = seed
    self.count = count
    var sum: UInt64 = 0
    // A shop without a stated volume still sells now and then.
    self.volumes = volumes.map { volume in
      sum += UInt64(max(1, volume))
      return sum
    }
    var weight: UInt64 = 0
    hours =
      [0]
      + (0..<days * 24).map { hour in
        let ofDay = (start.hourOfBeijingDay + hour) % 24
        weight += Self.dayWeights[hour / 24 % 7] * Self.hourWeights[ofDay]
        return weight
      }
  }

  /// The next moment; nil behind the last.
  public mutating func next() -> MarketMoment? {
    while index == drawn.count {
      guard hour + 1 < hours.count else { return nil }
      drawHour()
    }
    let key = drawn[index]
    index += 1
    defer { serial += 1 }
    let milliseconds = Int64(key >> 32) + Int64(hour - 1) * Int64(Self.hourMilliseconds)
    return MarketMoment(
      serial: serial, at: start.advanced(byNanoseconds: milliseconds * 1_000_000),
      merchant: UInt32(truncatingIfNeeded: key))
  }

  private mutating func drawHour() {
    let orders = before(hour + 1) - before(hour)
    var random = SeededRandom(seed: seed ^ (UInt64(hour) + 1) &* 0x9e37_79b9_7f4a_7c15)
    drawn.removeAll(keepingCapacity: true)
    for _ in 0..<orders {
      let millisecond = random.below(Self.hourMilliseconds)
      drawn.append(millisecond << 32 | UInt64(shop(&random)))
    }
    drawn.sort()
    index = 0
    hour += 1
  }

  /// How many orders there are before an hour: rounding never loses one.
  private func before(_ hour: Int) -> UInt64 {
    let whole = hours[hours.count - 1]
    return whole.dividingFullWidth(count.multipliedFullWidth(by: hours[hour])).quotient
  }

  /// A shop, drawn by its volume.
  private func shop(_ random: inout SeededRandom) -> UInt32 {
    let place = random.below(volumes[volumes.count - 1])
    var low = 0
    var high = volumes.count
    while low < high {
      let middle = (low + high) / 2
      if volumes[middle] <= place { low = middle + 1 } else { high = middle }
    }
    return UInt32(low)
  }
}
