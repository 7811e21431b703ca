// Comma-separated values (RFC 4180), read strictly from chunks of any size.
//
// A row ends with LF or CR LF. A field is bare, without quotes in it, or stands in quotes, where
// commas, line ends and doubled quotes may stand. A byte order mark at the very start and rows of
// no bytes at all are passed over. The first row fixes how many columns the others must have,
// unless the caller names the number.
//
// A row that is refused does not stop the ones behind it: the reader goes on after the row's end.
// After a misplaced quote that is the next line end, for quoting means nothing there any more.

/// What `CSVReader.next` found.
public enum CSVStep: Sendable {
  /// A row: its fields are in the reader until the next step.
  case row
  /// A row that is wrong; it was passed over.
  case refused(TextFault)
  /// The chunk is used up.
  case needsBytes
}

/// Reads rows chunk by chunk.
///
/// Call `next` with the same chunk until it says `needsBytes`, then with the next chunk from offset
/// 0; call `finish` at the end, for the last row may have no end.
public struct CSVReader: ~Copyable {
  public static let fieldBytesMax = 64 * 1024
  public static let rowBytesMax = 1024 * 1024
  public static let columnsMax = 256

  /// Where in a row the next byte stands.
  private enum State {
    case mark(seen: Int)
    case rowStart
    case fieldStart
    case bare
    case quoted
    case quoteInQuoted
    case carriageReturn
    /// In a refused row, up to its line end; a quote means nothing.
    case skippingLine
    /// In a refused row, inside quotes, where a line end is text.
    case skippingQuoted
  }

  private static let byteOrderMark: InlineArray<3, UInt8> = [0xEF, 0xBB, 0xBF]

  /// The number of the row found last, from 1, the header being a row; empty lines are not.
  public private(set) var rowNumber = 0
  /// The line of the text on which that row begins, from 1.
  public private(set) var lineNumber = 1
  /// How many fields each row must have; nil until the first row is read.
  public private(set) var columns: Int?

  private var state = State.mark(seen: 0)
  private var content: [UInt8] = []
  private var ends: [Int] = []
  private var isComplete = false
  private var line = 1
  private var consumed = 0
  private var rowOffset = 0
  private var refusal: TextFault?

  public init(columns: Int? = nil) { self.columns = columns }

  public var fieldCount: Int { ends.count }

  /// The bytes of a field of the row found last, without its quotes.
  @_lifetime(borrow self)
  public func field(_ index: Int) -> Span<UInt8> {
    precondition(index < ends.count, "a field is read past the last one of its row")
    let begin = index == 0 ? 0 : ends[index - 1]
    return content.span.extracting(begin..<ends[index])
  }

  public func text(_ index: Int) -> String {
    let bytes = field(index)
    return unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }

  public mutating func next(in chunk: Span<UInt8>, at offset: inout Int) -> CSVStep {
    if isComplete { startRow() }
    while offset < chunk.count {
      if case .bare = state { takeRun(chunk, &offset) }
      if case .quoted = state { takeRun(chunk, &offset) }
      guard offset < chunk.count else { break }
      let byte = chunk[offset]
      offset += 1
      consumed += 1
      let isRowEnd = take(byte)
      if byte == Byte.lineFeed { line += 1 }
      if isRowEnd, let step = endRow() { return step }
    }
    return .needsBytes
  }

  /// The last row, where it has no end; an unterminated quote is refused here.
  public mutating func finish() -> CSVStep {
    if isComplete { startRow() }
    switch state {
    case .mark(let seen):
      if seen == 0 { return .needsBytes }
      leaveMark(seen: seen)
    case .rowStart: return .needsBytes
    case .quoted, .skippingQuoted:
      refuse("a quoted field has no end", "Close it with a quote.")
    case .carriageReturn:
      refuse("a carriage return stands without a line feed", "End rows with LF or CR LF.")
    case .fieldStart, .bare, .quoteInQuoted: endField()
    case .skippingLine: break
    }
    if ends.isEmpty, refusal == nil { endField() }
    return endRow() ?? .needsBytes
  }
}

// MARK: - Bytes

extension CSVReader {
  /// Takes the bytes up to the next one that means something.
  private mutating func takeRun(_ chunk: Span<UInt8>, _ offset: inout Int) {
    var isQuoted = false
    if case .quoted = state { isQuoted = true }
    let start = offset
    var index = offset
    while index < chunk.count {
      let byte = chunk[index]
      if byte == Byte.quote || byte == Byte.lineFeed { break }
      if !isQuoted, byte == Byte.comma || byte == Byte.carriageReturn { break }
      index &+= 1
    }
    let begin = ends.last ?? 0
    // Once past a limit nothing more is kept, so that memory stays bounded.
    let room = min(
      CSVReader.fieldBytesMax + 1 - (content.count - begin),
      CSVReader.rowBytesMax + 1 - content.count)
    if room > 0 { content.append(chunk, start..<min(index, start + room)) }
    offset = index
    consumed += index - start
    checkLimits()
  }

