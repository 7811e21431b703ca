// Who signs the heads of the log from here on.

/// A key came into use: the next signed head of the log is its first.
///
/// The key of a log's birth is told to whoever trusts the log, and not to the log. A head that
/// follows this event is signed by the key before it as well, where that one is still there.
public struct SigningKeyNamed: Hashable, Sendable {
  /// The name that heads are signed under, which is the key's name.
  public var origin: ShortText
  /// Ed25519, 32 bytes.
  public var publicKey: Digest
  /// The id of the key by its name, as C2SP signed-note computes it.
  public var keyID: UInt32
  /// The same of the key before it; 0 where none is known.
  public var previousKeyID: UInt32
  /// How many events the last signed head had that this log does not lead to; 0 where it does.
  ///
  /// A log that was brought back from an old copy goes on under another name, and says here what it
  /// has lost.
  public var lostSize: UInt64
  /// The root of that head; zeros where none was lost.
  public var lostRoot: Digest

  public init(
    origin: ShortText, publicKey: Digest, keyID: UInt32, previousKeyID: UInt32 = 0,
    lostSize: UInt64 = 0, lostRoot: Digest = .zero
  ) {
    self.origin = origin
    self.publicKey = publicKey
    self.keyID = keyID
    self.previousKeyID = previousKeyID
    self.lostSize = lostSize
    self.lostRoot = lostRoot
  }

  public func write(to sink: inout some FieldSink) {
    sink.text8("origin", origin)
    sink.digest("public_key", publicKey)
    sink.u32("key_id", keyID)
    sink.u32("previous_key_id", previousKeyID)
    sink.u64("lost_size", lostSize)
    sink.digest("lost_root", lostRoot)
  }

  public init(from source: inout FieldSource) {
    origin = source.text8()
    publicKey = source.digest()
    keyID = source.u32()
    previousKeyID = source.u32()
    lostSize = source.u64()
    lostRoot = source.digest()
  }
}

extension SigningKeyNamed {
  /// The id as keys are named: eight hexadecimal digits.
  public var keyLabel: String { SigningKeyNamed.hex(keyID) }
  public var previousKeyLabel: String { SigningKeyNamed.hex(previousKeyID) }

  /// What it says, in a few words.
  public var detail: String {
    var text = "key \(keyLabel) of \(origin)"
    if previousKeyID != 0 { text += ", after key \(previousKeyLabel)" }
    if lostSize != 0 { text += ", \(lostSize) events had been signed and are not all here" }
    return text
  }

  private static func hex(_ id: UInt32) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
}
