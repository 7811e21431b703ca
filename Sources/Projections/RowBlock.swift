// Rows on their way from a projection to a sink: typed cells, a block of them at a time.
//
// Who prints stands in another module, and a call across the line costs more than most cells do. So
// a table fills a block of cells here, and one call hands over 128 rows. Texts stand beside the
// cells in whole words of eight bytes, which are copied and looked through a word at a time.
//
// A text that stands in many rows (a state, a tier, a plan's id) is kept once in front of the
// others, by `keep`, and its cell is put into any number of rows.
//
// The cells and the words lie behind pointers: an array would ask for each cell whether it is the
// only owner of its buffer. Every store is checked against the length all the same.

import Events

/// A cell of a table.
public struct Cell: BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// Absent, whatever its column.
    case null
    /// A word of this program, of letters, digits, `-` and `_` only: no format has to quote it.
    case word
    case text
    case integer
    case instant
    case day
    case flag
    case digest
  }

  public let kind: Kind
  /// Bytes of a text or a word.
  public let count: UInt32
  /// The number itself; of a text, a word and a digest where its words begin in `RowBlock.words`.
  public let value: Int64

  init(_ kind: Kind, _ value: Int64 = 0, count: Int = 0) {
    self.kind = kind
    self.value = value
    self.count = UInt32(truncatingIfNeeded: count)
  }

  /// The cell that is absent.
  static let null = Cell(.null)
}

/// A table's rows before they are handed over.
///
/// It has its memory for itself, so that it may go from thread to thread.
@safe
public struct RowBlock: ~Copyable, @unchecked Sendable {
  /// The most rows of a block.
  public static let rowsMax = 128
  /// A block is handed over early where its texts take more words than this.
  private static let wordsMax = 8_192

  public let columns: [Column]
  /// Bytes of all texts and words that cells of the block name.
  public private(set) var textLength = 0
  private let cellStore: UnsafeMutableBufferPointer<Cell>
  private var cellCount = 0
  private var rowEnd: Int
  private var wordStore: UnsafeMutableBufferPointer<UInt64>
  private var wordCount = 0
  /// Words in front that stay from block to block.
  private var keptCount = 0
  // Kept here, for a constant of another module is fetched by a call, and `==` by another.
  private let absentInstant = Timestamp.none.rawValue
  private let absentWave = WaveNumber.none.rawValue

  /// A block for the rows of a table, whose columns it tells the sink.
  init(_ columns: [Column], for sink: inout some RowSink) {
    precondition(!columns.isEmpty, "a table has no column")
    self.columns = columns
    rowEnd = columns.count
    unsafe cellStore = .allocate(capacity: RowBlock.rowsMax * columns.count)
    unsafe wordStore = .allocate(capacity: RowBlock.wordsMax * 2)
    sink.begin(columns)
  }

  /// A block of the same table without rows: what is kept for many rows stands in the same places.
  public init(of other: borrowing RowBlock) {
    columns = other.columns
    rowEnd = columns.count
    unsafe cellStore = .allocate(capacity: RowBlock.rowsMax * columns.count)
    let kept = other.keptCount
    unsafe wordStore = .allocate(capacity: max(RowBlock.wordsMax, kept) + RowBlock.wordsMax)
    for index in 0..<kept { unsafe wordStore[index] = other.wordStore[index] }
    wordCount = kept
    keptCount = kept
  }

  deinit {
    unsafe cellStore.deallocate()
    unsafe wordStore.deallocate()
  }

  /// How many whole rows it holds.
  public var count: Int { cellCount / columns.count }

  /// The cells, row by row.
  public var cells: Span<Cell> {
    @_lifetime(borrow self) get {
      let filled = unsafe UnsafeBufferPointer(cellStore.extracting(0..<cellCount))
      return unsafe _overrideLifetime(Span(_unsafeElements: filled), borrowing: self)
    }
  }

  /// The texts, each from a whole word on, their bytes in order; what follows a text in its last
  /// word is zeros.
  public var words: Span<UInt64> {
    @_lifetime(borrow self) get {
      let filled = unsafe UnsafeBufferPointer(wordStore.extracting(0..<wordCount))
      return unsafe _overrideLifetime(Span(_unsafeElements: filled), borrowing: self)
    }
  }
}

// MARK: - Cells

extension RowBlock {
  @inline(__always)
  mutating func put(_ cell: Cell) {
    precondition(cellCount < rowEnd, "a row has more cells than its table has columns")
    unsafe cellStore[cellCount] = cell
    cellCount &+= 1
    textLength &+= Int(cell.count)
  }

  @inline(__always)
  mutating func integer(_ value: Int64) { put(Cell(.integer, value)) }
  mutating func integer(_ value: some BinaryInteger) { integer(Int64(value)) }
  mutating func fen(_ value: Int64) { integer(value) }
  mutating func instant(_ value: Timestamp) { put(Cell(.instant, value.rawValue)) }
  mutating func day(_ value: BeijingDay) { put(Cell(.day, Int64(value.rawValue))) }
  mutating func flag(_ value: Bool) { put(Cell(.flag, value ? 1 : 0)) }
  mutating func null() { put(.null) }
  mutating func position(_ value: Position) { integer(Int64(value.rawValue)) }

  mutating func text(_ value: ExternalID) { put(hold(value)) }
  mutating func text(_ value: String) { put(hold(value)) }

