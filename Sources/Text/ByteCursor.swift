// Where printed bytes go: a place in a buffer that moves on behind what is written.
//
// Text is written eight bytes at a time, also where fewer count: what stands behind them is written
// over by what follows. Every store is checked against the end of the buffer; the caller sees to it
// that there is room, `slack` bytes more than it means to write.

/// Writes into a buffer from an offset on.
public struct ByteCursor: ~Copyable, ~Escapable {
  /// Bytes behind the last that counts which a store may touch.
  public static var slack: Int { 16 }

  @usableFromInline var bytes: MutableRawSpan
  /// How many bytes of the buffer are written.
  public internal(set) var count: Int

  @_lifetime(copy bytes)
  @inline(__always)
  public init(_ bytes: consuming MutableRawSpan, at count: Int) {
    self.bytes = bytes
    self.count = count
  }

  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func append(_ byte: UInt8) {
    bytes.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  /// The first `length` bytes of a word, the first in the lowest place.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func append(_ word: UInt64, _ length: Int) {
    bytes.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
    count &+= length
  }

  /// `length` bytes of words as they stand in memory, from the word `start` on.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func append(_ words: Span<UInt64>, _ start: Int, _ length: Int) {
    for index in 0..<(length &+ 7) >> 3 {
      bytes.storeBytes(
        of: words[start &+ index], toByteOffset: count &+ index &* 8, as: UInt64.self)
    }
    count &+= length
  }

  @_lifetime(self: copy self)
  public mutating func append(_ more: [UInt8]) {
    for byte in more { append(byte) }
  }

  /// Takes back the last bytes.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func removeLast(_ length: Int) {
    precondition(length <= count, "more is taken back than was written")
    count &-= length
  }
}

extension [UInt8] {
  /// Appends what is written through a cursor, at most `room` bytes.
  mutating func append(room: Int, _ write: (inout ByteCursor) -> Void) {
    let start = count
    append(contentsOf: repeatElement(0, count: room + ByteCursor.slack))
    var end = start
    do {
      var elements = mutableSpan
      var cursor = unsafe ByteCursor(elements.mutableBytes, at: start)
      write(&cursor)
      end = cursor.count
    }
    removeLast(count - end)
  }
}
