// The time zone database: two nights of New York in which the clocks jump.

import Events
import Rollout
import Support
import Testing

@testable import sluice

@Suite struct NamedZoneTests {
  /// What opening hours close around a day, in minutes of UTC after that day's midnight.
  private static func closed(_ zone: String, _ day: String) throws -> [String] {
    let document = """
      {"plan": "p", "version": 1, "institution": "wechat-pay",
      "effective_at": "\(day)T00:00:00Z", "window_days": 3,
      "order": {"hash_version": 1, "seed": "s", "largest_last": "0%"}, "hold_back": "0%",
      "waves": [{"name": "one", "day": 2, "opens": "08:00", "share": "50%", "canary": true},
      {"name": "two", "day": 2, "opens": "23:00", "share": "rest"}],
      "caps": {"merchants_per_hour": 1000, "merchants_per_day": 1000,
      "payments_per_hour": 1000, "payments_per_day": 1000},
      "approvals": 0, "after_window": "stop",
      "zone": "\(zone)", "opening_hours": {"from": "02:30", "to": "01:30"}}
      """
    let resolved = try PlanFile.resolved(Array(document.utf8))
    return try PlanReader.read(resolved).closed.map {
      "\($0.from.seconds / 60 % 1440)-\($0.to.seconds / 60 % 1440)"
    }
  }

  @Test func `a night without 02:30 ends behind the gap, one with two 01:30 closes no less`() throws
  {
    // 10 March 2024, 02:00 EST is 03:00 EDT: 02:30 never comes, and it is open from 03:00 EDT on.
    #expect(
      try NamedZoneTests.closed("America/New_York", "2024-03-09")
        == ["390-450", "390-420", "330-390"])
    // 3 November 2024, 02:00 EDT is 01:00 EST: 01:30 comes twice, and the first counts.
    #expect(
      try NamedZoneTests.closed("America/New_York", "2024-11-02")
        == ["330-390", "330-450", "390-450"])
    #expect(
      try NamedZoneTests.closed("Asia/Shanghai", "2024-09-12")
        == ["1050-1110", "1050-1110", "1050-1110"])
  }

  @Test func `the template shows every field of a plan and can be carried out`() throws {
    let document = try PlanFile.bytes(PackageRoot.path("events/plans/template.json"))
    let (plan, faults) = PlanFile.check(document)
    #expect(faults.isEmpty, "\(faults)")
    let found = try #require(plan)
    #expect(found.closed.count == 19 && found.waves[0].merchants.count == 2)
    let text = String(decoding: document, as: UTF8.self)
    for name in PlanCalendar.fieldNames + ["tiers", "excluded_tiers", "categories", "closed"] {
      #expect(text.contains("\"\(name)\""))
    }
    #expect(throws: PlanFaults.self) { try PlanReader.read(document) }
  }

  @Test(arguments: ["Mars/Base", "", "GMT+8", "shanghai", "Asia/Shanghai/x"])
  func `what is no place is no zone`(_ name: String) {
    #expect(NamedZone(name) == nil)
  }
}
