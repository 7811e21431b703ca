// One flat JSON object a line, scanned without a tree: the fast path of NDJSON.
//
// It accepts exactly what JSONReader accepts, as long as the document is one object of at most 32
// fields without arrays and objects in it and at most 64 KiB long; both stand on JSONCursor.
//
// Senders write their keys in the same order line after line. A line whose text between the values
// is that of an earlier one is read by that shape, see FlatShapes. Any other is scanned in full,
// and so is every faulty one: the faults are those of the full scan. That one keeps the keys of the
// line it accepted last: a key that matches in its place needs no lexing and no search for
// duplicates, because the keys of an accepted line differ from each other. A shape has a number, so
// that a caller finds out which field is which once per shape and not once per line.

/// A string of a line: a run of the line itself, or of the scanner's buffer where it had escapes.
public struct FlatText: Hashable, Sendable, BitwiseCopyable {
  public var start: Int32
  public var end: Int32
  public var isDecoded: Bool

  init(_ start: Int, _ end: Int, isDecoded: Bool) {
    self.start = Int32(truncatingIfNeeded: start)
    self.end = Int32(truncatingIfNeeded: end)
    self.isDecoded = isDecoded
  }

  public var range: Range<Int> { Int(start)..<Int(end) }
  public var count: Int { Int(end - start) }
}

/// A value of a line.
public enum FlatValue: Hashable, Sendable, BitwiseCopyable {
  case null
  case boolean(Bool)
  case integer(Int64)
  /// A number with a fraction or an exponent, or beyond Int64: its text, checked.
  case number(FlatText)
  case string(FlatText)
}

public struct FlatField: Hashable, Sendable, BitwiseCopyable {
  public var key: FlatText
  public var value: FlatValue
}

/// Scans line after line; what it found stays readable until the next line.
@safe public struct FlatObjectScanner: ~Copyable {
  public static let fieldsMax = 32
  public static let lineBytesMax = NDJSONLines.lineBytesMax

  /// How many fields the line had.
  public private(set) var count = 0
  /// The number of this line's shape: lines of one number have the same keys in the same order.
  public private(set) var shapeNumber = 0

  /// A slot for each field, and one more that is always null.
  private let slots: UnsafeMutablePointer<Int>
  private var shapes = FlatShapes()
  /// Decoded strings of this line, one behind the other.
  private var decoded: [UInt8] = []
  /// The keys of the shape, one behind the other, where each ends, and its number.
  private var shapeKeys: [UInt8] = []
  private var shapeEnds: [Int] = []
  private var shapesCounted = 0
  private var keysNumber = 0

  public init() {
    let count = (FlatObjectScanner.fieldsMax + 1) * FlatSlot.width
    unsafe slots = .allocate(capacity: count)
    unsafe slots.initialize(repeating: FlatKind.null, count: count)
  }

  deinit { unsafe slots.deallocate() }

  public subscript(index: Int) -> FlatField {
    precondition(index < count, "a field is read past the last one of its line")
    let slot = unsafe slots + index &* FlatSlot.width
    let kind = unsafe slot[FlatSlot.kind]
    let text = unsafe FlatText(
      slot[FlatSlot.start], slot[FlatSlot.end], isDecoded: kind == FlatKind.decoded)
    let value: FlatValue =
      switch kind {
      case FlatKind.null: .null
      case FlatKind.no: .boolean(false)
      case FlatKind.yes: .boolean(true)
      case FlatKind.integer: .integer(Int64(unsafe slot[FlatSlot.integer]))
      case FlatKind.number: .number(text)
      default: .string(text)
      }
    return FlatField(key: unsafe FlatObjectScanner.key(slot), value: value)
  }

  private static func key(_ slot: UnsafeMutablePointer<Int>) -> FlatText {
    unsafe FlatText(
      slot[FlatSlot.keyStart], slot[FlatSlot.keyEnd],
      isDecoded: slot[FlatSlot.keyIsDecoded] != 0)
  }

  /// The bytes of a string of the line last scanned.
  @_lifetime(borrow self, copy line)
  public func bytes(_ text: FlatText, of line: Span<UInt8>) -> Span<UInt8> {
    if text.isDecoded { return decoded.span.extracting(text.range) }
    return line.extracting(text.range)
  }

  /// Scans one line; after a fault there are no fields.
  public mutating func scan(_ line: Span<UInt8>) throws(TextFault) {
    if line.count <= FlatObjectScanner.lineBytesMax,
      let found = unsafe shapes.follow(line, slots)
    {
      count = found
      shapeNumber = shapes.number
      return
    }
    try scanInFull(line)
    unsafe shapes.learn(line, slots, count: count, number: shapeNumber)
  }

