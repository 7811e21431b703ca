// Who may take part in a rollout, as the registry stands now.

import Events
import Projections

/// The part of eligibility that does not depend on the merchant's standing under the rollout.
struct Eligibility {
  private let book: MerchantBook
  private let scope: PlanScope
  private let isAll: Bool

  init(plan: Plan, book: MerchantBook) {
    self.book = book
    scope = PlanScope(
      platforms: plan.platforms, tiers: plan.tiers, included: plan.categories,
      excluded: plan.excludedCategories)
    isAll = scope.isAll
  }

  /// Whether nobody is kept out but who is closed.
  var allowsAllOpen: Bool { isAll }

  func allows(_ merchant: MerchantNumber) -> Bool { !book.isClosed(merchant) && holds(merchant) }

  /// Whether the plan is for such a merchant, closed or not.
  func holds(_ merchant: MerchantNumber) -> Bool { isAll || scope.holds(merchant, book) }
}
