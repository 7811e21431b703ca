// sluice import as it is run, with a daemon of its own.

import Events
import Platform
import Projections
import Testing
import Text

@testable import sluice

@Suite struct ImportTests {
  private static let header =
    "institution,transaction,order,merchant,outcome,order_amount,occurred_at"

  private static func write(_ log: RealLog, _ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(log.folder)/\(name)"
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
    return path
  }

  private static func model(_ log: RealLog) throws -> ReadModel {
    let arguments = try Arguments(["--data", log.folder], guide: StatusCommand.guide)
    var model = ReadModel()
    try LogView(arguments).read { try model.apply($0) }
    return model
  }

  /// A gzip member that breaks off behind these bytes, which are packed by storing them.
  private static func brokenOff(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    let count = UInt16(bytes.count)
    return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0]
      + [count, ~count].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] } + bytes
  }

  @Test func `rows before the place where a packed file breaks off are recorded and counted`()
    throws
  {
    let log = try RealLog()
    try log.letGo()
    let rows = ["a", "b", "c"].map {
      "alipay,\($0),o-\($0),m1,captured,100,2024-09-12T10:00:00+08:00"
    }
    let text = ([ImportTests.header] + rows).joined(separator: "\n") + "\n"
    let path = try ImportTests.write(log, "rows.csv.gz", ImportTests.brokenOff(text))
    let run = try BuiltProgram.run(["import", "payments", path, "--data", log.folder])
    #expect(run.code == 2, "\(run.output)\(run.error)")
    #expect(run.error.contains("(3 rows before it are in the log)"), "\(run.error)")
    #expect(try ImportTests.model(log).reconciliation.rows.map(\.capturedCount) == [3])
  }

  @Test func `disputes of each of the four institutions are imported`() throws {
    let log = try RealLog()
    try log.letGo()
    let rows = Institution.allCases.map {
      "\($0.name),t-\($0.name),d-\($0.name),opened,120,m1,2024-09-12T11:00:00+08:00"
    }
    let header = "institution,transaction,dispute,stage,amount,merchant,occurred_at"
    let text = ([header] + rows + rows).joined(separator: "\n") + "\n"
    let path = try ImportTests.write(log, "disputes.csv", Array(text.utf8))
    let run = try BuiltProgram.run(["import", "disputes", path, "--data", log.folder])
    #expect(run.code == 0 && run.output.hasPrefix("4 accepted, 4 repeated, 0 rejected"), "\(run)")
    let disputes = try ImportTests.model(log).disputes.rows
    #expect(disputes.map(\.institution) == Institution.allCases)
    #expect(disputes.allSatisfy { $0.stage == .opened && $0.amount == Money(fen: 120) })
  }

  // MARK: Columns

  @Test func `columns that are missing are named together, and no row is read`() throws {
    let log = try RealLog()
    try log.letGo()
    let text = "merchant,city,daily_payments\nm8,Yiwu,3\nm9,Yiwu,4\n"
    let path = try ImportTests.write(log, "shops.csv", Array(text.utf8))
    let run = try BuiltProgram.run(["import", "merchants", path, "--data", log.folder])
    #expect(run.code == 2, "\(run)")
    #expect(
      run.error.contains(
        "shops.csv has no columns platform, tier; it has merchant, city, daily_payments."))
    #expect(run.error.contains("--set platform=VALUE"))
    #expect(!run.error.contains("line 2"))
    #expect(try !SystemDisk().exists(path + ".rejected"))
    let whole = try BuiltProgram.run([
      "import", "merchants", path, "--data", log.folder, "--set", "platform=taobao", "--set",
      "tier=T3",
    ])
    #expect(whole.code == 0 && whole.output.hasPrefix("2 accepted"), "\(whole)")
  }

  @Test func `fields that a line lacks are named together`() throws {
    let log = try RealLog()
    try log.letGo()
    let text = #"{"merchant":"m8","city":"Yiwu"}"# + "\n" + #"{"merchant":"m9","tier":"T1"}"#
    let path = try ImportTests.write(log, "shops.ndjson", Array(text.utf8))
    let run = try BuiltProgram.run(["import", "merchants", path, "--data", log.folder])
    #expect(run.code == 1, "\(run)")
    #expect(run.error.contains("line 1: field platform, tier: they are missing."), "\(run)")
    #expect(run.error.contains("line 2: field platform: it is missing."), "\(run)")
  }

  @Test func `a row that cannot be read is kept as it stands in the file`() throws {
    let log = try RealLog()
    try log.letGo()
    let rows = [
      "m7,taobao", #"m8,tao"bao,T3"#, #""m9, ""the"" shop",other,T3"#, "m6,taobao,T1",
    ]
    let text = "merchant,platform,tier\r\n\r\n" + rows.joined(separator: "\r\n") + "\r\n"
    let path = try ImportTests.write(log, "shops.csv", Array(text.utf8))
    let run = try BuiltProgram.run(["import", "merchants", path, "--data", log.folder])
    #expect(run.code == 1 && run.output.hasPrefix("1 accepted, 0 repeated, 3 rejected"), "\(run)")
    #expect(try ImportTests.rejected(path) { $0["row"] } == rows.dropLast().map { .string($0) })
    #expect(try ImportTests.rejected(path) { $0["row_bytes"] }.allSatisfy { $0 == nil })
    #expect(
      try ImportTests.rejected(path) { $0["hint"] }.allSatisfy { $0 != .string("") && $0 != .null })
  }

  @Test func `of a row longer than a limit the beginning is kept, and that it is cut is said`()
    throws
  {
    let log = try RealLog()
    try log.letGo()
    let long = "m7,taobao,\"" + String(repeating: "x", count: 200_000)
    let path = try ImportTests.write(
      log, "shops.csv", Array("merchant,platform,tier\n\(long)".utf8))
    let run = try BuiltProgram.run(["import", "merchants", path, "--data", log.folder])
    #expect(run.code == 1, "\(run)")
    #expect(
      try ImportTests.rejected(path) { $0["row"] }
        == [.string(String(long.prefix(RawRow.bytesMax)))])
    #expect(
      try ImportTests.rejected(path) { $0["row_bytes"]?.line ?? "" } == ["\(long.utf8.count)"])
    #expect(run.error.contains("only its beginning is kept"))
  }

  /// What stands in the file of rejected rows, of each.
  private static func rejected<Value>(
    _ path: String, _ value: (JSONValue) -> Value?
  ) throws -> [Value?] {
    var file = try InputFile(path + ".rejected")
    return try file.readAll(limit: 1 << 22).split(separator: UInt8(ascii: "\n"))
      .map { value(try JSONReader.read(Array($0))) }
  }
}
