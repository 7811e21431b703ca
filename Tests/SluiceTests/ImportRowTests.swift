// What a file may say, and where the rows go that cannot be taken.

import Glibc
import Platform
import Testing

@testable import sluice

@Suite struct ImportRowTests {
  private static func fault(_ kind: ImportKind, _ command: String) throws -> RowFault? {
    var line = RequestLine(try ImportFields(kind, maps: [], sets: []))
    do {
      try line.put(ImportField("command", .always, ""), Array(command.utf8).span)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    "stop", "pause", "abort", "erase-subject", "merchant", "payment", "Attempt", "attempt ",
    "notice",
    String(repeating: "x", count: 100),
  ])
  func `a file of attempts orders nothing`(command: String) throws {
    #expect(try ImportRowTests.fault(.attempts, command)?.field == "command")
  }

  @Test(arguments: ["offer", "attempt", "order-failed", "order-timed-out"])
  func `a file of attempts says what the cashier says`(command: String) throws {
    #expect(try ImportRowTests.fault(.attempts, command) == nil)
  }

  @Test func `a file of notices brings notices`() throws {
    #expect(try ImportRowTests.fault(.notices, "notice") == nil)
    #expect(try ImportRowTests.fault(.notices, "stop")?.field == "command")
  }

  @Test func `what is rejected replaces no device and not the file that is read`() throws {
    let folder = "/tmp/sluice-rejects-\(getpid())"
    let disk = SystemDisk()
    try disk.makeDirectory(folder)
    let path = "\(folder)/rows.csv"
    let bytes = Array("merchant\n".utf8)
    try disk.replaceFile(path, with: unsafe bytes.span.bytes)
    defer {
      try? disk.remove(path)
      try? disk.removeDirectory(folder)
    }
    #expect(throws: UsageFault.self) { try RejectFile(path, beside: path) }
    #expect(throws: UsageFault.self) { try RejectFile("\(folder)/./rows.csv", beside: path) }
    #expect(throws: UsageFault.self) { try RejectFile("/dev/zero", beside: path) }
    _ = try RejectFile("\(folder)/other", beside: path)
    let none = try RejectFile("/dev/null", beside: path)
    try none.add(
      ImportRow(line: 1, original: RawRow(bytes.span)),
      RowFault(reason: "a test has it rejected", hint: ""))
    try none.close()
    #expect(try !disk.isPlainFile("/dev/null"))
  }
}
