// What the present of a log is: its clock's, and not the time of whatever happened last.

import Events
import Orchestrator
import Platform
import Rollout
import Testing
import Text

@testable import sluice

@Suite struct LogNowTests {
  private static let past = Timestamp(seconds: 1_726_106_400)
  private static let future = Timestamp(seconds: 4_000_000_000)

  private static func log(_ clock: ClockKind) -> LogCreated {
    LogCreated(
      origin: RealLog.id("test"), clock: clock, clockStart: past, clockSpeed: 1, logIDLow: 1,
      logIDHigh: 2)
  }

  private static func now(
    _ log: LogCreated?, _ logTime: Timestamp, _ words: [String] = []
  ) throws -> Timestamp {
    let arguments = try Arguments(
      ["--data", "/nowhere"] + words, guide: StatusCommand.guide)
    return LogNow.of(log, logTime, arguments)
  }

  @Test func `a log on the wall clock is looked at now`() throws {
    let before = WallClock().now()
    let now = try LogNowTests.now(LogNowTests.log(.wall), LogNowTests.past)
    #expect(now >= before && now <= WallClock().now())
    // What carries a later time than ours has happened all the same.
    #expect(
      try LogNowTests.now(LogNowTests.log(.wall), LogNowTests.future) == LogNowTests.future)
  }

  @Test(arguments: [["--at", "3"], ["--as-of", "2024-09-12"]])
  func `what is looked at as it stood has the present of its last event`(words: [String]) throws {
    let log = LogNowTests.log(.wall)
    #expect(try LogNowTests.now(log, LogNowTests.past, words) == LogNowTests.past)
  }

  @Test func `without a daemon a scaled clock stands still, and an empty log has no clock`() throws
  {
    #expect(
      try LogNowTests.now(LogNowTests.log(.scaled), LogNowTests.past) == LogNowTests.past)
    #expect(try LogNowTests.now(nil, LogNowTests.past) == LogNowTests.past)
  }

  private static let plan = Array(
    """
    {"plan": "p", "version": 1, "institution": "wechat-pay",
     "effective_at": "2024-09-22T00:00:00+08:00", "window_days": 1,
     "order": {"hash_version": 1, "seed": "s", "largest_last": "10%"}, "hold_back": "0%",
     "waves": [{"name": "one", "day": 1, "opens": "08:00", "share": "50%", "canary": true},
               {"name": "two", "day": 1, "opens": "09:00", "share": "rest"}],
     "caps": {"merchants_per_hour": 1, "merchants_per_day": 100, "payments_per_hour": 100000,
              "payments_per_day": 100000}, "approvals": 1, "after_window": "hold"}
    """.utf8)

  @Test func `status and an approval to be signed are of the present`() throws {
    let log = try RealLog(openTo: [.alipay])
    try log.send(.announce(document: LogNowTests.plan))
    let before = WallClock().now()
    let text = try Arguments(
      ["p", "--data", log.folder], guide: ApprovalTextCommand.guide)
    let asked = try ApprovalTextCommand.statement(text)
    let seconds = asked.plan.approvalRules.seconds
    #expect(asked.statement.expiresAt.seconds >= before.seconds + seconds)
    let run = try BuiltProgram.run(["status", "--data", log.folder, "--json"])
    #expect(run.code == 0, "\(run.error)")
    let document = try JSONReader.read(Array(run.output.utf8), bytesMax: 1 << 20)
    guard case .string(let now)? = document["now"], case .string(let last)? = document["log_time"]
    else {
      Issue.record("\(run.output)")
      return
    }
    #expect(try RFC3339.parse(now).seconds >= before.seconds)
    #expect(try RFC3339.parse(last).seconds == RealLog.morning.seconds)
  }
}
