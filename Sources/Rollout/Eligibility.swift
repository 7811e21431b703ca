// Who may take part in a rollout, as the registry stands now.

import Events
import Projections

/// The part of eligibility that does not depend on the merchant's standing under the rollout.
struct Eligibility {
  private let book: MerchantBook
  private let included: [ShortText]
  private let excluded: [ShortText]
  private let platforms: [ShopPlatform]
  private let isAnyPlatform: Bool
  private let tiers: [Tier]
  private let isAnyTier: Bool

  init(plan: Plan, book: MerchantBook) {
    self.book = book
    included = plan.categories
    excluded = plan.excludedCategories
    platforms = plan.platforms
    isAnyPlatform = ShopPlatform.allCases.allSatisfy { plan.platforms.contains($0) }
    tiers = plan.tiers
    isAnyTier = Tier.allCases.allSatisfy { plan.tiers.contains($0) }
  }

  /// Whether nobody is kept out but who is closed.
  var allowsAllOpen: Bool { isAnyPlatform && isAnyTier && isAnyCategory }

  private var isAnyCategory: Bool { included.isEmpty && excluded.isEmpty }

  func allows(_ merchant: MerchantNumber) -> Bool {
    if book.isClosed(merchant) { return false }
    if !isAnyPlatform, !platforms.contains(book.platform(merchant)) { return false }
    if !isAnyTier, !tiers.contains(book.tier(merchant)) { return false }
    if isAnyCategory { return true }
    let category = book.category(merchant)
    return (included.isEmpty || included.contains(category)) && !excluded.contains(category)
  }
}
