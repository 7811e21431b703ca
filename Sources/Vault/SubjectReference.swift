// What stands for a subject in the log: sixteen bytes drawn at random, which say nothing of it.

public import Events
import Merkle

/// The reference of a subject: of a payment account, its token.
public struct SubjectReference: Hashable, Sendable, BitwiseCopyable {
  public static let byteCount = 16
  let low: UInt64
  let high: UInt64

  init(_ drawn: (UInt64, UInt64)) { (low, high) = drawn }

  /// Sixteen bytes of an array from an offset on.
  init(_ bytes: [UInt8], at offset: Int = 0) {
    func word(_ start: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    }
    (low, high) = (word(offset), word(offset + 8))
  }

  /// A reference from exactly 32 lower-case hexadecimal digits; nil for anything else.
  public init?(_ text: String) {
    guard let bytes = Hexadecimal.decode(text), bytes.count == SubjectReference.byteCount,
      text == text.lowercased()
    else { return nil }
    self.init(bytes)
  }

  public var bytes: [UInt8] {
    [low, high].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  /// As the log holds it: 32 hexadecimal digits.
  public var text: ShortText { ShortText(description) ?? .none }
}

extension SubjectReference: CustomStringConvertible {
  public var description: String { Hexadecimal.encode(bytes) }
}
