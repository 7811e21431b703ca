// Reads a section of a derived file back, whatever its bytes are: what `SectionWriter` wrote, or
// anything else.

public import Events

/// Something that gives the bytes of a section, one piece after the other.
public protocol SectionSource: AnyObject {
  /// Fills `bytes` with those that follow.
  func read(into bytes: inout MutableRawSpan) throws(Fault)
}

/// Why a section is not read.
public enum SectionFault: Error, Hashable, Sendable {
  case disk(Fault)
  /// What is wrong with its bytes, as the end of a sentence.
  case wrong(String)
}

/// Reads fields in their order.
///
/// A read past the end gives zeros and is remembered, and so is a number that is not in its list:
/// `require` and `finish` throw it. Every count is held against the bytes that are left before
/// anything is made for it.
public struct SectionReader: ~Copyable {
  private static let pieceLength = 1 << 16

  private let source: any SectionSource
  /// Bytes of the section that are still with the source.
  private var behind: Int
  private var piece: [UInt8] = []
  private var cursor = 0
  private var fault: SectionFault?

  /// - Parameter length: of the section.
  public init(from source: any SectionSource, length: Int) {
    self.source = source
    behind = length
  }

  /// Bytes that were not read yet.
  private var left: Int { behind + piece.count - cursor }

  // MARK: Faults

  /// Remembers what is wrong, unless something was before.
  private mutating func blame(_ found: SectionFault) { fault = fault ?? found }

  /// Throws what was wrong so far, or `what` where the condition does not hold.
  public mutating func require(
    _ condition: Bool, _ what: @autoclosure () -> String
  ) throws(SectionFault) {
    if let fault { throw fault }
    if !condition { throw .wrong(what()) }
  }

  /// Throws what was wrong so far, or that bytes are left over.
  public mutating func finish() throws(SectionFault) {
    let rest = left
    try require(rest == 0, "\(rest) bytes are left over")
  }

  /// Reads what is left and keeps none of it: a checksum of the section is over all its bytes.
  public mutating func passRest() throws(SectionFault) {
    repeat {
      cursor = piece.count
      refill()
    } while fault == nil && piece.count > 0
    try require(true, "")
  }

  // MARK: Fields

  private mutating func load<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) -> Value {
    let size = MemoryLayout<Value>.size
    if cursor + size > piece.count { refill() }
    guard fault == nil, cursor + size <= piece.count else {
      blame(.wrong("it ends inside a field"))
      return 0
    }
    let value = unsafe piece.span.bytes.unsafeLoadUnaligned(fromByteOffset: cursor, as: type)
    cursor += size
    return Value(littleEndian: value)
  }

  public mutating func u8() -> UInt8 { load(UInt8.self) }
  public mutating func u16() -> UInt16 { load(UInt16.self) }
  public mutating func u32() -> UInt32 { load(UInt32.self) }
  public mutating func u64() -> UInt64 { load(UInt64.self) }
  public mutating func i32() -> Int32 { load(Int32.self) }
  public mutating func i64() -> Int64 { load(Int64.self) }
  public mutating func instant() -> Timestamp { Timestamp(rawValue: i64()) }
  public mutating func position() -> Position { Position(rawValue: u64()) }
  public mutating func digest() -> Digest { Digest(words: (u64(), u64(), u64(), u64())) }

  public mutating func flag() -> Bool {
    let raw = u8()
    if raw > 1 { blame(.wrong("a flag is \(raw)")) }
    return raw == 1
  }

  /// A value of a closed list; `fallback` stands in where the number is not in it.
  public mutating func u8<Value: RawRepresentable<UInt8>>(or fallback: Value) -> Value {
    let raw = u8()
    if let value = Value(rawValue: raw) { return value }
    blame(.wrong("\(raw) is no \(Value.self)"))
    return fallback
  }

  public mutating func text() -> ShortText {
    let count = Int(u8())
    if cursor + count > piece.count { refill() }
    guard fault == nil, count <= ShortText.lengthMax, cursor + count <= piece.count else {
      blame(.wrong("a text is longer than its limit or its section"))
      return .none
    }
    let text = ShortText(bytes: unsafe piece.span.bytes, from: cursor, count: count)
    cursor += count
    return text
  }

  /// How many elements follow, each of at least so many bytes; 0 after a fault.
  public mutating func count(ofBytes size: Int) -> Int {
    let count = u64()
    guard fault == nil, count <= UInt64(left / max(1, size)) else {
      blame(.wrong("a list of \(count) does not fit into its section"))
      return 0
    }
    return Int(count)
  }

  private mutating func refill() {
    guard fault == nil else { return }
    piece.removeSubrange(..<cursor)
    cursor = 0
    let start = piece.count
    let end = min(SectionReader.pieceLength, start + behind)
    guard end > start else { return }
    piece.append(contentsOf: repeatElement(0, count: end - start))
    if let found = SectionReader.fill(&piece, from: start, source, &behind) { blame(found) }
  }

  private static func fill(
    _ piece: inout [UInt8], from start: Int, _ source: any SectionSource, _ behind: inout Int
  ) -> SectionFault? {
    var elements = piece.mutableSpan
    var bytes = unsafe elements.mutableBytes
    var rest = bytes._mutatingExtracting(start..<bytes.byteCount)
    do throws(SectionFault) {
      try read(from: source, &behind, into: &rest)
      return nil
    } catch {
      return error
    }
  }

  private static func read(
    from source: any SectionSource, _ behind: inout Int, into bytes: inout MutableRawSpan
  ) throws(SectionFault) {
    do throws(Fault) { try source.read(into: &bytes) } catch { throw .disk(error) }
    behind -= bytes.byteCount
  }
}

