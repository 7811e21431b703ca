// Well-formed UTF-8 (Unicode 16, table 3-7): no overlong form, no surrogate, nothing above
// U+10FFFF.

/// The check of UTF-8, one character at a time.
public enum UTF8Check {
  /// One character: its scalar, and the bytes it takes; a length of 0 means it is not well formed.
  public struct Step: Sendable {
    public var scalar: UInt32
    public var length: Int
    public init(scalar: UInt32, length: Int) {
      self.scalar = scalar
      self.length = length
    }
    static let illFormed = Step(scalar: 0, length: 0)
  }

  /// Reads the character that begins at an offset.
  public static func step(_ bytes: Span<UInt8>, at offset: Int) -> Step {
    let first = UInt32(bytes[offset])
    if first < 0x80 { return Step(scalar: first, length: 1) }
    let rest = bytes.count - offset
    if first < 0xC2 || first > 0xF4 { return .illFormed }
    if first < 0xE0 {
      guard rest >= 2, let second = tail(bytes[offset + 1]) else { return .illFormed }
      return Step(scalar: (first & 0x1F) << 6 | second, length: 2)
    }
    if first < 0xF0 {
      guard rest >= 3, let second = tail(bytes[offset + 1]), let third = tail(bytes[offset + 2])
      else { return .illFormed }
      let scalar = (first & 0x0F) << 12 | second << 6 | third
      if scalar < 0x800 || (0xD800...0xDFFF).contains(scalar) { return .illFormed }
      return Step(scalar: scalar, length: 3)
    }
    guard
      rest >= 4, let second = tail(bytes[offset + 1]), let third = tail(bytes[offset + 2]),
      let fourth = tail(bytes[offset + 3])
    else { return .illFormed }
    let scalar = (first & 0x07) << 18 | second << 12 | third << 6 | fourth
    if scalar < 0x10000 || scalar > 0x10FFFF { return .illFormed }
    return Step(scalar: scalar, length: 4)
  }

  /// The six bits of a continuation byte.
  private static func tail(_ byte: UInt8) -> UInt32? {
    byte & 0xC0 == 0x80 ? UInt32(byte & 0x3F) : nil
  }

  /// The offset of the first byte that is not well-formed UTF-8; nil where all is well.
  public static func firstIllFormed(_ bytes: Span<UInt8>) -> Int? {
    var index = 0
    while index < bytes.count {
      if index + 8 <= bytes.count, bytes.word(at: index) & 0x8080_8080_8080_8080 == 0 {
        index += 8
        continue
      }
      let step = step(bytes, at: index)
      if step.length == 0 { return index }
      index += step.length
    }
    return nil
  }

  /// Appends a scalar; the caller answers for its being one.
  static func append(_ scalar: UInt32, to out: inout [UInt8]) {
    func low(_ bits: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: bits) }
    switch scalar {
    case 0..<0x80:
      out.append(low(scalar))
    case 0x80..<0x800:
      out.append(low(0xC0 | scalar >> 6))
      out.append(low(0x80 | scalar & 0x3F))
    case 0x800..<0x10000:
      out.append(low(0xE0 | scalar >> 12))
      out.append(low(0x80 | scalar >> 6 & 0x3F))
      out.append(low(0x80 | scalar & 0x3F))
    default:
      out.append(low(0xF0 | scalar >> 18))
      out.append(low(0x80 | scalar >> 12 & 0x3F))
      out.append(low(0x80 | scalar >> 6 & 0x3F))
      out.append(low(0x80 | scalar & 0x3F))
    }
  }

  /// Characters that can make a printed line say something else than its bytes.
  static func isDeceptive(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0..<0x20, 0x7F...0x9F: true
    case 0x2028, 0x2029: true
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The 66 code points that Unicode keeps out of interchange.
  static func isNoncharacter(_ scalar: UInt32) -> Bool {
    (0xFDD0...0xFDEF).contains(scalar) || scalar & 0xFFFE == 0xFFFE
  }
}
