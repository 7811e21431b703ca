// The fields of an event, named once: the encoder, the JSON printer and the catalogue's test all
// walk the same list.

/// Something that takes an event's fields in the order of the catalogue.
public protocol FieldSink {
  mutating func u8(_ name: StaticString, _ value: UInt8)
  mutating func u16(_ name: StaticString, _ value: UInt16)
  mutating func u32(_ name: StaticString, _ value: UInt32)
  mutating func u64(_ name: StaticString, _ value: UInt64)
  mutating func i64(_ name: StaticString, _ value: Int64)
  /// 32 bytes as they are.
  mutating func digest(_ name: StaticString, _ value: Digest)
  /// One byte, 0 or 32, then as many bytes.
  mutating func optionalDigest(_ name: StaticString, _ value: Digest?)
  /// One byte of length, then at most 64 bytes of text.
  mutating func text8(_ name: StaticString, _ value: ShortText)
  /// Two bytes of length, then the bytes: a document.
  mutating func text16(_ name: StaticString, _ value: [UInt8])
  /// One byte, how many elements follow, each between `beginElement` and `endElement` with its own
  /// fields; `endList` ends them.
  mutating func beginList(_ name: StaticString, _ count: Int)
  mutating func beginElement()
  mutating func endElement()
  mutating func endList()
}

/// A short text held inline: a code, a name, a category.
///
/// The same bytes as an `ExternalID`.
public typealias ShortText = ExternalID

/// Why bytes are no event of this release.
public enum DecodeFault: Error, Hashable, Sendable {
  /// The kind's number is not in this release's catalogue.
  case unknownKind(UInt16)
  /// The kind is known, this version of it is not.
  case unknownVersion(EventKind, UInt8)
  /// A field holds a number outside its list.
  case outOfRange(field: StaticText, value: UInt64)
  /// A merchant, a rollout or a wave that no earlier event made known.
  case unknownReference(StaticText, UInt64)
  /// A roll-back is said to be complete while merchants of its scope are on.
  case rollbackUnfinished(stillOn: UInt32)
  /// The event ends inside a field, or goes on behind its last one.
  case wrongLength(kind: UInt16, length: Int)

  /// A `StaticString` that can be compared.
  public struct StaticText: Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ text: StaticString) { description = "\(text)" }
  }
}

extension DecodeFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownKind(let kind):
      "event kind \(kind) is not in this release's catalogue; read the log with a newer release"
    case .unknownVersion(let kind, let version):
      "version \(version) of \(kind.name) is unknown; read the log with a newer release"
    case .outOfRange(let field, let value):
      "field \(field) holds \(value), which is not in its list"
    case .unknownReference(let field, let value):
      "\(field) \(value) is named before any event made it known"
    case .rollbackUnfinished(let stillOn):
      "a roll-back is said to be complete while \(stillOn) merchants of its scope are on"
    case .wrongLength(let kind, let length):
      "an event of kind \(kind) does not fill its \(length) bytes with its fields"
    }
  }
}

/// Reads an event's fields in the order of the catalogue.
///
/// A read past the end gives zeros and is remembered: `finish` then throws. So no decoder can read
/// outside its event, and each checks once.
public struct FieldSource: ~Escapable {
  private let bytes: RawSpan
  private var cursor: Int
  private var fault: DecodeFault?
  private let kind: UInt16

  /// Fields of an event from an offset to its end.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, from offset: Int, kind: UInt16) {
    self.bytes = bytes
    self.cursor = offset
    self.kind = kind
  }

  private mutating func load<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) -> Value {
    let size = MemoryLayout<Value>.size
    guard fault == nil, cursor + size <= bytes.byteCount else {
      fault = fault ?? .wrongLength(kind: kind, length: bytes.byteCount)
      return 0
    }
    let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: cursor, as: type)
    cursor += size
    return Value(littleEndian: value)
  }

  public mutating func u8() -> UInt8 { load(UInt8.self) }
  public mutating func u16() -> UInt16 { load(UInt16.self) }
  public mutating func u32() -> UInt32 { load(UInt32.self) }
  public mutating func u64() -> UInt64 { load(UInt64.self) }
  public mutating func i64() -> Int64 { load(Int64.self) }
  public mutating func digest() -> Digest { Digest(words: (u64(), u64(), u64(), u64())) }

  /// A value of a closed list; `fallback` stands in where the number is not in it.
  public mutating func u8<Value: RawRepresentable<UInt8>>(
    _ name: StaticString, or fallback: Value
  ) -> Value {
    let raw = u8()
    guard let value = Value(rawValue: raw) else {
      fault = fault ?? .outOfRange(field: DecodeFault.StaticText(name), value: UInt64(raw))
      return fallback
    }
    return value
  }

  public mutating func text8() -> ShortText {
    let range = rangeOfText8()
    return ShortText(bytes: bytes, from: range.lowerBound, count: range.count)
  }

  /// Whether the next string is this one, which a reader of millions asks without taking each.
  @inline(__always)
  public func nextText8(is text: ShortText) -> Bool {
    guard fault == nil, cursor < bytes.byteCount else { return false }
    let count = Int(unsafe bytes.unsafeLoad(fromByteOffset: cursor, as: UInt8.self))
    return text.isWritten(in: bytes, from: cursor + 1, count: count)
  }

  /// Goes on behind the next string.
  public mutating func skipText8() { _ = rangeOfText8() }

  /// Where the bytes of the next string stand, which is taken thereby.
  private mutating func rangeOfText8() -> Range<Int> {
    let count = Int(u8())
    guard fault == nil, count <= ExternalID.lengthMax, cursor + count <= bytes.byteCount else {
      fault = fault ?? .wrongLength(kind: kind, length: bytes.byteCount)
      return 0..<0
    }
    defer { cursor += count }
    return cursor..<cursor + count
  }

  public mutating func text16() -> [UInt8] {
    let count = Int(u16())
    guard fault == nil, cursor + count <= bytes.byteCount else {
      fault = fault ?? .wrongLength(kind: kind, length: bytes.byteCount)
      return []
    }
    defer { cursor += count }
    return [UInt8](capacity: count) { text in
      for offset in cursor..<cursor + count {
        text.append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      }
    }
  }

  public mutating func optionalDigest() -> Digest? {
    switch u8() {
    case 0: return nil
    case 32: return digest()
    case let other:
      fault = fault ?? .outOfRange(field: DecodeFault.StaticText("length"), value: UInt64(other))
      return nil
    }
  }

  /// Takes note that a field holds what it may not.
  mutating func refuse(_ name: StaticString, _ value: UInt64) {
    fault = fault ?? .outOfRange(field: DecodeFault.StaticText(name), value: value)
  }

  /// Two bytes that must be zero in this version.
  public mutating func zero16(_ name: StaticString) {
    let value = u16()
    if value != 0 {
      fault = fault ?? .outOfRange(field: DecodeFault.StaticText(name), value: UInt64(value))
    }
  }

  /// Throws what was wrong, or that bytes are left over.
  public func finish() throws(DecodeFault) {
    if let fault { throw fault }
    guard cursor == bytes.byteCount else {
      throw .wrongLength(kind: kind, length: bytes.byteCount)
    }
  }
}
