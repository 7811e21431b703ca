// The scheduler's rules, asked one by one: what a decision holds a step against.

public import Events
public import Projections

extension Scheduler {
  /// Whether a merchant may take part, as the registry stands now.
  public static func mayTakePart(
    _ merchant: MerchantNumber, plan: Plan, book: MerchantBook
  ) -> Bool {
    Eligibility(plan: plan, book: book).allows(merchant)
  }

  /// How many merchants a roll-back or a reinstatement would switch now.
  ///
  /// - Parameter merchant: whom the scope `merchant` names.
  public static func members(
    of order: ScopedOrder, merchant: MerchantNumber, isRollback: Bool, book: MerchantBook
  ) -> UInt32 {
    guard let numbers = book.numbers, let standing = book.standing(order.rollout) else { return 0 }
    if order.scope == .all { return everyMember(standing, isRollback, book) }
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

  /// How many an order for all would switch, by the counts of states.
  private static func everyMember(
    _ standing: Standing, _ isRollback: Bool, _ book: MerchantBook
  ) -> UInt32 {
    if isRollback { return UInt32(standing.countOn) }
    var count = standing.count(.rolledBack)
    book.forEachClosed { if standing.state($0) == .rolledBack { count -= 1 } }
    return UInt32(count)
  }

  /// The cap that one more merchant of this volume would exceed; nil for none.
  ///
  /// This is the bound itself. The even release within the hour is the scheduler's way of staying
  /// below it and no rule of its own.
  ///
  /// - Parameters:
  ///   - merchants: how many the order has.
  ///   - dailyPayments: their usual payments together.
  public static func exceededCap(
    _ caps: Plan.Caps, merchants: Int, dailyPayments: UInt64, quota: Rollout.Quota,
    payments: UInt32, now: Timestamp
  ) -> CapKind? {
    var quota = quota
    quota.roll(to: now)
    let volume = UInt64(payments)
    if let cap = caps.merchantsPerMinute,
      quota.minuteMerchants + 1 > cap.limit(of: UInt64(merchants))
    {
      return .merchantsPerMinute
    }
    if let cap = caps.paymentsPerMinute, volume > 0,
      volume > cap.limit(of: dailyPayments)
        || quota.minutePayments > cap.limit(of: dailyPayments) - volume
    {
      return .paymentsPerMinute
    }
    if quota.hourMerchants + 1 > caps.merchantsPerHour.limit(of: UInt64(merchants)) {
      return .merchantsPerHour
    }
    if quota.dayMerchants + 1 > caps.merchantsPerDay.limit(of: UInt64(merchants)) {
      return .merchantsPerDay
    }
    guard volume > 0 else { return nil }
    if quota.hourPayments + volume > caps.paymentsPerHour.limit(of: dailyPayments) {
      return .paymentsPerHour
    }
    if quota.dayPayments + volume > caps.paymentsPerDay.limit(of: dailyPayments) {
      return .paymentsPerDay
    }
    return nil
  }
}
