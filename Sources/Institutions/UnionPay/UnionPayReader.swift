// UnionPay's background notifications, version 5.1.0, signed with RSA (`signMethod` 01).
//
// The body is a form. `signature` is the base64 text of an RSA-SHA256 signature over the lower-case
// hexadecimal SHA-256 of all other decoded fields, `name=value` in the order of their names'
// bytes, joined by `&`. The key comes in the message itself: `signPubKeyCert` is a certificate, so
// that the signature alone proves nothing. What proves something is that
//
// 1. the third part of the certificate's common name, as its parts stand between `@`, is the name
//    of whom UnionPay signs as (production: 中国银联股份有限公司);
// 2. the signature is that key's over the fields;
// 3. a chain of certificates that are valid now leads from it to a root that is pinned here.
//
// Anything else is refused. Only where all is well but for the issuer, whom nobody here knows, is
// it held by its serial number: roots are replaced, and it is read again then. Whoever wants can
// make such a certificate, so that what is held must be bounded by who keeps it.
//
// The form has to be decoded before it can be verified, for the signature is over decoded fields.
// The values stand bare between the `&`, so that one text could be cut into fields in two ways, and
// each would be signed. UnionPay writes a `&` inside a value between braces only. Hence here: names
// are letters, digits and `_`, the braces of every value are balanced, and a `&` stands between
// braces; then the text has one reading.
//
// The message has no time of its own signing: a repeat of it is as fresh as the first, and is known
// by its transaction.

public import Cryptography
public import Events
internal import Merkle
internal import Text

/// Reads UnionPay's notifications.
public struct UnionPayReader: NoticeReader {
  /// Whom UnionPay signs as in production.
  public static let productionNames = ["中国银联股份有限公司"]
  /// The longest body that is read, in bytes.
  public static let bodyBytesMax = 64 * 1024

  private let roots: [Certificate]
  private let intermediates: [Certificate]
  private let names: Set<[UInt8]>

  /// Nil where no root is pinned, or no name expected: nothing would ever be authentic.
  ///
  /// - Parameters:
  ///   - roots: whom a chain must lead to.
  ///   - intermediates: certificates that may stand between; they are trusted for nothing.
  ///   - names: the third parts of common names that may sign.
  public init?(
    roots: [Certificate], intermediates: [Certificate] = [],
    names: [String] = UnionPayReader.productionNames
  ) {
    guard !roots.isEmpty, !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.roots = roots
    self.intermediates = intermediates
    self.names = Set(names.map { Array($0.utf8) })
  }

  /// UnionPay sends again what is not answered by status 200; the text is that of its own examples.
  public var accepted: Acknowledgement { Acknowledgement(status: 200, body: "ok") }

  public func refused(_ reason: String) -> Acknowledgement {
    Acknowledgement(status: 400, body: reason)
  }

  public func read(
    _ delivery: Delivery, at now: Timestamp, pseudonyms: PseudonymKey
  ) throws(NoticeFault) -> Reading {
    let message = try UnionPayMessage(delivery.body)
    if let stranger = try stranger(message, at: now) { return .held(.unknownKey(stranger)) }
    let digest = unsafe SHA256.hash(delivery.body.span.bytes)
    return try message.reading(digest: digest, pseudonyms: pseudonyms)
  }

  /// Verifies a message; gives the serial number of its certificate where all is well but that no
  /// root is known for it.
  private func stranger(
    _ message: UnionPayMessage, at now: Timestamp
  ) throws(NoticeFault) -> String? {
    try message.expect("signMethod", "01")
    let text = try message.text("signPubKeyCert")
    guard let certificate = Certificate(pem: Array(text.utf8)) else {
      throw .malformed("signPubKeyCert", "it is no certificate")
    }
    guard let signature = Base64.decode(try message.text("signature")) else {
      throw .malformed("signature", "it is no base64")
    }
    guard let key = certificate.publicKey, isExpected(certificate.commonName),
      key.verifies(signature, message.signedText)
    else { throw .forged }
    switch certificate.chain(to: roots, through: intermediates, at: now) {
    case .trusted: return nil
    case .unknownIssuer: return certificate.serialNumber
    case .refused: throw .forged
    }
  }

  private func isExpected(_ commonName: String?) -> Bool {
    let parts = (commonName ?? "").utf8.split(
      separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    return parts.count > 2 && names.contains(Array(parts[2]))
  }
}
