// A sink that puts rows into a table of a database and hashes their CSV on the way.
//
//   maker     rows ─ their CSV ─ hands the block over ─ goes on with another ...
//                                     │ full                   ▲ free
//   inserter                          └── bind, step ──────────┘
//
// The library has one thread at a time: the maker's before the first row and behind the last.

import CSQLite
import Events
import Merkle
import Platform
import Projections
import Text

/// Inserts the rows of one table.
struct SQLiteTable: RowSink {
  private let relay: Relay<RowBlock, Void, Fault>
  private var printer: RowPrinter<CSVFormat, SHA256, Never>

  init(_ inserter: SQLiteInserter, _ progress: @escaping Dump.Progress) {
    relay = Relay("insert", ()) { (_, rows) throws(Fault) in try inserter.insert(rows) }
    printer = RowPrinter(CSVFormat(), SHA256(), progress) { (hash, piece) throws(Never) in
      hash.update(unsafe piece.bytes)
    }
  }

  mutating func begin(_ columns: [Column]) { printer.begin(columns) }

  mutating func take(_ rows: inout RowBlock) {
    printer.take(&rows)
    relay.hand(&rows) { RowBlock(of: $0) }
  }

  /// How many rows were inserted, and the digest of the table's CSV.
  mutating func finish() throws(Fault) -> (rows: Int, digest: Digest) {
    _ = try relay.finish()
    return (printer.rows, printer.finish().digest())
  }
}

/// Inserts blocks of rows into one table; one thread at a time has it.
///
/// Many rows go in by one statement: what the library does for each run of one is a third of the
/// time of a row.
final class SQLiteInserter: @unchecked Sendable {
  /// Rows of a run; their cells stay below the 999 parameters that every build of the library has.
  private static let rowsTogether = 32

  private let many: SQLiteStatement
  private let single: SQLiteStatement

  init(_ database: borrowing SQLiteDatabase, _ name: DumpName) throws(Fault) {
    many = try database.prepare(SQLiteSchema.insert(name, rows: SQLiteInserter.rowsTogether))
    single = try database.prepare(SQLiteSchema.insert(name, rows: 1))
  }

  func insert(_ rows: borrowing RowBlock) throws(Fault) {
    let inRuns = rows.count / SQLiteInserter.rowsTogether * SQLiteInserter.rowsTogether
    try many.insert(rows, 0..<inRuns, together: SQLiteInserter.rowsTogether)
    try single.insert(rows, inRuns..<rows.count, together: 1)
  }
}

extension SQLiteStatement {
  /// Inserts rows of a block, so many by each run.
  ///
  /// A parameter keeps what was bound to it, so a cell is bound only where it differs from the one
  /// of the run before. Texts are not copied: they stay where they are for as long as the block
  /// does, and the statement forgets them behind it.
  fileprivate func insert(
    _ rows: borrowing RowBlock, _ range: Range<Int>, together: Int
  ) throws(Fault) {
    guard !range.isEmpty else { return }
    let cells = rows.cells
    let words = rows.words
    let width = rows.columns.count
    let run = together &* width
    let begin = range.lowerBound &* width
    defer { unsafe sqlite3_clear_bindings(handle) }
    try unsafe words.withUnsafeBytes { (texts) throws(Fault) in
      for first in stride(from: begin, to: range.upperBound &* width, by: run) {
        for offset in 0..<run {
          let cell = cells[first &+ offset]
          if first > begin, cell.isSame(as: cells[first &+ offset &- run]) { continue }
          unsafe bind(offset &+ 1, cell, words, texts)
        }
        try self.run()
      }
    }
  }

  @inline(__always)
  private func bind(
    _ parameter: Int, _ cell: Cell, _ words: Span<UInt64>, _ texts: UnsafeRawBufferPointer
  ) {
    switch cell.kind {
    case .null: unsafe sqlite3_bind_null(handle, Int32(parameter))
    case .integer, .instant, .flag: bind(parameter, integer: cell.value)
    case .word, .text:
      let place = Int(cell.value) &* 8
      precondition(place + Int(cell.count) <= texts.count, "a text lies outside its block")
      guard cell.count > 0, let base = texts.baseAddress else {
        return bind(parameter, text: [])
      }
      guard isSurelyInert(cell, words) else {
        return bind(parameter, text: InertText.escaped(bytes(of: cell, words).span))
      }
      let start = unsafe (base + place).assumingMemoryBound(to: CChar.self)
      // No destructor is SQLITE_STATIC.
      unsafe sqlite3_bind_text(handle, Int32(parameter), start, Int32(cell.count), nil)
    case .day: bind(parameter, text: Array(BeijingDay(Int32(cell.value)).text.utf8))
    case .digest: bind(parameter, text: Array(digest(cell, words).hex.utf8))
    }
  }
}

extension Cell {
  /// Whether another cell of the same column and block says the same; texts are the same in one
  /// place only.
  @inline(__always)
  fileprivate func isSame(as other: Cell) -> Bool {
    value == other.value && count == other.count && isNull == other.isNull
  }

  @inline(__always)
  private var isNull: Bool { if case .null = kind { true } else { false } }
}
