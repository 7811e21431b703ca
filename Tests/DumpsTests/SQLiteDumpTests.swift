// Tests of dumps as a database: what it holds, what its manifest covers, and that it is whole or
// absent.

import Events
import Merkle
import Platform
import Projections
import Testing

@testable import Dumps

@Suite struct SQLiteDumpTests {
  private let disk = SystemDisk()
  private let path = "/tmp/sluice-database-\(UInt64.random(in: 0 ... .max))"

  /// A database of these tables, gone from the disk when `body` returns.
  private func withDatabase(
    _ names: [DumpName], _ model: ReadModel,
    _ body: (DatabaseReader, [Manifest]) throws -> Void
  ) throws {
    let manifests = try Dump.writeDatabase(
      names, model, context(model), toPath: path, on: disk)
    defer { try? disk.remove(path) }
    #expect(try !disk.exists(path + ".tmp"))
    try body(try DatabaseReader(path), manifests)
  }

  @Test(arguments: DumpName.allCases)
  func `the view of a table is its CSV, which the manifest's digest covers`(name: DumpName) throws {
    for model in [try LogFixture.story().model(), try LogFixture.odd().model(), ReadModel()] {
      let expected = Dump.bytes(name, .csv, model, context(model))
      try withDatabase([name], model) { (database, manifests) throws in
        let printed = try database.csv(
          name.columns.map(\.name), "SELECT * FROM v_\(name.name)")
        #expect(text(printed) == text(expected.bytes))
        var manifest = expected.manifest
        manifest.format = "sqlite"
        #expect(manifests == [manifest])
        #expect(manifests[0].digest == SHA256.hash(unsafe printed.span.bytes))
      }
    }
  }

