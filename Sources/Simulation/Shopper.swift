// The buyers: what they order, how they choose to pay among what is open, and what becomes of it.
//
// Everything is drawn from a stream of the order's own, so that the same seed and the same openness
// give the same notices, whatever else happened. Shares are of a million unless said otherwise.

public import Events
import Institutions
import Platform

/// Draws orders and their notices.
public struct Shopper: Sendable {
  /// How often something happens, of a million.
  public enum Share {
    public static let failed: UInt64 = 35_000
    public static let closed: UInt64 = 10_000
    public static let pendingFirst: UInt64 = 60_000
    public static let capturedLate: UInt64 = 500
    public static let capturedAfterClose: UInt64 = 200
    public static let capturedTwice: UInt64 = 200
    public static let repeated: UInt64 = 10_000
    public static let renamed: UInt64 = 1000
    public static let refunded: UInt64 = 20_000
    /// Of the refunded ones.
    public static let refundedFirst: UInt64 = 5000
    public static let refundedInPart: UInt64 = 300_000
    public static let refundedInTwo: UInt64 = 150_000
    public static let couponUsed: UInt64 = 150_000
    public static let balanceTold: UInt64 = 200_000
    public static let buyerNearMerchant: UInt64 = 550_000
  }
  private static let million: UInt64 = 1_000_000
  private static let second: Int64 = 1000
  private static let minute: Int64 = 60_000
  private static let hour: Int64 = 3_600_000
  /// How many buyers there are.
  private static let accounts: UInt64 = 400_000

  /// Of the order transaction amount in fen: 80 yuan in the mean, 40 in the middle.
  static let amounts = MarketQuantiles([
    (0, 114), (1000, 275), (5000, 603), (10_000, 915), (20_000, 1518), (30_000, 2186),
    (40_000, 2986), (50_000, 3996), (60_000, 5347), (70_000, 7303), (80_000, 10_518),
    (90_000, 17_444), (95_000, 26_490), (98_000, 42_394), (99_000, 58_003), (99_500, 77_278),
    (99_900, 139_626), (99_990, 287_744), (100_000, 539_059),
  ])
  /// Where orders go when not to the shop's own tier: further downstream than the shops stand.
  private static let buyerTiers: [UInt64] = [14, 20, 19, 20, 15, 12]
  /// Whom failures count against, per thousand failures.
  private static let failureWeights: [(FailureClass, UInt64)] = [
    (.payer, 600), (.institution, 120), (.risk, 80), (.merchant, 60), (.integration, 40),
    (.closed, 40), (.duplicate, 30), (.pending, 30),
  ]

  private let seed: UInt64
  private let until: Timestamp
  /// Of each institution, by its number: each class that it has codes of, weighted, with indices
  /// into the list of its codes.
  private let failures: [[(weight: UInt64, codes: [Int16])]]
  /// One order of so many is also told by the cashier; 0 = none.
  private let cashierSample: UInt64

  /// Draws orders of which nothing is due at `until` or later.
  public init(seed: UInt64, until: Timestamp, cashierSample: UInt64 = 20) {
    self.seed = seed
    self.until = until
    self.cashierSample = cashierSample
    var failures = [[(weight: UInt64, codes: [Int16])]](repeating: [], count: 8)
    for institution in Institution.allCases {
      let codes = FailureCodes.codes(institution)
      for (failureClass, weight) in Self.failureWeights {
        let indices = codes.indices.filter { codes[$0].1 == failureClass }.map { Int16($0) }
        if !indices.isEmpty {
          failures[Int(institution.rawValue)].append((weight, indices))
        }
      }
    }
    self.failures = failures
  }

  /// The share of buyers of a tier that choose WeChat Pay where it is open, of a thousand.
  ///
  /// A survey of 2020 found it preferred by 76, 78 and 83 of a hundred from cities down to
  /// counties; 54 of a hundred of those use it in a shop that has it beside Alipay.
  public static func weChatShare(_ tier: Tier) -> UInt64 {
    switch tier {
    case .t1: 300
    case .n1: 310
    case .t2: 330
    case .t3, .unknown: 410
    case .t4: 421
    case .t5: 448
    }
  }

  /// Appends the notices of an order and says whether the buyer could pay.
  ///
  /// `open` is what is open at the shop at that moment, one bit an institution, 1 << number.
  @discardableResult
  public func place(
    _ moment: MarketMoment, merchantTier: Tier, open: UInt8, into notices: inout [ShopperNotice]
  ) -> Bool {
    precondition(moment.at < until, "an order lies beyond the end of the play")
    let key = (moment.serial &+ 1) &* 0x9e37_79b9_7f4a_7c15
    var random = SeededRandom(seed: seed ^ key)
    var order = draw(moment, merchantTier, open, &random)
    let chosen = choose(order.buyerTier, open, &random)
    if let chosen { order.institution = chosen }
    if cashierSample > 0, random.below(cashierSample) == 0 {
      cashier(order, isAttempted: chosen != nil, &notices)
    }
    guard chosen != nil else { return false }
    let fate = random.below(Self.million)
    if fate < Share.failed {
      fail(order, &random, &notices)
    } else if fate < Share.failed + Share.closed {
      close(order, &random, &notices)
    } else {
      capture(order, &random, &notices)
    }
    return true
  }

