// The shapes of the lines accepted last: what stands between their values, kept word by word.
//
// Most lines of a sender differ from an earlier one in their values alone. A shape holds the text
// between the values of an accepted line: braces, keys, colons, commas, the quotes of strings, and
// `null`, `true`, `false` themselves. A line that has the same text between strings of plain ASCII
// and whole numbers of at most 16 digits has the same fields, so that it needs no lexing. Every
// other line, right or wrong, follows no shape and is scanned in full.

/// What a value of a line is, as the number that stands in the scanner's memory.
public enum FlatKind {
  @inline(__always)
  public static var null: Int { 0 }
  static var no: Int { 1 }
  static var yes: Int { 2 }
  @inline(__always)
  public static var integer: Int { 3 }
  /// A number that is no integer of 64 bits.
  static var number: Int { 4 }
  /// A string that stands in the line.
  static var text: Int { 5 }
  /// A string that stands in the line and has visible characters of ASCII alone.
  @inline(__always)
  public static var plain: Int { 6 }
  /// A string in the buffer of decoded ones.
  static var decoded: Int { 7 }
  /// No value: the line ends there.
  static var end: Int { 8 }
}

/// What the scanner knows of one field: eight integers, each read by the width it was written in.
enum FlatSlot {
  static var width: Int { 8 }
  static var kind: Int { 0 }
  static var start: Int { 1 }
  static var end: Int { 2 }
  static var integer: Int { 3 }
  static var keyStart: Int { 4 }
  static var keyEnd: Int { 5 }
  static var keyIsDecoded: Int { 6 }
}

/// Up to four shapes and the room to learn another.
@safe struct FlatShapes: ~Copyable {
  static let shapesMax = 4
  /// The words that one shape may need; a line with more between its values gives none.
  private static let wordsMax = 384
  // A shape begins with: how many words it has, 0 for none; how many fields; its number. A piece
  // follows for each value and one for the end: how many bytes stand before the value, what the
  // value is, the mask of the last word, where the key stands and how long it is; then the bytes.
  private static let headWords = 3
  private static let pieceWords = 5

  private let memory: UnsafeMutablePointer<UInt64>
  /// The shape that was followed last, and the one that is given up next.
  private var current = 0
  private var oldest = 0

  init() {
    let count = (FlatShapes.shapesMax + 1) * FlatShapes.wordsMax
    unsafe memory = .allocate(capacity: count)
    unsafe memory.initialize(repeating: 0, count: count)
  }

  deinit { unsafe memory.deallocate() }

  private func shape(_ index: Int) -> UnsafeMutablePointer<UInt64> {
    unsafe memory + index &* FlatShapes.wordsMax
  }

  /// The number of the shape followed last.
  var number: Int { unsafe Int(shape(current)[2]) }

  /// Reads a line by the shapes that are known, into a slot for each field.
  ///
  /// - Returns: how many fields it has; nil where it follows no shape.
  @inline(__always)
  mutating func follow(_ line: Span<UInt8>, _ slots: UnsafeMutablePointer<Int>) -> Int? {
    guard line.count >= 16 else { return nil }
    let text = FlatLine(line)
    for turn in 0..<FlatShapes.shapesMax {
      let index = (current &+ turn) & (FlatShapes.shapesMax - 1)
      let shape = unsafe shape(index)
      guard unsafe shape[0] > 0, unsafe FlatShapes.read(text, shape, slots) else { continue }
      current = index
      return unsafe Int(shape[1])
    }
    return nil
  }

