// Writes a section of a derived file: plain fields one after another, and large arrays as they lie
// in memory.
//
// Integers are little-endian and of fixed width; a text is one byte of length and its bytes; a list
// is its count (8 bytes) and its elements, without a gap. Nothing is padded, so the bytes are a
// function of the values alone. `SectionReader` reads the same.

public import Events

#if !_endian(little)
  #error("plain values stand in sections as they lie in memory, which is little-endian")
#endif

/// Something that takes the bytes of a section, one piece after the other.
public protocol SectionSink: AnyObject {
  func write(_ bytes: RawSpan) throws(Fault)
}

/// Writes fields into pieces that are passed on when they are full.
///
/// A fault is remembered: what is written after it goes nowhere, and `finish` throws it. So no
/// field has to be tried.
public struct SectionWriter: ~Copyable {
  /// The most bytes that are passed on at once: they stay in the cache from their checksum to their
  /// copy.
  public static let pieceLength = 1 << 18

  private let sink: any SectionSink
  private var piece: [UInt8] = []
  private var fault: Fault?

  public init(to sink: any SectionSink) {
    self.sink = sink
    piece.reserveCapacity(SectionWriter.pieceLength + 64)
  }

  private mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe piece.append(contentsOf: $0) }
    if piece.count >= SectionWriter.pieceLength { passOn() }
  }

  public mutating func u8(_ value: UInt8) { put(value) }
  public mutating func u16(_ value: UInt16) { put(value) }
  public mutating func u32(_ value: UInt32) { put(value) }
  public mutating func u64(_ value: UInt64) { put(value) }
  public mutating func i32(_ value: Int32) { put(value) }
  public mutating func i64(_ value: Int64) { put(value) }
  public mutating func flag(_ value: Bool) { put(UInt8(value ? 1 : 0)) }
  public mutating func count(_ value: Int) { put(UInt64(value)) }
  public mutating func instant(_ value: Timestamp) { put(value.rawValue) }
  public mutating func position(_ value: Position) { put(value.rawValue) }

  public mutating func digest(_ value: Digest) {
    put(value.words.0)
    put(value.words.1)
    put(value.words.2)
    put(value.words.3)
  }

  public mutating func text(_ value: ShortText) {
    put(value.count)
    for index in 0..<Int(value.count) { put(value[index]) }
  }

  /// The elements of an array, as they lie in memory.
  public mutating func plain<Element: BitwiseCopyable>(_ elements: [Element]) {
    plain(unsafe elements.span.bytes, count: elements.count)
  }

  /// `count` elements, as they lie in memory; they have no padding, which would hold anything.
  public mutating func plain(_ elements: RawSpan, count: Int) {
    self.count(count)
    passOn()
    var start = 0
    while start < elements.byteCount {
      let end = min(start + SectionWriter.pieceLength, elements.byteCount)
      pass(elements.extracting(start..<end))
      start = end
    }
  }

  /// Passes on what is left.
  ///
  /// - Throws: the first fault that there was.
  public consuming func finish() throws(Fault) {
    passOn()
    if let fault { throw fault }
  }

  private mutating func passOn() {
    if !piece.isEmpty, fault == nil {
      do throws(Fault) { try sink.write(unsafe piece.span.bytes) } catch { fault = error }
    }
    piece.removeAll(keepingCapacity: true)
  }

  private mutating func pass(_ bytes: RawSpan) {
    guard fault == nil else { return }
    do throws(Fault) { try sink.write(bytes) } catch { fault = error }
  }
}
