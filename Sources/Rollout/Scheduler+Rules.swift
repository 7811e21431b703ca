// The scheduler's rules, asked one by one: what a decision holds a step against.

package import Events
package import Projections

extension Scheduler {
  /// How many merchants a roll-back or a reinstatement would switch now.
  ///
  /// - Parameter merchant: whom the scope `merchant` names.
  package static func members(
    of order: ScopedOrder, merchant: MerchantNumber, isRollback: Bool, book: MerchantBook
  ) -> UInt32 {
    guard let numbers = book.numbers, let standing = book.standing(order.rollout) else { return 0 }
    var count: UInt32 = 0
    for raw in numbers {
      let number = MerchantNumber(raw)
      let state = standing.state(number)
      guard isRollback ? state.isOn : state == .rolledBack && !book.isClosed(number) else {
        continue
      }
      let isMeant =
        switch order.scope {
        case .all: true
        case .merchant: number == merchant
        case .tier: book.tier(number) == order.tier
        case .wave: standing.wave(number) == order.wave
        }
      if isMeant { count += 1 }
    }
    return count
  }

  /// The cap of an hour or a day that one more merchant of this volume would exceed; nil for none.
  ///
  /// This is the bound itself. The even release within the hour is the scheduler's way of staying
  /// below it and no rule of its own.
  package static func exceededCap(
    plan: Plan, order: FrozenOrder, quota: Rollout.Quota, payments: UInt32, now: Timestamp
  ) -> CapKind? {
    var quota = quota
    quota.roll(to: now)
    let merchants = UInt64(order.count)
    let volume = UInt64(payments)
    if quota.hourMerchants + 1 > plan.caps.merchantsPerHour.limit(of: merchants) {
      return .merchantsPerHour
    }
    if quota.dayMerchants + 1 > plan.caps.merchantsPerDay.limit(of: merchants) {
      return .merchantsPerDay
    }
    guard volume > 0 else { return nil }
    if quota.hourPayments + volume > plan.caps.paymentsPerHour.limit(of: order.dailyPayments) {
      return .paymentsPerHour
    }
    if quota.dayPayments + volume > plan.caps.paymentsPerDay.limit(of: order.dailyPayments) {
      return .paymentsPerDay
    }
    return nil
  }
}
