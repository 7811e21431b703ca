// What the formats share of printing a cell: texts looked through eight bytes at a time, and the
// cells that every format prints alike.

import Events
import Merkle
import Projections
import Text

extension ByteCursor {
  /// Appends a text as it stands; says whether a byte of it was doubtful.
  ///
  /// `doubt` gives something else than 0 for eight bytes of which one is doubtful.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func append(
    text cell: Cell, of words: Span<UInt64>, _ doubt: (UInt64) -> UInt64
  ) -> Bool {
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
    return doubts != 0
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
