// One flat JSON object a line, scanned without a tree: the fast path of NDJSON.
//
// It accepts exactly what JSONReader accepts, as long as the document is one object of at most 32
// fields without arrays and objects in it and at most 64 KiB long; both stand on JSONCursor.
//
// Senders write their keys in the same order line after line. The scanner keeps the keys of the
// last accepted line as its shape and compares the next line's with them, eight bytes at a time. A
// key that matches in its place needs no lexing and no search for duplicates, because the keys of
// an accepted line differ from each other. A shape has a number, so that a caller finds out which
// field is which once per shape and not once per line.

/// A string of a line: a run of the line itself, or of the scanner's buffer where it had escapes.
package struct FlatText: Hashable, Sendable, BitwiseCopyable {
  package var start: Int32
  package var end: Int32
  package var isDecoded: Bool

  init(_ text: JSONText) {
    start = Int32(text.range.lowerBound)
    end = Int32(text.range.upperBound)
    isDecoded = text.isDecoded
  }

  package var range: Range<Int> { Int(start)..<Int(end) }
  package var count: Int { Int(end - start) }
}

/// A value of a line.
package enum FlatValue: Hashable, Sendable, BitwiseCopyable {
  case null
  case boolean(Bool)
  case integer(Int64)
  /// A number with a fraction or an exponent, or beyond Int64: its text, checked.
  case number(FlatText)
  case string(FlatText)
}

package struct FlatField: Hashable, Sendable, BitwiseCopyable {
  package var key: FlatText
  package var value: FlatValue
}

