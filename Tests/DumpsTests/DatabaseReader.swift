// Reads a database with the library, knowing nothing of how it was written.

import CSQLite
import Support
import Text

/// A value of a database as the library gives it.
enum DatabaseValue: Equatable {
  case null
  case integer(Int64)
  case text(String)
}

/// An open database of a test.
@safe
final class DatabaseReader {
  private var handle: OpaquePointer?

  init(_ path: String) throws {
    struct Unreadable: Error {}
    guard unsafe sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else {
      throw Unreadable()
    }
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  func rows(_ query: String) throws -> [[DatabaseValue]] {
    struct Refused: Error { let message: String }
    var statement: OpaquePointer?
    guard unsafe sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK else {
      throw Refused(message: unsafe String(cString: sqlite3_errmsg(handle)))
    }
    defer { unsafe sqlite3_finalize(statement) }
    var rows: [[DatabaseValue]] = []
    while unsafe sqlite3_step(statement) == SQLITE_ROW {
      let width = unsafe sqlite3_column_count(statement)
      rows.append((0..<width).map { column in unsafe value(statement, column) })
    }
    return rows
  }

  private func value(_ statement: OpaquePointer?, _ column: Int32) -> DatabaseValue {
    switch unsafe sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, column))
    case SQLITE_TEXT:
      let start = unsafe sqlite3_column_text(statement, column)
      let count = Int(unsafe sqlite3_column_bytes(statement, column))
      return .text(
        unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
    default: return .null
    }
  }

  /// A table or a view as CSV.
  func csv(_ header: [String], _ query: String) throws -> [UInt8] {
    var writer = CSVWriter()
    var out: [UInt8] = []
    for name in header { writer.text(name, to: &out) }
    writer.endRow(to: &out)
    for row in try rows(query) {
      for value in row {
        switch value {
        case .null: writer.empty(to: &out)
        case .integer(let number): writer.integer(number, to: &out)
        case .text(let text):
          // It is inert in the database, and the writer makes it so once more.
          let bytes = InertReader.bytes(text) ?? []
          writer.text(bytes.span, to: &out)
        }
      }
      writer.endRow(to: &out)
    }
    return out
  }
}
