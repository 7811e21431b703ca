// A database file that the SQLite library writes: opened, filled by prepared statements, closed.
//
// This is the one place of the product that calls the library. It stands on the floor of the dumps
// and not in Platform, because the library is a format that writes files and no system call: it
// opens its file itself, and `Disk`, which the log depends on and a simulator stands in for, sees
// nothing of it. What makes the file a dump, its name and its durability, stays with `Disk`.

import CSQLite
import Platform

/// An open database.
@safe
struct SQLiteDatabase: ~Copyable {
  /// Nil when it is closed.
  private var handle: OpaquePointer?
  private let path: String

  /// Opens a file that exists, an empty one too, for this thread alone.
  init(path: String) throws(Fault) {
    try self.init(path, SQLITE_OPEN_READWRITE)
  }

  /// Opens somebody's file to read: its schema may not call what has effects.
  static func reading(_ path: String) throws(Fault) -> SQLiteDatabase {
    let database = try SQLiteDatabase(path, SQLITE_OPEN_READONLY)
    for setting in ["trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"] {
      try database.execute("PRAGMA \(setting)")
    }
    return database
  }

  private init(_ path: String, _ flags: Int32) throws(Fault) {
    self.path = path
    var opened: OpaquePointer?
    let flags = flags | SQLITE_OPEN_NOMUTEX
    let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened = unsafe opened else {
      let fault = unsafe SQLiteDatabase.fault("sqlite3_open_v2", code, opened, path)
      unsafe sqlite3_close_v2(opened)
      throw fault
    }
    unsafe handle = opened
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  func execute(_ text: String) throws(Fault) {
    let code = unsafe sqlite3_exec(handle, text, nil, nil, nil)
    guard code == SQLITE_OK else {
      throw unsafe SQLiteDatabase.fault("sqlite3_exec", code, handle, path)
    }
  }

  func prepare(_ text: String) throws(Fault) -> SQLiteStatement {
    var prepared: OpaquePointer?
    let code = unsafe sqlite3_prepare_v2(handle, text, -1, &prepared, nil)
    guard code == SQLITE_OK, let prepared = unsafe prepared else {
      throw unsafe SQLiteDatabase.fault("sqlite3_prepare_v2", code, handle, path)
    }
    return unsafe SQLiteStatement(prepared, path)
  }

  /// Closes the database, whose statements are gone already; what was written is in the file.
  mutating func close() throws(Fault) {
    let code = unsafe sqlite3_close(handle)
    guard code == SQLITE_OK else {
      throw unsafe SQLiteDatabase.fault("sqlite3_close", code, handle, path)
    }
    unsafe handle = nil
  }

  /// What the library says as a fault of this program.
  static func fault(
    _ operation: String, _ code: Int32, _ handle: OpaquePointer?, _ path: String
  ) -> Fault {
    let message = unsafe handle.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "no memory"
    let system = unsafe handle.map { unsafe sqlite3_system_errno($0) } ?? 0
    let errno: Errno =
      switch code & 0xFF {
      case SQLITE_FULL: .noSpace
      case SQLITE_NOMEM: .noMemory
      case SQLITE_READONLY: .readOnlyFileSystem
      case _ where system != 0: Errno(rawValue: system)
      case SQLITE_CANTOPEN: .noEntry
      default: .inputOutput
      }
    return Fault(
      operation, errno, path: path,
      hint: "SQLite says: \(message). What stood in the file before is untouched.")
  }
}

/// A statement that runs again and again.
@safe
struct SQLiteStatement: ~Copyable {
  let handle: OpaquePointer
  private let path: String

  fileprivate init(_ handle: OpaquePointer, _ path: String) {
    unsafe self.handle = handle
    self.path = path
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// Binds a text that the library copies; parameters count from 1.
  func bind(_ parameter: Int, text: [UInt8]) {
    // -1 is SQLITE_TRANSIENT, a cast that the importer leaves out.
    let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    unsafe text.withUnsafeBytes { bytes in
      let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      _ = unsafe sqlite3_bind_text(
        handle, Int32(parameter), start, Int32(bytes.count), copied)
    }
  }

  func bind(_ parameter: Int, integer: Int64) {
    unsafe sqlite3_bind_int64(handle, Int32(parameter), integer)
  }

  /// Goes on to the next row of what it asks; false where there is none.
  func next() throws(Fault) -> Bool {
    let code = unsafe sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    guard code == SQLITE_DONE else {
      throw unsafe SQLiteDatabase.fault("sqlite3_step", code, sqlite3_db_handle(handle), path)
    }
    return false
  }

  /// The text in a column of the row that it is at, from 0; nil where it holds no text.
  func text(at column: Int) -> [UInt8]? {
    let column = Int32(column)
    guard unsafe sqlite3_column_type(handle, column) == SQLITE_TEXT,
      let start = unsafe sqlite3_column_text(handle, column)
    else { return nil }
    let count = unsafe Int(sqlite3_column_bytes(handle, column))
    return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  }

  /// Runs it with what is bound.
  func run() throws(Fault) {
    let code = unsafe sqlite3_step(handle)
    guard code == SQLITE_DONE else {
      throw unsafe SQLiteDatabase.fault("sqlite3_step", code, sqlite3_db_handle(handle), path)
    }
    unsafe sqlite3_reset(handle)
  }
}
