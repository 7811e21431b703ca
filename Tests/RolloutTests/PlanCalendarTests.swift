// The calendar of a plan, in a zone whose clocks jump at instants that the test chooses.

import Events
import Testing
import Text

@testable import Rollout

/// A zone of hours: one offset up to an instant, another from it on.
private struct JumpingZone: ZoneOffsets {
  var before: Int64
  var after: Int64
  var jump: Timestamp
  func offset(at seconds: Int64) -> Int64 {
    (seconds < jump.seconds ? before : after) * 3600
  }
}

@Suite struct PlanCalendarTests {
  private static let beijing = JumpingZone(before: 8, after: 8, jump: StoryWorld.at(1))

  /// The story with a calendar, and what it is resolved into.
  private static func resolve(
    _ calendar: String, after: String = "stop", days: Int = 7, _ zone: (any ZoneOffsets)? = nil
  ) throws -> [UInt8] {
    let document = try PlanReaderTests.document([
      .init(#""after_window": "hold""#, #""after_window": "\#(after)", \#(calendar)"#, "", ""),
      .init(#""window_days": 7"#, #""window_days": \#(days)"#, "", ""),
    ])
    return try PlanCalendar.resolve(document) { name in
      name == "Test/Zone" ? zone ?? beijing : nil
    }
  }

  private static func closed(
    _ calendar: String, _ zone: (any ZoneOffsets)? = nil
  ) throws -> [String] {
    // The rest of the plan may be too much for what is left open.
    let document = try resolve(#""zone": "Test/Zone", "# + calendar, zone)
    var fields = try PlanReader.fields(try PlanReader.json(document))
    return PlanReader.closed(&fields).map { interval in
      let ends = [interval.from, interval.to].map {
        String(RFC3339.beijing($0).dropFirst(8).prefix(8))
      }
      return "\(ends[0])-\(ends[1]) \(interval.why)"
    }
  }

  @Test func `opening hours close the nights from the day of effect to the window's end`() throws {
    let closed = try PlanCalendarTests.closed(
      #""opening_hours": {"from": "08:00", "to": "22:30"}"#)
    #expect(closed.count == 8)
    #expect(closed.first == "12T00:00-12T08:00 opening-hours")
    #expect(closed[1] == "12T22:30-13T08:00 opening-hours")
    #expect(closed.last == "18T22:30-19T00:00 opening-hours")
  }

  @Test func `hours over midnight close the day between them`() throws {
    let closed = try PlanCalendarTests.closed(
      #""opening_hours": {"from": "08:00", "to": "07:00"}"#)
    #expect(
      closed.prefix(2) == ["12T07:00-12T08:00 opening-hours", "13T07:00-13T08:00 opening-hours"])
    #expect(
      try PlanCalendarTests.closed(#""opening_hours": {"from": "00:00", "to": "24:00"}"#).isEmpty)
  }

  @Test func `a reason goes before another that closes the same time`() throws {
    let closed = try PlanCalendarTests.closed(
      """
      "opening_hours": {"from": "08:00", "to": "22:00"},
      "blackouts": [{"from": "2024-09-13T21:00", "to": "2024-09-13T23:00", "why": "sale"},
        {"from": "2024-09-16T08:00:00Z", "to": "2024-09-16T09:00:00Z", "why": "by-instant"}],
      "recurring_blackouts": [{"days": ["sat", "sun"], "from": "20:00", "to": "09:00",
        "why": "weekend"}],
      "closed": [{"from": "2024-09-13T14:30:00Z", "to": "2024-09-13T16:00:00Z", "why": "kept"}]
      """)
    #expect(
      closed == [
        "12T00:00-12T08:00 opening-hours", "12T22:00-13T08:00 opening-hours",
        "13T21:00-13T22:30 sale", "13T22:30-14T00:00 kept", "14T00:00-14T08:00 opening-hours",
        // 14 and 15 September 2024 were a Saturday and a Sunday.
        "14T20:00-15T09:00 weekend", "15T20:00-16T09:00 weekend",
        "16T16:00-16T17:00 by-instant", "16T22:00-17T08:00 opening-hours",
        "17T22:00-18T08:00 opening-hours", "18T22:00-19T00:00 opening-hours",
      ])
  }

  @Test func `where clocks jump an interval is never shorter than it reads`() throws {
    // At 02:00 of the 14th in UTC+8 the clocks show 03:00; 02:30 never comes.
    let forward = JumpingZone(before: 8, after: 9, jump: StoryWorld.at(14, 2))
    let every =
      #""recurring_blackouts": [{"days": "every", "from": "01:30", "to": "02:30", "why": "x"}]"#
    #expect(try PlanCalendarTests.closed(every, forward)[2] == "14T01:30-14T02:30 x")
    let begins =
      #""blackouts": [{"from": "2024-09-14T02:30", "to": "2024-09-14T05:00", "why": "x"}]"#
    #expect(try PlanCalendarTests.closed(begins, forward) == ["14T02:00-14T04:00 x"])
    // At 02:00 they show 01:00 again; 01:30 comes twice.
    let back = JumpingZone(before: 8, after: 7, jump: StoryWorld.at(14, 2))
    #expect(try PlanCalendarTests.closed(every, back)[2] == "14T01:30-14T03:30 x")
    let ends = #""blackouts": [{"from": "2024-09-14T00:30", "to": "2024-09-14T01:30", "why": "x"}]"#
    #expect(try PlanCalendarTests.closed(ends, back) == ["14T00:30-14T02:30 x"])
  }

  @Test func `opening hours that begin in a gap begin with the first instant behind it`() throws {
    let forward = JumpingZone(before: 8, after: 9, jump: StoryWorld.at(14, 2))
    func closed(_ from: String, _ to: String) throws -> [String] {
      try PlanCalendarTests.closed(
        #""opening_hours": {"from": "\#(from)", "to": "\#(to)"}"#, forward)
    }
    // The clocks of the 14th show 03:00 at 02:00 in UTC+8: of 02:30 to 03:30 half an hour is left.
    #expect(
      try closed("02:30", "03:30").prefix(4) == [
        "12T00:00-12T02:30 opening-hours", "12T03:30-13T02:30 opening-hours",
        "13T03:30-14T02:00 opening-hours", "14T02:30-15T01:30 opening-hours",
      ])
    // Hours that end in the gap end with it, and those that lie in it do not come that day.
    #expect(
      try closed("01:00", "02:30")[2...3] == [
        "13T02:30-14T01:00 opening-hours", "14T02:00-15T00:00 opening-hours",
      ])
    #expect(try closed("02:10", "02:50")[2] == "13T02:50-15T01:10 opening-hours")
  }

  @Test func `a plan that may go on behind its window is closed there for a month`() throws {
    let hours = #""zone": "Test/Zone", "opening_hours": {"from": "08:00", "to": "22:00"}"#
    let plan = try PlanReader.read(try PlanCalendarTests.resolve(hours, after: "continue"))
    #expect(plan.closed.last?.to == StoryWorld.at(19).advanced(bySeconds: 31 * 86_400))
  }

  @Test func `a document without a calendar is given back byte for byte`() throws {
    let document = try Plans.document()
    #expect(try PlanCalendar.resolve(document) { _ in nil } == document)
    let resolved = try PlanCalendarTests.resolve(
      #""zone": "Test/Zone", "opening_hours": {"from": "08:00", "to": "22:00"}"#)
    #expect(try PlanCalendar.resolve(resolved) { _ in nil } == resolved)
  }

  private static let place = #""zone": "Test/Zone", "#
  private static let why = #""why": "x"}]"#
  private static let faults: [(calendar: String, path: String, says: String)] = [
    (#""opening_hours": {"from": "08:00", "to": "22:00"}"#, "zone", "is missing"),
    (#""zone": "Mars/Base""#, "zone", "no IANA zone"),
    (
      place + #""opening_hours": {"from": "8", "to": "22:00"}"#, "opening_hours.from",
      "00:00 to 23:59"
    ),
    (
      place + #""opening_hours": {"from": "08:00", "to": "08:00"}"#, "opening_hours.to",
      "the same as from"
    ),
    (
      place + #""blackouts": [{"from": "2024-09-13", "to": "2024-09-14T00:00", "# + why,
      "blackouts[0].from", "2024-10-01T00:00"
    ),
    (
      place + #""blackouts": [{"from": "2024-09-14T00:00", "to": "2024-09-14T00:00", "# + why,
      "blackouts[0].to", "is not after from"
    ),
    (
      place + #""recurring_blackouts": [{"days": ["mo"], "from": "01:00", "to": "02:00", "# + why,
      "recurring_blackouts[0].days[0]", "sun, mon, tue"
    ),
    (
      place + #""recurring_blackouts": [{"days": 1, "from": "01:00", "to": "02:00", "# + why,
      "recurring_blackouts[0].days", "every"
    ),
    (place + #""recurring_blackouts": {}"#, "recurring_blackouts", "list of objects"),
  ]

  @Test(arguments: faults.indices)
  func `a fault of a calendar names its place`(_ index: Int) throws {
    let row = PlanCalendarTests.faults[index]
    let faults = #expect(throws: PlanFaults.self) { try PlanCalendarTests.resolve(row.calendar) }
    let found = try #require(faults).faults
    #expect(found.contains { $0.path == row.path && "\($0)".contains(row.says) }, "\(found)")
  }

  @Test func `a calendar of too many intervals is refused`() throws {
    let quarters = (0..<24).map {
      let hour = $0 < 10 ? "0\($0)" : "\($0)"
      return #"{"days": "every", "from": "\#(hour):00", "to": "\#(hour):30", "why": "x"}"#
    }
    let calendar =
      #""zone": "Test/Zone", "recurring_blackouts": [\#(quarters.joined(separator: ","))]"#
    let faults = #expect(throws: PlanFaults.self) {
      try PlanCalendarTests.resolve(calendar, days: 30)
    }
    #expect(try #require(faults).faults.map(\.path) == ["the calendar"])
  }
}
