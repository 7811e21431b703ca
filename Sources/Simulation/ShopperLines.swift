// The lines that tell the daemon of orders: NDJSON, every payment line with the same keys in the
// same order, built into a buffer that is used again.
//
// Ids look like the institutions' own and are never given twice under one seed: a number that
// counts transactions is multiplied by one that has no factor in common with the power of ten that
// ends the id, so that it wanders through all endings.

public import Events
import Institutions
import Platform
import Text

/// Writes the lines of one play.
public struct ShopperLines: Sendable {
  /// The merchants' names as they stand in a line, one behind the other, and where each ends.
  private var names: [UInt8] = []
  private var ends: [Int] = []
  private let codes: [[ShortText]]
  /// Of the seed: sets the ids of one play apart from those of another.
  private let salt: UInt64
  private var day = BeijingDay(0)
  private var dayDigits: [UInt8] = []

  public init(seed: UInt64, merchants: [ExternalID]) {
    var mixer = SeededRandom(seed: seed)
    salt = mixer.next() >> 1
    ends.reserveCapacity(merchants.count)
    for merchant in merchants {
      var writer = JSONWriter()
      writer.string(merchant, to: &names)
      ends.append(names.count)
    }
    var codes = [[ShortText]](repeating: [], count: 8)
    for institution in Institution.allCases {
      codes[Int(institution.rawValue)] = FailureCodes.codes(institution).map { $0.0 }
    }
    self.codes = codes
  }

  /// Appends a notice as one line.
  public mutating func append(_ notice: ShopperNotice, to out: inout [UInt8]) {
    know(notice.order.orderedAt.beijingDay)
    switch notice.kind {
    case .payment: payment(notice, &out)
    case .offer: offer(notice, &out)
    case .attempt: attempt(notice, &out)
    }
  }

  private func payment(_ notice: ShopperNotice, _ out: inout [UInt8]) {
    let order = notice.order
    text("{\"command\":\"payment\",", &out)
    if notice.isRenamed {
      text("\"id\":\"again-", &out)
      transaction(notice, &out)
      digits(UInt64(notice.outcome.rawValue), 1, &out)
      digits(UInt64(notice.refund), 1, &out)
      text("\",", &out)
    }
    text("\"institution\":\"", &out)
    text(Self.name(order.institution), &out)
    text("\",\"transaction\":\"", &out)
    transaction(notice, &out)
    text("\",\"order\":\"", &out)
    orderID(order, &out)
    text("\",\"merchant\":", &out)
    merchant(order, &out)
    text(",\"outcome\":\"", &out)
    text(Self.name(notice.outcome), &out)
    text("\",\"order_amount\":", &out)
    appendDecimal(notice.amount.rawValue, to: &out)
    text(",\"paid_amount\":", &out)
    appendDecimal(notice.refund > 0 ? notice.amount.rawValue : order.paid.rawValue, to: &out)
    text(",\"currency\":\"CNY\",\"balance_amount\":", &out)
    if notice.refund > 0 || order.balance < .zero {
      text("null", &out)
    } else {
      appendDecimal(order.balance.rawValue, to: &out)
    }
    text(",\"buyer_tier\":\"", &out)
    text(Self.name(order.buyerTier), &out)
    instants(notice, &out)
    text(",\"code\":\"", &out)
    if notice.code >= 0 { code(order.institution, Int(notice.code), &out) }
    text("\",\"refund\":\"", &out)
    if notice.refund > 0 { refund(notice, &out) }
    text("\",\"account\":\"", &out)
    hexadecimal(order.account, &out)
    text("\"}\n", &out)
  }

  private func offer(_ notice: ShopperNotice, _ out: inout [UInt8]) {
    text("{\"command\":\"offer\",\"order\":\"", &out)
    orderID(notice.order, &out)
    text("\",\"merchant\":", &out)
    merchant(notice.order, &out)
    text(",\"institutions\":", &out)
    appendDecimal(UInt64(notice.order.open), to: &out)
    text(",\"buyer_tier\":\"", &out)
    text(Self.name(notice.order.buyerTier), &out)
    text("\",\"occurred_at\":\"", &out)
    instant(notice.occurredAt, &out)
    text("\"}\n", &out)
  }

  private func attempt(_ notice: ShopperNotice, _ out: inout [UInt8]) {
    text("{\"command\":\"attempt\",\"order\":\"", &out)
    orderID(notice.order, &out)
    text("\",\"merchant\":", &out)
    merchant(notice.order, &out)
    text(",\"institution\":\"", &out)
    text(Self.name(notice.order.institution), &out)
    text("\",\"order_amount\":", &out)
    appendDecimal(notice.order.amount.rawValue, to: &out)
    text(",\"buyer_tier\":\"", &out)
    text(Self.name(notice.order.buyerTier), &out)
    instants(notice, &out)
    text("}\n", &out)
  }

  /// A line for a list of what was acknowledged: kind, transaction or order, outcome, refund and
  /// position, with commas between them.
  public mutating func acknowledged(
    _ notice: ShopperNotice, at position: Position, to out: inout [UInt8]
  ) {
    know(notice.order.orderedAt.beijingDay)
    switch notice.kind {
    case .offer:
      text("offer,", &out)
      orderID(notice.order, &out)
      text(",,,", &out)
    case .attempt:
      text("attempt,", &out)
      orderID(notice.order, &out)
      text(",,,", &out)
    case .payment:
      text(notice.isRenamed ? "again," : "payment,", &out)
      transaction(notice, &out)
      text(",", &out)
      text(Self.name(notice.outcome), &out)
      text(",", &out)
      if notice.refund > 0 { refund(notice, &out) }
      text(",", &out)
    }
    appendDecimal(position.rawValue, to: &out)
    text("\n", &out)
  }
}

