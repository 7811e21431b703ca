// How many merchants are on in each tier under a rollout, of how many that are registered there.

import Events
import Projections

/// One row of the tiers.
struct TierRow: Equatable {
  var tier: Tier
  var on: UInt32
  var registered: UInt32
}

/// Counts the registry by tier, once for each state of it.
struct TierTally {
  private var counted: (merchants: Int, updates: UInt64)?
  private var registered = [UInt32](repeating: 0, count: Tier.allCases.count)

  /// Counts again where the registry is another.
  mutating func follow(_ book: MerchantBook) {
    if let counted, counted == (book.count, book.updates) { return }
    counted = (book.count, book.updates)
    registered = [UInt32](repeating: 0, count: Tier.allCases.count)
    guard let numbers = book.numbers else { return }
    for number in numbers { registered[Int(book.tier(MerchantNumber(number)).rawValue)] += 1 }
  }

  /// The tiers in which there are merchants, in the order of their numbers.
  func rows(_ book: MerchantBook, _ rollout: RolloutNumber) -> [TierRow] {
    Tier.allCases.compactMap { tier in
      let all = registered[Int(tier.rawValue)]
      guard all > 0 else { return nil }
      let order = ScopedOrder(
        rollout: rollout, planVersion: 0, scope: .tier, tier: tier, wave: .none, merchants: 0,
        reason: .none, reasonReference: .zero)
      return TierRow(tier: tier, on: book.countOn(order, merchant: .none), registered: all)
    }
  }
}
