// Signed notes, byte for byte as C2SP signed-note v1.0.0 has them:
//
//   <text: UTF-8, no control character but line feeds, ends with one>
//   <an empty line>
//   — <key name> <base64(key id, 4 bytes big-endian || signature)>        one line a signature
//
// The text may have empty lines; the last empty line of the note parts it from the signatures. An
// Ed25519 signature is over the text with its last line feed, without the empty line. A signature
// of an unknown key is passed over; one of a known key that is not its own spoils the note.

/// A text with who signed it.
public struct SignedNote: Hashable, Sendable {
  /// How long a note is at most, in bytes.
  public static let bytesMax = 16_384
  /// How many signatures it has at most; the specification asks for 16 at least.
  public static let signaturesMax = 100

  /// One line of a signature.
  public struct Signature: Hashable, Sendable {
    public var name: String
    public var id: UInt32
    public var bytes: [UInt8]
  }

  /// With its last line feed.
  public let text: String
  public let signatures: [Signature]

  init(text: String, signatures: [Signature]) {
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note.
  ///
  /// - Parameter bytesMax: how long it may be; a list of files is longer than any other note.
  /// - Throws: `NoteFault` for any bytes that are none.
  public init(_ bytes: [UInt8], bytesMax: Int = SignedNote.bytesMax) throws(NoteFault) {
    guard bytes.count <= bytesMax else { throw .tooLong(bytes.count) }
    guard SignedNote.isText(bytes) else { throw .notText }
    guard let end = SignedNote.lastEmptyLine(bytes) else { throw .noSignature }
    text = String(decoding: bytes[...end], as: UTF8.self)
    signatures = try SignedNote.signatures(Array(bytes[(end + 2)...]))
  }

  /// The note as it is stored and sent.
  public var bytes: [UInt8] {
    Array((text + "\n" + signatures.map { $0.line }.joined()).utf8)
  }

  /// The keys among `known` that signed, each once, in the order of the note.
  ///
  /// - Throws: `NoteFault` where a signature that names a known key is not its own.
  public func signers(among known: [NoteKey]) throws(NoteFault) -> [NoteKey] {
    var found: [NoteKey] = []
    for signature in signatures {
      guard let key = known.first(where: { $0.name == signature.name && $0.id == signature.id })
      else { continue }
      guard signature.verifies(text, key) else { throw .wrongSignature(key.label) }
      if !found.contains(key) { found.append(key) }
    }
    return found
  }

  /// The same note with more signatures behind its own, each once.
  public func adding(_ more: [Signature]) -> SignedNote {
    var all = signatures
    for signature in more where !all.contains(signature) { all.append(signature) }
    return SignedNote(text: text, signatures: all)
  }

  /// Reads the lines of signatures alone, as a witness answers.
  ///
  /// - Throws: `NoteFault` with the number of the first line that is none.
  public static func signatures(_ bytes: [UInt8]) throws(NoteFault) -> [Signature] {
    guard isText(bytes) else { throw .notText }
    var signatures: [Signature] = []
    for line in bytes.dropLast().split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    {
      guard signatures.count < signaturesMax,
        let signature = Signature(line: String(decoding: line, as: UTF8.self))
      else { throw .notASignature(line: signatures.count + 1) }
      signatures.append(signature)
    }
    return signatures
  }

  /// What a witness signs (C2SP tlog-cosignature v1).
  static func cosignedText(_ text: String, seconds: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8)
  }

  /// Whether bytes may be a text, with its last line feed.
  static func isText(_ bytes: [UInt8]) -> Bool {
    guard bytes.last == UInt8(ascii: "\n") else { return false }
    guard bytes.allSatisfy({ $0 >= 0x20 || $0 == UInt8(ascii: "\n") }) else { return false }
    return String(validating: bytes, as: UTF8.self) != nil
  }

  /// Where the line feed stands that ends the text, before the last empty line.
  private static func lastEmptyLine(_ bytes: [UInt8]) -> Int? {
    let feed = UInt8(ascii: "\n")
    var place = bytes.count - 2
    while place > 0 {
      if bytes[place] == feed, bytes[place - 1] == feed {
        return place + 1 < bytes.count ? place - 1 : nil
      }
      place -= 1
    }
    return nil
  }
}

extension SignedNote.Signature {
  private static let instantLength = 8

  /// When a witness says that it saw the note, in seconds since 1970; of another key's signature it
  /// means nothing.
  public var seconds: UInt64 {
    bytes.prefix(SignedNote.Signature.instantLength).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Whether it is the key's over a text.
  func verifies(_ text: String, _ key: NoteKey) -> Bool {
    switch key.kind {
    case .ed25519: Ed25519.verifies(bytes, Array(text.utf8), key: key.publicKey)
    case .cosignature:
      bytes.count == SignedNote.Signature.instantLength + Ed25519.signatureLength
        && seconds <= UInt64(Int64.max)
        && Ed25519.verifies(
          Array(bytes.dropFirst(SignedNote.Signature.instantLength)),
          SignedNote.cosignedText(text, seconds: seconds), key: key.publicKey)
    }
  }

  fileprivate init?(line: String) {
    guard line.hasPrefix("\u{2014} ") else { return nil }
    let parts = line.dropFirst(2).split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains("+"),
      let bytes = Base64.decode(String(parts[1])), bytes.count > 4
    else { return nil }
    name = String(parts[0])
    id = bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }
    self.bytes = Array(bytes[4...])
  }

  /// The line of a note, with its line feed.
  public var line: String {
    let head = (0..<4).map { UInt8(truncatingIfNeeded: id >> (24 - 8 * $0)) }
    return "\u{2014} \(name) \(Base64.encode(head + bytes))\n"
  }
}

/// Why bytes are no note, or not a good one.
public enum NoteFault: Error, Hashable, Sendable, CustomStringConvertible {
  case tooLong(Int)
  case notText
  case noSignature
  case notASignature(line: Int)
  case wrongSignature(String)

  public var description: String {
    switch self {
    case .tooLong(let count):
      "it has \(count) bytes, and such a note has fewer"
    case .notText:
      "it is no text: UTF-8 without control characters that ends with a line feed"
    case .noSignature: "it has no signature behind an empty line"
    case .notASignature(let line): "line \(line) of its signatures is none"
    case .wrongSignature(let key): "the signature in the name of \(key) is not that key's"
    }
  }
}
