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

  /// How many merchants a reinstatement would switch now, and when all of them have cooled off.
  ///
  /// It is `.none` where the plan asks for no such time. A roll-back's merchants are counted by
  /// `MerchantBook.countOn`.
  ///
  /// - Parameter merchant: whom the scope `merchant` names.
  public static func rolledBack(
    in order: ScopedOrder, merchant: MerchantNumber, book: MerchantBook,
    _ coolingOff: Plan.CoolingOff
  ) -> (count: UInt32, freesAt: Timestamp) {
    guard let numbers = book.numbers, let standing = book.standing(order.rollout) else {
      return (0, .none)
    }
    if order.scope == .all, coolingOff == .none { return (everyone(standing, book), .none) }
    let scope = ScopeRule(order, merchant: merchant, book: book)
    var count: UInt32 = 0
    var latest = Timestamp.none
    for raw in numbers {
      let number = MerchantNumber(raw)
      guard standing.state(number) == .rolledBack, !book.isClosed(number),
        scope.holds(number, standing, book)
      else { continue }
      count += 1
      if coolingOff != .none { latest = max(latest, standing.changedAt(number)) }
    }
    return (count, coolingOff == .none ? .none : coolingOff.end(rolledBack: latest))
  }

  /// How many a reinstatement of all would switch, by the counts of states.
  private static func everyone(_ standing: Standing, _ book: MerchantBook) -> UInt32 {
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
