// Ids that came from outside: bytes, never normalised, held without an allocation.

/// An id of a shop, an order, a transaction: 1 to 64 bytes of UTF-8 without control characters.
///
/// Equality is equality of bytes. Swift's `String` would call two spellings of one character equal,
/// and two different transactions would become one.
package struct ExternalID: Sendable, Hashable {
  package static let lengthMax = 64

  package private(set) var count: UInt8
  private var storage: InlineArray<8, UInt64>

  /// The id of no bytes: a field that is absent.
  package static let none = ExternalID()

  private init() {
    count = 0
    storage = InlineArray(repeating: 0)
  }

  package var isEmpty: Bool { count == 0 }

  /// An id of these bytes; nil where there are more than 64.
  package init?(_ bytes: some Sequence<UInt8>) {
    self.init()
    for byte in bytes {
      guard count < ExternalID.lengthMax else { return nil }
      append(byte)
    }
  }

  package init?(_ text: String) { self.init(text.utf8) }

  /// An id of the bytes of a span; nil where there are more than 64.
  package init?(_ bytes: Span<UInt8>) {
    guard bytes.count <= ExternalID.lengthMax else { return nil }
    self.init()
    for index in bytes.indices { append(bytes[index]) }
  }

  /// The `count` bytes of a span from an offset; the caller has checked that there are at most 64.
  package init(bytes: RawSpan, from offset: Int, count: Int) {
    precondition(count <= ExternalID.lengthMax, "an ExternalID is longer than its limit")
    self.init()
    var index = 0
    while index + 8 <= count {
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + index, as: UInt64.self)
      storage[index >> 3] = UInt64(littleEndian: word)
      index += 8
    }
    self.count = UInt8(index)
    while index < count {
      append(unsafe bytes.unsafeLoad(fromByteOffset: offset + index, as: UInt8.self))
      index += 1
    }
  }

  private mutating func append(_ byte: UInt8) {
    storage[Int(count) >> 3] |= UInt64(byte) << ((UInt64(count) & 7) << 3)
    count += 1
  }

  package subscript(index: Int) -> UInt8 {
    precondition(index < Int(count), "an ExternalID is read past its end")
    return UInt8(truncatingIfNeeded: storage[index >> 3] >> (UInt64(index & 7) << 3))
  }

  /// The bytes, for printing and for hashing.
  package var bytes: [UInt8] { (0..<Int(count)).map { self[$0] } }

  /// Eight bytes at a time, little-endian, zeros behind the end.
  package func word(_ index: Int) -> UInt64 { storage[index] }

  package static func == (left: ExternalID, right: ExternalID) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<(Int(left.count) + 7) >> 3
    where left.storage[index] != right.storage[index] { return false }
    return true
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for index in 0..<(Int(count) + 7) >> 3 { hasher.combine(storage[index]) }
  }
}

extension ExternalID: CustomStringConvertible {
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension ExternalID: Comparable {
  /// The order of the bytes, which for UTF-8 is the order of the code points.
  package static func < (left: ExternalID, right: ExternalID) -> Bool {
    for index in 0..<8 where left.storage[index] != right.storage[index] {
      return left.storage[index].byteSwapped < right.storage[index].byteSwapped
    }
    return left.count < right.count
  }
}