/// Scans line after line; what it found stays readable until the next line.
package struct FlatObjectScanner: ~Copyable {
  package static let fieldsMax = 32
  package static let lineBytesMax = NDJSONLines.lineBytesMax

  /// How many fields the line had.
  package private(set) var count = 0
  /// The number of this line's shape: lines of one number have the same keys in the same order.
  package private(set) var shapeNumber = 0

  private var fields: InlineArray<32, FlatField>
  /// Decoded strings of this line, one behind the other.
  private var decoded: [UInt8] = []
  /// The keys of the shape, one behind the other, and where each ends.
  private var shapeKeys: [UInt8] = []
  private var shapeEnds: [Int] = []

  package init() {
    let nothing = FlatText(JSONText(range: 0..<0, isDecoded: false))
    fields = InlineArray(repeating: FlatField(key: nothing, value: .null))
  }

  package subscript(index: Int) -> FlatField {
    precondition(index < count, "a field is read past the last one of its line")
    return fields[index]
  }

  /// The bytes of a string of the line last scanned.
  @_lifetime(borrow self, copy line)
  package func bytes(_ text: FlatText, of line: Span<UInt8>) -> Span<UInt8> {
    if text.isDecoded { return decoded.span.extracting(text.range) }
    return line.extracting(text.range)
  }

  /// Scans one line; after a fault there are no fields.
  package mutating func scan(_ line: Span<UInt8>) throws(TextFault) {
    count = 0
    decoded.removeAll(keepingCapacity: true)
    guard line.count <= FlatObjectScanner.lineBytesMax else {
      throw .at(
        FlatObjectScanner.lineBytesMax, of: line, "the line has \(line.count) bytes",
        "Send at most \(FlatObjectScanner.lineBytesMax).")
    }
    var cursor = JSONCursor(line)
    var found = 0
    var followsShape = true
    cursor.skipSpace()
    guard cursor.take(Byte.braceOpen) else { throw cursor.unexpected("the { of an object") }
    cursor.skipSpace()
    var isOpen = !cursor.take(Byte.braceClose)
    while isOpen {
      guard found < FlatObjectScanner.fieldsMax else {
        throw cursor.fault(
          at: cursor.offset, "the line has more than \(FlatObjectScanner.fieldsMax) fields")
      }
      cursor.skipSpace()
      fields[found].key = try key(found, &cursor, &followsShape)
      cursor.skipSpace()
      guard cursor.take(Byte.colon) else { throw cursor.unexpected("a colon") }
      cursor.skipSpace()
      fields[found].value = try value(&cursor)
      found &+= 1
      cursor.skipSpace()
      if !cursor.take(Byte.comma) {
        guard cursor.take(Byte.braceClose) else { throw cursor.unexpected("a comma or }") }
        isOpen = false
      }
    }
    cursor.skipSpace()
    guard cursor.isAtEnd else { throw cursor.unexpected("the end of the line") }
    count = found
    // A line without keys is no proof that the shape is its own: one of an escaped key is as empty.
    if !followsShape || found != shapeEnds.count || found == 0 { takeShape(line) }
  }

  @inline(__always)
  private mutating func value(_ cursor: inout JSONCursor) throws(TextFault) -> FlatValue {
    // Texts are most of a line.
    if cursor.current == Byte.quote {
      return .string(FlatText(try cursor.string(decoding: &decoded)))
    }
    return try bareValue(&cursor)
  }

  /// Reads the key of a field: from the shape where it matches, else by lexing it.
  private mutating func key(
    _ index: Int, _ cursor: inout JSONCursor, _ followsShape: inout Bool
  ) throws(TextFault) -> FlatText {
    guard cursor.current == Byte.quote else { throw cursor.unexpected("a key in quotes") }
    let start = cursor.offset &+ 1
    if followsShape, index < shapeEnds.count {
      let begin = index == 0 ? 0 : shapeEnds[index - 1]
      let wanted = shapeKeys.span.extracting(begin..<shapeEnds[index])
      let end = start &+ wanted.count
      if end < cursor.bytes.count, cursor.bytes[end] == Byte.quote,
        cursor.bytes.holds(wanted, at: start)
      {
        cursor.advance(by: wanted.count &+ 2)
        return FlatText(JSONText(range: start..<end, isDecoded: false))
      }
    }
    followsShape = false
    let key = FlatText(try cursor.string(decoding: &decoded))
    let text = bytes(key, of: cursor.bytes)
    for earlier in 0..<index {
      let other = bytes(fields[earlier].key, of: cursor.bytes)
      if other.count == text.count, other.holds(text, at: 0) {
        throw cursor.fault(at: start - 1, "a key comes twice in one line", "Keep one of them.")
      }
    }
    return key
  }

  private func bareValue(_ cursor: inout JSONCursor) throws(TextFault) -> FlatValue {
    switch cursor.current {
    case Byte.minus, Byte.zero...Byte.nine:
      let digits = try cursor.number()
      if let integer = digits.integer { return .integer(integer) }
      return .number(FlatText(JSONText(range: digits.range, isDecoded: false)))
    case UInt8(ascii: "t"):
      try cursor.word("true")
      return .boolean(true)
    case UInt8(ascii: "f"):
      try cursor.word("false")
      return .boolean(false)
    case UInt8(ascii: "n"):
      try cursor.word("null")
      return .null
    case Byte.bracketOpen, Byte.braceOpen:
      throw cursor.fault(
        at: cursor.offset, "a field holds an array or an object",
        "A line is one flat object: texts, numbers, true, false, null.")
    default: throw cursor.unexpected("a value")
    }
  }

  /// Keeps this line's keys for the next one.
  private mutating func takeShape(_ line: Span<UInt8>) {
    shapeNumber += 1
    shapeKeys.removeAll(keepingCapacity: true)
    shapeEnds.removeAll(keepingCapacity: true)
    for index in 0..<count {
      let key = fields[index].key
      // The decoded bytes of a key are not what stands in the line: such a line gives no shape.
      if key.isDecoded {
        shapeKeys.removeAll(keepingCapacity: true)
        shapeEnds.removeAll(keepingCapacity: true)
        return
      }
      shapeKeys.append(line, key.range)
      shapeEnds.append(shapeKeys.count)
    }
  }
}
