// One notification of the card acquirer: the fields that are signed, and what is made of them.

internal import Events

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
  private let fields: NoticeFields

  /// Takes the signed fields and their code out of an item.
  init(_ item: NoticeFields) throws(NoticeFault) {
    fields = item
    pspReference = try CardItem.part(item, "pspReference")
    originalReference = try CardItem.optionalPart(item, "originalReference") ?? ""
    merchantAccount = try CardItem.part(item, "merchantAccountCode")
    merchantReference = try item.optionalText("merchantReference") ?? ""
    let amount = try item.object("amount")
    value = try amount.fen("value").rawValue
    currency = try CardItem.part(amount, "currency")
    eventCode = try CardItem.part(item, "eventCode")
    switch try item.text("success") {
    case "true": isSuccess = true
    case "false": isSuccess = false
    default: throw item.malformed("success", "it must be \"true\" or \"false\"")
    }
    signature = Array(try item.object("additionalData").text("hmacSignature").utf8)
  }

  /// The text of a field that may hold no colon: it would be signed like two others.
  private static func optionalPart(
    _ fields: NoticeFields, _ name: String
  ) throws(NoticeFault) -> String? {
    guard let text = try fields.optionalText(name) else { return nil }
    guard !text.utf8.contains(UInt8(ascii: ":")) else {
      throw fields.malformed(name, "it must hold no colon")
    }
    return text
  }

  private static func part(_ fields: NoticeFields, _ name: String) throws(NoticeFault) -> String {
    guard let text = try optionalPart(fields, name) else {
      throw fields.malformed(name, "it is missing")
    }
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

  /// A fault of what a verified field says.
  func fault(_ name: String, _ why: String) -> NoticeFault { fields.senseless(name, why) }
}

// MARK: - What it says

extension CardItem {
  /// The sort of notification, as it is named where it is held.
  var kind: String { isSuccess ? eventCode : "\(eventCode) success=false" }

  /// What became of the payment; nil where the unified outcomes cannot say it, or nobody knows.
  ///
  /// A refund or a cancellation that was refused leaves the payment as it is, and a failure that
  /// comes after success (CAPTURE_FAILED, REFUND_FAILED, REFUNDED_REVERSED: the scheme rejected
  /// what had been confirmed) takes back what no outcome takes back: they are held. Of disputes
  /// `disputeStage` tells. CANCEL_OR_REFUND tells by a field that is not signed which of the two it
  /// was.
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
    let isOfAnother = eventCode != "AUTHORISATION"
    let failure = outcome == .failed ? CardReason(try fields.optionalText("reason")) : .none
    let amount = Money(fen: value)
    let occurredAt = try fields.instant("eventDate")
    let payment = Payment(
      outcome: outcome, orderedAt: occurredAt, orderAmount: amount, paidAmount: amount,
      institution: .card, failureClass: failure.failureClass,
      currency: try fields.object("amount").currency("currency"),
      transaction: try fields.id(isOfAnother ? "originalReference" : "pspReference"),
      order: try fields.id("merchantReference"), code: failure.code,
      refund: outcome == .refunded ? try fields.id("pspReference") : .none,
      external: try fields.id("merchantAccountCode"), payloadDigest: digest)
    return Notice(payment: payment, occurredAt: occurredAt, id: "\(pspReference) \(kind)")
  }
}

// MARK: - Disputes

extension CardItem {
  /// How far a dispute has gone; nil where the item tells of none, or of a step that moves nothing.
  ///
  /// Of the acquirer's dispute events the codes with their effect on the money: a request for
  /// information and a notification of a chargeback leave it where it is, a chargeback and a second
  /// one take it, a reversal and a won pre-arbitration give it back.
  var disputeStage: DisputeStage? {
    switch (eventCode, isSuccess) {
    case ("REQUEST_FOR_INFORMATION", true): .inquiry
    case ("NOTIFICATION_OF_CHARGEBACK", true): .opened
    case ("CHARGEBACK", true): .moneyTaken
    case ("CHARGEBACK_REVERSED", true), ("PREARBITRATION_WON", true): .moneyReturned
    case ("SECOND_CHARGEBACK", true), ("PREARBITRATION_LOST", true): .lost
    default: nil
    }
  }

  /// A verified notification of a dispute, which names the payment by `originalReference`.
  func dispute(_ stage: DisputeStage, digest: Digest) throws(NoticeFault) -> DisputeNotice {
    DisputeNotice(
      dispute: PaymentDisputed(
        institution: .card, stage: stage, transaction: try fields.id("originalReference"),
        dispute: try fields.id("pspReference"), amount: Money(fen: value),
        currency: try fields.object("amount").currency("currency"),
        external: try fields.id("merchantAccountCode"), payloadDigest: digest),
      occurredAt: try fields.instant("eventDate"), id: "\(pspReference) \(kind)")
  }
}
