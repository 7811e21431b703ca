// The key of one subject: everything that is sealed of it opens with this and with nothing else.

import Cryptography
import Events
import Merkle

/// A name as the vault knows it: hashed under the vault's own key, so that no folder lists names.
struct NameTag: Hashable, Sendable {
  private let low: UInt64
  private let high: UInt64

  init(_ bytes: [UInt8], at offset: Int = 0) {
    let pair = SubjectReference(bytes, at: offset)
    (low, high) = (pair.low, pair.high)
  }

  /// - Parameter purpose: keeps names of one kind apart from those of another.
  init(_ purpose: String, _ name: [UInt8], under key: [UInt8]) {
    self.init(HMACSHA256.code(Array(purpose.utf8) + [0] + name, key: key))
  }

  var bytes: [UInt8] { SubjectReference((low, high)).bytes }
}

/// A subject with its key.
struct SubjectKey: Sendable {
  static let keyLength = 32
  static let bodyLength = 2 * SubjectReference.byteCount + keyLength

  let subject: SubjectReference
  let tag: NameTag
  private let key: [UInt8]

  init(_ subject: SubjectReference, _ tag: NameTag, key: [UInt8]) {
    self.subject = subject
    self.tag = tag
    self.key = key
  }

  /// - Throws: `VaultFault.damaged` where the bytes are not the file of that subject.
  init(_ bytes: [UInt8], path: String) throws(VaultFault) {
    let body = try VaultFile.key.decode(bytes, count: SubjectKey.bodyLength, of: path)
    self.init(
      SubjectReference(body), NameTag(body, at: 16), key: Array(body[32..<SubjectKey.bodyLength]))
  }

  var file: [UInt8] { VaultFile.key.encode(subject.bytes + tag.bytes + key) }

  private func derived(_ purpose: String, _ rest: [UInt8] = []) -> [UInt8] {
    HMACSHA256.code(Array(purpose.utf8) + [0] + rest, key: key)
  }

  /// What AES-GCM seals with.
  var sealingKey: [UInt8] { derived("seal") }

  /// What makes a commitment to words nobody's guess; it is gone with the key.
  ///
  /// A repeat of the command finds the same one, and so the same reference.
  func salt(of command: CommandID) -> [UInt8] {
    derived("salt", SubjectReference((command.low, command.high)).bytes)
  }
}
