// What a notice of a trade says in the unified terms.
//
//   WAIT_BUYER_PAY                    pending
//   TRADE_SUCCESS, TRADE_FINISHED     captured; refunded where a refund_fee above zero stands in it
//   TRADE_CLOSED                      refunded where the trade had been paid (gmt_payment) or a
//                                     refund_fee above zero stands in it; closed unpaid otherwise
//
// `refund_fee` is the sum of all refunds so far, and `out_biz_no` names the refund that the notice
// is about. A full refund that was asked for without a number has that of the order.
// Times have no zone and are Beijing's. `notify_time` stands for one that is absent.

import Events
import Text

/// Maps one notice of a trade.
struct AlipayMapper {
  /// How many means one payment may be put together from.
  static let fundsMax = 64

  let digest: Digest
  let pseudonyms: PseudonymKey

  func reading(_ fields: NoticeFields) throws(NoticeFault) -> Reading {
    let status = try fields.id("trade_status")
    let refunded = try fields.optionalYuan("refund_fee") ?? .zero
    switch "\(status)" {
    case "WAIT_BUYER_PAY":
      guard refunded == .zero else {
        throw fields.senseless("refund_fee", "the trade has not been paid")
      }
      return .notices([try notice(fields, .pending, at: "gmt_create")])
    case "TRADE_SUCCESS", "TRADE_FINISHED":
      return .notices([
        refunded > .zero
          ? try refund(fields, refunded) : try notice(fields, .captured, at: "gmt_payment")
      ])
    case "TRADE_CLOSED":
      if refunded > .zero { return .notices([try refund(fields, refunded)]) }
      guard try fields.optionalBeijingTime("gmt_payment") == nil else {
        return .notices([try refund(fields, try fields.yuan("total_amount"))])
      }
      return .notices([try notice(fields, .closed, at: "gmt_close")])
    default: return .held(.unknownType("trade_status=\(status)"))
    }
  }

  /// A notice of anything but a refund.
  private func notice(
    _ fields: NoticeFields, _ outcome: Outcome, at time: String
  ) throws(NoticeFault) -> Notice {
    let notifiedAt = try notifiedAt(fields)
    let occurredAt = try fields.optionalBeijingTime(time) ?? notifiedAt
    let total = try fields.yuan("total_amount")
    let payment = Payment(
      outcome: outcome, orderedAt: try fields.optionalBeijingTime("gmt_create") ?? occurredAt,
      orderAmount: total, paidAmount: try fields.optionalYuan("buyer_pay_amount") ?? total,
      balanceAmount: outcome == .captured ? try balance(fields) : nil, institution: .alipay,
      currency: try fields.currency("trans_currency"), transaction: try fields.id("trade_no"),
      order: try fields.id("out_trade_no"), account: try account(fields),
      external: try merchant(fields), payloadDigest: digest)
    return Notice(payment: payment, occurredAt: occurredAt, id: "\(try fields.id("notify_id"))")
  }

  /// A notice of a refund, after which so much has been given back in all.
  private func refund(_ fields: NoticeFields, _ sum: Money) throws(NoticeFault) -> Notice {
    var notice = try notice(fields, .refunded, at: "gmt_refund")
    notice.payment.orderAmount = sum
    notice.payment.paidAmount = sum
    notice.payment.refund = try fields.optionalID("out_biz_no") ?? notice.payment.order
    notice.refundReport = .cumulative
    return notice
  }

  private func notifiedAt(_ fields: NoticeFields) throws(NoticeFault) -> Timestamp {
    guard let time = try fields.optionalBeijingTime("notify_time") else {
      throw fields.malformed("notify_time", "it is missing")
    }
    return time
  }

  /// The seller; where the notice names none, the app that the trade was made in.
  private func merchant(_ fields: NoticeFields) throws(NoticeFault) -> ExternalID {
    let app = try fields.id("app_id")
    return try fields.optionalID("seller_id") ?? app
  }

  private func account(_ fields: NoticeFields) throws(NoticeFault) -> ExternalID {
    for name in ["buyer_id", "buyer_open_id"] {
      if let account = try fields.optionalText(name) {
        return pseudonyms.pseudonym(.alipay, account)
      }
    }
    return .none
  }

  /// What was paid from the account's balance, of the means that the notice lists; nil where it
  /// lists none.
  private func balance(_ fields: NoticeFields) throws(NoticeFault) -> Money? {
    let name = "fund_bill_list"
    guard let text = try fields.optionalText(name) else { return nil }
    // The list stands in a field of its own so that its elements have a path.
    let list = try NoticeFields(
      .object([(name, try NoticeFields.document(Array(text.utf8), name))]))
    guard let funds = try list.optionalObjects(name, countMax: AlipayMapper.fundsMax) else {
      return nil
    }
    var sum = Money.zero
    for fund in funds {
      let amount = try fund.yuan("amount")
      if try fund.text("fundChannel") == "ALIPAYACCOUNT" { sum = sum + amount }
    }
    guard sum <= .paymentMax else { throw fields.senseless(name, "it adds up to too much") }
    return sum
  }
}
