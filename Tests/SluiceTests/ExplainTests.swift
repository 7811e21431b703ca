// sluice explain at the edges of a log.

import Events
import Platform
import Testing

@testable import sluice

@Suite struct ExplainTests {
  private static func said(_ instant: String, _ more: [String] = []) throws -> String {
    let log = try RealLog()
    try log.letGo()
    let run = try BuiltProgram.run(
      ["explain", "m1", "--data", log.folder, "--as-of", instant] + more)
    #expect(run.code == 0, "\(run)")
    return run.output
  }

  @Test func `an instant behind the log's end is told to be, with the last event's time`() throws {
    let text = try ExplainTests.said("2030-01-01T00:00:00+08:00")
    #expect(
      text.contains(
        "The log had not come so far as 2030-01-01 00:00:00: its last event is of 2024-09-12 10:00:0"
      ), "\(text)")
    #expect(
      try ExplainTests.said("2030-01-01T00:00:00+08:00", ["--lang", "zh"]).contains(
        "日志尚未到达 2030-01-01 00:00:00："))
  }

  @Test func `an instant within the log is no such thing`() throws {
    let log = try RealLog()
    log.clock.advance(byNanoseconds: 7_200_000_000_000)
    try log.pay(.captured, "t", fen: 5)
    try log.letGo()
    for command in [["explain", "m1"], ["merchant", "show", "m1"]] {
      let within = try BuiltProgram.run(
        command + ["--data", log.folder, "--as-of", "2024-09-12T11:00:00+08:00"])
      #expect(within.code == 0 && !within.output.contains("not come so far"), "\(within)")
      let beyond = try BuiltProgram.run(
        command + ["--data", log.folder, "--as-of", "2024-09-12T13:00:00+08:00"])
      #expect(beyond.output.contains("not come so far"), "\(beyond)")
    }
  }

  @Test(arguments: [(1, "and 1 notice of"), (2, "and 2 notices of")])
  func `one notice is told of in the singular`(_ notices: Int, _ words: String) throws {
    let log = try RealLog()
    for number in 0..<notices { try log.pay(.captured, "t\(number)", fen: 5) }
    try log.letGo()
    let run = try BuiltProgram.run(["explain", "m1", "--data", log.folder])
    #expect(run.output.contains(words), "\(run)")
  }

  @Test(arguments: ["", "noon", "2024-09-1", "2024-09-12 10:00", "2024-13-01", "20240912"])
  func `an instant that cannot be read is told how to be written`(_ text: String) {
    let fault = #expect(throws: UsageFault.self) { try LogView.instant(text, "as-of") }
    #expect(fault?.hint.isEmpty == false, "\(String(describing: fault))")
  }
}
