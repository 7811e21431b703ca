// What an order comes to: the wholes that shares are taken of, and the sums of its waves.

public import Events
import Projections

/// The wholes that the shares of caps are taken of.
public struct OrderWhole: Hashable, Sendable {
  public var merchants: Int
  /// Usual payments a day of all of them together.
  public var dailyPayments: UInt64
}

/// How many merchants and payments each wave of an order has.
public struct OrderSums: Sendable {
  /// One wave.
  public struct Wave: Hashable, Sendable {
    public var merchants: UInt64 = 0
    public var dailyPayments: UInt64 = 0
  }

  public internal(set) var waves: [Wave]
  /// The merchant with the most payments; none where the order is empty.
  public internal(set) var largest = MerchantNumber.none
  public internal(set) var largestPayments: UInt32 = 0
  public internal(set) var whole: OrderWhole

  init(waves: Int, whole: OrderWhole) {
    self.waves = [Wave](repeating: Wave(), count: waves)
    self.whole = whole
  }

  init(_ order: FrozenOrder, _ book: MerchantBook) {
    self.init(waves: order.waves, whole: order.whole)
    for wave in waves.indices {
      for place in order.starts[wave]..<order.starts[wave + 1] {
        let merchant = order.merchants[place]
        add(merchant, book.dailyPayments(merchant), to: wave)
      }
    }
  }

  /// Adds what a later part of a wave comes to, whose sums stand in its first wave.
  mutating func add(_ part: OrderSums, to wave: Int) {
    waves[wave].merchants += part.waves[0].merchants
    waves[wave].dailyPayments += part.waves[0].dailyPayments
    if largest == .none || part.largestPayments > largestPayments {
      (largest, largestPayments) = (part.largest, part.largestPayments)
    }
  }

  @inline(__always)
  mutating func add(_ merchant: MerchantNumber, _ payments: UInt32, to wave: Int) {
    waves[wave].merchants += 1
    waves[wave].dailyPayments += UInt64(payments)
    if largest == .none || payments > largestPayments {
      (largest, largestPayments) = (merchant, payments)
    }
  }
}

extension FrozenOrder {
  /// The wholes that the shares of caps are taken of.
  public var whole: OrderWhole { OrderWhole(merchants: count, dailyPayments: dailyPayments) }
}
