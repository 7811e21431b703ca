// Tables as one SQLite database, for those who ask questions of their own.
//
// Each table has its dump's name and the CSV's columns in their order and types: numbers, amounts
// in fen and instants in nanoseconds since 1970 UTC are INTEGER, flags are 0 and 1, texts, days and
// digests (lower-case hexadecimal) are TEXT, an absent cell is NULL. What is not inert in a text is
// escaped (`InertText`), as in the CSV; no apostrophe is added. Rows stand in the CSV's order.
// `v_NAME` shows a table as the CSV does, instants as RFC 3339 with +08:00; further views answer
// what is asked most. Every table, column and view says what it is in a comment of its statement,
// which `.schema` shows, and the tables `about` and `columns` say it to a query.
//
// The bytes of the file depend on the library's version, so no digest is taken of them. The table
// `manifest` has the manifest of every table, whose `sha256` covers the CSV of the same rows at the
// same position: it is the digest of `sluice dump NAME --format csv --at POSITION`, and can be made
// again from the views as well.
//
// The file is made beside its path and renamed over it when it is durable, so it needs neither a
// journal nor the library's own synchronization: a crash leaves the old file and a stray `.tmp`.

import Events
import Merkle
public import Platform
public import Projections
import Text

extension Dump {
  /// The word for this format on the command line and in manifests.
  public static let databaseFormat = "sqlite"
  /// Of the tables, indexes and views.
  public static let databaseVersion = SQLiteSchema.version

  /// The library's pages: large ones, for the rows come in one run.
  private static let pageLength = 32_768
  /// Memory for pages, and for sorting an index before it goes to a file, in KiB; more of it leaves
  /// the processor's cache and was slower.
  private static let cacheKibibytes = 32_768

  /// Writes a database of these tables to a path.
  ///
  /// The disk is the machine's: the library knows no other. `progress` is told how many rows of all
  /// tables together are in.
  public static func writeDatabase(
    _ names: [DumpName], _ model: ReadModel, _ context: LogContext, toPath path: String,
    on disk: SystemDisk, progress: @escaping Progress = { _ in }
  ) throws(Fault) -> [Manifest] {
    try writeDatabase(names, model, context, toPath: path, on: disk, pagesMax: nil, progress)
  }

  /// - Parameter pagesMax: at how many pages the library calls the disk full.
  static func writeDatabase(
    _ names: [DumpName], _ model: ReadModel, _ context: LogContext, toPath path: String,
    on disk: SystemDisk, pagesMax: Int?, _ progress: @escaping Progress = { _ in }
  ) throws(Fault) -> [Manifest] {
    precondition(context.position == model.position, "a dump is made at its model's position")
    return try replace(path, on: disk) { (beside) throws(Fault) in
      // Made here and not by the library, so that it is as private as every other file.
      try disk.close(try disk.open(beside, .createNew))
      var database = try SQLiteDatabase(path: beside)
      try prepare(database, pagesMax)
      let manifests = try fill(database, names, model, context, progress)
      try database.close()
      let file = try disk.open(beside, .write)
      do throws(Fault) { try disk.synchronize(file) } catch {
        try? disk.close(file)
        throw error
      }
      try disk.close(file)
      return manifests
    }
  }

  private static func prepare(
    _ database: borrowing SQLiteDatabase, _ pagesMax: Int?
  ) throws(Fault) {
    for setting in [
      "page_size = \(pageLength)", "journal_mode = OFF", "synchronous = OFF",
      "locking_mode = EXCLUSIVE", "cache_size = -\(cacheKibibytes)",
      "user_version = \(SQLiteSchema.version)",
    ] { try database.execute("PRAGMA \(setting)") }
    if let pagesMax { try database.execute("PRAGMA max_page_count = \(pagesMax)") }
  }

  private static func fill(
    _ database: borrowing SQLiteDatabase, _ names: [DumpName], _ model: ReadModel,
    _ context: LogContext, _ progress: @escaping Progress
  ) throws(Fault) -> [Manifest] {
    try database.execute("BEGIN")
    var manifests: [Manifest] = []
    var done = 0
    for name in names {
      try database.execute(SQLiteSchema.table(name))
      let (rows, digest) = try insert(name, model, into: database) { [done] in progress(done + $0) }
      done += rows
      for text in SQLiteSchema.indexes(name) + SQLiteSchema.views(name) {
        try database.execute(text)
      }
      manifests.append(
        Manifest(
          name, (databaseFormat, databaseVersion), context, rows: rows, digest: digest))
    }
    try write(manifests, to: database)
    try describe(names, context, to: database)
    try database.execute("COMMIT")
    return manifests
  }

  /// Inserts a table's rows; its statements are gone when the call returns.
  private static func insert(
    _ name: DumpName, _ model: ReadModel, into database: borrowing SQLiteDatabase,
    _ progress: @escaping Progress
  ) throws(Fault) -> (rows: Int, digest: Digest) {
    var table = SQLiteTable(try SQLiteInserter(database, name), progress)
    name.write(model, to: &table)
    return try table.finish()
  }

  private static func write(
    _ manifests: [Manifest], to database: borrowing SQLiteDatabase
  ) throws(Fault) {
    try database.execute(SQLiteSchema.manifest)
    let insert = try database.prepare("INSERT INTO manifest VALUES (?, ?, ?, ?, ?)")
    for manifest in manifests {
      var document: [UInt8] = []
      manifest.append(to: &document)
      insert.bind(1, text: Array(manifest.dump.utf8))
      insert.bind(2, integer: Int64(manifest.rows))
      insert.bind(3, integer: Int64(manifest.context.position.rawValue))
      insert.bind(4, text: Array(manifest.digest.hex.utf8))
      insert.bind(5, text: document)
      try insert.run()
    }
  }

  /// Says in two tables of what log the database is and what its columns mean.
  private static func describe(
    _ names: [DumpName], _ context: LogContext, to database: borrowing SQLiteDatabase
  ) throws(Fault) {
    for text in SQLiteSchema.descriptions { try database.execute(text) }
    let about = try database.prepare("INSERT INTO about VALUES (?, ?)")
    for (name, value) in SQLiteSchema.about(names, context) {
      about.bind(1, text: Array(name.utf8))
      about.bind(2, text: InertText.escaped(Array(value.utf8).span))
      try about.run()
    }
    let insert = try database.prepare("INSERT INTO columns VALUES (?, ?, ?, ?, ?)")
    for name in names {
      for (index, column) in name.columns.enumerated() {
        insert.bind(1, text: Array(name.name.utf8))
        insert.bind(2, integer: Int64(index + 1))
        insert.bind(3, text: Array(column.name.utf8))
        insert.bind(4, text: Array(column.type.about.utf8))
        insert.bind(5, text: Array((name.about(column.name) ?? "").utf8))
        try insert.run()
      }
    }
  }
}
