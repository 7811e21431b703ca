// What `sluice dump` refuses before it opens a log.

import Testing

@testable import sluice

@Suite struct DumpCommandTests {
  @Test(arguments: [
    ("merchants --format sqlite", "--format sqlite needs --out FILE"),
    ("all --format sqlite", "--format sqlite needs --out FILE"),
    (
      "waves --format sqlite --live --out a.db",
      "--live and --format sqlite exclude each other"
    ),
    (
      "all --format sqlite --publish --out a.db",
      "all dumps at once are not published"
    ),
    ("waves --format sqlite --json", "--json and --format sqlite differ"),
    ("waves --format xlsx", "there is no format xlsx"),
  ])
  func `a usage that cannot be is told of`(line: String, what: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let arguments = try Arguments(words, guide: DumpCommand.guide)
    let fault = #expect(throws: UsageFault.self) { try DumpCommand.run(arguments) }
    #expect(fault?.what == what)
  }
}
