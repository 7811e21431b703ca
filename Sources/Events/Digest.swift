// A SHA-256 digest as a value.

/// 32 bytes of SHA-256, as four little-endian words.
package struct Digest: Hashable, Sendable, BitwiseCopyable {
  package var words: (UInt64, UInt64, UInt64, UInt64)
  package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }
  package static let zero = Digest(words: (0, 0, 0, 0))

  package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