  private func draw(
    _ moment: MarketMoment, _ merchantTier: Tier, _ open: UInt8, _ random: inout SeededRandom
  ) -> ShopperOrder {
    let isNear = random.below(Self.million) < Share.buyerNearMerchant
    let elsewhere = Market.tiers[Market.draw(Self.buyerTiers, &random)]
    let amount = Self.amounts.value(at: random.next() >> (64 - MarketQuantiles.bits))
    var paid = amount
    if random.below(Self.million) < Share.couponUsed {
      paid = max(1, amount - 100 * Int64(1 + random.below(20)))
    }
    var balance: Int64 = -1
    if random.below(Self.million) < Share.balanceTold {
      balance = random.below(2) == 0 ? paid : Int64(random.below(UInt64(paid + 1)))
    }
    var account = SeededRandom(seed: seed ^ random.below(Self.accounts) << 20)
    return ShopperOrder(
      serial: moment.serial, orderedAt: moment.at, merchant: moment.merchant,
      buyerTier: isNear ? merchantTier : elsewhere, institution: .alipay, open: open,
      amount: Money(fen: amount), paid: Money(fen: paid), balance: Money(fen: balance),
      account: account.next())
  }

  /// What the buyer pays through; nil where nothing is open.
  private func choose(
    _ tier: Tier, _ open: UInt8, _ random: inout SeededRandom
  ) -> Institution? {
    let weChat = Self.weChatShare(tier)
    let others = 1000 - weChat
    var weights: InlineArray<5, UInt64> = [
      0, weChat * 100, others * 92, others * 5, others * 3,
    ]
    var sum: UInt64 = 0
    for number in 1..<5 {
      if open & 1 << UInt8(number) == 0 { weights[number] = 0 }
      sum += weights[number]
    }
    guard sum > 0 else { return nil }
    var rest = random.below(sum)
    for number in 1..<5 {
      if rest < weights[number] { return Institution(rawValue: UInt8(number)) }
      rest -= weights[number]
    }
    return nil
  }

  private func cashier(
    _ order: ShopperOrder, isAttempted: Bool, _ notices: inout [ShopperNotice]
  ) {
    notices.append(
      ShopperNotice(
        order, .pending, kind: .offer, occurredAt: order.orderedAt, dueAt: order.orderedAt))
    guard isAttempted else { return }
    notices.append(
      ShopperNotice(
        order, .pending, kind: .attempt, occurredAt: order.orderedAt, dueAt: order.orderedAt))
  }
}

// What becomes of an order.
extension Shopper {
  /// An instant so many milliseconds later, kept within the play.
  private func after(_ instant: Timestamp, _ milliseconds: Int64) -> Timestamp {
    let later = instant.advanced(byNanoseconds: milliseconds * 1_000_000)
    return later < until ? later : max(instant, until.advanced(byNanoseconds: -1_000_000))
  }

  /// Milliseconds between two bounds.
  private func between(
    _ low: Int64, _ high: Int64, _ random: inout SeededRandom
  ) -> Int64 { low + Int64(random.below(UInt64(high - low))) }

  private func pend(
    _ order: ShopperOrder, _ random: inout SeededRandom, _ notices: inout [ShopperNotice]
  ) {
    let at = after(order.orderedAt, between(200, 800, &random))
    notices.append(
      ShopperNotice(order, .pending, occurredAt: at, dueAt: after(at, 100)))
  }

  private func fail(
    _ order: ShopperOrder, _ random: inout SeededRandom, _ notices: inout [ShopperNotice]
  ) {
    if random.below(10) == 0 { pend(order, &random, &notices) }
    let at = after(order.orderedAt, between(1000, 40_000, &random))
    var notice = ShopperNotice(
      order, .failed, occurredAt: at, dueAt: after(at, between(50, 900, &random)))
    let classes = failures[Int(order.institution.rawValue)]
    let codes = classes[Market.draw(classes.map { $0.weight }, &random)].codes
    notice.code = codes[random.below(codes.count)]
    finish(notice, &random, &notices)
  }

  private func close(
    _ order: ShopperOrder, _ random: inout SeededRandom, _ notices: inout [ShopperNotice]
  ) {
    if random.below(2) == 0 { pend(order, &random, &notices) }
    let at = after(order.orderedAt, between(15 * Self.minute, 30 * Self.minute, &random))
    finish(
      ShopperNotice(order, .closed, occurredAt: at, dueAt: after(at, 500)), &random, &notices)
  }

