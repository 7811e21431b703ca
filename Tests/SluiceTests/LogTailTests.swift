// Which events `log tail` shows.

import EventLog
import Events
import Platform
import Testing

@testable import sluice

@Suite struct LogTailTests {
  private func filter(_ log: RealLog, _ words: String...) throws -> LogFilter {
    try LogFilter(Arguments(["--data", log.folder] + words, guide: LogTailCommand.guide))
  }

  /// The kinds and positions that a filter lets through.
  private func shown(_ log: RealLog, _ words: [String]) throws -> [String] {
    var filter = try LogFilter(
      Arguments(["--data", log.folder] + words, guide: LogTailCommand.guide))
    var found: [String] = []
    try LogReader(SystemDisk(), log.folder).read(from: .zero) {
      (batch: borrowing EventBatch) throws in
      for index in 0..<batch.count where try filter.lets(batch, index) {
        found.append("\(try batch.event(index).kind.name)")
      }
    }
    return found
  }

  @Test func `by kind, by merchant and by institution, and all of them together`() throws {
    let log = try RealLog()
    try log.pay(.captured, "t1", fen: 100)
    try log.pay(.failed, "t2", fen: 100, merchant: "m2")
    try log.pay(.captured, "t3", fen: 100, merchant: "m2", by: .alipay)
    #expect(try shown(log, ["--kind", "payment-captured"]).count == 2)
    #expect(
      try shown(log, ["--kind", "payment-captured", "--kind", "payment-failed"]).count == 3)
    #expect(
      try shown(log, ["--merchant", "m2"])
        == ["merchant-registered", "payment-failed", "payment-captured"])
    #expect(try shown(log, ["--institution", "alipay", "--kind", "payment-captured"]).count == 1)
    #expect(
      try shown(log, ["--merchant", "m2", "--institution", "alipay"]) == ["payment-captured"])
    #expect(try shown(log, ["--wave", "1"]).isEmpty)
  }

  @Test func `a payment names its merchant before anybody has registered it`() throws {
    let log = try RealLog()
    try log.pay(.captured, "t1", fen: 100, merchant: "stranger")
    try log.pay(.captured, "t2", fen: 100)
    #expect(try shown(log, ["--merchant", "stranger"]) == ["payment-captured"])
  }

  @Test func `the last events are found backwards, across segments`() throws {
    let log = try RealLog()
    try log.pay(.captured, "early-1", fen: 100, merchant: "m2")
    try log.pay(.captured, "early-2", fen: 100, merchant: "m2")
    for number in 0..<300 { try log.pay(.captured, "t\(number)", fen: 100) }
    let reader = try LogReader(SystemDisk(), log.folder)
    #expect(reader.segmentPaths.count > 1)
    let end = reader.durableEnd.rawValue
    let everything = try filter(log)
    #expect(try LogTailCommand.start(reader, last: 10, everything).rawValue == end - 10)
    let few = try filter(log, "--merchant", "m2", "--kind", "payment-captured")
    let start = try LogTailCommand.start(reader, last: 1, few)
    #expect(start.rawValue < end - 300)
    #expect(try LogTailCommand.start(reader, last: 2, few).rawValue == start.rawValue - 1)
    #expect(try LogTailCommand.start(reader, last: 3, few) == .zero)
  }

  @Test func `who follows is shown every event once, across segments that are begun meanwhile`()
    throws
  {
    let log = try RealLog()
    var follower = LogFollower(folder: log.folder, next: Position(2))
    var seen: [UInt64] = []
    let segments = { try LogReader(SystemDisk(), log.folder).segmentPaths.count }
    let before = try segments()
    for number in 0..<200 {
      try log.pay(.captured, "t\(number)", fen: 100)
      if number % 7 == 0 { try log.pay(.captured, "u\(number)", fen: 100) }
      try follower.look { batch in
        for index in 0..<batch.count { seen.append(batch.position(index).rawValue) }
      }
    }
    #expect(try segments() > before + 1)
    let end = try LogReader(SystemDisk(), log.folder).durableEnd.rawValue
    #expect(seen == Array(2..<end))
  }

  @Test func `what nobody knows is refused, with the nearest word`() throws {
    let log = try RealLog()
    let fault = #expect(throws: UsageFault.self) { try filter(log, "--kind", "payment-capture") }
    #expect(fault?.hint == "The nearest is payment-captured")
    #expect(throws: UsageFault.self) { try filter(log, "--institution", "paypal") }
    #expect(throws: CommandFailure.self) { try filter(log, "--rollout", "none") }
    let first = #expect(throws: UsageFault.self) {
      try LogTailCommand.run(
        Arguments(
          ["--data", log.folder, "--from", "0", "--last", "3"], guide: LogTailCommand.guide))
    }
    #expect(first?.what == "--from and --last exclude each other")
  }
}
