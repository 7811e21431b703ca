// The payer's bank takes a payment back, or asks about it.

/// How far a dispute has gone.
public enum DisputeStage: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// The payer's bank asks for papers; no money has moved.
  case inquiry = 1
  /// The payer disputes the payment; no money has moved yet.
  case opened = 2
  /// The money has been taken back from the merchant.
  case moneyTaken = 3
  /// The merchant has got the money again.
  case moneyReturned = 4
  /// The merchant has lost the money for good.
  case lost = 5

  public var name: String {
    switch self {
    case .inquiry: "inquiry"
    case .opened: "opened"
    case .moneyTaken: "money-taken"
    case .moneyReturned: "money-returned"
    case .lost: "lost"
    }
  }

  /// Whether the payer has the money.
  public var isWithPayer: Bool { self == .moneyTaken || self == .lost }
  /// Whether the payer has the money or wants it.
  public var isClaim: Bool { self == .opened || isWithPayer }
}

/// A stage of a dispute, as an institution tells of it.
///
/// It is in no sum of what was captured or refunded: a dispute has a table of its own.
public struct PaymentDisputed: Hashable, Sendable {
  /// What is in dispute, in the currency's minor units.
  public var amount: Money
  /// ISO 4217, numeric.
  public var currency: UInt16
  public var institution: Institution
  public var stage: DisputeStage
  /// The institution's transaction that is disputed.
  public var transaction: ExternalID
  /// The institution's id of the dispute, the same in all its stages.
  public var dispute: ExternalID
  /// The institution's own code for the reason; empty where it gives none.
  public var code: ExternalID
  /// The external merchant id, only where the merchant is not registered.
  public var external: ExternalID
  /// SHA-256 of the raw notification; nil where it did not come as one.
  public var payloadDigest: Digest?

  public init(
    institution: Institution, stage: DisputeStage, transaction: ExternalID, dispute: ExternalID,
    amount: Money, currency: UInt16 = Payment.yuan, code: ExternalID = .none,
    external: ExternalID = .none, payloadDigest: Digest? = nil
  ) {
    self.institution = institution
    self.stage = stage
    self.transaction = transaction
    self.dispute = dispute
    self.amount = amount
    self.currency = currency
    self.code = code
    self.external = external
    self.payloadDigest = payloadDigest
  }

  public func write(to sink: inout some FieldSink) {
    sink.i64("amount", amount.rawValue)
    sink.u16("currency", currency)
    sink.u8("institution", institution.rawValue)
    sink.u8("stage", stage.rawValue)
    sink.text8("transaction", transaction)
    sink.text8("dispute", dispute)
    sink.text8("code", code)
    sink.text8("external", external)
    sink.optionalDigest("payload_digest", payloadDigest)
  }

  public init(from source: inout FieldSource) {
    amount = Money(rawValue: source.i64())
    currency = source.u16()
    institution = source.u8("institution", or: .alipay)
    stage = source.u8("stage", or: .opened)
    transaction = source.text8()
    dispute = source.text8()
    code = source.text8()
    external = source.text8()
    payloadDigest = source.optionalDigest()
    if amount < .zero || amount > .paymentMax {
      source.refuse("amount", UInt64(bitPattern: amount.rawValue))
    }
  }
}