// Ids.
extension ShopperLines {
  private static let tenTo5: UInt64 = 100_000
  private static let tenTo7: UInt64 = 10_000_000
  private static let tenTo10: UInt64 = 10_000_000_000
  private static let tenTo13: UInt64 = 10_000_000_000_000
  private static let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// Nineteen digits, as the platform's order ids.
  private func orderID(_ order: ShopperOrder, _ out: inout [UInt8]) {
    text("4", &out)
    digits(salt % Self.tenTo5, 5, &out)
    digits(order.serial % Self.tenTo13 * 618_033 % Self.tenTo13, 13, &out)
  }

  private func transaction(_ notice: ShopperNotice, _ out: inout [UInt8]) {
    identify(notice.order, variant: UInt64(notice.transaction), "420000", &out)
  }

  private func refund(_ notice: ShopperNotice, _ out: inout [UInt8]) {
    identify(notice.order, variant: 1 + UInt64(notice.refund), "503000", &out)
  }

  /// An id of the institution's kind; variants 0 and 1 are transactions, 2 and 3 refunds.
  private func identify(
    _ order: ShopperOrder, variant: UInt64, _ weChat: StaticString, _ out: inout [UInt8]
  ) {
    precondition(variant < 4, "an order has two transactions and two refunds at most")
    let number = order.serial * 4 + variant
    let ending = (number % Self.tenTo10 * 618_033_989 + salt % Self.tenTo10) % Self.tenTo10
    switch order.institution {
    case .weChatPay:
      text(weChat, &out)
      digits(salt % 9999, 4, &out)
      out.append(contentsOf: dayDigits)
      digits(ending, 10, &out)
    case .alipay:
      out.append(contentsOf: dayDigits)
      text("22001", &out)
      digits(salt % Self.tenTo5, 5, &out)
      digits(ending, 10, &out)
    case .unionPay:
      out.append(contentsOf: dayDigits)
      let second = UInt64(floorDivide(order.orderedAt.rawValue, 1_000_000_000) + 28_800) % 86_400
      digits(second / 3600 * 10_000 + second / 60 % 60 * 100 + second % 60, 6, &out)
      digits((number % Self.tenTo7 * 618_033 + salt % Self.tenTo7) % Self.tenTo7, 7, &out)
    case .card:
      letters(salt, 8, &out)
      letters(number &* 0x9e37_79b9, 8, &out)
    }
  }

  /// The lowest bits, five a letter.
  private func letters(_ value: UInt64, _ count: UInt64, _ out: inout [UInt8]) {
    for index in 0..<count { out.append(Self.letters[Int(value >> (index * 5) & 31)]) }
  }

  private mutating func know(_ day: BeijingDay) {
    guard day != self.day || dayDigits.isEmpty else { return }
    self.day = day
    let date = day.date
    dayDigits.removeAll(keepingCapacity: true)
    digits(UInt64(date.year * 10_000 + date.month * 100 + date.day), 8, &dayDigits)
  }
}

// The pieces of a line.
extension ShopperLines {
  private func text(_ text: StaticString, _ out: inout [UInt8]) {
    let piece = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    unsafe out.append(contentsOf: piece)
  }

  private func digits(_ value: UInt64, _ width: Int, _ out: inout [UInt8]) {
    var power: UInt64 = 1
    for _ in 1..<max(1, width) { power *= 10 }
    var rest = value
    while power > 0 {
      out.append(UInt8(ascii: "0") + UInt8(rest / power))
      rest %= power
      power /= 10
    }
  }

  private func hexadecimal(_ value: UInt64, _ out: inout [UInt8]) {
    for place in 0..<16 {
      out.append(Self.hexadecimalDigits[Int(value >> UInt64(60 - place * 4) & 15)])
    }
  }
  private static let hexadecimalDigits = Array("0123456789abcdef".utf8)

  private func merchant(_ order: ShopperOrder, _ out: inout [UInt8]) {
    let row = Int(order.merchant)
    out.append(contentsOf: names[(row == 0 ? 0 : ends[row - 1])..<ends[row]])
  }

  private func code(_ institution: Institution, _ index: Int, _ out: inout [UInt8]) {
    let code = codes[Int(institution.rawValue)][index]
    for place in 0..<Int(code.count) { out.append(code[place]) }
  }

  private func instants(_ notice: ShopperNotice, _ out: inout [UInt8]) {
    text("\",\"ordered_at\":\"", &out)
    instant(notice.order.orderedAt, &out)
    text("\",\"occurred_at\":\"", &out)
    instant(notice.occurredAt, &out)
    text("\"", &out)
  }

  private func instant(_ instant: Timestamp, _ out: inout [UInt8]) {
    RFC3339.append(instant, offsetSeconds: RFC3339.beijingOffset, to: &out)
  }

  private static func name(_ institution: Institution) -> StaticString {
    switch institution {
    case .weChatPay: "wechat-pay"
    case .alipay: "alipay"
    case .unionPay: "unionpay"
    case .card: "card"
    }
  }

  private static func name(_ outcome: Outcome) -> StaticString {
    switch outcome {
    case .pending: "pending"
    case .authorised: "authorised"
    case .captured: "captured"
    case .failed: "failed"
    case .refunded: "refunded"
    case .closed: "closed"
    }
  }

  private static func name(_ tier: Tier) -> StaticString {
    switch tier {
    case .unknown: "unknown"
    case .t1: "T1"
    case .n1: "N1"
    case .t2: "T2"
    case .t3: "T3"
    case .t4: "T4"
    case .t5: "T5"
    }
  }
}
