// A SHA-256 digest as a value.

/// 32 bytes of SHA-256, as four little-endian words.
public struct Digest: Hashable, Sendable, BitwiseCopyable {
  public var words: (UInt64, UInt64, UInt64, UInt64)
  public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }
  public static let zero = Digest(words: (0, 0, 0, 0))

  public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
