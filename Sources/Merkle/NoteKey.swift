// The keys of signed notes, as texts (C2SP signed-note v1.0.0; the private form is that of Go's
// sumdb/note).
//
//   vkey   <name>+<key id, 8 lower-case hexadecimal digits>+base64(type || public key, 32 bytes)
//   skey   PRIVATE+KEY+<name>+<key id>+base64(type || seed, 32 bytes)
//   key id the first 4 bytes of SHA-256(name || 0x0A || type || public key), big-endian
//
// A name is not empty and has no space and no plus. Type 0x01 is Ed25519 over the text of a note,
// 0x04 the cosignature of a witness (C2SP tlog-cosignature v1); every other type is refused. Who
// approves for a plan has a key of the first type and a name of at most 48 bytes, so that it and
// its id fit a short text of the log.

public import Events

/// Who may have signed a note.
public struct NoteKey: Hashable, Sendable {
  /// Of a key whose label fits a short text of the log.
  public static let shortNameBytesMax = 48
  static let nameBytesMax = 255

  /// What a key signs with: the number stands in the key's text and in its id.
  public enum Kind: UInt8, Sendable {
    /// Ed25519 over the text.
    case ed25519 = 1
    /// Ed25519 over an instant and the text: a witness says when it saw this checkpoint.
    case cosignature = 4
  }

  public let name: String
  public let kind: Kind
  public let id: UInt32
  let publicKey: [UInt8]

  init?(name: String, kind: Kind = .ed25519, publicKey: [UInt8]) {
    guard NoteKey.isName(name), publicKey.count == Ed25519.keyLength else { return nil }
    self.name = name
    self.kind = kind
    self.publicKey = publicKey
    var hash = SHA256()
    for byte in name.utf8 { hash.update(byte: byte) }
    for byte in [UInt8(ascii: "\n"), kind.rawValue] + publicKey { hash.update(byte: byte) }
    id = UInt32(truncatingIfNeeded: hash.digest().words.0.byteSwapped >> 32)
  }

  /// A key of a log, by its public key as events hold it; nil where the name is none.
  public init?(name: String, publicKey: Digest) {
    self.init(name: name, publicKey: publicKey.bytes)
  }

  /// Reads a vkey; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Base64.decode(String(parts[2])),
      let kind = bytes.first.flatMap({ Kind(rawValue: $0) }),
      let key = NoteKey(name: String(parts[0]), kind: kind, publicKey: Array(bytes.dropFirst())),
      NoteKey.hex(key.id) == parts[1]
    else { return nil }
    self = key
  }

  /// The vkey.
  public var text: String {
    "\(label)+\(Base64.encode([kind.rawValue] + publicKey))"
  }

  /// The public key as events hold it.
  public var publicDigest: Digest { Digest(bytes: publicKey) ?? .zero }

  /// Whether it may be that of an approver: its label fits the log.
  public var mayApprove: Bool {
    kind == .ed25519 && name.utf8.count <= NoteKey.shortNameBytesMax
  }

  /// The name with the id: `finance+1a2b3c4d`, which tells one key from every other that is known.
  public var label: String { "\(name)+\(NoteKey.hex(id))" }

  /// Whether both are one key, whatever it is called.
  public func isSameKey(as other: NoteKey) -> Bool { publicKey == other.publicKey }

  /// The label as the log holds it.
  public var shortLabel: ShortText { ShortText(label) ?? .none }

  static func hex(_ id: UInt32) -> String {
    Hexadecimal.encode((0..<4).map { UInt8(truncatingIfNeeded: id >> (24 - 8 * $0)) })
  }

  /// Whether a text may name a key whose label fits the log.
  public static func isShortName(_ text: String) -> Bool {
    text.utf8.count <= shortNameBytesMax && isName(text)
  }

  /// Whether a text may name a key.
  public static func isName(_ text: String) -> Bool {
    (1...nameBytesMax).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy { scalar in
        scalar != "+" && !scalar.properties.isWhitespace && scalar.value > 0x20
          && scalar.value != 0x7F
      }
  }
}

/// Who signs notes.
public struct NoteSigner: Sendable {
  public let key: NoteKey
  private let seed: [UInt8]
  private static let prefix = "PRIVATE+KEY+"

  /// Makes a key of 32 random bytes.
  ///
  /// - Returns: nil where the name is none, or there are not 32 bytes.
  public init?(name: String, kind: NoteKey.Kind = .ed25519, seed: [UInt8]) {
    guard let publicKey = Ed25519.publicKey(ofSeed: seed),
      let key = NoteKey(name: name, kind: kind, publicKey: publicKey)
    else { return nil }
    self.key = key
    self.seed = seed
  }

  /// Reads an skey; nil for any other text.
  public init?(_ text: String) {
    guard text.hasPrefix(NoteSigner.prefix) else { return nil }
    let parts = text.dropFirst(NoteSigner.prefix.count)
      .split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Base64.decode(String(parts[2])),
      let kind = bytes.first.flatMap({ NoteKey.Kind(rawValue: $0) }),
      let signer = NoteSigner(
        name: String(parts[0]), kind: kind, seed: Array(bytes.dropFirst())),
      NoteKey.hex(signer.key.id) == parts[1]
    else { return nil }
    self = signer
  }

  /// The skey, which is a secret.
  public var text: String {
    "\(NoteSigner.prefix)\(key.label)+\(Base64.encode([key.kind.rawValue] + seed))"
  }

  /// The note of a text that ends with a line feed, signed by this key alone.
  ///
  /// - Returns: nil where the text cannot be that of a note, or the key signs none but with an
  ///   instant.
  public func sign(_ text: String) -> SignedNote? {
    guard key.kind == .ed25519, SignedNote.isText(Array(text.utf8)),
      let signature = Ed25519.sign(Array(text.utf8), seed: seed)
    else { return nil }
    return SignedNote(
      text: text,
      signatures: [SignedNote.Signature(name: key.name, id: key.id, bytes: signature)])
  }

  /// A witness's line for a checkpoint that it saw at an instant, in seconds since 1970.
  ///
  /// - Returns: nil where the key is none of a witness.
  public func cosign(_ note: SignedNote, seconds: UInt64) -> SignedNote.Signature? {
    guard key.kind == .cosignature, seconds <= UInt64(Int64.max),
      let signature = Ed25519.sign(
        SignedNote.cosignedText(note.text, seconds: seconds), seed: seed)
    else { return nil }
    let instant = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> UInt64(56 - 8 * $0)) }
    return SignedNote.Signature(name: key.name, id: key.id, bytes: instant + signature)
  }
}