  private func capture(
    _ order: ShopperOrder, _ random: inout SeededRandom, _ notices: inout [ShopperNotice]
  ) {
    var at = after(order.orderedAt, between(500, 8000, &random))
    if order.institution == .card {
      notices.append(
        ShopperNotice(order, .authorised, occurredAt: at, dueAt: after(at, 300)))
      let isSlow = random.below(10) < 3
      at = after(at, isSlow ? between(1, 2 * Self.hour, &random) : between(1000, 5000, &random))
    } else if random.below(Self.million) < Share.pendingFirst {
      pend(order, &random, &notices)
      at = after(at, between(2000, 30_000, &random))
    }
    let fate = random.below(Self.million)
    var due = after(at, between(50, 900, &random))
    if fate < Share.capturedLate {
      due = after(at, between(Self.hour, 8 * Self.hour, &random))
    } else if fate < Share.capturedLate + Share.capturedAfterClose {
      let end = after(order.orderedAt, 15 * Self.minute)
      notices.append(ShopperNotice(order, .closed, occurredAt: end, dueAt: after(end, 200)))
      at = after(max(end, at), between(1000, 30_000, &random))
      due = after(at, 500)
    } else if fate < Share.capturedLate + Share.capturedAfterClose + Share.capturedTwice {
      let again = after(at, between(5000, 60_000, &random))
      var second = ShopperNotice(order, .captured, occurredAt: again, dueAt: after(again, 400))
      second.transaction = 1
      second.counts = true
      notices.append(second)
    }
    var notice = ShopperNotice(order, .captured, occurredAt: at, dueAt: due)
    notice.counts = true
    if random.below(Self.million) < Share.refunded { refund(&notice, &random, &notices) }
    finish(notice, &random, &notices)
  }

  /// Adds the refunds of a capture; one in two hundred comes before its capture.
  private func refund(
    _ capture: inout ShopperNotice, _ random: inout SeededRandom,
    _ notices: inout [ShopperNotice]
  ) {
    let order = capture.order
    let isFirst = random.below(Self.million) < Share.refundedFirst
    let kind = random.below(Self.million)
    var rest = order.amount.rawValue
    var refunds = 1
    var amount = rest
    if kind < Share.refundedInTwo + Share.refundedInPart, rest > 1 {
      amount = 1 + Int64(random.below(UInt64(rest - 1)))
      if kind < Share.refundedInTwo { refunds = 2 }
    }
    var earliest = isFirst ? capture.occurredAt : capture.dueAt
    for number in 1...refunds {
      let at = refundedAt(earliest, isFirst, &random)
      var notice = ShopperNotice(
        order, .refunded, occurredAt: at, dueAt: after(at, between(50, 900, &random)))
      notice.refund = UInt8(number)
      notice.amount = Money(fen: min(amount, rest))
      notice.counts = true
      rest -= notice.amount.rawValue
      if rest > 0, number < refunds { amount = 1 + Int64(random.below(UInt64(rest))) }
      earliest = notice.dueAt
      if isFirst, number == 1 { capture.dueAt = after(notice.dueAt, 10 * Self.minute) }
      finish(notice, &random, &notices)
    }
  }

  /// Minutes to days later; where that lies beyond the play, somewhere inside it.
  private func refundedAt(
    _ earliest: Timestamp, _ isSoon: Bool, _ random: inout SeededRandom
  ) -> Timestamp {
    if isSoon { return after(earliest, between(Self.minute, 5 * Self.minute, &random)) }
    let most = [30 * Self.minute, 6 * Self.hour, 24 * Self.hour, 72 * Self.hour]
    let delay = between(2 * Self.minute, most[random.below(4)], &random)
    let at = earliest.advanced(byNanoseconds: delay * 1_000_000)
    if at.rawValue + Self.minute * 1_000_000 < until.rawValue { return at }
    let room = max(1, (until.rawValue - earliest.rawValue) / 1_000_000 - 1)
    return after(earliest, Int64(random.below(UInt64(room))))
  }

  /// Appends a notice, and now and then the same again.
  private func finish(
    _ notice: ShopperNotice, _ random: inout SeededRandom, _ notices: inout [ShopperNotice]
  ) {
    notices.append(notice)
    let isRepeated = random.below(Self.million) < Share.repeated
    let isRenamed = random.below(Self.million) < Share.renamed
    guard isRepeated || isRenamed else { return }
    var again = notice
    again.counts = false
    again.isRenamed = isRenamed
    again.dueAt = after(notice.dueAt, between(1000, 10 * Self.minute, &random))
    notices.append(again)
  }
}
