// What a verified message of UnionPay comes to in the unified terms.
//
// | txnType | respCode | outcome | transaction | refund |
// |---|---|---|---|---|
// | 01 consume, 03 completion of a pre-authorisation | 00 A6 | captured | queryId | |
// | 01 03 | 42 74 75 | captured, with its code | queryId | |
// | 02 pre-authorisation | 00 A6 | authorised | queryId | |
// | 01 02 03 | 03 04 05 70 83 | pending | queryId | |
// | 01 02 03 | any other but A1 | failed, with its code and class | queryId | |
// | 04 refund, 31 cancellation of a consume | 00 A6 | refunded | origQryId | queryId |
// | any other pair | | held | | |
//
// A6 is the "success with a defect" of UnionPay's own examples. Other tables call A1 so, and others
// again a mismatch of currencies; who cannot know does not guess: A1 is held.
//
// 42, 74 and 75 say that the money was taken and that the order failed all the same. The payer's
// money is what must not be lost, so it is a capture; its code says that it is none like others.
//
// A cancellation (31) takes back a consume that had succeeded, on the same day and in whole: money
// that was taken goes back, which is a refund of all of it. Where no capture of it is known yet the
// refund waits for it; as a closing it would change nothing once the capture was known, and the
// sums would keep money that nobody has. A refund or a cancellation that failed or is pending
// leaves the payment as it is, which no outcome says: it is held.

internal import Events
internal import Text

extension UnionPayMessage {
  /// - Parameter digest: of the delivery as it came.
  func reading(digest: Digest, pseudonyms: PseudonymKey) throws(NoticeFault) -> Reading {
    try expect("version", "5.1.0")
    if let encoding = optionalText("encoding"), encoding.uppercased() != "UTF-8" {
      throw .malformed("encoding", "it is not UTF-8")
    }
    let (type, code) = (try text("txnType"), try identifier("respCode"))
    guard let kind = Kind(type), let outcome = kind.outcome(code.description) else {
      return .held(.unknownType("txnType \(type) respCode \(code)"))
    }
    return .notices([
      try notice(kind, outcome, code, digest: digest, pseudonyms: pseudonyms)
    ])
  }

  private func notice(
    _ kind: Kind, _ outcome: Outcome, _ code: ExternalID, digest: Digest,
    pseudonyms: PseudonymKey
  ) throws(NoticeFault) -> Notice {
    let orderedAt = try time("txnTime")
    let traced = try optionalTime("traceTime", near: orderedAt)
    _ = try optionalDay("settleDate", near: orderedAt)
    let amount = try amount("txnAmt")
    let currency = try currency(kind)
    let query = try identifier("queryId")
    var payment = Payment(
      outcome: outcome, orderedAt: orderedAt, orderAmount: amount,
      paidAmount: try paid(of: amount, in: currency), institution: .unionPay, currency: currency,
      transaction: query, order: try identifier("orderId"), account: account(pseudonyms),
      external: try identifier("merId"), payloadDigest: digest)
    if kind == .reversal {
      payment.transaction = try identifier("origQryId")
      payment.refund = query
    }
    if outcome == .failed {
      payment.failureClass = FailureCodes.failureClass(.unionPay, code)
    }
    if outcome == .failed || Kind.takenWithoutOrder.contains(code.description) {
      payment.code = code
    }
    return Notice(payment: payment, occurredAt: traced ?? orderedAt)
  }

  /// The currency of a payment; a reversal may leave it out, and is then in yuan.
  ///
  /// A reversal of a payment in another currency contradicts that one and is seen.
  private func currency(_ kind: Kind) throws(NoticeFault) -> UInt16 {
    if let currency = try optionalCurrency("currencyCode") { return currency }
    guard kind == .reversal else { throw .malformed("currencyCode", "it is missing") }
    return Payment.yuan
  }

  /// What is settled, where it is settled in the currency of the order; it is less than the order
  /// where somebody gave a discount.
  private func paid(of amount: Money, in currency: UInt16) throws(NoticeFault) -> Money {
    let settled = try optionalCurrency("settleCurrencyCode")
    guard optionalText("settleAmt") != nil else { return amount }
    let paid = try self.amount("settleAmt")
    return settled == currency ? paid : amount
  }

  /// A pseudonym of a card's number, where it is one.
  ///
  /// One that is masked names many cards, and one that is encrypted is another text each time:
  /// neither names an account.
  private func account(_ pseudonyms: PseudonymKey) -> ExternalID {
    guard let number = optionalText("accNo"), (12...19).contains(number.utf8.count),
      number.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return .none }
    return pseudonyms.pseudonym(.unionPay, number)
  }
}

/// What a transaction does, as far as it is known here.
private enum Kind {
  case consume
  case preauthorisation
  case reversal

  static let successes: Set = ["00", "A6"]
  static let pending: Set = ["03", "04", "05", "70", "83"]
  /// The money was taken, and the order failed.
  static let takenWithoutOrder: Set = ["42", "74", "75"]
  /// Success in one table, failure in another.
  static let ambiguous: Set = ["A1"]

  init?(_ type: String) {
    switch type {
    case "01", "03": self = .consume
    case "02": self = .preauthorisation
    case "04", "31": self = .reversal
    default: return nil
    }
  }

  /// What a code says of it; nil where no outcome says it, or nobody knows.
  func outcome(_ code: String) -> Outcome? {
    if Kind.ambiguous.contains(code) { return nil }
    if Kind.successes.contains(code) {
      return switch self {
      case .consume: .captured
      case .preauthorisation: .authorised
      case .reversal: .refunded
      }
    }
    if self == .reversal { return nil }
    if Kind.pending.contains(code) { return .pending }
    if Kind.takenWithoutOrder.contains(code) { return self == .consume ? .captured : nil }
    return .failed
  }
}
