// What a check of a plan tells at once, and what it does not blame on the wrong field.

import Events
import Testing

@testable import Rollout

@Suite struct PlanFaultTests {
  private typealias Change = PlanReaderTests.Change

  private static let hold = #""after_window": "hold""#
  private static let canary = #""share": "1%", "canary": true"#

  private static func faults(_ changes: [(old: String, new: String)]) throws -> [PlanFault] {
    let document = try PlanReaderTests.document(
      changes.map { Change($0.old, $0.new, "", "") })
    let found = #expect(throws: PlanFaults.self) { try PlanReader.read(document) }
    return try #require(found).faults
  }

  private static func guarded(_ checkout: String, _ more: String = "") -> (String, String) {
    (
      hold,
      hold + """
        , "guardrails": {"block_minutes": 10, "answer_minutes": 15, "alpha": "0.1%",
          "checkout": {\(checkout), "on_breach": "pause"}, \(more)
          "min_orders": 10, "silent_blocks": 6}
        """
    )
  }

  @Test func `a fault of a field hides no rule that does not look at it`() throws {
    let faults = try PlanFaultTests.faults([
      ("\"version\": 1,", "\"version\": 0,"),
      ("\"2024-09-05\"", "\"2024-09-06\""),
      ("\"name\": \"day-3\"", "\"name\": \"day-2\""),
      ("\"merchants_per_day\": \"30%\"", "\"merchants_per_day\": \"24%\""),
    ])
    #expect(
      faults.map(\.path) == ["version", "effective_at", "waves[2].name", "caps.merchants_per_day"])
  }

  @Test func `a rule says nothing of what a fault stands in the place of`() throws {
    let faults = try PlanFaultTests.faults([
      ("T00:00:00+08:00", "T00:00:00"), ("\"name\": \"day-3\"", "\"name\": \"day-2\""),
    ])
    #expect(
      faults.map(\.path) == ["effective_at", "waves[2].name"],
      "without a day of effect no wave is outside the window: \(faults)")
  }

  @Test func `guardrails whose only part is at fault do not guard nothing`() throws {
    let faults = try PlanFaultTests.faults([PlanFaultTests.guarded(#""tolerated_ratio": 1.25"#)])
    #expect(faults.map(\.path) == ["guardrails.checkout.tolerated_ratio"], "\(faults)")
    #expect(
      faults.first?.description
        == "guardrails.checkout.tolerated_ratio (1.25): is a number. "
        + "Give a ratio from 1 to 16 such as \"1.25\", in quotes.")
  }

  @Test func `the rules of guardrails are asked where their fields have their form`() throws {
    let faults = try PlanFaultTests.faults([
      PlanFaultTests.guarded(#""tolerated_ratio": "1.25""#), ("\"version\": 1,", "\"version\": 0,"),
    ])
    #expect(faults.map(\.path) == ["version", "guardrails.limit"])
  }

  @Test func `what is closed is blamed where the caps would do without it`() throws {
    // Half of each day: the caps that carry the plan in seven days do not in three and a half.
    let nights = (12..<19).map {
      #"{"from": "2024-09-\#($0)T09:00:00+08:00", "to": "2024-09-\#($0)T23:00:00+08:00", "#
        + #""why": "night"}"#
    }
    let closed = PlanFaultTests.hold + #", "closed": [\#(nights.joined(separator: ", "))]"#
    let cap = ("\"merchants_per_hour\": \"4%\"", "\"merchants_per_hour\": \"2%\"")
    let faults = try PlanFaultTests.faults([cap, (PlanFaultTests.hold, closed)])
    let fault = try #require(faults.first { $0.path == "closed" }, "\(faults)")
    #expect(fault.value == "14 h" && fault.reason.contains("the plan is closed for 14"))
    #expect(!faults.contains { $0.path.hasPrefix("caps") })
    // Where the caps would not do either they are blamed, as ever.
    let slow = ("\"merchants_per_hour\": \"4%\"", "\"merchants_per_hour\": \"1%\"")
    let both = try PlanFaultTests.faults([slow, (PlanFaultTests.hold, closed)])
    #expect(both.contains { $0.path == "caps.merchants_per_day" }, "\(both)")
  }

  @Test func `a document that is too large for its lists says how many would fit`() throws {
    func listed(_ count: Int) throws -> [UInt8] {
      let ids = (0..<count).map { "\"shop-\(1_000_000 + $0)\"" }.joined(separator: ", ")
      return try PlanReaderTests.document([
        Change(PlanFaultTests.canary, "\"merchants\": [\(ids)], \"canary\": true", "", "")
      ])
    }
    let document = try listed(5_000)
    let faults = #expect(throws: PlanFaults.self) { try PlanReader.read(document) }
    let found = try #require(faults).faults
    let fault = try #require(found.first)
    #expect(fault.path == "the document")
    #expect(
      fault.reason.hasPrefix(
        "has \(document.count) bytes, and a plan has at most 60000; its waves list 5000 merchants, "
          + "of whose ids about "))
    let fitting = try #require(Int(fault.reason.split(separator: " ").dropLast(4).last ?? ""))
    func compact(_ count: Int) throws -> [UInt8] {
      try listed(count).filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }
    }
    #expect(try compact(fitting).count <= PlanReader.documentBytesMax)
    #expect(try compact(fitting + 100).count > PlanReader.documentBytesMax)
    #expect(throws: PlanFaults.self) {
      try PlanReader.read([UInt8](repeating: 0x20, count: PlanReader.documentBytesMax + 1))
    }
  }
}