// MARK: - Large arrays

extension SectionReader {
  /// Fills `bytes` with those that follow; the caller has counted them with `count(ofBytes:)`.
  public mutating func fill(_ bytes: inout MutableRawSpan) throws(SectionFault) {
    try require(bytes.byteCount <= left, "it ends inside a list")
    let held = min(piece.count - cursor, bytes.byteCount)
    for offset in 0..<held {
      bytes.storeBytes(of: piece[cursor + offset], toByteOffset: offset, as: UInt8.self)
    }
    cursor += held
    guard held < bytes.byteCount else { return }
    var rest = bytes._mutatingExtracting(held..<bytes.byteCount)
    do throws(SectionFault) {
      try SectionReader.read(from: source, &behind, into: &rest)
    } catch {
      blame(error)
      throw error
    }
  }

  /// Fills memory with `count` elements, looking at each piece of them while it is in the cache.
  ///
  /// Any bytes are an `Element`: it holds integers, and no enumeration or `Bool`.
  ///
  /// - Parameter isSound: whether the elements of a piece are what they may be.
  public mutating func fill<Element: BitwiseCopyable>(
    _ elements: UnsafeMutableBufferPointer<Element>, _ isSound: (Span<Element>) -> Bool
  ) throws(SectionFault) {
    let stride = MemoryLayout<Element>.stride
    let step = max(1, SectionWriter.pieceLength / stride)
    var start = 0
    while start < elements.count {
      let end = min(start + step, elements.count)
      let part = unsafe UnsafeMutableBufferPointer(rebasing: elements[start..<end])
      var bytes = unsafe UnsafeMutableRawBufferPointer(part).mutableBytes
      try fill(&bytes)
      let span = unsafe UnsafeBufferPointer(part).span
      try require(isSound(span), "a list holds what it may not")
      start = end
    }
  }

  /// An array that was written with `SectionWriter.plain`.
  public mutating func plain<Element: BitwiseCopyable>(
    _ type: Element.Type = Element.self, _ isSound: (Span<Element>) -> Bool = { _ in true }
  ) throws(SectionFault) -> [Element] {
    let count = count(ofBytes: MemoryLayout<Element>.stride)
    try require(true, "")
    var found: SectionFault?
    let array = unsafe [Element](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SectionFault) {
        unsafe try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), isSound)
        filled = count
      } catch {
        found = error
      }
    }
    if let found { throw found }
    return array
  }
}
