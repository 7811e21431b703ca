// The fields that a plan may have beyond the story's: read, and refused where they are wrong.

import Events
import Testing

@testable import Rollout

@Suite struct PlanFieldTests {
  typealias Change = PlanReaderTests.Change

  private static let hold = #""after_window": "hold""#
  private static let closed = """
    "closed": [{"from": "2024-09-12T14:00:00Z", "to": "2024-09-13T00:00:00Z", "why": "night"},
      {"from": "2024-09-15T00:00:00+08:00", "to": "2024-09-16T00:00:00+08:00", "why": "feast-day"}]
    """
  /// The story with every field that it lacks.
  private static let full: [Change] = [
    Change(
      #""share": "1%", "canary": true"#,
      #""merchants": ["shop-1", "shop-2"], "canary": true, "soak_minutes": 90, "approvals": 2"#,
      "", ""),
    Change(
      #""share": "15%""#, #""share": "15%", "soak_minutes": 0"#, "", ""),
    Change(
      #""payments_per_day": "60%""#,
      #""payments_per_day": "60%", "merchants_per_minute": 50, "payments_per_minute": "1%""#, "", ""
    ),
    Change(
      #""excluded_categories": []"#,
      #""categories": ["food", "books"], "excluded_categories": ["arms"], "#
        + #""tiers": ["T1", "T3", "unknown"], "excluded_tiers": ["T1"]"#, "", ""),
    Change(hold, #""after_window": "stop", "# + closed, "", ""),
  ]

  private static func full(_ more: [Change]) throws -> [UInt8] {
    try PlanReaderTests.document(full + more)
  }

  @Test func `every field is read as it was written`() throws {
    let plan = try PlanReader.read(try PlanFieldTests.full([]))
    #expect(plan.waves[0].merchants.map(\.description) == ["shop-1", "shop-2"])
    #expect(plan.waves[0].share == .none)
    #expect(plan.waves[0].soakMinutes == 90 && plan.waves[0].approvalsNeeded == 2)
    #expect(plan.waves[3].soakMinutes == 0 && plan.waves[3].approvalsNeeded == 0)
    #expect(plan.waves[6].share == Share(partsPerMillion: 260_000))
    #expect(plan.caps.merchantsPerMinute == .count(50))
    #expect(plan.caps.paymentsPerMinute == .share(Share(partsPerMillion: 10_000)))
    #expect(plan.tiers == [.unknown, .t3])
    #expect(plan.categories.map(\.description) == ["food", "books"])
    #expect(plan.afterWindow == .stop)
    #expect(
      plan.closed.map(\.from) == [StoryWorld.at(12, 22), StoryWorld.at(15)])
    #expect(plan.closure(at: StoryWorld.at(13, 7, 59)) == plan.closed[0])
    #expect(plan.closure(at: StoryWorld.at(13, 8)) == nil)
    #expect(plan.open(from: StoryWorld.at(15)) == StoryWorld.at(16))
  }

  @Test func `a field that is absent means what it always did`() throws {
    let plan = try Plans.story()
    #expect(plan.tiers == Tier.allCases && plan.categories.isEmpty && plan.closed.isEmpty)
    #expect(plan.caps.merchantsPerMinute == nil && plan.caps.paymentsPerMinute == nil)
    #expect(plan.waves.allSatisfy { $0.soakMinutes == 0 && $0.merchants.isEmpty })
  }

  private static let last = #""share": "rest""#
  private static let changes: [Change] = [
    Change(#""shop-2""#, #""shop-1""#, "waves[0].merchants[1]", "waves[0].merchants[0] already"),
    Change(#""shop-2""#, #""""#, "waves[0].merchants[1]", "empty"),
    Change(#"["shop-1", "shop-2"]"#, "[]", "waves[0].merchants", "List 1 to"),
    Change(#""shop-2"],"#, #""shop-2"], "share": "1%","#, "waves[0].share", "beside a list"),
    Change(last, #""merchants": ["shop-9"]"#, "waves[6].merchants", "whoever is left"),
    Change(last, last + #", "soak_minutes": 1"#, "waves[6].soak_minutes", "no wave follows"),
    Change(#""soak_minutes": 90"#, #""soak_minutes": -1"#, "waves[0].soak_minutes", "0 to"),
    Change(
      #""soak_minutes": 90"#, #""soak_minutes": 10000"#, "waves[0].soak_minutes", "at the earl"),
    Change(#""approvals": 2"#, #""approvals": 101"#, "waves[0].approvals", "0 to 100"),
    Change(
      #""merchants_per_minute": 50"#, #""merchants_per_minute": 0"#, "caps.merchants_per_minute",
      "from 1"),
    Change(
      #""merchants_per_minute": 50"#, #""merchants_per_minute": "0.0001%""#,
      "caps.merchants_per_day", "of the merchants to open"),
    Change(#"["T1", "T3", "unknown"]"#, #"["T1", "T9"]"#, "tiers[1]", "unknown, T1, N1"),
    Change(#"["T1", "T3", "unknown"]"#, "[]", "tiers", "names nothing"),
    Change(#"["T1", "T3", "unknown"]"#, #"["T1"]"#, "excluded_tiers", "leaves no tier"),
    Change(#"["arms"]"#, #"["books"]"#, "excluded_categories", "included as well"),
    Change(#"["food", "books"]"#, "[]", "categories", "names no category"),
    Change(#""why": "night""#, #""why": "Mr Wang sleeps""#, "closed[0].why", "no code"),
    Change(
      "2024-09-13T00:00:00Z", "2024-09-12T14:00:00Z", "closed[0].to", "is not after from"),
    Change(
      "2024-09-13T00:00:00Z", "2024-09-15T00:00:00Z", "closed[1].from", "Sort the intervals"),
    Change("2024-09-13T00:00:00Z", "tomorrow", "closed[0].to", "2024"),
    Change(
      "2024-09-16T00:00:00+08:00", "2024-09-19T00:00:00+08:00", "closed",
      "when wave day-4 could open"),
    Change(hold("stop"), hold("stop") + #", "zone": "Asia/Shanghai""#, "zone", "plan resolve"),
    Change(
      hold("stop"), hold("stop") + #", "blackouts": []"#, "blackouts", "not resolved"),
  ]

  private static func hold(_ word: String) -> String { #""after_window": "\#(word)""# }

  @Test(arguments: changes)
  func `a fault of these fields names its place and what would be right`(_ change: Change) throws {
    let document = try PlanFieldTests.full([change])
    let faults = #expect(throws: PlanFaults.self) { try PlanReader.read(document) }
    let found = try #require(faults).faults
    #expect(
      found.contains { $0.path == change.path && "\($0)".contains(change.says) }, "\(found)")
  }

  @Test func `more intervals than a plan may have are refused`() throws {
    let one = #"{"from": "2024-09-12T14:00:00Z", "to": "2024-09-12T15:00:00Z", "why": "x"}"#
    let many = Array(repeating: one, count: Plan.closedMax + 1).joined(separator: ",")
    let document = try PlanReaderTests.document([
      Change(PlanFieldTests.hold, PlanFieldTests.hold + #", "closed": [\#(many)]"#, "", "")
    ])
    let faults = #expect(throws: PlanFaults.self) { try PlanReader.read(document) }
    #expect(try #require(faults).faults.map(\.path) == ["closed"])
  }

  @Test func `a list is held against the registry`() throws {
    var plan = try Plans.short()
    plan.waves[0].share = .none
    plan.waves[0].merchants = try ["shop-2", "shop-99", "shop-3"].map {
      try #require(ShortText($0))
    }
    plan.tiers = [.t3]
    var world = StoryWorld(plan)
    try world.announce()
    for index in 1...6 { try world.register(tier: index == 3 ? .t1 : .t3) }
    let faults = PlanRules.validate(plan, world.book)
    #expect(faults.map(\.path) == ["waves[0].merchants[1]", "waves[0].merchants[2]"])
    #expect(faults.map(\.isWarning) == [false, true])
    let order = FrozenOrder(plan: plan, book: world.book, rollout: StoryWorld.number)
    #expect(order.merchants[order.places(of: WaveNumber(1))].map(\.rawValue) == [2])
    #expect(order.count == 5 && order.outside == [MerchantNumber(3)])
  }
}