  /// Takes one byte and says whether the row ends with it.
  private mutating func take(_ byte: UInt8) -> Bool {
    switch state {
    case .mark(let seen):
      if byte == CSVReader.byteOrderMark[seen] {
        state = seen == 2 ? .rowStart : .mark(seen: seen + 1)
        if seen == 2 { rowOffset = consumed }
        return false
      }
      leaveMark(seen: seen)
      return take(byte)
    case .rowStart:
      if byte == Byte.lineFeed { return passOverEmptyLine() }
      return takeFieldStart(byte)
    case .fieldStart: return takeFieldStart(byte)
    case .bare: return takeBare(byte)
    case .quoted:
      if byte == Byte.quote { state = .quoteInQuoted } else { keep(byte) }
      return false
    case .quoteInQuoted: return takeBehindQuote(byte)
    case .carriageReturn:
      if byte == Byte.lineFeed { return true }
      refuse("a carriage return stands without a line feed", "End rows with LF or CR LF.")
      state = .skippingLine
      return false
    case .skippingLine: return byte == Byte.lineFeed
    case .skippingQuoted:
      if byte == Byte.quote { state = .quoteInQuoted }
      return false
    }
  }

  private mutating func takeFieldStart(_ byte: UInt8) -> Bool {
    if byte == Byte.quote {
      state = .quoted
      return false
    }
    state = .bare
    return takeBare(byte)
  }

  private mutating func takeBare(_ byte: UInt8) -> Bool {
    switch byte {
    case Byte.comma:
      endField()
      state = .fieldStart
    case Byte.lineFeed:
      endField()
      return true
    case Byte.carriageReturn:
      // A CR LF and nothing else is an empty line; that is seen when the row ends.
      endField()
      state = .carriageReturn
    case Byte.quote:
      refuse(
        "a quote stands in a field that does not begin with one",
        "Put the field in quotes and double the quotes in it.")
      state = .skippingLine
    default: keep(byte)
    }
    return false
  }

  private mutating func takeBehindQuote(_ byte: UInt8) -> Bool {
    switch byte {
    case Byte.quote:
      keep(byte)
      state = refusal == nil ? .quoted : .skippingQuoted
    case Byte.comma:
      endField()
      state = .fieldStart
    case Byte.lineFeed:
      endField()
      return true
    case Byte.carriageReturn:
      endField()
      state = .carriageReturn
    default:
      refuse(
        "\(Byte.name(byte)) stands behind the closing quote of a field",
        "Double the quotes that belong to the text.")
      state = .skippingLine
    }
    return false
  }

  private mutating func keep(_ byte: UInt8) {
    guard refusal == nil else { return }
    content.append(byte)
    checkLimits()
  }

  /// Gives back the bytes that looked like a byte order mark and were none.
  private mutating func leaveMark(seen: Int) {
    state = seen == 0 ? .rowStart : .bare
    for index in 0..<seen { keep(CSVReader.byteOrderMark[index]) }
  }
}

// MARK: - Fields and rows

extension CSVReader {
  private mutating func startRow() {
    content.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    isComplete = false
    refusal = nil
    lineNumber = line
    rowOffset = consumed
    state = .rowStart
  }

  private mutating func passOverEmptyLine() -> Bool {
    lineNumber = line + 1
    rowOffset = consumed
    state = .rowStart
    return false
  }

  private mutating func endField() {
    guard refusal == nil else { return }
    guard ends.count < CSVReader.columnsMax else {
      refuse(
        "the row has more than \(CSVReader.columnsMax) columns",
        "See whether line ends are missing.")
      return
    }
    ends.append(content.count)
  }

  private mutating func checkLimits() {
    guard refusal == nil else { return }
    if content.count - (ends.last ?? 0) > CSVReader.fieldBytesMax {
      refuse(
        "a field has more than \(CSVReader.fieldBytesMax) bytes",
        "See whether a quote is missing before it.")
    } else if content.count > CSVReader.rowBytesMax {
      refuse(
        "the row has more than \(CSVReader.rowBytesMax) bytes",
        "See whether a quote or a line end is missing before it.")
    }
    guard refusal != nil else { return }
    if case .quoted = state { state = .skippingQuoted }
  }

  /// Keeps the first thing that is wrong with the row.
  private mutating func refuse(_ reason: String, _ hint: String = "") {
    guard refusal == nil else { return }
    refusal = TextFault(
      offset: rowOffset, line: lineNumber,
      reason: "row \(rowNumber + 1), column \(ends.count + 1): \(reason)", hint: hint)
  }

  /// Checks the row as a whole; nil where it was a line of no bytes.
  private mutating func endRow() -> CSVStep? {
    if refusal == nil, case .carriageReturn = state, consumed - rowOffset == 2 {
      startRow()
      return nil
    }
    isComplete = true
    rowNumber += 1
    if let refusal { return .refused(refusal) }
    for index in 0..<ends.count where UTF8Check.firstIllFormed(field(index)) != nil {
      return .refused(
        wrong(column: index + 1, "the field is not well-formed UTF-8", "Save the file as UTF-8."))
    }
    if let columns, columns != ends.count {
      return .refused(
        wrong(
          column: ends.count, "the row has \(ends.count) columns and must have \(columns)",
          "Give it a cell for each column of the header; quote a cell that has a comma in it."))
    }
    columns = ends.count
    return .row
  }

  private func wrong(column: Int, _ reason: String, _ hint: String) -> TextFault {
    TextFault(
      offset: rowOffset, line: lineNumber, reason: "row \(rowNumber), column \(column): \(reason)",
      hint: hint)
  }
}
