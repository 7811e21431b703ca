// One institution's way to say that a payment happened.

import Cryptography
public import Events
import Merkle

/// Verifies, reads and maps one institution's notifications.
///
/// A conformer is a pure value: it holds the keys of one moment, and a rotation makes another one.
/// What is not authentic is refused before anything of it is parsed.
public protocol NoticeReader: Sendable {
  var institution: Institution { get }

  /// What a delivery says.
  ///
  /// - Parameters:
  ///   - now: when it came, for the freshness of its signature and the years that it leaves out.
  ///   - pseudonyms: makes account tokens; no account goes on as it came.
  /// - Throws: what speaks against it; it is then nobody's word and becomes no event.
  func read(
    _ delivery: Delivery, at now: Timestamp, pseudonyms: PseudonymKey
  ) throws(NoticeFault) -> Reading

  /// What the institution hears once all that a delivery says is durable.
  var accepted: Acknowledgement { get }

  /// What it hears where a delivery was refused, or could not be kept: it sends it again.
  func refused(_ reason: String) -> Acknowledgement
}

/// Makes pseudonyms of payment accounts; the key stands outside the log.
///
/// Without the key no pseudonym leads to an account; with it the same account of the same
/// institution always has the same one.
public struct PseudonymKey: Sendable {
  public static let keyLength = 32
  private let key: [UInt8]

  /// Nil where the key has not 32 bytes.
  public init?(_ key: [UInt8]) {
    guard key.count == PseudonymKey.keyLength else { return nil }
    self.key = key
  }

  /// The pseudonym of an account: the first 16 bytes of HMAC-SHA-256 over the institution's name, a
  /// zero byte and the account, in hexadecimal; `.none` for an account without bytes.
  public func pseudonym(_ institution: Institution, _ account: String) -> ExternalID {
    guard !account.isEmpty else { return .none }
    let message = Array(institution.name.utf8) + [0] + Array(account.utf8)
    let code = HMACSHA256.code(message, key: key)
    return ExternalID(Hexadecimal.encode(Array(code[..<16]))) ?? .none
  }
}
