// Private keys in files of their own: made once, read by their owner alone.

import Merkle
import Platform

/// Files that nobody but their owner reads.
enum SecretFile {
  /// Writes a file that must not be there yet, with mode 0600.
  static func write(_ bytes: [UInt8], to path: String) throws {
    let disk = SystemDisk()
    let file = try disk.open(path, .createNew)
    do throws(Fault) {
      try disk.writeAll(file, unsafe bytes.span.bytes, at: 0, path: path)
      try disk.synchronize(file)
    } catch {
      try? disk.close(file)
      try? disk.remove(path)
      throw error
    }
    try disk.close(file)
    try disk.synchronizeDirectory(parentDirectory(of: path))
  }
}

enum SecretKey {
  /// Makes a key of the machine's randomness.
  static func make(_ name: String, _ kind: NoteKey.Kind = .ed25519) throws -> NoteSigner {
    var seed: [UInt8] = []
    for _ in 0..<2 {
      let (low, high) = SystemRandom.bytes16()
      for word in [low, high] {
        seed += (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      }
    }
    guard let signer = NoteSigner(name: name, kind: kind, seed: seed) else {
      throw CommandFailure(
        .usage, "\(name) cannot name a key", hint: "Give a name without spaces and without +")
    }
    return signer
  }

  static func bytes(_ signer: NoteSigner) -> [UInt8] { Array((signer.text + "\n").utf8) }

  /// Reads a file that holds one private key on one line.
  ///
  /// - Parameter hint: how such a file comes about.
  static func read(
    _ path: String, hint: String = "It is one line, PRIVATE+KEY+<name>+<id>+<Base64>"
  ) throws -> NoteSigner {
    var file = try InputFile(path)
    let text = String(decoding: try file.readAll(limit: SignedNote.bytesMax), as: UTF8.self)
    guard text.last == "\n", let signer = NoteSigner(String(text.dropLast())) else {
      throw CommandFailure(
        .usage, "\(path) holds no private key of a signed note", hint: hint)
    }
    return signer
  }
}
