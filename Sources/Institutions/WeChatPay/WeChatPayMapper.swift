// What a resource of WeChat Pay says in the unified terms.
//
// An order is told by `trade_state` alone; `trade_state_desc` is for people, and the documented
// example of it contradicts the state. WeChat notifies of success only, so most states come from
// orders that are asked for, and in parts of a combined order.
//
//   SUCCESS, REFUND               captured: REFUND says that a part or all of the payment has been
//                                 given back since, not how much, and refunds have notices of their
//                                 own; the capture that it speaks of is the only amount it names
//   NOTPAY, USERPAYING, ACCEPT    pending
//   CLOSED, REVOKED               closed
//   PAYERROR                      failed, with the class of the code "trade_state=PAYERROR"
//
// A refund has a status of its own, which its event type repeats.
//
//   SUCCESS                       refunded, by the amount of this refund
//   ABNORMAL                      pending: the money has not arrived, somebody sends it on by hand,
//                                 and SUCCESS or CLOSED may still come
//   CLOSED                        pending: this refund will not come, so the payment stays what it
//                                 was. It is no failure of the payment, and nobody's
//
// The last two carry the refund's id, and the status as their code.

import Events

/// The types of event that are read; every other one is kept.
enum WeChatPayEvent: String {
  case transactionSuccess = "TRANSACTION.SUCCESS"
  case refundSuccess = "REFUND.SUCCESS"
  case refundAbnormal = "REFUND.ABNORMAL"
  case refundClosed = "REFUND.CLOSED"

  /// The status that a refund's resource must repeat; nil where the event is no refund.
  var refundStatus: String? {
    switch self {
    case .transactionSuccess: nil
    case .refundSuccess: "SUCCESS"
    case .refundAbnormal: "ABNORMAL"
    case .refundClosed: "CLOSED"
    }
  }
}

/// Maps the opened resource of one notification.
struct WeChatPayMapper {
  let event: WeChatPayEvent
  /// The id of the notification.
  let id: ExternalID
  /// When the notification was made, for what names no time of its own.
  let createdAt: Timestamp
  let digest: Digest
  let pseudonyms: PseudonymKey

  func reading(_ resource: NoticeFields) throws(NoticeFault) -> Reading {
    if let status = event.refundStatus { return .notices([try refund(resource, status)]) }
    guard let combined = try resource.optionalID("combine_out_trade_no") else {
      let payer = try resource.optionalObject("payer")
      return try reading([resource], payer, .ordinary)
    }
    guard
      let parts = try resource.optionalObjects(
        "sub_orders", countMax: PaymentCombined.partsMax),
      !parts.isEmpty
    else {
      throw resource.malformed("sub_orders", "the combined order \(combined) has none")
    }
    let told = try reading(parts, try resource.optionalObject("combine_payer_info"), .combined)
    guard case .notices(let notices) = told else { return told }
    let initiator = try resource.optionalID("combine_mchid") ?? .none
    let fields = PaymentCombined(
      institution: .weChatPay, combined: combined, initiator: initiator,
      parts: notices.map { PaymentCombined.Part($0.payment) }, payloadDigest: digest)
    guard let fields else {
      throw resource.senseless("sub_orders", "they make no combined payment")
    }
    let occurredAt = notices.map(\.occurredAt).max() ?? createdAt
    return .combined(notices, CombinedNotice(fields: fields, occurredAt: occurredAt))
  }

  /// The notices of an order, or of all parts of a combined one; all are kept where the state of
  /// one is not known, for half a notification cannot be kept.
  private func reading(
    _ parts: [NoticeFields], _ payer: NoticeFields?, _ form: OrderForm
  ) throws(NoticeFault) -> Reading {
    var notices: [Notice] = []
    var transactions: Set<ExternalID> = []
    for part in parts {
      let state = try part.id("trade_state")
      guard let outcome = WeChatPayMapper.outcome(state) else {
        return .held(.unknownType("\(event.rawValue) trade_state=\(state)"))
      }
      if form.isPart, try part.optionalID("transaction_id") == nil {
        // Of a part for which nobody has paid there is no transaction yet, and nothing to record;
        // of any other one it is missing, and a person has to look.
        if outcome == .pending || outcome == .closed { continue }
        return .held(
          .unknownType("\(event.rawValue) trade_state=\(state) without transaction_id"))
      }
      let notice = try order(part, outcome, payer, form)
      guard transactions.insert(notice.payment.transaction).inserted else {
        throw part.senseless("transaction_id", "two parts of the order have it")
      }
      notices.append(notice)
    }
    if notices.isEmpty {
      return .held(.unknownType("\(event.rawValue) of a combined order without transaction_id"))
    }
    return .notices(notices)
  }

  /// The names that differ between an order and the parts of a combined one.
  private struct OrderForm {
    var total: String
    var paid: String
    /// Whether the notification's id is of several notices, each of which needs its own.
    var isPart: Bool

