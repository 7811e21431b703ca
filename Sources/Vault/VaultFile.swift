// How every small file of the vault is laid out, and which there are.
//
//   magic  8   says what the file is
//   body   n
//   check 16   the first 16 bytes of SHA-256 over magic and body
//
// The check finds rot and half a write; who changes a file on purpose can make it anew. What must
// withstand that is sealed: AES-256-GCM over the words, with magic, subject and reference beside.
//
//   VAULT/names.key        magic slcvnam1, 32 random bytes: names are hashed under it
//   VAULT/keys/SUBJECT     slcvkey1, subject 16, name tag 16, key 32
//   VAULT/words/REFERENCE  slcvwrd1, subject 16, reference 32, nonce 12, sealed words
//   VAULT/erasing/SUBJECT  slcvera1, subject 16, kind 1, actor kind 1, uid 4, texts 4, reason
//   LOG/vault.mark         slcvmrk1, which vault serves a log; see VaultMark
//   VAULT/accounts         a row of 64 bytes an account; see AccountTable

import Merkle
import Platform

/// The files of a vault.
enum VaultFile: String {
  case names = "slcvnam1"
  case key = "slcvkey1"
  case words = "slcvwrd1"
  case erasing = "slcvera1"
  case mark = "slcvmrk1"

  static let checkLength = 16
  /// No file of the vault but the table of accounts is longer.
  static let lengthMax = 64 * 1024
  /// What a write leaves behind that was cut short.
  static let besideSuffix = ".tmp"

  var magic: [UInt8] { Array(rawValue.utf8) }

  static func check(_ bytes: [UInt8]) -> [UInt8] {
    Array(SHA256.hash(unsafe bytes.span.bytes).bytes[..<checkLength])
  }

  /// The bytes of a file of this kind.
  func encode(_ body: [UInt8]) -> [UInt8] {
    let bytes = magic + body
    return bytes + VaultFile.check(bytes)
  }

  /// The body of a file of this kind.
  ///
  /// - Parameter count: how long it must be; nil for any length.
  /// - Throws: `VaultFault.damaged` naming the file.
  func decode(
    _ bytes: [UInt8], count: Int? = nil, of path: String
  ) throws(VaultFault) -> [UInt8] {
    guard bytes.count >= magic.count + VaultFile.checkLength else {
      throw .damaged(file: path, reason: "it has \(bytes.count) bytes")
    }
    let end = bytes.count - VaultFile.checkLength
    guard Array(bytes[..<magic.count]) == magic else {
      throw .damaged(file: path, reason: "it does not begin as such a file does")
    }
    guard VaultFile.check(Array(bytes[..<end])) == Array(bytes[end...]) else {
      throw .damaged(file: path, reason: "its check does not fit")
    }
    let body = Array(bytes[magic.count..<end])
    if let count, body.count != count {
      throw .damaged(file: path, reason: "its body has \(body.count) bytes")
    }
    return body
  }
}

extension Disk {
  /// All bytes of a small file.
  func contents(_ path: String) throws(Fault) -> [UInt8] {
    let file = try open(path, .read)
    do throws(Fault) {
      let length = min(try size(file), VaultFile.lengthMax)
      var bytes = [UInt8](repeating: 0, count: length)
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      let count = try readAll(file, into: &raw, at: 0)
      bytes.removeLast(length - count)
      try close(file)
      return bytes
    } catch {
      try? close(file)
      throw error
    }
  }

  /// Overwrites a file with zeros, makes that durable and removes it; nothing where it is gone.
  ///
  /// Whether a device keeps old copies of a sector is beyond it.
  func shred(_ path: String) throws(Fault) {
    guard try exists(path) else { return }
    let file = try open(path, .write)
    do throws(Fault) {
      let zeros = [UInt8](repeating: 0, count: try size(file))
      try writeAll(file, unsafe zeros.span.bytes, at: 0, path: path)
      try synchronize(file)
    } catch {
      try? close(file)
      throw error
    }
    try close(file)
    try remove(path)
    try synchronizeDirectory(parentDirectory(of: path))
  }

  /// Makes a folder whose name is durable; nothing where it is there.
  func needDirectory(_ path: String) throws(Fault) {
    if try exists(path) { return }
    try makeDirectory(path)
    try synchronizeDirectory(parentDirectory(of: path))
  }
}
