// The bytes that the grammars of this module are written with, and runs of bytes.

enum Byte {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let percent: UInt8 = 0x25
  static let apostrophe: UInt8 = 0x27
  static let plus: UInt8 = 0x2B
  static let comma: UInt8 = 0x2C
  static let minus: UInt8 = 0x2D
  static let point: UInt8 = 0x2E
  static let slash: UInt8 = 0x2F
  static let zero: UInt8 = 0x30
  static let nine: UInt8 = 0x39
  static let colon: UInt8 = 0x3A
  static let semicolon: UInt8 = 0x3B
  static let equals: UInt8 = 0x3D
  static let at: UInt8 = 0x40
  static let backslash: UInt8 = 0x5C
  static let bracketOpen: UInt8 = 0x5B
  static let bracketClose: UInt8 = 0x5D
  static let braceOpen: UInt8 = 0x7B
  static let braceClose: UInt8 = 0x7D
  static let delete: UInt8 = 0x7F

  static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }

  /// The name of a byte for a fault: itself where it prints, its number where it does not.
  static func name(_ byte: UInt8) -> String {
    if byte > 0x20 && byte < 0x7F { return "'\(Character(UnicodeScalar(byte)))'" }
    return byte == space ? "a space" : "byte 0x\(String(byte, radix: 16))"
  }
}

extension Span<UInt8> {
  /// Eight bytes from an offset, the first in the lowest place.
  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    let loaded = unsafe self.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return UInt64(littleEndian: loaded)
  }

  /// Whether the bytes from an offset on begin with all bytes of another span.
  @inline(__always)
  func holds(_ other: Span<UInt8>, at offset: Int) -> Bool {
    guard other.count <= count &- offset else { return false }
    var index = 0
    while index &+ 8 <= other.count {
      if word(at: offset &+ index) != other.word(at: index) { return false }
      index &+= 8
    }
    while index < other.count {
      if self[offset &+ index] != other[index] { return false }
      index &+= 1
    }
    return true
  }
}

extension [UInt8] {
  /// Appends a run of a span.
  mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    let part = bytes.extracting(range)
    unsafe part.withUnsafeBufferPointer { buffer in unsafe append(contentsOf: buffer) }
  }
}

/// Whether two strings are the same bytes.
///
/// `==` of String calls two spellings of a character equal: the Kelvin sign would pass for a K.
func sameBytes(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
