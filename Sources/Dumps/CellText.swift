// What the formats share of printing a cell: texts looked through eight bytes at a time, and the
// cells that every format prints alike.

import Events
import Merkle
import Projections
import Text

extension ByteCursor {
  /// Appends a text as it stands; gives what was doubtful in it.
  ///
  /// `doubt` gives something else than 0 for eight bytes of which one is doubtful; all of it is
  /// gathered.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func append(
    text cell: Cell, of words: Span<UInt64>, _ doubt: (UInt64) -> UInt64
  ) -> UInt64 {
    let start = Int(cell.value)
    let length = Int(cell.count)
    let whole = length &>> 3
    var doubts: UInt64 = 0
    for index in 0..<whole {
      let word = UInt64(littleEndian: words[start &+ index])
      doubts |= doubt(word)
      append(word, 8)
    }
    let rest = length & 7
    if rest > 0 {
      let word = UInt64(littleEndian: words[start &+ whole])
      // Letters in place of the zeros behind the end.
      doubts |= doubt(word | 0x6161_6161_6161_6161 &<< UInt64(rest &* 8))
      append(word, rest)
    }
    return doubts
  }

  /// Sixty-four lower-case hexadecimal digits.
  @_lifetime(self: copy self)
  mutating func append(_ digest: Digest) { append(Array(digest.hex.utf8)) }

  /// A day as `2024-09-12`.
  @_lifetime(self: copy self)
  mutating func append(day value: Int64) {
    append(Array(BeijingDay(Int32(value)).text.utf8))
  }
}

/// The most bytes of a cell that is no text: a digest and its quotes.
let cellLengthMax = 2 * Digest.byteCount + 2

/// The bytes of a text.
func bytes(of cell: Cell, _ words: Span<UInt64>) -> [UInt8] {
  (0..<Int(cell.count)).map { index in
    let word = UInt64(littleEndian: words[Int(cell.value) + index >> 3])
    return UInt8(truncatingIfNeeded: word >> UInt64((index & 7) * 8))
  }
}

/// Whether a text surely stands for itself; `InertText` decides where it may not.
@inline(__always)
func isSurelyInert(_ cell: Cell, _ words: Span<UInt64>) -> Bool {
  let (start, count) = (Int(cell.value), Int(cell.count))
  var doubts: UInt64 = 0
  for index in 0..<(count &+ 7) &>> 3 {
    var word = UInt64(littleEndian: words[start &+ index])
    let rest = count &- index &* 8
    // Letters in place of the zeros behind the end.
    if rest < 8 { word |= 0x6161_6161_6161_6161 &<< UInt64(rest &* 8) }
    doubts |=
      anyBelow(0x20, word) | anyEqual(UInt8(ascii: "\\"), word) | anyEqual(0x7F, word)
      | (word & eightTimes(0x80)) &>> 7
  }
  return doubts == 0 || doubts & eightTimes(0x80) == 0 && hasOnlyIdeographs(cell, words)
}

/// Whether what is not ASCII in a text are well-formed characters from U+3000 to U+9FFF alone.
///
/// None of them has to be looked at again, and names in Chinese are made of them.
@inline(__always)
func hasOnlyIdeographs(_ cell: Cell, _ words: Span<UInt64>) -> Bool {
  let (start, count) = (Int(cell.value), Int(cell.count))
  func byte(_ index: Int) -> UInt8 {
    let word = UInt64(littleEndian: words[start &+ index &>> 3])
    return UInt8(truncatingIfNeeded: word &>> UInt64((index & 7) &* 8))
  }
  var index = 0
  while index < count {
    let first = byte(index)
    if first < 0x80 {
      index &+= 1
      continue
    }
    guard first >= 0xE3, first <= 0xE9, index &+ 2 < count,
      byte(index &+ 1) & 0xC0 == 0x80, byte(index &+ 2) & 0xC0 == 0x80
    else { return false }
    index &+= 3
  }
  return true
}

/// The digest of a cell.
func digest(_ cell: Cell, _ words: Span<UInt64>) -> Digest {
  func word(_ index: Int) -> UInt64 { UInt64(littleEndian: words[Int(cell.value) + index]) }
  return Digest(words: (word(0), word(1), word(2), word(3)))
}

// MARK: - Eight bytes at once

/// Eight times the same byte.
@inline(__always)
func eightTimes(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

/// Not 0 if and only if one of eight bytes is less than a limit of at most 128.
@inline(__always)
func anyBelow(_ limit: UInt8, _ word: UInt64) -> UInt64 {
  (word &- eightTimes(limit)) & ~word & eightTimes(0x80)
}

/// Not 0 if and only if one of eight bytes is this one.
@inline(__always)
func anyEqual(_ byte: UInt8, _ word: UInt64) -> UInt64 { anyBelow(1, word ^ eightTimes(byte)) }
