// Golden dumps: every table of one golden log in every format, byte for byte, in events/dumps.

import Events
import Merkle
import Platform
import Projections
import Support
import Testing
import Text

@testable import Dumps

@Suite struct GoldenDumpTests {
  private static let made = Result { try GoldenLogModel.read() }

  @Test(arguments: DumpName.allCases, DumpFormatName.allCases)
  func `a table in a format is golden`(name: DumpName, format: DumpFormatName) throws {
    let (model, context) = try GoldenDumpTests.made.get()
    let bytes = Dump.bytes(name, format, model, context).bytes
    try GoldenFile.expect(bytes, "dumps/\(name.name).\(format.name)")
  }

  @Test func `what becomes of hostile texts in CSV is golden`() throws {
    let texts = HostileTexts.all.map { bytes in
      var cell: [UInt8] = []
      var writer = CSVWriter()
      writer.text(bytes.span, to: &cell)
      return SchemaTree.fields([
        ("hex", .text(Hexadecimal.encode(bytes))),
        ("csv", .text(String(decoding: cell, as: UTF8.self))),
      ])
    }
    try GoldenFile.expect(SchemaTree.list(texts).document, "dumps/texts.json")
  }

  @Test func `the metrics are golden`() throws {
    let (model, context) = try GoldenDumpTests.made.get()
    try GoldenFile.expect(MetricDump.bytes(model, context), "dumps/dashboard.prom")
  }

  @Test func `the schema of a database is golden`() throws {
    let (model, context) = try GoldenDumpTests.made.get()
    let path = "/tmp/sluice-golden-\(UInt64.random(in: 0 ... .max))"
    let disk = SystemDisk()
    _ = try Dump.writeDatabase(DumpName.allCases, model, context, toPath: path, on: disk)
    defer { try? disk.remove(path) }
    let rows = try DatabaseReader(path).rows(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
    let statements = rows.map { row in
      if case .text(let text) = row[0] { text + ";\n" } else { "" }
    }
    try GoldenFile.expect(Array(statements.joined().utf8), "dumps/database.sql")
  }

  @Test func `nothing else lies there`() throws {
    var expected: Set<String> = ["dashboard.prom", "database.sql", "texts.json", "README.md"]
    for name in DumpName.allCases {
      for format in DumpFormatName.allCases { expected.insert("\(name.name).\(format.name)") }
    }
    let names = try GoldenFile.names(in: "dumps")
    #expect(names.filter { !$0.hasSuffix(".txt") } == expected)
  }
}
