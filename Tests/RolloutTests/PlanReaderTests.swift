// The reader of plans: the story's plan, and one change a fault.

import Events
import Testing

@testable import Rollout

@Suite struct PlanReaderTests {
  /// What is changed in the story's plan, and where the fault is, and what it says.
  struct Change: Sendable, CustomTestStringConvertible {
    var old: String
    var new: String
    var path: String
    var says: String
    var testDescription: String { "\(old) -> \(new)" }

    init(_ old: String, _ new: String, _ path: String, _ says: String) {
      self.old = old
      self.new = new
      self.path = path
      self.says = says
    }
  }

  static let canary = #""share": "1%", "canary": true"#
  static let changes: [Change] = [
    Change("\"version\": 1,", "\"version\": 0,", "version", "1 to 65535"),
    Change("\"version\": 1,", "", "version", "is missing"),
    Change("\"approvals\": 1,", "\"approvals\": \"1\",", "approvals", "whole number"),
    Change("\"approvals\": 1,", "\"aprovals\": 1,", "the document", "aprovals"),
    Change("\"hold\"", "\"halt\"", "after_window", "one of hold, continue, stop"),
    Change("\"wechat-pay\",", "\"wechat\",", "institution", "wechat-pay, alipay"),
    Change("\"tmall\"]", "\"jd\"]", "platforms[1]", "taobao, tmall"),
    Change("\"2024-09-04\"", "\"2024-09-05\"", "consultation", "before the announcement"),
    Change("\"2024-09-05\"", "\"2024-09-06\"", "effective_at", "6 days after"),
    Change("\"2024-09-05\"", "\"2024-9-5\"", "announced", "2024-09-05"),
    Change("T00:00:00+08:00", "T00:00:00", "effective_at", "offset"),
    Change("\"window_days\": 7", "\"window_days\": 6", "waves[6].opens", "inside the window"),
    Change("\"day\": 3", "\"day\": 2", "waves[2].opens", "after the wave before"),
    Change("\"day\": 3", "\"day\": 0", "waves[2].day", "1 to"),
    Change("\"10:00\"", "\"24:00\"", "waves[0].opens", "00:00 to 23:59"),
    Change("\"10:00\"", "\"9:00\"", "waves[0].opens", "time of day"),
    Change("\"name\": \"day-3\"", "\"name\": \"day-2\"", "waves[2].name", "waves[1]'s name"),
    Change("\"name\": \"day-3\"", "\"name\": \"\"", "waves[2].name", "empty"),
    Change(
      "\"10%\" },\n    { \"name\": \"day-4\"", "\"10\" },\n    { \"name\": \"day-4\"",
      "waves[2].share", "no share"),
    Change("\"25%\"", "\"50%\"", "waves", "less than 100%"),
    Change("\"25%\"", "\"rest\"", "waves[5].share", "last wave alone"),
    Change("\"rest\"", "\"25%\"", "waves[6].share", "rest"),
    Change("\"25%\"", "\"0%\"", "waves[5].share", "0.0001%"),
    Change(canary, "\"share\": \"1%\"", "waves[0].canary", "no canary"),
    Change(
      "\"share\": \"10%\"", "\"share\": \"10%\", \"canary\": true", "waves[2].canary",
      "canaries come first"),
    Change("\"rest\"", "\"rest\", \"canary\": true", "waves[6].canary", "represents nobody"),
    Change(canary, "\"share\": \"1%\", \"canary\": 1", "waves[0].canary", "true or false"),
    Change(canary, canary + ", \"size\": 3", "waves[0]", "size"),
    Change("\"hold_back\": \"5%\"", "\"hold_back\": \"26%\"", "hold_back", "at most 25%"),
    Change(
      "\"merchants_per_day\": \"30%\"", "\"merchants_per_day\": \"24%\"",
      "caps.merchants_per_day", "25% of the merchants to open"),
    Change(
      "\"merchants_per_hour\": \"4%\"", "\"merchants_per_hour\": \"1.5%\"",
      "caps.merchants_per_day", "24% of the merchants"),
    Change(
      "\"payments_per_hour\": \"8%\"", "\"payments_per_hour\": 0",
      "caps.payments_per_hour", "from 1"),
    Change("\"payments_per_hour\"", "\"payments_an_hour\"", "caps.payments_per_hour", "missing"),
    Change("\"hash_version\": 1", "\"hash_version\": 3", "order.hash_version", "1 to 2"),
    Change("\"approvals\": 1,", "\"approvals\": 1, \"approvals\": 2,", "line 28", "twice"),
    Change(
      "\"after_window\"", "\"cooling_off_minutes\": -1, \"after_window\"", "cooling_off_minutes",
      "0 to 527040"),
    Change(
      "\"after_window\"", "\"cooling_off_minutes\": 527041, \"after_window\"",
      "cooling_off_minutes", "0 to 527040"),
    Change(
      "\"after_window\"", "\"cooling_off_minutes\": \"1h\", \"after_window\"",
      "cooling_off_minutes", "0 to 527040"),
  ]

