// Alipay's asynchronous notice of a trade: a signed form.

public import Cryptography
public import Events
import Merkle
import Text

/// Reads the notices of Alipay.
///
/// There is no rule of staleness: a notice keeps the signature and the `notify_time` of its first
/// delivery while it is sent again for 25 hours. A replay of it says nothing new, and is known by
/// its `notify_id`.
public struct AlipayReader: NoticeReader {
  public var institution: Institution { .alipay }

  private let keys: [RSAPublicKey]
  private let apps: Set<String>
  private let sellers: Set<String>

  /// - Parameters:
  ///   - keys: Alipay's public keys, several while they are exchanged; nil where there is none.
  ///   - apps: the app ids that are ours, any where none is named.
  ///   - sellers: the seller ids that are ours, any where none is named.
  public init?(keys: [RSAPublicKey], apps: Set<String> = [], sellers: Set<String> = []) {
    guard !keys.isEmpty else { return nil }
    self.keys = keys
    self.apps = apps
    self.sellers = sellers
  }

  /// - Parameter now: is not asked, for a notice has no time by which it must have come.
  public func read(
    _ delivery: Delivery, at now: Timestamp, pseudonyms: PseudonymKey
  ) throws(NoticeFault) -> Reading {
    let form: Form
    do {
      form = try FormReader.read(delivery.body, bytesMax: NoticeFields.documentBytesMax)
    } catch { throw .malformed("the form", "\(error)") }
    try AlipaySignature.verify(form, keys)
    let fields = NoticeFields(form)
    if let charset = try fields.optionalText("charset"), charset.lowercased() != "utf-8" {
      throw fields.malformed("charset", "it is \(charset), and only utf-8 is read")
    }
    let type = try fields.id("notify_type")
    guard "\(type)" == "trade_status_sync" else { return .held(.unknownType("\(type)")) }
    try own(fields)
    let mapper = AlipayMapper(
      digest: SHA256.hash(unsafe delivery.body.span.bytes), pseudonyms: pseudonyms)
    return try mapper.reading(fields)
  }

  /// Refuses what is meant for somebody else: Alipay signs for all its merchants with one key.
  private func own(_ fields: NoticeFields) throws(NoticeFault) {
    for (name, ours) in [("app_id", apps), ("seller_id", sellers)] where !ours.isEmpty {
      guard ours.contains(try fields.text(name)) else {
        throw fields.senseless(name, "it is none of ours")
      }
    }
  }

  public var accepted: Acknowledgement { Acknowledgement(status: 200, body: "success") }

  /// The reason is not for Alipay, which reads this word and no other.
  public func refused(_ reason: String) -> Acknowledgement {
    Acknowledgement(status: 200, body: "fail")
  }
}