  /// The bytes of a text of at most 64.
  @inline(__always)
  mutating func text(_ bytes: RawSpan) {
    let start = wordCount
    let count = bytes.byteCount
    reserve(words: 8)
    for index in 0..<(count &+ 7) >> 3 {
      store(bytes.word(at: index &* 8, count: min(8, count &- index &* 8)))
    }
    put(Cell(.text, Int64(start), count: count))
  }

  mutating func digest(_ value: Digest) {
    let start = wordCount
    let words = value.words
    reserve(words: 4)
    store(words.0)
    store(words.1)
    store(words.2)
    store(words.3)
    put(Cell(.digest, Int64(start)))
  }

  /// Ends a row and hands the block over where it is full.
  @inline(__always)
  mutating func endRow(to sink: inout some RowSink) {
    precondition(cellCount == rowEnd, "a row has fewer cells than its table has columns")
    rowEnd &+= columns.count
    if unsafe rowEnd > cellStore.count || wordCount > RowBlock.wordsMax + keptCount {
      pass(to: &sink)
    }
  }

  /// Hands over what is left.
  mutating func end(to sink: inout some RowSink) { pass(to: &sink) }

  private mutating func pass(to sink: inout some RowSink) {
    precondition(cellCount % columns.count == 0, "a block is handed over inside a row")
    if cellCount > 0 { sink.take(&self) }
    cellCount = 0
    rowEnd = columns.count
    wordCount = keptCount
    textLength = 0
  }
}

// A value that the log marks as absent becomes an empty cell in one place.
extension RowBlock {
  mutating func optional(_ value: ExternalID) {
    if value.isEmpty { null() } else { text(value) }
  }

  mutating func optional(_ value: Timestamp) {
    if value.rawValue == absentInstant { null() } else { instant(value) }
  }

  mutating func optional(_ value: Position) {
    if value == .none { null() } else { position(value) }
  }

  mutating func optional(_ value: WaveNumber) {
    if value.rawValue == absentWave { null() } else { integer(Int64(value.rawValue)) }
  }

  mutating func optional(_ value: RolloutNumber) {
    if value == .none { null() } else { integer(Int64(value.rawValue)) }
  }

  mutating func optional(_ value: Digest) {
    if value == .zero { null() } else { digest(value) }
  }
}

// MARK: - Texts

extension RowBlock {
  /// The cell of a text that is to stand in many rows; ask for it before the first row.
  mutating func keep(_ text: ExternalID) -> Cell {
    keeping { block in text.isEmpty ? .null : block.hold(text) }
  }

  /// The cell of a word of this program that is to stand in many rows.
  mutating func keep(word: String) -> Cell {
    precondition(
      !word.isEmpty && word.utf8.allSatisfy(RowBlock.isPlain), "\(word) is no word of the program")
    return keeping { block in
      let cell = block.hold(word)
      return Cell(.word, cell.value, count: Int(cell.count))
    }
  }

  /// The cells of a closed list's words, by the list's numbers.
  mutating func keep<List: CaseIterable & RawRepresentable<UInt8>>(
    _ list: List.Type, _ name: (List) -> String
  ) -> [Cell] {
    var cells = [Cell](repeating: .null, count: 1 + Int(list.allCases.map(\.rawValue).max() ?? 0))
    for value in list.allCases { cells[Int(value.rawValue)] = keep(word: name(value)) }
    return cells
  }

  private mutating func keeping(_ hold: (inout RowBlock) -> Cell) -> Cell {
    precondition(cellCount == 0, "a text is kept after the first row")
    let cell = hold(&self)
    keptCount = wordCount
    return cell
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    case UInt8(ascii: "-"): true
    default: false
    }
  }

  @inline(__always)
  private mutating func hold(_ text: ExternalID) -> Cell {
    let start = wordCount
    let count = Int(text.count)
    reserve(words: 8)
    for index in 0..<(count &+ 7) >> 3 { store(text.word(index)) }
    return Cell(.text, Int64(start), count: count)
  }

  private mutating func hold(_ text: String) -> Cell {
    let start = wordCount
    var text = text
    let count = text.withUTF8 { bytes in
      reserve(words: (bytes.count + 7) / 8)
      var word: UInt64 = 0
      for index in bytes.indices {
        unsafe word |= UInt64(bytes[index]) << UInt64((index & 7) * 8)
        if index & 7 == 7 || index == bytes.count - 1 {
          store(word)
          word = 0
        }
      }
      return bytes.count
    }
    return Cell(.text, Int64(start), count: count)
  }

  /// Stores eight bytes, the first in the lowest place; there is room for them.
  @inline(__always)
  private mutating func store(_ word: UInt64) {
    precondition(unsafe wordCount < wordStore.count, "a text is stored without room for it")
    unsafe wordStore[wordCount] = word.littleEndian
    wordCount &+= 1
  }

  @inline(__always)
  private mutating func reserve(words: Int) {
    if unsafe wordCount &+ words > wordStore.count { grow(words) }
  }

  private mutating func grow(_ words: Int) {
    let larger = unsafe UnsafeMutableBufferPointer<UInt64>.allocate(
      capacity: max(wordStore.count * 2, wordCount + words))
    for index in 0..<wordCount { unsafe larger[index] = wordStore[index] }
    unsafe wordStore.deallocate()
    unsafe wordStore = larger
  }
}