  static func document(_ changes: [Change]) throws -> [UInt8] {
    var text = String(decoding: try Plans.document(), as: UTF8.self)
    for change in changes {
      let parts = split(text, at: change.old)
      try #require(parts != nil, "the plan has no \(change.old)")
      if let parts { text = parts.0 + change.new + parts.1 }
    }
    return Array(text.utf8)
  }

  private static func split(_ text: String, at part: String) -> (String, String)? {
    let text = Array(text.utf8)
    let part = Array(part.utf8)
    for start in 0...(text.count - part.count)
    where text[start] == part[0] && Array(text[start..<start + part.count]) == part {
      return (
        String(decoding: text[..<start], as: UTF8.self),
        String(decoding: text[(start + part.count)...], as: UTF8.self)
      )
    }
    return nil
  }

  @Test func `the plan of the story is read`() throws {
    let plan = try Plans.story()
    #expect(plan.institution == .weChatPay)
    #expect(plan.effectiveAt == StoryWorld.at(12))
    #expect(plan.windowEnd == StoryWorld.at(19))
    #expect(plan.waves.map(\.opensAt) == (12...18).map { StoryWorld.at($0, $0 == 12 ? 10 : 8) })
    #expect(
      plan.waves.map(\.share.rawValue)
        == [10_000, 40_000, 100_000, 150_000, 200_000, 250_000, 250_000])
    #expect(plan.caps.merchantsPerDay == .share(Share(partsPerMillion: 300_000)))
    #expect(plan.platforms == ShopPlatform.allCases)
  }

  @Test(arguments: changes)
  func `a fault names its place and what would be right`(_ change: Change) throws {
    let document = try PlanReaderTests.document([change])
    let faults = #expect(throws: PlanFaults.self) { try PlanReader.read(document) }
    let found = try #require(faults).faults
    #expect(
      found.contains {
        $0.path == change.path && split($0.description, change.says)
      }, "\(found)")
  }

  private func split(_ text: String, _ part: String) -> Bool {
    PlanReaderTests.split(text + " ", at: part) != nil
  }

  @Test func `every fault is reported at once`() throws {
    let document = try PlanReaderTests.document([
      PlanReaderTests.changes[0], PlanReaderTests.changes[4], PlanReaderTests.changes[14],
      PlanReaderTests.changes[31],
    ])
    let faults = #expect(throws: PlanFaults.self) { try PlanReader.read(document) }
    #expect(
      try #require(faults).faults.map(\.path)
        == ["version", "waves[0].opens", "caps.payments_per_hour", "after_window"])
  }

  @Test(
    arguments: [
      ("0%", 0), ("1%", 10_000), ("0.5%", 5_000), ("100%", 1_000_000), ("0.0001%", 1),
      ("33.3333%", 333_333), ("", nil), ("%", nil), ("5", nil), ("5.%", nil), (".5%", nil),
      ("-1%", nil), ("100.0001%", nil), ("0.00001%", nil), ("5 %", nil), ("1e2%", nil),
      ("99999999999999999999%", nil),
    ] as [(String, UInt32?)])
  func `a share is read exactly or not at all`(_ text: String, _ parts: UInt32?) {
    #expect(Share(text)?.rawValue == parts)
    if let share = Share(text) { #expect(share.description == text) }
  }
}
