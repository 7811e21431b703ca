// What finance adds to a day, or takes from it, because log and statement disagree.

/// An adjustment of an institution's day, which sums show beside the payments: it edits none.
public struct PaymentAdjusted: Hashable, Sendable {
  /// Positive adds to what the log holds to be net captured, negative takes from it; never zero.
  public var amount: Money
  /// The day whose sums it belongs to.
  public var day: BeijingDay
  public var institution: Institution
  /// A code, no words: it stands in the log for ever.
  public var reason: ShortText
  /// The institution's transaction that it is about; `.none` where it is about none.
  public var transaction: ExternalID
  /// SHA-256 of what shows that it is right: the statement, a letter of the institution.
  public var evidence: Digest

  public init(
    institution: Institution, transaction: ExternalID, day: BeijingDay, amount: Money,
    reason: ShortText, evidence: Digest
  ) {
    self.institution = institution
    self.transaction = transaction
    self.day = day
    self.amount = amount
    self.reason = reason
    self.evidence = evidence
  }

  /// Whether an adjustment may have this amount: not zero, at most a billion yuan either way.
  public static func isAmount(_ amount: Money) -> Bool {
    amount != .zero && amount.rawValue.magnitude <= UInt64(Money.paymentMax.rawValue)
  }

  public func write(to sink: inout some FieldSink) {
    sink.i64("amount", amount.rawValue)
    sink.u32("day", UInt32(bitPattern: day.rawValue))
    sink.u8("institution", institution.rawValue)
    sink.text8("reason", reason)
    sink.text8("transaction", transaction)
    sink.digest("evidence", evidence)
  }

  public init(from source: inout FieldSource) {
    amount = Money(rawValue: source.i64())
    day = source.day()
    institution = source.u8("institution", or: .alipay)
    reason = source.text8()
    transaction = source.text8()
    evidence = source.digest()
    if !PaymentAdjusted.isAmount(amount) {
      source.refuse("amount", UInt64(bitPattern: amount.rawValue))
    }
  }
}
