// A sink that puts rows into a table of a database and hashes their CSV on the way.

import CSQLite
import Events
import Merkle
import Platform
import Projections
import Text

/// Inserts the rows of one table.
final class SQLiteTable: RowSink {
  private let insert: SQLiteStatement
  private let hash: RunningHash
  private var printer: RowPrinter<CSVFormat, Never>
  private var failure: Fault?

  /// - Parameter insert: a statement with a parameter for each column.
  init(_ insert: consuming SQLiteStatement) {
    self.insert = insert
    let hash = RunningHash()
    self.hash = hash
    printer = RowPrinter(CSVFormat()) { (piece) throws(Never) in hash.update(piece) }
  }

  func begin(_ columns: [Column]) { printer.begin(columns) }

  func take(_ rows: borrowing RowBlock) {
    guard failure == nil else { return }
    printer.take(rows)
    do throws(Fault) { try insert.insert(rows) } catch { failure = error }
  }

  /// How many rows were inserted, and the digest of the table's CSV.
  func finish() throws(Fault) -> (rows: Int, digest: Digest) {
    if let failure { throw failure }
    printer.finish()
    return (printer.rows, hash.digest())
  }
}

extension SQLiteStatement {
  /// Inserts a block of rows.
  ///
  /// A parameter keeps what was bound to it, so a cell is bound only where it differs from the one
  /// above. Texts are not copied: they stay where they are for as long as the block does, and the
  /// statement forgets them behind it.
  fileprivate func insert(_ rows: borrowing RowBlock) throws(Fault) {
    let cells = rows.cells
    let words = rows.words
    let width = rows.columns.count
    defer { unsafe sqlite3_clear_bindings(handle) }
    try unsafe words.withUnsafeBytes { (texts) throws(Fault) in
      for first in stride(from: 0, to: cells.count, by: width) {
        for column in 0..<width {
          let cell = cells[first &+ column]
          if first > 0, cell.isSame(as: cells[first &+ column &- width]) { continue }
          unsafe bind(column + 1, cell, words, texts)
        }
        try run()
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
