// WeChat Pay, API v3: who signed a notification, what is sealed in it, and what WeChat hears.
//
//   POST                                        over `timestamp \n nonce \n body \n`
//   Wechatpay-Timestamp: seconds since 1970  ─┐
//   Wechatpay-Nonce                           ├─ RSA-SHA256 of the platform key that Serial names
//   Wechatpay-Serial, Wechatpay-Signature    ─┘
//   {"id", "create_time", "event_type",
//    "resource": {"algorithm", "nonce", "associated_data", "ciphertext"}}   AES-GCM, the APIv3 key
//
// Serial is the serial number of a platform certificate, or the id of a platform public key, which
// begins with PUB_KEY_ID_. WeChat signs each retry anew, so a signature older than five minutes is
// a replay. What an unknown key signed is kept; nothing is parsed before the signature holds.

public import Cryptography
public import Events
import Merkle
import Text

/// Reads the notifications of WeChat Pay: transactions, combined orders and refunds.
public struct WeChatPayReader: NoticeReader {
  /// How far the instant of a signature may lie from now, either way.
  public static let freshnessSeconds: Int64 = 300
  /// The lengths of an APIv3 key in bytes; that of production is 32.
  public static let secretLengths = [16, 32]

  public var institution: Institution { .weChatPay }

  private let platformKeys: [String: RSAPublicKey]
  private let secrets: [[UInt8]]

  /// - Parameters:
  ///   - platformKeys: what WeChat signs with, by the serial of its certificate or by its id.
  ///   - secrets: the merchant's APIv3 keys, several while they are exchanged; they are tried in
  ///     turn. Nil where there is none, or where one has another length than 16 or 32 bytes.
  public init?(platformKeys: [String: RSAPublicKey], secrets: [[UInt8]]) {
    guard !secrets.isEmpty,
      secrets.allSatisfy({ WeChatPayReader.secretLengths.contains($0.count) })
    else { return nil }
    self.platformKeys = platformKeys
    self.secrets = secrets
  }

  public func read(
    _ delivery: Delivery, at now: Timestamp, pseudonyms: PseudonymKey
  ) throws(NoticeFault) -> Reading {
    if let unknown = try verify(delivery, at: now) { return .held(.unknownKey(unknown)) }
    let envelope = try NoticeFields(NoticeFields.document(delivery.body, "the document"))
    let type = try envelope.id("event_type")
    guard let event = WeChatPayEvent(rawValue: "\(type)") else {
      return .held(.unknownType("\(type)"))
    }
    let resource = try envelope.object("resource")
    let algorithm = try resource.id("algorithm")
    guard "\(algorithm)" == "AEAD_AES_256_GCM" else {
      return .held(.unknownType("\(type) sealed by \(algorithm)"))
    }
    // WeChat has signed it, so what does not open was sealed with a key that we do not have yet.
    guard let plain = try open(resource) else { return .held(.unknownKey("APIv3")) }
    let mapper = WeChatPayMapper(
      event: event, id: try envelope.id("id"),
      createdAt: try envelope.instant("create_time"),
      digest: SHA256.hash(unsafe delivery.body.span.bytes), pseudonyms: pseudonyms)
    return try mapper.reading(try NoticeFields(NoticeFields.document(plain, "resource")))
  }

  /// The status says it all: WeChat reads no body then.
  public var accepted: Acknowledgement {
    Acknowledgement(status: 200, contentType: "application/json", body: "")
  }

  /// Any status of 4xx or 5xx makes WeChat send it again; the message is for its own records.
  public func refused(_ reason: String) -> Acknowledgement {
    var body: [UInt8] = []
    var writer = JSONWriter()
    writer.beginObject(to: &body)
    writer.key("code", to: &body)
    writer.string("FAIL", to: &body)
    writer.key("message", to: &body)
    writer.string(reason, to: &body)
    writer.endObject(to: &body)
    return Acknowledgement(
      status: 500, contentType: "application/json",
      body: String(decoding: body, as: UTF8.self))
  }
}

// MARK: - The signature and the seal

extension WeChatPayReader {
  /// Holds the signature against the body; gives the serial of a key that is not known.
  private func verify(_ delivery: Delivery, at now: Timestamp) throws(NoticeFault) -> String? {
    let timestamp = try delivery.header("Wechatpay-Timestamp")
    let nonce = try visible("Wechatpay-Nonce", of: delivery)
    let serial = try visible("Wechatpay-Serial", of: delivery)
    let signature = try delivery.header("Wechatpay-Signature")
    guard timestamp.utf8.count <= 11, timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let seconds = Int64(timestamp)
    else {
      throw .malformed("header Wechatpay-Timestamp", "it must be whole seconds since 1970")
    }
    guard let key = platformKeys[serial] else { return serial }
    let age = now.seconds - seconds
    guard abs(age) <= WeChatPayReader.freshnessSeconds else { throw .stale(seconds: age) }
    guard let signature = Base64.decode(signature) else {
      throw .malformed("header Wechatpay-Signature", "it is not Base64")
    }
    let lineFeed: [UInt8] = [0x0A]
    let message =
      Array(timestamp.utf8) + lineFeed + Array(nonce.utf8) + lineFeed + delivery.body + lineFeed
    guard key.verifies(signature, message) else { throw .forged }
    return nil
  }

  /// The value of a header that is short and holds no control character: a line feed in a nonce
  /// would let a part of the body pass for the nonce.
  private func visible(_ name: String, of delivery: Delivery) throws(NoticeFault) -> String {
    let value = try delivery.header(name)
    do {
      _ = try IdentifierRule.externalID(value)
    } catch { throw .malformed("header \(name)", error.reason) }
    return value
  }

  /// The plain text of the resource; nil where none of our keys opens it.
  private func open(_ resource: NoticeFields) throws(NoticeFault) -> [UInt8]? {
    let nonce = Array(try resource.text("nonce").utf8)
    guard nonce.count == AESGCM.nonceLength else {
      throw resource.malformed("nonce", "it must have \(AESGCM.nonceLength) bytes")
    }
    guard let sealed = Base64.decode(try resource.text("ciphertext")) else {
      throw resource.malformed("ciphertext", "it is not Base64")
    }
    let beside = Array((try resource.optionalText("associated_data") ?? "").utf8)
    for secret in secrets {
      if let plain = AESGCM.open(sealed, key: secret, nonce: nonce, authenticating: beside) {
        return plain
      }
    }
    return nil
  }
}
