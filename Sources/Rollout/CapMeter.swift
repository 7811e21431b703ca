// What the caps let through at one instant.
//
// A cap of an hour is released evenly, second by second, the running second included: in second s
// of the hour, from 0, ceil(cap * (s + 1) / 3600) of it is released.
//
// The next merchant may go where
//   - what has gone this hour is below what is released, for merchants and for payments,
//   - and with it neither the minute's, the hour's nor the day's cap is exceeded.
// A cap of a minute is released at once when the minute begins.
// So a large merchant need not wait until its own volume has been released, which for one as large
// as the cap would be the last instant of the hour; what comes after it waits the longer. Who has
// no stated payments counts as 0 payments. Who is above a whole cap never goes: no cap is ever
// exceeded, and nothing overtakes.

import Events
import Projections

/// The quotas of the current minute, hour and day against their caps.
struct CapMeter {
  private static let secondsPerHour: UInt64 = 3600

  private(set) var quota: Rollout.Quota
  private let now: Timestamp
  private let hourStart: Timestamp
  private let merchantsPerMinute: UInt64
  private let paymentsPerMinute: UInt64
  private let merchantsPerHour: UInt64
  private let merchantsPerDay: UInt64
  private let paymentsPerHour: UInt64
  private let paymentsPerDay: UInt64
  private let merchantsReleased: UInt64
  private let paymentsReleased: UInt64

  /// - Parameters:
  ///   - whole: how many merchants the order has, and their usual payments together.
  init(_ caps: Plan.Caps, of whole: OrderWhole, quota: Rollout.Quota, now: Timestamp) {
    self.quota = quota
    self.quota.roll(to: now)
    self.now = now
    hourStart = Timestamp(seconds: now.beijingHour * 3600 - BeijingDay.offsetSeconds)
    let merchants = UInt64(whole.merchants)
    merchantsPerMinute = caps.merchantsPerMinute?.limit(of: merchants) ?? .max
    paymentsPerMinute = caps.paymentsPerMinute?.limit(of: whole.dailyPayments) ?? .max
    merchantsPerHour = caps.merchantsPerHour.limit(of: merchants)
    merchantsPerDay = caps.merchantsPerDay.limit(of: merchants)
    paymentsPerHour = caps.paymentsPerHour.limit(of: whole.dailyPayments)
    paymentsPerDay = caps.paymentsPerDay.limit(of: whole.dailyPayments)
    let elapsed = UInt64(now.seconds - hourStart.seconds) + 1
    merchantsReleased = CapMeter.released(merchantsPerHour, elapsed)
    paymentsReleased = CapMeter.released(paymentsPerHour, elapsed)
  }

  private static func released(_ cap: UInt64, _ elapsed: UInt64) -> UInt64 {
    let product = cap.multipliedFullWidth(by: elapsed)
    let (quotient, remainder) = secondsPerHour.dividingFullWidth(product)
    return remainder == 0 ? quotient : quotient + 1
  }

  /// The same quotas at a later instant.
  func at(_ instant: Timestamp, _ caps: Plan.Caps, _ whole: OrderWhole) -> CapMeter {
    CapMeter(caps, of: whole, quota: quota, now: instant)
  }

  /// Whether nothing keeps a merchant of so many payments waiting: `hold` says what does.
  @inline(__always)
  func lets(_ payments: UInt32) -> Bool {
    guard
      quota.hourMerchants < merchantsReleased, quota.hourMerchants < merchantsPerHour,
      quota.dayMerchants < merchantsPerDay, quota.minuteMerchants < merchantsPerMinute
    else { return false }
    guard payments > 0 else { return true }
    let volume = UInt64(payments)
    return quota.hourPayments < paymentsReleased
      && fits(volume, quota.hourPayments, paymentsPerHour)
      && fits(volume, quota.dayPayments, paymentsPerDay)
      && quota.minutePayments < paymentsPerMinute
      && fits(volume, quota.minutePayments, paymentsPerMinute)
  }

  @inline(__always)
  private func fits(_ needed: UInt64, _ used: UInt64, _ limit: UInt64) -> Bool {
    needed <= limit && used <= limit - needed
  }

  /// Nothing of an earlier minute is left in the quotas of a meter.
  @inline(__always)
  mutating func add(payments: UInt32) { quota.add(payments: payments) }

  /// What keeps a merchant waiting; where several caps do, the one that frees last.
  ///
  /// - Parameter paces: whether what the hour has not released yet keeps it waiting as well.
  func hold(_ merchant: MerchantNumber, payments: UInt32, paces: Bool = true) -> CapHold? {
    var last: CapHold?
    func consider(
      _ kind: CapKind, _ needed: UInt64, _ used: UInt64, _ released: UInt64, _ limit: UInt64
    ) {
      guard needed > 0 else { return }
      let isFull = needed > limit || used > limit - needed
      guard isFull || paces && used >= released else { return }
      let frees: Timestamp? =
        needed > limit ? nil : isFull ? next(kind) : paced(used: used, limit: limit)
      if let known = last {
        guard let earlier = known.freesAt else { return }
        if let frees, frees <= earlier { return }
      }
      last = CapHold(
        merchant: merchant, kind: kind, limit: limit, allowed: released, used: used,
        needed: needed, freesAt: frees)
    }
    consider(
      .merchantsPerMinute, 1, quota.minuteMerchants, merchantsPerMinute, merchantsPerMinute)
    consider(
      .merchantsPerHour, 1, quota.hourMerchants, merchantsReleased, merchantsPerHour)
    consider(.merchantsPerDay, 1, quota.dayMerchants, merchantsPerDay, merchantsPerDay)
    let volume = UInt64(payments)
    consider(
      .paymentsPerMinute, volume, quota.minutePayments, paymentsPerMinute, paymentsPerMinute)
    consider(.paymentsPerHour, volume, quota.hourPayments, paymentsReleased, paymentsPerHour)
    consider(.paymentsPerDay, volume, quota.dayPayments, paymentsPerDay, paymentsPerDay)
    return last
  }

  /// The cap on heads that is used up, whoever comes next; nil where none is.
  ///
  /// What an hour has not released yet is no such hold: it comes with the next second.
  var fullHold: CapHold? { hold(.none, payments: 0, paces: false) }

  /// When the next minute, hour or day begins.
  private func next(_ kind: CapKind) -> Timestamp {
    switch kind {
    case .merchantsPerMinute, .paymentsPerMinute: Timestamp(seconds: (now.minute + 1) * 60)
    case .merchantsPerHour, .paymentsPerHour:
      hourStart.advanced(bySeconds: Int64(CapMeter.secondsPerHour))
    case .merchantsPerDay, .paymentsPerDay: now.beijingDay.advanced(byDays: 1).start
    }
  }

  /// The second at which more than `used` is released; `used` is below the limit.
  private func paced(used: UInt64, limit: UInt64) -> Timestamp {
    let product = used.multipliedFullWidth(by: CapMeter.secondsPerHour)
    return hourStart.advanced(bySeconds: Int64(limit.dividingFullWidth(product).quotient))
  }
}