  /// Scans one line by its grammar.
  mutating func scanInFull(_ line: Span<UInt8>) throws(TextFault) {
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
      let key = try key(found, &cursor, &followsShape)
      let slot = unsafe slots + found &* FlatSlot.width
      unsafe slot[FlatSlot.keyStart] = Int(key.start)
      unsafe slot[FlatSlot.keyEnd] = Int(key.end)
      unsafe slot[FlatSlot.keyIsDecoded] = key.isDecoded ? 1 : 0
      cursor.skipSpace()
      guard cursor.take(Byte.colon) else { throw cursor.unexpected("a colon") }
      cursor.skipSpace()
      try unsafe value(&cursor, slot)
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
    shapeNumber = keysNumber
  }

  private mutating func value(
    _ cursor: inout JSONCursor, _ slot: UnsafeMutablePointer<Int>
  ) throws(TextFault) {
    // Texts are most of a line.
    if cursor.current == Byte.quote {
      let text = try cursor.string(decoding: &decoded)
      unsafe slot[FlatSlot.kind] = text.isDecoded ? FlatKind.decoded : FlatKind.text
      unsafe slot[FlatSlot.start] = text.range.lowerBound
      unsafe slot[FlatSlot.end] = text.range.upperBound
      return
    }
    let start = cursor.offset
    unsafe slot[FlatSlot.start] = start
    let (kind, integer) = try bareValue(&cursor)
    unsafe slot[FlatSlot.kind] = kind
    unsafe slot[FlatSlot.integer] = integer
    let isNumber = kind == FlatKind.integer || kind == FlatKind.number
    // A word stands for its value: it belongs to what lies between the values.
    unsafe slot[FlatSlot.end] = isNumber ? cursor.offset : start
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
        return FlatText(start, end, isDecoded: false)
      }
    }
    followsShape = false
    let found = try cursor.string(decoding: &decoded)
    let key = FlatText(
      found.range.lowerBound, found.range.upperBound, isDecoded: found.isDecoded)
    let text = bytes(key, of: cursor.bytes)
    for earlier in 0..<index {
      let slot = unsafe slots + earlier &* FlatSlot.width
      let other = unsafe bytes(FlatObjectScanner.key(slot), of: cursor.bytes)
      if other.count == text.count, other.holds(text, at: 0) {
        throw cursor.fault(at: start - 1, "a key comes twice in one line", "Keep one of them.")
      }
    }
    return key
  }

  private func bareValue(
    _ cursor: inout JSONCursor
  ) throws(TextFault) -> (kind: Int, integer: Int) {
    switch cursor.current {
    case Byte.minus, Byte.zero...Byte.nine:
      let digits = try cursor.number()
      if let integer = digits.integer { return (FlatKind.integer, Int(integer)) }
      return (FlatKind.number, 0)
    case UInt8(ascii: "t"):
      try cursor.word("true")
      return (FlatKind.yes, 0)
    case UInt8(ascii: "f"):
      try cursor.word("false")
      return (FlatKind.no, 0)
    case UInt8(ascii: "n"):
      try cursor.word("null")
      return (FlatKind.null, 0)
    case Byte.bracketOpen, Byte.braceOpen:
      throw cursor.fault(
        at: cursor.offset, "a field holds an array or an object",
        "A line is one flat object: texts, numbers, true, false, null.")
    default: throw cursor.unexpected("a value")
    }
  }

  /// Keeps this line's keys for the next one.
  private mutating func takeShape(_ line: Span<UInt8>) {
    shapesCounted += 1
    keysNumber = shapesCounted
    shapeKeys.removeAll(keepingCapacity: true)
    shapeEnds.removeAll(keepingCapacity: true)
    for index in 0..<count {
      let key = unsafe FlatObjectScanner.key(slots + index &* FlatSlot.width)
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

extension FlatObjectScanner {
  /// The fields of the line scanned last, for a caller that knows its shape; not to be kept longer
  /// than the scanner.
  public var places: FlatPlaces { unsafe FlatPlaces(slots) }
}

/// What a caller that knows the shape reads, straight from the memory of a field.
@safe public struct FlatPlaces: BitwiseCopyable {
  @usableFromInline let slots: UnsafeMutablePointer<Int>

  init(_ slots: UnsafeMutablePointer<Int>) { unsafe self.slots = slots }

  /// The index that stands for a field that is absent: its kind is null.
  @inline(__always)
  public static var nowhere: Int { 32 }

  @inline(__always)
  public func kind(_ index: Int) -> Int {
    precondition(index <= FlatPlaces.nowhere, "a line has no field of this index")
    return unsafe slots[index &* 8]
  }

  @inline(__always)
  public func start(_ index: Int) -> Int {
    precondition(index <= FlatPlaces.nowhere, "a line has no field of this index")
    return unsafe slots[index &* 8 &+ 1]
  }

  @inline(__always)
  public func end(_ index: Int) -> Int {
    precondition(index <= FlatPlaces.nowhere, "a line has no field of this index")
    return unsafe slots[index &* 8 &+ 2]
  }

  @inline(__always)
  public func integer(_ index: Int) -> Int {
    precondition(index <= FlatPlaces.nowhere, "a line has no field of this index")
    return unsafe slots[index &* 8 &+ 3]
  }
}
