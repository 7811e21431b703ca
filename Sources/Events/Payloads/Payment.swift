// What an institution says of a payment, in the unified terms.

/// A notice of a payment: pending, authorised, captured, failed, refunded or closed.
public struct Payment: Hashable, Sendable {
  public var outcome: Outcome
  /// When the order was placed: what was open then is what counts.
  public var orderedAt: Timestamp
  /// The order transaction amount; for a refund the amount of this refund.
  ///
  /// Of a report of a sum, once it is decided, what it adds to the next smaller sum.
  public var orderAmount: Money
  /// What the payer paid after coupons; of a report of a sum of refunds, that sum.
  public var paidAmount: Money
  /// The part paid from the payment account balance; nil where the institution does not say.
  public var balanceAmount: Money?
  public var institution: Institution
  /// Whom a failure counts against; `.none` for every other outcome.
  public var failureClass: FailureClass
  /// The tier of the merchant as the registry had it when the notice was recorded.
  public var merchantTier: Tier
  /// The tier of the city the order goes to.
  public var buyerTier: Tier
  /// ISO 4217, numeric.
  public var currency: UInt16
  /// How the amount of a refund was reported; `.single` for every other outcome.
  public var refundBasis: RefundBasis
  /// The institution's transaction id.
  public var transaction: ExternalID
  /// The platform's order id.
  public var order: ExternalID
  /// A pseudonym of the payment account; empty where unknown.
  public var account: ExternalID
  /// The institution's own code for a failure; empty otherwise.
  public var code: ExternalID
  /// The institution's refund id; empty unless the outcome is refunded.
  public var refund: ExternalID
  /// The external merchant id, only where the merchant is not registered.
  public var external: ExternalID
  /// SHA-256 of the raw notification; nil where the notice did not come as one.
  public var payloadDigest: Digest?

  public static let yuan: UInt16 = 156
  public static let balanceUnknown: Int64 = -1

  public init(
    outcome: Outcome, orderedAt: Timestamp, orderAmount: Money, paidAmount: Money,
    balanceAmount: Money? = nil, institution: Institution, failureClass: FailureClass = .none,
    merchantTier: Tier = .unknown, buyerTier: Tier = .unknown, currency: UInt16 = Payment.yuan,
    refundBasis: RefundBasis = .single, transaction: ExternalID, order: ExternalID,
    account: ExternalID = .none,
    code: ExternalID = .none, refund: ExternalID = .none, external: ExternalID = .none,
    payloadDigest: Digest? = nil
  ) {
    self.outcome = outcome
    self.orderedAt = orderedAt
    self.orderAmount = orderAmount
    self.paidAmount = paidAmount
    self.balanceAmount = balanceAmount
    self.institution = institution
    self.failureClass = failureClass
    self.merchantTier = merchantTier
    self.buyerTier = buyerTier
    self.currency = currency
    self.refundBasis = refundBasis
    self.transaction = transaction
    self.order = order
    self.account = account
    self.code = code
    self.refund = refund
    self.external = external
    self.payloadDigest = payloadDigest
  }

  public func write(to sink: inout some FieldSink) {
    sink.i64("ordered_at", orderedAt.rawValue)
    sink.i64("order_amount", orderAmount.rawValue)
    sink.i64("paid_amount", paidAmount.rawValue)
    sink.i64("balance_amount", balanceAmount?.rawValue ?? Payment.balanceUnknown)
    sink.u8("institution", institution.rawValue)
    sink.u8("failure_class", failureClass.rawValue)
    sink.u8("merchant_tier", merchantTier.rawValue)
    sink.u8("buyer_tier", buyerTier.rawValue)
    sink.u16("currency", currency)
    if outcome == .refunded {
      sink.u16("refund_basis", refundBasis.rawValue)
    } else {
      sink.u16("reserved", 0)
    }
    sink.text8("transaction", transaction)
    sink.text8("order", order)
    sink.text8("account", account)
    sink.text8("code", code)
    sink.text8("refund", refund)
    sink.text8("merchant", external)
    sink.optionalDigest("payload_digest", payloadDigest)
  }

  public init(outcome: Outcome, from source: inout FieldSource) {
    self.outcome = outcome
    orderedAt = Timestamp(rawValue: source.i64())
    orderAmount = Money(rawValue: source.i64())
    paidAmount = Money(rawValue: source.i64())
    let balance = source.i64()
    balanceAmount = balance == Payment.balanceUnknown ? nil : Money(fen: balance)
    institution = source.u8("institution", or: .alipay)
    failureClass = source.u8("failure_class", or: .none)
    merchantTier = source.u8("merchant_tier", or: .unknown)
    buyerTier = source.u8("buyer_tier", or: .unknown)
    currency = source.u16()
    refundBasis = .single
    if outcome == .refunded {
      refundBasis = RefundBasis(rawValue: source.u16())
    } else {
      source.zero16("reserved")
    }
    transaction = source.text8()
    order = source.text8()
    account = source.text8()
    code = source.text8()
    refund = source.text8()
    external = source.text8()
    payloadDigest = source.optionalDigest()
  }
}