  private static func read(
    _ text: FlatLine, _ shape: UnsafeMutablePointer<UInt64>, _ slots: UnsafeMutablePointer<Int>
  ) -> Bool {
    var piece = unsafe shape + headWords
    var slot = unsafe slots
    var offset = 0
    while true {
      let start = offset
      let kind = unsafe Int(truncatingIfNeeded: piece[1])
      var left = unsafe Int(truncatingIfNeeded: piece[0])
      var words = unsafe piece + pieceWords
      while left > 8 {
        guard unsafe text.word(at: offset) == words[0] else { return false }
        unsafe words += 1
        offset &+= 8
        left &-= 8
      }
      guard unsafe text.word(at: offset) & piece[2] == words[0] else { return false }
      offset &+= left
      if kind == FlatKind.end { return offset == text.count }
      let key = unsafe start &+ Int(truncatingIfNeeded: piece[3])
      unsafe slot[FlatSlot.keyStart] = key
      unsafe slot[FlatSlot.keyEnd] = key &+ Int(truncatingIfNeeded: piece[4])
      unsafe slot[FlatSlot.keyIsDecoded] = 0
      unsafe slot[FlatSlot.start] = offset
      if kind == FlatKind.plain {
        unsafe slot[FlatSlot.kind] = text.string(&offset)
      } else {
        if kind == FlatKind.integer {
          guard let value = text.integer(&offset) else { return false }
          unsafe slot[FlatSlot.integer] = value
        }
        unsafe slot[FlatSlot.kind] = kind
      }
      unsafe slot[FlatSlot.end] = offset
      unsafe slot += FlatSlot.width
      unsafe piece = words + 1
    }
  }

  /// Keeps the shape of a line that was scanned in full, unless it is kept already.
  mutating func learn(
    _ line: Span<UInt8>, _ slots: UnsafeMutablePointer<Int>, count: Int, number: Int
  ) {
    let draft = unsafe shape(FlatShapes.shapesMax)
    guard let length = unsafe FlatShapes.write(line, slots, count, to: draft) else { return }
    unsafe draft[0] = UInt64(length)
    unsafe draft[1] = UInt64(count)
    for index in 0..<FlatShapes.shapesMax {
      let known = unsafe shape(index)
      unsafe draft[2] = known[2]
      if (0..<length).allSatisfy({ unsafe known[$0] == draft[$0] }) {
        current = index
        unsafe known[2] = UInt64(number)
        return
      }
    }
    unsafe draft[2] = UInt64(number)
    unsafe shape(oldest).update(from: draft, count: length)
    current = oldest
    oldest = (oldest &+ 1) & (FlatShapes.shapesMax - 1)
  }

  /// Writes the pieces of a shape; nil where the line gives none.
  private static func write(
    _ line: Span<UInt8>, _ slots: UnsafeMutablePointer<Int>, _ count: Int,
    to shape: UnsafeMutablePointer<UInt64>
  ) -> Int? {
    var next = headWords
    var start = 0
    for index in 0...count {
      let slot = unsafe slots + index &* FlatSlot.width
      let isEnd = index == count
      var kind = isEnd ? FlatKind.end : unsafe slot[FlatSlot.kind]
      if kind == FlatKind.text { kind = FlatKind.plain }
      // What is decoded stands not in the line as it is; a fraction is too rare to be read twice.
      guard kind != FlatKind.decoded, kind != FlatKind.number,
        unsafe isEnd || slot[FlatSlot.keyIsDecoded] == 0
      else { return nil }
      let end = isEnd ? line.count : unsafe slot[FlatSlot.start]
      let length = end &- start
      let words = (length &+ 7) >> 3
      guard length > 0, next &+ pieceWords &+ words <= wordsMax else { return nil }
      let piece = unsafe shape + next
      unsafe piece[0] = UInt64(length)
      unsafe piece[1] = UInt64(kind)
      unsafe piece[2] = UInt64.max >> UInt64((words &* 8 &- length) &* 8)
      unsafe piece[3] = isEnd ? 0 : UInt64(slot[FlatSlot.keyStart] &- start)
      unsafe piece[4] = isEnd ? 0 : UInt64(slot[FlatSlot.keyEnd] &- slot[FlatSlot.keyStart])
      for word in 0..<words {
        let offset = start &+ word &* 8
        var value: UInt64 = 0
        for byte in 0..<min(8, end &- offset) {
          value |= UInt64(line[offset &+ byte]) << UInt64(byte &* 8)
        }
        unsafe piece[pieceWords &+ word] = value
      }
      next &+= pieceWords &+ words
      if !isEnd { start = unsafe slot[FlatSlot.end] }
    }
    return next
  }
}