    static let ordinary = OrderForm(total: "total", paid: "payer_total", isPart: false)
    static let combined = OrderForm(total: "total_amount", paid: "payer_amount", isPart: true)
  }

  private func order(
    _ part: NoticeFields, _ outcome: Outcome, _ payer: NoticeFields?, _ form: OrderForm
  ) throws(NoticeFault) -> Notice {
    let transaction = try part.id("transaction_id")
    let amount = try part.object("amount")
    let total = try amount.fen(form.total)
    let currency = try amount.currency("currency")
    var paid = try amount.optionalFen(form.paid) ?? total
    // What was paid in another currency is no part of an amount in this one.
    if try amount.optionalText("payer_currency") != nil,
      try amount.currency("payer_currency") != currency
    {
      paid = total
    }
    let occurredAt = try part.optionalInstant("success_time") ?? createdAt
    var payment = Payment(
      outcome: outcome, orderedAt: occurredAt, orderAmount: total, paidAmount: paid,
      institution: .weChatPay, currency: currency, transaction: transaction,
      order: try part.id("out_trade_no"), account: try account(payer),
      external: try merchant(part), payloadDigest: digest)
    switch outcome {
    case .captured: payment.balanceAmount = try balance(part, paid)
    case .failed:
      payment.code = WeChatPayMapper.code("trade_state", try part.id("trade_state"))
      payment.failureClass = FailureCodes.failureClass(.weChatPay, payment.code)
    default: break
    }
    return Notice(
      payment: payment, occurredAt: occurredAt, id: form.isPart ? "\(id)/\(transaction)" : "\(id)")
  }

  private func refund(_ resource: NoticeFields, _ expected: String) throws(NoticeFault) -> Notice {
    let status = try resource.id("refund_status")
    guard "\(status)" == expected else {
      throw resource.senseless("refund_status", "it is \(status) in a \(event.rawValue)")
    }
    let amount = try resource.object("amount")
    let refunded = try amount.fen("refund")
    let paid = try amount.optionalFen("payer_refund") ?? refunded
    let occurredAt = try resource.optionalInstant("success_time") ?? createdAt
    var payment = Payment(
      outcome: .pending, orderedAt: occurredAt, orderAmount: refunded, paidAmount: paid,
      institution: .weChatPay, currency: try amount.currency("currency"),
      transaction: try resource.id("transaction_id"), order: try resource.id("out_trade_no"),
      refund: try resource.id("refund_id"), external: try merchant(resource),
      payloadDigest: digest)
    if event == .refundSuccess {
      payment.outcome = .refunded
      // Where it went, in words; only these say that it went to the balance.
      let receiver = try resource.optionalText("user_received_account")
      if receiver == "支付用户零钱" { payment.balanceAmount = paid }
    } else {
      payment.code = WeChatPayMapper.code("refund_status", status)
    }
    return Notice(payment: payment, occurredAt: occurredAt, id: "\(id)")
  }
}

// MARK: - The parts of a notice

extension WeChatPayMapper {
  private static func outcome(_ state: ExternalID) -> Outcome? {
    switch "\(state)" {
    case "SUCCESS", "REFUND": .captured
    case "NOTPAY", "USERPAYING", "ACCEPT": .pending
    case "CLOSED", "REVOKED": .closed
    case "PAYERROR": .failed
    default: nil
    }
  }

  private static func code(_ field: String, _ state: ExternalID) -> ExternalID {
    ExternalID("\(field)=\(state)") ?? state
  }

  /// Whose payment it is: of the merchant below a partner or a platform, where there is one.
  private func merchant(_ part: NoticeFields) throws(NoticeFault) -> ExternalID {
    if let merchant = try part.optionalID("sub_mchid") { return merchant }
    guard try part.optionalID("sp_mchid") == nil else {
      throw part.malformed("sub_mchid", "it is missing")
    }
    return try part.id("mchid")
  }

  /// The pseudonym of the payer, whom a partner's notice names in its own app and the merchant's.
  private func account(_ payer: NoticeFields?) throws(NoticeFault) -> ExternalID {
    guard let payer else { return .none }
    for name in ["openid", "sp_openid", "sub_openid"] {
      if let account = try payer.optionalText(name) {
        return pseudonyms.pseudonym(.weChatPay, account)
      }
    }
    return .none
  }

  /// What was paid from the balance: all of it where the bank is the wallet, nothing where it is a
  /// bank; nil where it is not told, or is another of WeChat's own funds.
  private func balance(_ part: NoticeFields, _ paid: Money) throws(NoticeFault) -> Money? {
    switch try part.optionalText("bank_type") {
    case nil, "OTHERS"?, "LQT"?: nil
    case "CFT"?: paid
    default: .zero
    }
  }
}

extension PaymentCombined.Part {
  fileprivate init(_ payment: Payment) {
    self.init(
      transaction: payment.transaction, order: payment.order, merchant: payment.external,
      amount: payment.orderAmount, currency: payment.currency)
  }
}
