// Words as they lie in the vault, and the reference by which an event names them.
//
//   reference = SHA-256(0x02 || salt || words)       32 bytes of salt, which only the key gives
//   sealed    = AES-256-GCM(key, nonce, salt || words; beside: magic || subject || reference)
//
// The reference is a commitment: who is shown salt and words can hold them against the log, and who
// is shown neither learns nothing from it, not even by trying all short texts.

import Cryptography
import Events
import Merkle

/// The file of one text.
struct SealedWords: Sendable {
  static let saltLength = 32
  private static let headLength =
    SubjectReference.byteCount + Digest.byteCount + AESGCM.nonceLength

  let subject: SubjectReference
  let reference: Digest
  private let nonce: [UInt8]
  private let sealed: [UInt8]

  static func reference(_ words: [UInt8], salt: [UInt8]) -> Digest {
    var bytes = salt
    bytes.append(contentsOf: words)
    return SHA256.hash(prefix: 2, unsafe bytes.span.bytes)
  }

  /// Seals words under their subject's key.
  ///
  /// - Parameter nonce: 12 bytes that come once under a key.
  init(_ words: [UInt8], salt: [UInt8], under key: SubjectKey, nonce: [UInt8]) {
    subject = key.subject
    reference = SealedWords.reference(words, salt: salt)
    self.nonce = nonce
    let sealed = AESGCM.seal(
      salt + words, key: key.sealingKey, nonce: nonce,
      authenticating: SealedWords.beside(subject, reference))
    guard let sealed else { preconditionFailure("libcrypto seals nothing") }
    self.sealed = sealed
  }

  /// - Throws: `VaultFault.damaged` where the bytes are no such file.
  init(_ bytes: [UInt8], path: String) throws(VaultFault) {
    let body = try VaultFile.words.decode(bytes, of: path)
    let least = SealedWords.headLength + SealedWords.saltLength + AESGCM.tagLength
    guard body.count > least, let reference = Digest(bytes: Array(body[16..<48])) else {
      throw .damaged(file: path, reason: "its body has \(body.count) bytes")
    }
    subject = SubjectReference(body)
    self.reference = reference
    nonce = Array(body[48..<SealedWords.headLength])
    sealed = Array(body[SealedWords.headLength...])
  }

  var file: [UInt8] { VaultFile.words.encode(subject.bytes + reference.bytes + nonce + sealed) }

  /// The salt and the words; nil where they were not sealed with this key, or differ.
  func open(_ key: SubjectKey) -> (salt: [UInt8], words: [UInt8])? {
    let plain = AESGCM.open(
      sealed, key: key.sealingKey, nonce: nonce,
      authenticating: SealedWords.beside(subject, reference))
    guard let plain, plain.count > SealedWords.saltLength else { return nil }
    let salt = Array(plain[..<SealedWords.saltLength])
    let words = Array(plain[SealedWords.saltLength...])
    guard SealedWords.reference(words, salt: salt) == reference else { return nil }
    return (salt, words)
  }

  private static func beside(_ subject: SubjectReference, _ reference: Digest) -> [UInt8] {
    VaultFile.words.magic + subject.bytes + reference.bytes
  }
}
