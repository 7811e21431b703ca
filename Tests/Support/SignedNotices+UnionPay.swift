// UnionPay's side of a notification: its certificates, its fields and its signature, made by tests.

private import Cryptography
package import Institutions
private import Merkle

/// Who signs as UnionPay: a root, an issuer under it, and a certificate that the issuer signed.
package struct UnionPaySender: Sendable {
  package typealias Fields = [(name: String, value: String)]

  /// The name of UnionPay's certificates, as its own test environment writes it.
  package static let name = "041@8310000000083040@中国银联股份有限公司@00016495"
  /// 2024-01-01T00:00:00Z, when the certificates begin.
  package static let begin: Int64 = 1_704_067_200
  package static let shared = UnionPaySender()

  /// The certificates (PEM), from the root down.
  package let root: [UInt8]
  package let issuer: [UInt8]
  package private(set) var certificate: [UInt8]
  private let issuerKey = SigningKey()
  private let key = SigningKey()

  package init() {
    let rootKey = SigningKey()
    root = rootKey.certificate(of: "root", serial: 1, from: UnionPaySender.begin)
    issuer = issuerKey.certificate(
      of: "issuer", serial: 2, issuer: ("root", rootKey), from: UnionPaySender.begin,
      isAuthority: true)
    certificate = key.certificate(
      of: UnionPaySender.name, serial: 0xC0FFEE, issuer: ("issuer", issuerKey),
      from: UnionPaySender.begin)
  }

  /// The same sender with a certificate of another name.
  ///
  /// - Parameter days: how long it is valid.
  package func renamed(_ name: String, days: Int = 3650) -> UnionPaySender {
    var other = self
    other.certificate = key.certificate(
      of: name, serial: 0xC0FFEE, issuer: ("issuer", issuerKey), from: UnionPaySender.begin,
      days: days)
    return other
  }

  /// A certificate of the same name and key that nobody but itself vouches for.
  package var selfSigned: [UInt8] {
    key.certificate(of: UnionPaySender.name, serial: 4, from: UnionPaySender.begin)
  }

  /// A reader that pins the root.
  package func reader(names: [String] = UnionPayReader.productionNames) -> UnionPayReader? {
    UnionPayReader(
      roots: Certificate.all(pem: root), intermediates: Certificate.all(pem: issuer), names: names)
  }

  /// The fields of a notification, without those of its signature.
  ///
  /// - Parameters:
  ///   - time: `txnTime`, as `20240912101112`.
  ///   - original: `origQryId` of a reversal.
  package static func fields(
    type: String, code: String = "00", order: String, query: String, original: String? = nil,
    fen: Int64, time: String = "20240912101112"
  ) -> Fields {
    var fields: Fields = [
      ("version", "5.1.0"), ("encoding", "utf-8"), ("bizType", "000201"), ("accessType", "0"),
      ("txnType", type), ("txnSubType", "01"), ("merId", "777290058167151"), ("orderId", order),
      ("txnTime", time), ("txnAmt", "\(fen)"), ("currencyCode", "156"), ("queryId", query),
      ("respCode", code), ("respMsg", "成功[0000000]"), ("settleAmt", "\(fen)"),
      ("settleCurrencyCode", "156"), ("settleDate", "\(time.dropFirst(4).prefix(4))"),
      ("traceNo", "067402"), ("traceTime", "\(time.dropFirst(4))"),
      ("accNo", "6216261000000000018"),
      ("reqReserved", "{shop=7&channel=app}"),
    ]
    if let original { fields.append(("origQryId", original)) }
    return fields
  }

  /// The fields with those of the signature.
  ///
  /// - Parameter certificate: what the message brings as its certificate; nil for the sender's own.
  package func signed(_ fields: Fields, certificate: [UInt8]? = nil) -> Fields {
    var fields = fields
    if !fields.contains(where: { $0.name == "signMethod" }) { fields.append(("signMethod", "01")) }
    fields.append(
      ("signPubKeyCert", String(decoding: certificate ?? self.certificate, as: UTF8.self)))
    let text =
      fields
      .sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
      .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    let digest = unsafe SHA256.hash(Array(text.utf8).span.bytes)
    fields.append(("signature", Base64.encode(key.sign(Array(digest.hex.utf8)))))
    return fields
  }

  /// The body of a delivery.
  package static func body(_ fields: Fields) -> [UInt8] {
    Array(fields.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&").utf8)
  }

  /// A delivery of these fields, signed.
  package func delivery(_ fields: Fields, certificate: [UInt8]? = nil) -> Delivery {
    Delivery(body: UnionPaySender.body(signed(fields, certificate: certificate)))
  }

  private static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"):
        out.append(byte)
      case UInt8(ascii: " "): out.append(UInt8(ascii: "+"))
      default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
