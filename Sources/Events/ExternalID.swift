// Ids that came from outside: bytes, never normalised, held without an allocation.

/// An id of a shop, an order, a transaction: 1 to 64 bytes of UTF-8 without control characters.
///
/// Equality is equality of bytes. Swift's `String` would call two spellings of one character equal,
/// and two different transactions would become one.
public struct ExternalID: Sendable, Hashable {
  public static let lengthMax = 64

  public private(set) var count: UInt8
  private var storage: InlineArray<8, UInt64>

  /// The id of no bytes: a field that is absent.
  public static let none = ExternalID()

  private init() {
    count = 0
    storage = InlineArray(repeating: 0)
  }

  public var isEmpty: Bool { count == 0 }

  /// An id of these bytes; nil where there are more than 64.
  public init?(_ bytes: some Sequence<UInt8>) {
    self.init()
    for byte in bytes {
      guard count < ExternalID.lengthMax else { return nil }
      append(byte)
    }
  }

  /// An id of the bytes of an array; the same without a generic call a byte.
  public init?(_ bytes: [UInt8]) { self.init(bytes.span) }

  public init?(_ text: String) { self.init(text.utf8) }

  /// An id of the bytes of a span; nil where there are more than 64.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count <= ExternalID.lengthMax else { return nil }
    self.init(bytes: unsafe bytes.bytes, from: 0, count: bytes.count)
  }

  /// The `count` bytes of a span from an offset; the caller has checked that there are at most 64.
  public init(bytes: RawSpan, from offset: Int, count: Int) {
    precondition(
      count <= ExternalID.lengthMax && offset + count <= bytes.byteCount,
      "an ExternalID is longer than its limit or its bytes")
    self.init()
    self.count = UInt8(count)
    for index in 0..<(count + 7) >> 3 {
      storage[index] = bytes.word(at: offset + index << 3, count: min(8, count - index << 3))
    }
  }

  /// Whether it is the `count` bytes of a span from an offset; false where the span ends before.
  @inline(__always)
  func isWritten(in bytes: RawSpan, from offset: Int, count: Int) -> Bool {
    guard count == Int(self.count), offset + count <= bytes.byteCount else { return false }
    for index in 0..<(count + 7) >> 3
    where storage[index] != bytes.word(at: offset + index << 3, count: min(8, count - index << 3)) {
      return false
    }
    return true
  }

  private mutating func append(_ byte: UInt8) {
    storage[Int(count) >> 3] |= UInt64(byte) << ((UInt64(count) & 7) << 3)
    count += 1
  }

  public subscript(index: Int) -> UInt8 {
    precondition(index < Int(count), "an ExternalID is read past its end")
    return UInt8(truncatingIfNeeded: storage[index >> 3] >> (UInt64(index & 7) << 3))
  }

  /// The bytes, for printing and for hashing.
  public var bytes: [UInt8] { (0..<Int(count)).map { self[$0] } }

  /// Eight bytes at a time, little-endian, zeros behind the end.
  public func word(_ index: Int) -> UInt64 { storage[index] }

  public static func == (left: ExternalID, right: ExternalID) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<(Int(left.count) + 7) >> 3
    where left.storage[index] != right.storage[index] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for index in 0..<(Int(count) + 7) >> 3 { hasher.combine(storage[index]) }
  }
}

extension ExternalID: CustomStringConvertible {
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension ExternalID: Comparable {
  /// The order of the bytes, which for UTF-8 is the order of the code points.
  public static func < (left: ExternalID, right: ExternalID) -> Bool {
    for index in 0..<8 where left.storage[index] != right.storage[index] {
      return left.storage[index].byteSwapped < right.storage[index].byteSwapped
    }
    return left.count < right.count
  }
}

extension RawSpan {
  /// Up to eight bytes as a little-endian word, zeros above them.
  ///
  /// The caller has checked that they lie inside the span.
  @inline(__always)
  public func word(at offset: Int, count: Int) -> UInt64 {
    guard offset &+ 8 <= byteCount else { return lastWord(at: offset, count: count) }
    let word = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let kept = count >= 8 ? UInt64.max : (1 << UInt64(count << 3)) &- 1
    return UInt64(littleEndian: word) & kept
  }

  /// Whether a text stands at an offset; the caller has checked that so much lies there.
  @inline(__always)
  public func holds(_ text: RawSpan, at start: Int) -> Bool {
    precondition(
      start >= 0 && text.byteCount <= byteCount && start <= byteCount &- text.byteCount,
      "a text is sought outside")
    let count = text.byteCount
    guard count >= 8 else { return word(at: start, count: count) == text.word(at: 0, count: count) }
    func differ(_ offset: Int) -> Bool {
      unsafe unsafeLoadUnaligned(fromByteOffset: start &+ offset, as: UInt64.self)
        != text.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    var offset = 0
    while offset &+ 8 <= count {
      if differ(offset) { return false }
      offset &+= 8
    }
    // The last eight bytes over some of those before them.
    return !differ(count &- 8)
  }

  /// The same where eight bytes would reach beyond the end.
  @inline(__always)
  public func lastWord(at offset: Int, count: Int) -> UInt64 {
    if byteCount >= 8 {
      // The last eight bytes, without those before the offset.
      let last = byteCount &- 8
      let word = unsafe unsafeLoadUnaligned(fromByteOffset: last, as: UInt64.self)
      let kept: UInt64 = (1 << UInt64(count << 3)) &- 1
      return UInt64(littleEndian: word) >> UInt64((offset &- last) << 3) & kept
    }
    return shortWord(at: offset, count: count)
  }

  /// The same of fewer than eight bytes.
  private func shortWord(at offset: Int, count: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<count {
      let byte = unsafe unsafeLoad(fromByteOffset: offset + index, as: UInt8.self)
      word |= UInt64(byte) << UInt64(index << 3)
    }
    return word
  }
}
