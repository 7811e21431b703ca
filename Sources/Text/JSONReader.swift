// The one strict JSON reader (RFC 8259): whatever two parsers could read in two ways is refused.
//
// Refused beyond the grammar: a key that comes twice, ill-formed UTF-8, unpaired surrogate escapes,
// U+0000, a byte order mark, nesting deeper than 32, numbers longer than 64 bytes, documents longer
// than the limit.

/// Reads one document into a tree; lines of the fast path go through `FlatObjectScanner`.
public enum JSONReader {
  /// How long a document may be where the caller names no limit.
  public static let documentBytesMax = 16 * 1024 * 1024
  /// How deep arrays and objects may stand in each other.
  public static let depthMax = 32
  /// How long a number may be, in bytes.
  public static let numberBytesMax = JSONCursor.numberBytesMax

  /// The value of a whole document.
  public static func read(
    _ bytes: Span<UInt8>, bytesMax: Int = documentBytesMax
  ) throws(TextFault) -> JSONValue {
    guard bytes.count <= bytesMax else {
      throw .at(
        bytesMax, of: bytes, "the document has \(bytes.count) bytes", "Send at most \(bytesMax).")
    }
    var cursor = JSONCursor(bytes)
    var decoded: [UInt8] = []
    cursor.skipSpace()
    let value = try value(&cursor, &decoded, depth: 0)
    cursor.skipSpace()
    guard cursor.isAtEnd else { throw cursor.unexpected("the end of the document") }
    return value
  }

  public static func read(
    _ bytes: [UInt8], bytesMax: Int = documentBytesMax
  ) throws(TextFault) -> JSONValue {
    try read(bytes.span, bytesMax: bytesMax)
  }

  private static func value(
    _ cursor: inout JSONCursor, _ decoded: inout [UInt8], depth: Int
  ) throws(TextFault) -> JSONValue {
    switch cursor.current {
    case Byte.braceOpen: return try object(&cursor, &decoded, depth: depth + 1)
    case Byte.bracketOpen: return try array(&cursor, &decoded, depth: depth + 1)
    case Byte.quote: return .string(try string(&cursor, &decoded))
    case Byte.minus, Byte.zero...Byte.nine:
      let digits = try cursor.number()
      return .number(
        JSONNumber(text: text(cursor.bytes.extracting(digits.range)), integer: digits.integer))
    case UInt8(ascii: "t"):
      try cursor.word("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try cursor.word("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try cursor.word("null")
      return .null
    default: throw cursor.unexpected("a value")
    }
  }

  private static func array(
    _ cursor: inout JSONCursor, _ decoded: inout [UInt8], depth: Int
  ) throws(TextFault) -> JSONValue {
    try open(&cursor, depth: depth)
    var elements: [JSONValue] = []
    if cursor.take(Byte.bracketClose) { return .array([]) }
    while true {
      cursor.skipSpace()
      elements.append(try value(&cursor, &decoded, depth: depth))
      cursor.skipSpace()
      if cursor.take(Byte.bracketClose) { return .array(elements) }
      guard cursor.take(Byte.comma) else { throw cursor.unexpected("a comma or ]") }
    }
  }

  private static func object(
    _ cursor: inout JSONCursor, _ decoded: inout [UInt8], depth: Int
  ) throws(TextFault) -> JSONValue {
    try open(&cursor, depth: depth)
    var fields: [(key: String, value: JSONValue)] = []
    // The keys as bytes: equality of String is not equality of bytes.
    var keys: Set<[UInt8]> = []
    if cursor.take(Byte.braceClose) { return .object([]) }
    while true {
      cursor.skipSpace()
      guard cursor.current == Byte.quote else { throw cursor.unexpected("a key in quotes") }
      let start = cursor.offset
      let key = try string(&cursor, &decoded)
      guard keys.insert(Array(key.utf8)).inserted else {
        throw cursor.fault(at: start, "the key \"\(key)\" comes twice", "Keep one of them.")
      }
      cursor.skipSpace()
      guard cursor.take(Byte.colon) else { throw cursor.unexpected("a colon") }
      cursor.skipSpace()
      fields.append((key, try value(&cursor, &decoded, depth: depth)))
      cursor.skipSpace()
      if cursor.take(Byte.braceClose) { return .object(fields) }
      guard cursor.take(Byte.comma) else { throw cursor.unexpected("a comma or }") }
    }
  }

  /// Goes over an opening bracket, where it is not one too many.
  private static func open(_ cursor: inout JSONCursor, depth: Int) throws(TextFault) {
    guard depth <= depthMax else {
      throw cursor.fault(
        at: cursor.offset, "arrays and objects stand deeper than \(depthMax)",
        "Make the document flatter.")
    }
    cursor.advance(by: 1)
    cursor.skipSpace()
  }

  private static func string(
    _ cursor: inout JSONCursor, _ decoded: inout [UInt8]
  ) throws(TextFault) -> String {
    decoded.removeAll(keepingCapacity: true)
    let found = try cursor.string(decoding: &decoded)
    return found.isDecoded
      ? String(decoding: decoded, as: UTF8.self) : text(cursor.bytes.extracting(found.range))
  }

  private static func text(_ bytes: Span<UInt8>) -> String {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe String(decoding: buffer, as: UTF8.self)
    }
  }
}
