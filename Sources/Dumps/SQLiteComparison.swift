// A database held against the dump that it should be, row by row, while the rows are made again.
//
// Of a database the bytes follow from the library that wrote it. What counts is what it says: the
// text of each table, index and view, each cell of the table, in its type and its place, and that
// the indexes hold what the tables do. The file is opened to read, and nothing in it is trusted to
// be harmless: the schema is compared as text before anything of it runs.

import CSQLite
import Events
import Merkle
public import Platform
public import Projections
import Text

extension Dump {
  /// The first thing in which a database is not the dump that it should be; nil where it is the
  /// same in every row of a table, and in every table, index and view that it has.
  ///
  /// - Throws: `Fault` where the file is no database or is damaged.
  public static func difference(
    ofDatabase path: String, from name: DumpName, _ model: ReadModel, _ context: LogContext
  ) throws(Fault) -> String? {
    let database = try SQLiteDatabase.reading(path)
    if let difference = try schemaDifference(database, has: name) { return difference }
    if let difference = try descriptionDifference(database, context) { return difference }
    if let difference = try rowDifference(database, name, model) { return difference }
    return try damage(database)
  }

  /// What the library finds wrong with the file, among it indexes that do not hold what tables do.
  private static func damage(_ database: borrowing SQLiteDatabase) throws(Fault) -> String? {
    let check = try database.prepare("PRAGMA integrity_check(1)")
    let said = try check.next() ? String(decoding: check.text(at: 0) ?? [], as: UTF8.self) : ""
    return said == "ok" ? nil : "SQLite's own check finds: \(said)"
  }

  /// The statement is gone when the call returns, as the library wants before it closes.
  private static func rowDifference(
    _ database: borrowing SQLiteDatabase, _ name: DumpName, _ model: ReadModel
  ) throws(Fault) -> String? {
    let columns = name.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
    var rows = ComparedRows(
      of: RowReader(
        try database.prepare(
          "SELECT \(columns) FROM \"\(name.name)\" NOT INDEXED ORDER BY rowid")))
    name.write(model, to: &rows)
    return try rows.finish()
  }

  /// Holds what the database says of itself against what a dump says of these tables.
  private static func descriptionDifference(
    _ database: borrowing SQLiteDatabase, _ context: LogContext
  ) throws(Fault) -> String? {
    let names = DumpName.allCases
    let about = Set(
      SQLiteSchema.about(names, context).map { name, value in
        [Array(name.utf8), InertText.escaped(Array(value.utf8).span)]
      })
    let columns = Set(
      names.flatMap { name in name.columns.enumerated().map { describe($1, $0, of: name) } })
    for (query, wanted) in [
      ("SELECT name, value FROM about", about),
      ("SELECT \"table\", CAST(number AS TEXT), \"column\", form, about FROM columns", columns),
    ] {
      let rows = try database.prepare(query)
      let width = wanted.first?.count ?? 0
      while try rows.next() {
        let row = (0..<width).map { rows.text(at: $0) ?? [] }
        guard wanted.contains(row) else {
          return "it says of itself what no dump does: "
            + String(decoding: Array(row.joined(separator: [UInt8(ascii: " ")])), as: UTF8.self)
        }
      }
    }
    return nil
  }

  /// What a database says of a column.
  private static func describe(_ column: Column, _ index: Int, of name: DumpName) -> [[UInt8]] {
    [
      name.name, "\(index + 1)", column.name, column.type.about, name.about(column.name) ?? "",
    ].map { Array($0.utf8) }
  }

  /// Holds every table, index and view against the text that this release gives it.
  private static func schemaDifference(
    _ database: borrowing SQLiteDatabase, has name: DumpName
  ) throws(Fault) -> String? {
    var wanted = Set([SQLiteSchema.manifest] + SQLiteSchema.descriptions)
    for name in DumpName.allCases {
      wanted.insert(SQLiteSchema.table(name))
      wanted.formUnion(SQLiteSchema.indexes(name) + SQLiteSchema.views(name))
    }
    var held: Set<String> = []
    let objects = try database.prepare(
      "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_autoindex_%'")
    while try objects.next() {
      let text = String(decoding: objects.text(at: 1) ?? [], as: UTF8.self)
      guard wanted.contains(text) else {
        let name = String(decoding: objects.text(at: 0) ?? [], as: UTF8.self)
        return "\(name) is not made as a dump makes it"
      }
      held.insert(text)
    }
    let own = [SQLiteSchema.table(name)] + SQLiteSchema.indexes(name) + SQLiteSchema.views(name)
    return own.allSatisfy { held.contains($0) } ? nil : "it has not all of \(name.name)"
  }
}

/// A sink that compares the rows it is given with those of a statement.
private struct ComparedRows: RowSink {
  private let reader: RowReader
  private var names: [String] = []
  private var count = 0
  private var difference: String?
  private var fault: Fault?

  init(of reader: RowReader) { self.reader = reader }

  mutating func begin(_ columns: [Column]) { names = columns.map(\.name) }

  mutating func take(_ rows: inout RowBlock) {
    guard difference == nil, fault == nil else { return }
    let (cells, words) = (rows.cells, rows.words)
    do throws(Fault) {
      for row in 0..<rows.count {
        count += 1
        guard try reader.statement.next() else {
          difference = "it ends before row \(count)"
          return
        }
        for column in names.indices
        where !reader.statement.holds(cells[row * names.count + column], at: column, words) {
          difference = "row \(count) has another \(names[column])"
          return
        }
      }
    } catch { fault = error }
  }

  /// The first difference; nil where there is none, and no row behind the last one that was given.
  func finish() throws(Fault) -> String? {
    if let fault { throw fault }
    if let difference { return difference }
    return try reader.statement.next() ? "it goes on behind row \(count)" : nil
  }
}

/// A statement that many hands may hold, one at a time.
private final class RowReader {
  let statement: SQLiteStatement

  init(_ statement: consuming SQLiteStatement) { self.statement = statement }
}

extension SQLiteStatement {
  /// Whether a column of the row that it is at holds a cell, in the type that a dump gives it.
  fileprivate func holds(_ cell: Cell, at column: Int, _ words: Span<UInt64>) -> Bool {
    switch cell.kind {
    case .null: unsafe sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
    case .integer, .instant, .flag:
      unsafe sqlite3_column_type(handle, Int32(column)) == SQLITE_INTEGER
        && sqlite3_column_int64(handle, Int32(column)) == cell.value
    case .word, .text: text(at: column) == InertText.escaped(bytes(of: cell, words).span)
    case .day: text(at: column) == Array(BeijingDay(Int32(cell.value)).text.utf8)
    case .digest: text(at: column) == Array(digest(cell, words).hex.utf8)
    }
  }
}
