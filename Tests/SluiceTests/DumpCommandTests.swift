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
    ("waves --format xlsx", "there is no format xlsx of a table"),
    ("waves --format html", "there is no format html of a table"),
    ("dashboard --json", "the dashboard is html, or prometheus for programs"),
    (
      "timeline --format prometheus",
      "timeline has no figures for Prometheus, only rows"
    ),
    ("terms --format prometheus", "terms has no figures for Prometheus, only rows"),
    ("wave --format prometheus", "there is no dump wave"),
    (
      "waves --format prometheus --live",
      "--live and --format prometheus exclude each other"
    ),
    (
      "dashboard --format prometheus --publish",
      "--publish is of tables, and figures have no manifest"
    ),
    ("dashboard --format prometheus --lang zh", "--lang is of the dashboard"),
  ])
  func `a usage that cannot be is told of`(line: String, what: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let arguments = try Arguments(words, guide: DumpCommand.guide)
    let fault = #expect(throws: UsageFault.self) { try DumpCommand.run(arguments) }
    #expect(fault?.what == what)
  }

  @Test func `the help names every format, the dashboard's too`() throws {
    let line = try #require(
      DumpCommand.guide.text.split(separator: "\n").first { $0.contains("--format FORMAT") })
    for format in try #require(DumpCommand.guide.choices["FORMAT"]) {
      #expect(line.contains(format), "\(format)")
    }
  }

  @Test(arguments: [(1, "1 row in"), (2, "2 rows in")])
  func `one row is told of in the singular`(_ merchants: Int, _ words: String) throws {
    let log = try RealLog(merchants: merchants)
    try log.letGo()
    let run = try BuiltProgram.run([
      "dump", "merchants", "--data", log.folder, "--out", "\(log.folder)/m.csv",
    ])
    #expect(run.output.contains(words), "\(run)")
  }
}
