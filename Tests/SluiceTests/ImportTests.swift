// sluice import as it is run, with a daemon of its own.

import Events
import Platform
import Projections
import Testing

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
}
