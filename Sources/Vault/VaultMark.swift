// Which vault serves a log: a note beside the log, so that a start sees when the vault is gone or
// is another one. It holds nothing secret, and nothing is folded from it.
//
//   LOG/vault.mark   slcvmrk1, tag 16, whether accounts have tokens 1, the vault's path, check 16
//
// The tag is a name hashed under the vault's own key: who has that key has the vault, wherever it
// was moved to.

import Events
public import Platform
import Synchronization

/// What a log knows of its vault.
public struct VaultMark: Hashable, Sendable {
  /// Its name beside the log.
  public static let fileName = "vault.mark"

  private let tag: NameTag
  /// Whether it gave accounts their tokens.
  public let hasAccounts: Bool
  /// Where it was.
  public let path: String

  init(namesKey: [UInt8], hasAccounts: Bool, path: String) {
    tag = NameTag("mark", [], under: namesKey)
    self.hasAccounts = hasAccounts
    self.path = path
  }

  /// Whether both are of one vault, wherever it was.
  public func isOfSame(as other: VaultMark) -> Bool { tag == other.tag }

  /// The mark in the folder of a log; nil where there is none.
  ///
  /// - Throws: `VaultFault.damaged` where it is not what was written there.
  public static func read(
    in log: String, _ disk: any Disk = SystemDisk()
  ) throws(VaultFault) -> VaultMark? {
    let file = "\(log)/\(fileName)"
    let bytes = try onDisk { () throws(Fault) in
      try disk.exists(file) ? try disk.contents(file) : nil
    }
    guard let bytes else { return nil }
    let body = try VaultFile.mark.decode(bytes, of: file)
    let tagEnd = SubjectReference.byteCount
    guard body.count > tagEnd,
      let path = String(validating: body[(tagEnd + 1)...], as: UTF8.self)
    else { throw .damaged(file: file, reason: "its body has \(body.count) bytes") }
    return VaultMark(tag: NameTag(body), hasAccounts: body[tagEnd] == 1, path: path)
  }

  private init(tag: NameTag, hasAccounts: Bool, path: String) {
    self.tag = tag
    self.hasAccounts = hasAccounts
    self.path = path
  }

  /// Leaves it in the folder of a log, durably.
  public func write(in log: String, _ disk: any Disk = SystemDisk()) throws(VaultFault) {
    let file = VaultFile.mark.encode(tag.bytes + [hasAccounts ? 1 : 0] + Array(path.utf8))
    try onDisk { () throws(Fault) in
      try disk.replaceFile("\(log)/\(VaultMark.fileName)", with: unsafe file.span.bytes)
    }
  }

  /// Takes it away: the log then knows of no vault.
  public static func remove(in log: String, _ disk: any Disk = SystemDisk()) throws(VaultFault) {
    try onDisk { () throws(Fault) in
      let file = "\(log)/\(fileName)"
      guard try disk.exists(file) else { return }
      try disk.remove(file)
      try disk.synchronizeDirectory(log)
    }
  }
}

extension Vault {
  /// What a log is to know of it; nil while nothing was ever kept in it.
  ///
  /// - Parameter path: where it is, whatever the folder of a later start.
  public func mark(at path: String) -> VaultMark? {
    let hasAccounts = hasAccounts
    return state.withLock { state in
      state.namesKey.map { VaultMark(namesKey: $0, hasAccounts: hasAccounts, path: path) }
    }
  }
}
