// Card payments, as the one acquirer that we speak to tells of them: Adyen's standard webhook.
//
// The body is a JSON document:
//
//   { "live": "true", "notificationItems": [ { "NotificationRequestItem": { ... } }, ... ] }
//
// Each item carries `additionalData.hmacSignature`, the base64 text of an HMAC-SHA-256 over eight
// of its fields, joined by colons and not escaped:
//
//   pspReference:originalReference:merchantAccountCode:merchantReference
//   :value:currency:eventCode:success
//
// A field that is absent is empty there. The code stands inside the document that it vouches for,
// so here, by necessity, parsing precedes verification: the size of the document and the number of
// its items are limited, nothing but the eight fields and the code is looked at before every item
// has been verified, and one item that is not authentic makes the whole delivery nobody's word.
//
// Because nothing is escaped, `a:b` beside `c` is signed as `a` beside `b:c`. Only the merchant's
// reference, which is the merchant's own text, may hold a colon: the three fields before it and the
// four behind it may not, and so the eight fields are known from what was signed.
//
// Not authenticated is everything else, and this much is made of it: `eventDate` is the time of the
// notice, because there is no other, and who changes it moves a payment to another day and changes
// neither whom it was for nor what came of it; `reason` gives a failure its code and its class.
// `live`, `paymentMethod`, `operations` and the rest of `additionalData` say nothing here. The last
// four digits of a card are no account: thousands of cards share them.

internal import Cryptography
public import Events
internal import Merkle

/// Reads the acquirer's notifications.
public struct CardReader: NoticeReader {
  /// The bytes of a key; the acquirer shows it as 64 hexadecimal digits.
  public static let keyLength = 32
  /// The longest body that is read, in bytes.
  public static let bodyBytesMax = NoticeFields.documentBytesMax
  /// How many notifications one delivery may bring.
  public static let itemsMax = 64

  /// While a key is replaced, the old one and the new one; nothing tells which of them was used.
  private let keys: [[UInt8]]
  private let merchantAccounts: Set<[UInt8]>?
  private let capturesAtOnce: Bool

  /// Nil where there is no key, or one that has not 32 bytes.
  ///
  /// - Parameters:
  ///   - keys: every key that may sign now.
  ///   - merchantAccounts: whose notifications are read; nil for those of anybody who has the key.
  ///   - capturesAtOnce: whether the accounts are set up to capture what is authorised without
  ///     being asked: an authorisation is a capture then.
  public init?(
    keys: [[UInt8]], merchantAccounts: [String]? = nil, capturesAtOnce: Bool = false
  ) {
    guard !keys.isEmpty, keys.allSatisfy({ $0.count == CardReader.keyLength }) else { return nil }
    self.keys = keys
    self.merchantAccounts = merchantAccounts.map { Set($0.map { Array($0.utf8) }) }
    self.capturesAtOnce = capturesAtOnce
  }

  /// The acquirer takes every status of success; older set-ups look for this text.
  public var accepted: Acknowledgement { Acknowledgement(status: 200, body: "[accepted]") }

  public func refused(_ reason: String) -> Acknowledgement {
    Acknowledgement(status: 400, body: reason)
  }

  public func read(
    _ delivery: Delivery, at now: Timestamp, pseudonyms: PseudonymKey
  ) throws(NoticeFault) -> Reading {
    let items = try CardReader.items(delivery.body)
    for item in items where !isAuthentic(item) { throw .forged }
    let digest = unsafe SHA256.hash(delivery.body.span.bytes)
    var notices: [Notice] = []
    var disputes: [DisputeNotice] = []
    var held: [HoldReason] = []
    for item in items {
      if let merchantAccounts, !merchantAccounts.contains(Array(item.merchantAccount.utf8)) {
        throw item.fault("merchantAccountCode", "it is none of ours")
      }
      if let outcome = item.outcome(capturesAtOnce: capturesAtOnce) {
        notices.append(try item.notice(outcome, digest: digest))
      } else if let stage = item.disputeStage {
        disputes.append(try item.dispute(stage, digest: digest))
      } else {
        held.append(.unknownType(item.kind))
      }
    }
    if held.isEmpty {
      return disputes.isEmpty ? .notices(notices) : .disputes(disputes, notices)
    }
    if notices.isEmpty, disputes.isEmpty, held.count == 1 { return .held(held[0]) }
    return .partly(notices, held: held, disputes: disputes)
  }

  /// Whether one of the keys signed it; each is tried, so that the time does not tell which.
  private func isAuthentic(_ item: CardItem) -> Bool {
    var isSigned = false
    for key in keys {
      let code = Base64.encode(HMACSHA256.code(item.signedText, key: key))
      if isSameSecret(Array(code.utf8), item.signature) { isSigned = true }
    }
    return isSigned
  }

  /// The notifications of a body, none of them verified yet.
  private static func items(_ body: [UInt8]) throws(NoticeFault) -> [CardItem] {
    let document = try NoticeFields(try NoticeFields.document(body, "the notification"))
    let live = try document.text("live")
    guard live == "true" || live == "false" else {
      throw document.malformed("live", "it must be \"true\" or \"false\"")
    }
    let name = "notificationItems"
    guard let wrappers = try document.optionalObjects(name, countMax: itemsMax), !wrappers.isEmpty
    else { throw document.malformed(name, "it is missing or empty") }
    var items: [CardItem] = []
    for wrapper in wrappers {
      items.append(try CardItem(try wrapper.object("NotificationRequestItem")))
    }
    return items
  }
}
