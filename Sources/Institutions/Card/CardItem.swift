// One notification of the card acquirer: the fields that are signed, and what is made of them.

internal import Events
internal import Text

/// A `NotificationRequestItem`; until its signature is verified it is nobody's word.
struct CardItem {
  // Signed.
  let pspReference: String
  let originalReference: String
  let merchantAccount: String
  let merchantReference: String
  /// In the currency's minor units, as the acquirer counts them; never converted.
  let value: Int64
  let currency: String
  let eventCode: String
  let isSuccess: Bool
  /// The base64 text of the code over them.
  let signature: [UInt8]
  /// The item itself, for what is not signed and is looked at later.
  private var fields: FieldReader

  /// Takes the signed fields and their code out of an item.
  init(_ item: FieldReader) throws(TextFault) {
    fields = item
    pspReference = try CardItem.part(&fields, "pspReference")
    originalReference = try CardItem.optionalPart(&fields, "originalReference")
    merchantAccount = try CardItem.part(&fields, "merchantAccountCode")
    merchantReference = try fields.optionalString("merchantReference") ?? ""
    var amount = try fields.object("amount")
    value = try amount.integer("value")
    currency = try CardItem.part(&amount, "currency")
    eventCode = try CardItem.part(&fields, "eventCode")
    switch try fields.string("success") {
    case "true": isSuccess = true
    case "false": isSuccess = false
    default: throw fields.fault("success", "must be \"true\" or \"false\"")
    }
    var additional = try fields.object("additionalData")
    signature = Array(try additional.string("hmacSignature").utf8)
  }

  /// The text of a field that may hold no colon: it would be signed like two others.
  private static func optionalPart(
    _ fields: inout FieldReader, _ name: String
  ) throws(TextFault) -> String {
    let text = try fields.optionalString(name) ?? ""
    guard !text.utf8.contains(UInt8(ascii: ":")) else {
      throw fields.fault(name, "must hold no colon")
    }
    return text
  }

  private static func part(
    _ fields: inout FieldReader, _ name: String
  ) throws(TextFault) -> String {
    let text = try optionalPart(&fields, name)
    if text.isEmpty { throw fields.fault(name, "is missing or empty") }
    return text
  }

  /// What the code is over.
  var signedText: [UInt8] {
    let parts = [
      pspReference, originalReference, merchantAccount, merchantReference, "\(value)", currency,
      eventCode, isSuccess ? "true" : "false",
    ]
    return Array(parts.joined(separator: ":").utf8)
  }

  func path(of name: String) -> String { fields.path(of: name) }
}

// MARK: - What it says

extension CardItem {
  /// The sort of notification, as it is named where it is held.
  var kind: String { isSuccess ? eventCode : "\(eventCode) success=false" }

  /// What became of the payment; nil where the unified outcomes cannot say it, or nobody knows.
  ///
  /// A refund or a cancellation that was refused leaves the payment as it is, and a failure that
  /// comes after success (CAPTURE_FAILED, REFUND_FAILED, REFUNDED_REVERSED: the scheme rejected
  /// what had been confirmed) takes back what no outcome takes back: they are held, as disputes
  /// are. CANCEL_OR_REFUND tells by a field that is not signed which of the two it was.
  func outcome(capturesAtOnce: Bool) -> Outcome? {
    switch (eventCode, isSuccess) {
    case ("AUTHORISATION", true): capturesAtOnce ? .captured : .authorised
    case ("CAPTURE", true): .captured
    case ("AUTHORISATION", false), ("CAPTURE", false): .failed
    case ("CANCELLATION", true): .closed
    case ("REFUND", true): .refunded
    default: nil
    }
  }

  /// Puts a verified notification into the unified terms.
  ///
  /// A modification names by `originalReference` the payment that it modifies.
  func notice(_ outcome: Outcome, digest: Digest) throws(NoticeFault) -> Notice {
    let modifies = eventCode != "AUTHORISATION"
    let transaction = try identifier(
      modifies ? "originalReference" : "pspReference", modifies ? originalReference : pspReference)
    let order = try identifier("merchantReference", merchantReference)
    let account = try identifier("merchantAccountCode", merchantAccount)
    let refund =
      outcome == .refunded ? try identifier("pspReference", pspReference) : ExternalID.none
    let failure = outcome == .failed ? try reason() : CardReason.none
    let amount = try money()
    let occurredAt = try time()
    var payment = Payment(
      outcome: outcome, orderedAt: occurredAt, orderAmount: amount, paidAmount: amount,
      institution: .card, failureClass: failure.failureClass, currency: try currencyNumber(),
      transaction: transaction, order: order, refund: refund, external: account)
    payment.code = failure.code
    payment.payloadDigest = digest
    return Notice(payment: payment, occurredAt: occurredAt, id: "\(pspReference) \(kind)")
  }

  private func identifier(_ name: String, _ text: String) throws(NoticeFault) -> ExternalID {
    do { return try IdentifierRule.externalID(text) } catch {
      throw .malformed(path(of: name), error.reason)
    }
  }

  private func money() throws(NoticeFault) -> Money {
    guard (0...Money.paymentMax.rawValue).contains(value) else {
      throw .senseless(path(of: "amount.value"), "no payment has an amount of \(value)")
    }
    return Money(fen: value)
  }

  private func currencyNumber() throws(NoticeFault) -> UInt16 {
    guard let number = Currency.number(letters: currency) else {
      throw .senseless(path(of: "amount.currency"), "these letters name no currency")
    }
    return number
  }

  private func time() throws(NoticeFault) -> Timestamp {
    var fields = fields
    do { return try RFC3339.parse(try fields.string("eventDate")) } catch {
      throw .malformed(path(of: "eventDate"), error.description)
    }
  }

  private func reason() throws(NoticeFault) -> CardReason {
    var fields = fields
    do { return CardReason(try fields.optionalString("reason") ?? "") } catch {
      throw .malformed(path(of: "reason"), error.description)
    }
  }
}
