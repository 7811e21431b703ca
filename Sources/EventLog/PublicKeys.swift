// log.vkey: the public keys of a log, one a line, the one in use last.

public import Merkle
public import Platform

/// The keys that a log's folder tells everybody of.
public enum PublicKeys {
  /// How long the file is at most: some ten thousand keys.
  static let bytesMax = 1 << 20

  /// The keys of a folder, in their order; none where it has no such file.
  ///
  /// Lines that are no key are passed over: who verifies names them.
  public static func read(_ disk: some Disk, _ folder: LogFolder) throws(Fault) -> [NoteKey] {
    try text(disk, folder).split(separator: "\n").compactMap { NoteKey(String($0)) }
  }

  /// Adds a key behind the others, unless it stands there as the last.
  static func add(_ key: NoteKey, _ disk: some Disk, _ folder: LogFolder) throws(Fault) {
    let line = key.text + "\n"
    let known = try text(disk, folder)
    if known.hasSuffix(line) { return }
    try disk.replaceFile(folder.publicKeys, with: unsafe Array((known + line).utf8).span.bytes)
  }

  private static func text(_ disk: some Disk, _ folder: LogFolder) throws(Fault) -> String {
    guard try disk.exists(folder.publicKeys) else { return "" }
    guard let bytes = try disk.whole(folder.publicKeys, max: bytesMax) else {
      throw Fault(
        "read", .fileTooLarge, path: folder.publicKeys, offset: bytesMax,
        hint: "It holds one public key a line; bring it back from a copy.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
