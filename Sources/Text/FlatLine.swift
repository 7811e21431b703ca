// The bytes of one line, eight at a time, for a reader that knows what must come next.

/// A line of at least eight bytes; behind its end stand zeros, which no value and no key has.
///
/// It holds a bare pointer: it lives no longer than the call that made it.
@safe struct FlatLine: BitwiseCopyable {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  private let base: UnsafeRawPointer
  let count: Int

  @inline(__always)
  init(_ line: Span<UInt8>) {
    precondition(line.count >= 8, "a line of fewer than eight bytes is read by words")
    count = line.count
    unsafe base = line.withUnsafeBytes { unsafe $0.baseAddress.unsafelyUnwrapped }
  }

  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    let last = count &- 8
    if offset <= last {
      let word = unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      return UInt64(littleEndian: word)
    }
    let over = offset &- last
    guard over < 8 else { return 0 }
    let word = unsafe base.loadUnaligned(fromByteOffset: last, as: UInt64.self)
    return UInt64(littleEndian: word) >> UInt64(over &* 8)
  }

  /// Goes over the bytes of a string up to the first that cannot stand in it as it is: its quote,
  /// a backslash, a control character, a byte outside ASCII.
  ///
  /// - Returns: `plain` where all are visible characters, else `text`.
  @inline(__always)
  func string(_ offset: inout Int) -> Int {
    let ones = FlatLine.ones
    let highs = FlatLine.highs
    var faint: UInt64 = 0
    while true {
      let word = word(at: offset)
      let special = JSONCursor.special(word)
      // A space or DEL. As with the special ones a mark can be wrong only above a right one.
      let marks = ((word &+ ones) | ((word &- ones &* 0x21) & ~word)) & highs
      if special == 0 {
        faint |= marks
        offset &+= 8
        continue
      }
      let below = (special & (0 &- special)) &- 1
      faint |= marks & below
      offset &+= special.trailingZeroBitCount >> 3
      return faint == 0 ? FlatKind.plain : FlatKind.text
    }
  }

  /// Goes over a whole number of 1 to 16 digits without a sign; nil where none such stands there.
  @inline(__always)
  func integer(_ offset: inout Int) -> Int? {
    let zeros: UInt64 = 0x3030_3030_3030_3030
    let word = word(at: offset) ^ zeros
    let over = ((word &+ FlatLine.ones &* 0x76) | word) & FlatLine.highs
    let length = over.trailingZeroBitCount >> 3
    guard length > 0, word & 0xff != 0 || length == 1 else { return nil }
    var value = FlatLine.value(word << UInt64((8 &- length) &* 8))
    offset &+= length
    guard length == 8 else { return Int(truncatingIfNeeded: value) }
    let next = self.word(at: offset) ^ zeros
    let nextOver = ((next &+ FlatLine.ones &* 0x76) | next) & FlatLine.highs
    let more = nextOver.trailingZeroBitCount >> 3
    guard more > 0 else { return Int(truncatingIfNeeded: value) }
    for _ in 0..<more { value &*= 10 }
    value &+= FlatLine.value(next << UInt64((8 &- more) &* 8))
    offset &+= more
    // A digit more makes it longer than can be read here.
    if more == 8, Byte.isDigit(UInt8(truncatingIfNeeded: self.word(at: offset))) {
      return nil
    }
    return Int(truncatingIfNeeded: value)
  }

  /// The number of eight digits given as their values, the first in the lowest place.
  @inline(__always)
  private static func value(_ digits: UInt64) -> UInt64 {
    let pairs = (digits &* 10 &+ digits >> 8) & 0x00ff_00ff_00ff_00ff
    let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_ffff_0000_ffff
    return (fours &* 10_000 &+ fours >> 32) & 0xffff_ffff
  }
}
