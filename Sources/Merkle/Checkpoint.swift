// Checkpoints, byte for byte as C2SP tlog-checkpoint v1.0.0 has them:
//
//   <origin>                     the name of the log, which is the name of its key as well
//   <size>                       how many events, in decimal without leading zeros
//   <root, standard Base64>      the RFC 6962 root over them
//
// as the text of a signed note. Lines behind the third are allowed there and not recommended, for
// nobody can check what they say; here they are refused.

import Events

/// What a log says of itself: its name, how many events it has, and the root over them.
public struct Checkpoint: Hashable, Sendable {
  public var origin: String
  public var head: TreeHead

  public init(origin: String, head: TreeHead) {
    self.origin = origin
    self.head = head
  }

  /// Reads the text of a note.
  ///
  /// - Throws: `CheckpointFault` for any text that is no checkpoint.
  public init(text: String) throws(CheckpointFault) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.last == "" else { throw .notThreeLines(lines.count) }
    lines.removeLast()
    guard lines.count == 3 else { throw .notThreeLines(lines.count) }
    guard !lines[0].isEmpty else { throw .noOrigin }
    guard let size = PlainDecimal.value(lines[1]) else { throw .notASize(String(lines[1])) }
    guard let root = Digest(base64: String(lines[2])) else { throw .notARoot(String(lines[2])) }
    guard size > 0 || root == .emptyRoot else { throw .notARoot(String(lines[2])) }
    origin = String(lines[0])
    head = TreeHead(size: size, root: root)
  }

  /// The text of the note.
  public var text: String { "\(origin)\n\(head.size)\n\(head.root.base64)\n" }
}

/// A number as the formats of C2SP write it.
enum PlainDecimal {
  /// A number of decimal digits without a leading zero; nil for any other text.
  static func value(_ text: some StringProtocol) -> UInt64? {
    guard let first = text.utf8.first, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      first != 0x30 || text.utf8.count == 1
    else { return nil }
    return UInt64(text)
  }
}

/// A checkpoint with who signed it.
public struct SignedCheckpoint: Hashable, Sendable {
  public let checkpoint: Checkpoint
  public let note: SignedNote

  public init(_ note: SignedNote) throws(CheckpointFault) {
    checkpoint = try Checkpoint(text: note.text)
    self.note = note
  }

  /// Reads a checkpoint; who signed it is still to be asked.
  ///
  /// - Throws: `CheckpointFault` for any bytes that are none.
  public init(_ bytes: [UInt8]) throws(CheckpointFault) {
    let note: SignedNote
    do throws(NoteFault) { note = try SignedNote(bytes) } catch { throw .note(error) }
    try self.init(note)
  }

  /// Signs a checkpoint; the first key's name must be the origin.
  ///
  /// - Returns: nil where a key signs no notes, or the origin is no line of one.
  public init?(_ checkpoint: Checkpoint, by signers: [NoteSigner]) {
    let notes = signers.compactMap { $0.sign(checkpoint.text) }
    guard notes.count == signers.count, let first = notes.first else { return nil }
    self.checkpoint = checkpoint
    note = first.adding(notes.dropFirst().flatMap { $0.signatures })
  }

  public var head: TreeHead { checkpoint.head }
  public var bytes: [UInt8] { note.bytes }

  /// The log's keys among `known` that signed.
  ///
  /// A key of another name than the origin signs for another log, and does not count.
  ///
  /// - Throws: `CheckpointFault` where none did, or a signature in the name of one is not its own.
  public func signers(among known: [NoteKey]) throws(CheckpointFault) -> [NoteKey] {
    let ours = known.filter { $0.kind == .ed25519 && $0.name == checkpoint.origin }
    let signers: [NoteKey]
    do throws(NoteFault) { signers = try note.signers(among: ours) } catch { throw .note(error) }
    guard !signers.isEmpty else { throw .notSigned(checkpoint.origin) }
    return signers
  }
}

/// Why bytes are no checkpoint, or not a good one.
public enum CheckpointFault: Error, Hashable, Sendable, CustomStringConvertible {
  case note(NoteFault)
  case notThreeLines(Int)
  case noOrigin
  case notASize(String)
  case notARoot(String)
  case notSigned(String)

  public var description: String {
    switch self {
    case .note(let fault): fault.description
    case .notThreeLines(let count):
      "its text has \(count) lines; a checkpoint has the origin, the size and the root, no more"
    case .noOrigin: "its first line, the origin, is empty"
    case .notASize(let text): "its second line, \(text.debugDescription), is no size"
    case .notARoot(let text): "its third line, \(text.debugDescription), is no root"
    case .notSigned(let origin): "none of the keys of \(origin) that are trusted has signed it"
    }
  }
}
