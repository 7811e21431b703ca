// Who may take part in a rollout, as the registry stands now.

import Events
import Projections

/// The part of eligibility that does not depend on the merchant's standing under the rollout.
struct Eligibility {
  private let book: MerchantBook
  private let excluded: [ShortText]
  private let platforms: [ShopPlatform]
  private let isAnyPlatform: Bool

  init(plan: Plan, book: MerchantBook) {
    self.book = book
    excluded = plan.excludedCategories
    platforms = plan.platforms
    isAnyPlatform = ShopPlatform.allCases.allSatisfy { plan.platforms.contains($0) }
  }

  /// Whether nobody is kept out but who is closed.
  var allowsAllOpen: Bool { isAnyPlatform && excluded.isEmpty }

  func allows(_ merchant: MerchantNumber) -> Bool {
    if book.isClosed(merchant) { return false }
    if !isAnyPlatform, !platforms.contains(book.platform(merchant)) { return false }
    return excluded.isEmpty || !excluded.contains(book.category(merchant))
  }
}