  @Test func `one database holds every table and a manifest of each`() throws {
    let model = try LogFixture.story().model()
    try withDatabase(DumpName.allCases, model) { (database, manifests) throws in
      let rows = try database.rows(
        "SELECT dump, rows, position, sha256, document FROM manifest ORDER BY rowid")
      #expect(rows.count == DumpName.allCases.count)
      for (row, manifest) in zip(rows, manifests) {
        var document: [UInt8] = []
        manifest.append(to: &document)
        #expect(
          row == [
            .text(manifest.dump), .integer(Int64(manifest.rows)), .integer(19),
            .text(manifest.digest.hex), .text(text(document)),
          ])
        let counted = try database.rows("SELECT count(*) FROM \(manifest.dump)")
        #expect(counted == [[.integer(Int64(manifest.rows))]])
      }
      let verdict = try database.rows("PRAGMA integrity_check")
      #expect(verdict == [[.text("ok")]])
      let version = try database.rows("PRAGMA user_version")
      #expect(version == [[.integer(2)]])
    }
  }

  @Test func `a table keeps instants as nanoseconds, flags as 0 and 1, digests as text`() throws {
    let model = try LogFixture.story().model()
    try withDatabase(DumpName.allCases, model) { (database, _) throws in
      let merchants = try database.rows(
        "SELECT merchant, downstream, registered_at, closed_at FROM merchants LIMIT 2")
      let opening = LogFixture.opening.rawValue
      #expect(
        merchants == [
          [.text("shop-1"), .integer(1), .integer(opening + 1_000_000_000), .null],
          [.text("shop-2"), .integer(0), .integer(opening + 2_000_000_000), .null],
        ])
      let digest = Digest(words: (1, 2, 3, 4)).hex
      let digests = try database.rows("SELECT plan_digest FROM rollouts")
      #expect(digests == [[.text(digest)]])
    }
  }

  @Test func `views answer what is asked most`() throws {
    let model = try LogFixture.story().model()
    try withDatabase(DumpName.allCases, model) { (database, _) throws in
      let on = try database.rows("SELECT merchant FROM v_merchants_on")
      #expect(on == [[.text("shop-1")]])
      let states = try database.rows(
        "SELECT state, merchants FROM v_merchants_by_state ORDER BY state")
      #expect(
        states == [
          [.text("enabled"), .integer(1)], [.text("pending"), .integer(1)],
          [.text("rolled-back"), .integer(1)],
        ])
      let open = try database.rows("SELECT position, flag FROM v_open_discrepancies")
      #expect(
        open == [
          [.integer(15), .text("not-open")], [.integer(16), .text("merchant-unknown")],
        ])
      let days = try database.rows(
        """
        SELECT day, captured_fen, refunded_fen, "wechat-pay_net_fen", "alipay_net_fen"
        FROM v_reconciliation_by_day
        """)
      #expect(
        days == [
          [
            .text("2024-09-12"), .integer(36_650), .integer(1_000), .integer(15_600),
            .integer(20_050),
          ]
        ])
    }
  }

  @Test func `views say why a merchant is on or off, and who pays how`() throws {
    let model = try LogFixture.story().model()
    try withDatabase([.merchants, .mix], model) { (database, _) throws in
      let why = try database.rows("SELECT merchant, standing, why FROM v_merchant_why")
      #expect(
        why == [
          [
            .text("shop-1"), .text("on"),
            .text("on: wave 1 enabled it at 2024-09-12T00:00:08+08:00"),
          ],
          [
            .text("shop-2"), .text("off"), .text("off: rolled back at 2024-09-12T00:00:18+08:00"),
          ],
          [.text("shop-3"), .text("off"), .text("off: not enabled yet")],
        ])
      let tiers = try database.rows(
        "SELECT tier, merchants_on, merchants FROM v_merchants_on_by_tier ORDER BY tier")
      #expect(
        tiers == [
          [.text("T1"), .integer(0), .integer(1)], [.text("T3"), .integer(1), .integer(1)],
          [.text("T5"), .integer(0), .integer(1)],
        ])
      let mix = try database.rows(
        "SELECT institution, captured_count, captured_fen FROM v_mix_by_institution")
      #expect(
        mix == [
          [.text("alipay"), .integer(1), .integer(20_050)],
          [.text("wechat-pay"), .integer(4), .integer(16_600)],
        ])
      let market = try database.rows("SELECT market, sum(captured_count) FROM v_mix_by_market")
      #expect(market == [[.text("downstream"), .integer(5)]])
    }
  }

  @Test(arguments: DumpName.allCases)
  func `every column says what it is, in its statement and to a query`(name: DumpName) throws {
    try withDatabase([name], try LogFixture.story().model()) { (database, _) throws in
      let rows = try database.rows("SELECT \"column\", about FROM columns ORDER BY number")
      #expect(rows.map { $0[0] } == name.columns.map { .text($0.name) })
      let sql = try database.rows("SELECT sql FROM sqlite_schema WHERE name = '\(name.name)'")
      guard case .text(let statement)? = sql.first?.first else {
        Issue.record("\(name) has no statement")
        return
      }
      for row in rows {
        guard case .text(let about) = row[1] else { continue }
        #expect(!about.isEmpty && statement.contains("-- \(about)"))
      }
    }
  }

  @Test func `a disk that fills up leaves the old file and nothing else`() throws {
    let model = try LogFixture.story().model()
    try withDatabase([.waves], model) { (_, _) throws in
      let fault = #expect(throws: Fault.self) {
        try Dump.writeDatabase(
          DumpName.allCases, model, context(model), toPath: path, on: disk, pagesMax: 8)
      }
      #expect(fault?.errno == .noSpace)
      #expect(fault?.hint.contains("database or disk is full") == true)
      let isLeft = try disk.exists(path + ".tmp")
      #expect(!isLeft)
      let kept = try DatabaseReader(path).rows("SELECT dump FROM manifest")
      #expect(kept == [[.text("waves")]])
    }
  }

  @Test func `what a crash left beside the path does not stand in the way`() throws {
    try disk.close(try disk.open(path + ".tmp", .createNew))
    try withDatabase([.waves], ReadModel()) { (database, _) throws in
      let rows = try database.rows("SELECT * FROM waves")
      #expect(rows.isEmpty)
    }
  }

  @Test func `a folder that is not there is a fault that names the file`() throws {
    let fault = #expect(throws: Fault.self) {
      try Dump.writeDatabase(
        [.waves], ReadModel(), context(ReadModel()), toPath: path + "/deep/file", on: disk)
    }
    #expect(fault?.errno == .noEntry)
    #expect(fault?.path == path + "/deep/file.tmp")
  }

  @Test func `a file that is no database is a fault with the library's words`() throws {
    let file = try disk.open(path, .createNew)
    let bytes = [UInt8](repeating: 7, count: 4_096)
    try disk.writeAll(file, unsafe bytes.span.bytes, at: 0, path: path)
    try disk.close(file)
    defer { try? disk.remove(path) }
    let fault = #expect(throws: Fault.self) {
      let database = try SQLiteDatabase(path: path)
      try database.execute("CREATE TABLE a (b)")
    }
    #expect(fault?.operation == "sqlite3_exec")
    #expect(fault?.hint.contains("file is not a database") == true)
  }
}
