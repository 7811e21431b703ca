// One payment for the orders of several merchants.

/// Which transactions one combined payment is made of, as an institution tells of it.
///
/// Each part is a transaction of its own with notices of its own; this says that they belong
/// together, and under which id. It is in no sum.
public struct PaymentCombined: Hashable, Sendable {
  /// How many parts one may have: as many orders as a platform may combine.
  public static let partsMax = 50

  /// One order of it.
  public struct Part: Hashable, Sendable {
    /// The order transaction amount, in the currency's minor units.
    public var amount: Money
    /// ISO 4217, numeric.
    public var currency: UInt16
    /// The institution's transaction.
    public var transaction: ExternalID
    public var order: ExternalID
    /// The external merchant id, whether the merchant is registered or not.
    public var merchant: ExternalID

    public init(
      transaction: ExternalID, order: ExternalID, merchant: ExternalID, amount: Money,
      currency: UInt16 = Payment.yuan
    ) {
      self.transaction = transaction
      self.order = order
      self.merchant = merchant
      self.amount = amount
      self.currency = currency
    }
  }

  public var institution: Institution
  /// The id under which the orders were combined.
  public var combined: ExternalID
  /// Who combined them, by its id at the institution; empty where that is not told.
  ///
  /// The id of a combined payment is unique under it.
  public var initiator: ExternalID
  /// 1 to 50, in the order of their transactions, no transaction twice.
  public private(set) var parts: [Part]
  /// SHA-256 of the raw notification; nil where it did not come as one.
  public var payloadDigest: Digest?

  /// Nil where there are no parts or more than 50, two of one transaction, or one of an amount
  /// that no payment has.
  public init?(
    institution: Institution, combined: ExternalID, initiator: ExternalID = .none, parts: [Part],
    payloadDigest: Digest? = nil
  ) {
    self.institution = institution
    self.combined = combined
    self.initiator = initiator
    self.parts = parts.sorted { $0.transaction < $1.transaction }
    self.payloadDigest = payloadDigest
    guard fault == nil else { return nil }
  }

  /// Whether two events tell of the same combined payment.
  public func isOfSame(as other: PaymentCombined) -> Bool {
    institution == other.institution && combined == other.combined && initiator == other.initiator
  }

  /// Puts another name in the place of each merchant's.
  public mutating func nameMerchants(_ name: (ExternalID) -> ExternalID) {
    for index in parts.indices { parts[index].merchant = name(parts[index].merchant) }
  }

  /// What cannot be, and the number that says so; nil where nothing is wrong.
  private var fault: (field: StaticString, value: UInt64)? {
    guard 1...PaymentCombined.partsMax ~= parts.count else {
      return ("parts", UInt64(parts.count))
    }
    for index in parts.indices {
      let amount = parts[index].amount
      guard amount >= .zero, amount <= .paymentMax else {
        return ("amount", UInt64(bitPattern: amount.rawValue))
      }
      guard index == 0 || parts[index - 1].transaction < parts[index].transaction else {
        return ("parts", UInt64(index))
      }
    }
    return nil
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("institution", institution.rawValue)
    sink.text8("combined", combined)
    sink.text8("initiator", initiator)
    sink.beginList("parts", parts.count)
    for part in parts {
      sink.beginElement()
      sink.i64("amount", part.amount.rawValue)
      sink.u16("currency", part.currency)
      sink.text8("transaction", part.transaction)
      sink.text8("order", part.order)
      sink.text8("merchant", part.merchant)
      sink.endElement()
    }
    sink.endList()
    sink.optionalDigest("payload_digest", payloadDigest)
  }

  public init(from source: inout FieldSource) {
    institution = source.u8("institution", or: .weChatPay)
    combined = source.text8()
    initiator = source.text8()
    parts = []
    for _ in 0..<source.u8() {
      let amount = Money(rawValue: source.i64())
      let currency = source.u16()
      let (transaction, order, merchant) = (source.text8(), source.text8(), source.text8())
      parts.append(
        Part(
          transaction: transaction, order: order, merchant: merchant, amount: amount,
          currency: currency))
    }
    payloadDigest = source.optionalDigest()
    if let fault { source.refuse(fault.field, fault.value) }
  }
}
