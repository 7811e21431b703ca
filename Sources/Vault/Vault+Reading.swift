// Reading sealed words: by whoever may read the folder, beside a daemon that writes there.

public import Events
public import Platform

/// Words out of the vault.
public struct OpenedWords: Sendable {
  public let subject: SubjectReference
  /// SHA-256 over a byte 2, the salt and the words is their reference.
  public let salt: [UInt8]
  public let words: [UInt8]
}

extension Vault {
  /// Opens the words of a reference.
  ///
  /// - Throws: `VaultFault`: unknown, erased, or damaged.
  public static func open(
    _ reference: Digest, in folder: String, _ disk: any Disk = SystemDisk()
  ) throws(VaultFault) -> OpenedWords {
    let paths = VaultPaths(folder)
    let path = paths.words(reference)
    let bytes = try onDisk { () throws(Fault) in
      try disk.exists(path) ? try disk.contents(path) : nil
    }
    guard let bytes else { throw .wordsUnknown(reference) }
    let sealed = try SealedWords(bytes, path: path)
    guard sealed.reference == reference else {
      throw .damaged(file: path, reason: "it holds other words")
    }
    if try onDisk({ () throws(Fault) in try disk.exists(paths.erasing(sealed.subject)) }) {
      throw .erased(sealed.subject)
    }
    let key = try key(of: sealed.subject, folder, disk)
    guard let opened = sealed.open(key) else {
      throw .damaged(file: path, reason: "it does not open under its subject's key")
    }
    return OpenedWords(subject: sealed.subject, salt: opened.salt, words: opened.words)
  }
}
