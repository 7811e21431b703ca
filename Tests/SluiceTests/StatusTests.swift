// What a status says to people and to scripts.

import Dumps
import Events
import Projections
import Rollout
import Testing
import Text

@testable import sluice

@Suite struct StatusTests {
  static let guardrails = """
    "guardrails": {"block_minutes": 20, "answer_minutes": 20, "alpha": "1%",
      "checkout": {"tolerated_ratio": "1.25", "on_breach": "pause"},
      "institution": {"tolerated_ratio": "2", "on_breach": "pause"},
      "limit": {"failures": "20%", "on_breach": "pause"},
      "min_orders": 20, "silent_blocks": 12},
    """

  /// The first wave of forty merchants is on, and it is nine on the day of effect.
  static func opened(_ more: String = "") throws -> StatusStory {
    var story = try StatusStory.started(more)
    try story.go(to: StatusStory.at(6))
    try story.open(1, of: 10, enabling: 1..<11)
    try story.go(to: StatusStory.at(9))
    return story
  }

  // MARK: For scripts

  @Test func `scripts are told what happens next and when`() throws {
    let json = try StatusTests.opened().json
    #expect(json["next"]?.line == "\"wave 2 opens\"")
    #expect(json["next_at"]?.line == "\"2024-09-12T14:00:00+08:00\"")
    #expect(json["on"]?.line == "10" && json["share_ppm"]?.line == "250000")
    #expect(json["pause"]?.line == "null" && json["breaches"]?.line == "[]")
  }

  @Test func `waves have their names and states, those that have not opened stand apart`() throws {
    let json = try StatusTests.opened().json
    let opened = try #require(json["waves"])
    #expect(opened[0]["name"]?.line == "\"canary\"" && opened[0]["state"]?.line == "\"complete\"")
    #expect(opened[1].line == "null", "`waves` are those that have opened, as ever")
    let toCome = try #require(json["waves_to_come"])
    #expect(
      toCome[0].line
        == #"{"wave":2,"name":"half","state":"waits","planned_at":"2024-09-12T14:00:00+08:00","#
        + #""not_before":"2024-09-12T14:00:00+08:00","share":"25%","listed":0,"merchants":10,"#
        + #""approvals":1}"#)
    #expect(toCome[1]["name"]?.line == "\"all\"" && toCome[1]["share"]?.line == "\"50%\"")
  }

  @Test func `waves to come have the sizes that they will open with`() throws {
    let story = try StatusStory.started(merchants: 41)
    #expect(story.line("1 canary").contains("0 of 11 "))
    #expect(story.line("2 half").contains("0 of 10 "))
    #expect(story.line("3 all").contains("0 of 20 "))
    let toCome = try #require(try story.json["waves_to_come"])
    #expect((0..<3).map { toCome[$0]["merchants"]?.line } == ["11", "10", "20"])
  }

  @Test func `a pause says its reason and who gave it`() throws {
    var story = try StatusTests.opened()
    try story.add(.rolloutPaused(try story.step("risk-review")), actor: StatusStory.person)
    let position = story.rollout.currentPause?.position.rawValue ?? 0
    #expect(
      try story.json["pause"]?.line
        == #"{"reason":"risk-review","since":"2024-09-12T09:00:00+08:00","position":\#(position),"#
        + #""by":"operator","by_id":1001}"#)
    #expect(story.line("  opening ").contains("by operator 1001, by position \(position)"))
  }

  @Test func `names that scripts know mean what they meant`() throws {
    let json = try StatusTests.opened().json
    let known = [
      "gate", "gate_reason", "gate_owner", "gate_ends_at", "expected_end", "plan", "plan_version",
      "institution", "phase", "paused", "paused_since", "announced_at", "effective_at",
      "window_end", "window_over", "amendments", "amended_at", "started_at", "ended_at",
      "merchants", "waves", "approvals", "orders",
    ]
    for name in known { #expect(json[name] != nil, "\(name) is gone") }
    #expect(json["gate"]?.line == "\"waveNotOpen\"")
    for name in ["wave", "planned_at", "opened_at", "completed_at", "merchants", "enabled"] {
      #expect(json["waves"]?[0][name] != nil, "\(name) of a wave is gone")
    }
  }

  // MARK: Waves

  @Test func `waves of a rollout that has ended wait for nothing`() throws {
    var story = try StatusStory.started()
    try story.go(to: StatusStory.at(6))
    try story.open(1, of: 10, enabling: 1..<4)
    #expect(story.line("1 canary").contains("◌ open"))
    #expect(story.line("2 half").contains("◷ waits"))
    try story.add(.rolloutAborted(try story.step("withdrawn")), actor: StatusStory.person)
    #expect(story.line("1 canary").contains("• cut short"))
    #expect(story.line("2 half").contains("• never opened"))
    #expect(!story.text.contains("waits"))
    let json = try story.json
    #expect(json["waves"]?[0]["state"]?.line == "\"cut-short\"")
    #expect(json["waves_to_come"]?[0]["state"]?.line == "\"never-opened\"")
  }

  @Test func `a wave whose time has passed is due since then`() throws {
    var story = try StatusTests.opened()
    try story.go(to: StatusStory.at(15))
    #expect(story.line("2 half").contains("◷ due"))
    #expect(story.line("2 half").contains("due since 2024-09-12 14:00:00"))
    #expect(story.line("3 all").contains("not before 2024-09-13 06:00:00"))
  }

  @Test func `a merchant of a wave that is overdue is told that it is, and what holds it`() throws {
    var story = try StatusTests.opened()
    try story.go(to: StatusStory.at(32))
    #expect(
      try story.standing(ofWave: 3)
        == "off: its wave 3 was due at 2024-09-13 06:00:00, which is past; wave 2 opens before it, "
        + "and the rollout waits: approvals: wave 2: 0 of 1, ended by the approvers")
    try story.open(2, of: 10, enabling: 11..<14)
    #expect(
      try story.standing(ofWave: 3).contains(
        "wave 2 is open before it, and the scheduler is at work"))
  }

  // MARK: Breaches

  @Test func `every breach is named, with how many they are`() throws {
    var story = try StatusTests.opened(StatusTests.guardrails)
    try story.breach(.checkout, evidence: "30.43")
    try story.add(.rolloutPaused(try story.step("checkout-harm")), actor: Actor(.guardrail))
    #expect(story.line("p v1").hasSuffix("running, opening paused (checkout-harm)"))
    #expect(story.line("gate ").contains("breach of checkout-harm at position"))
    try story.breach(.institution, evidence: "15.44")
    #expect(
      story.line("p v1")
        .hasSuffix("running, opening paused (2 breaches: checkout-harm, institution-harm)"))
    let places = story.rollout.breachesToClear.map(\.position.rawValue)
    #expect(
      story.line("gate ").contains(
        "breach of 2 guardrails: checkout-harm at position \(places[0]), "
          + "institution-harm at position \(places[1])"))
    #expect(story.line("next ").contains("takes the breaches back"))
    let breaches = try #require(try story.json["breaches"])
    #expect(
      breaches[1].line
        == #"{"guardrail":"institution-harm","position":\#(places[1]),"#
        + #""breached_at":"2024-09-12T09:00:00+08:00","log_evidence":"15.44","threshold":"5.70378"}"#
    )
  }

  @Test func `a breach keeps the evidence on which it was concluded when evidence begins anew`()
    throws
  {
    var story = try StatusTests.opened(StatusTests.guardrails)
    try story.breach(.checkout, evidence: "30.43")
    let amended = String(decoding: story.document, as: UTF8.self)
      .replacing("\"version\": 1", with: "\"version\": 2")
    try story.add(
      .rolloutAmended(
        RolloutAmended(
          rollout: StatusStory.one, planVersion: 2, previousVersion: 1,
          effectiveAt: story.rollout.effectiveAt, windowEnd: story.rollout.windowEnd,
          previousDigest: .zero, digest: .zero, document: Array(amended.utf8))))
    #expect(story.rollout.evidence.beganAt == StatusStory.at(9))
    #expect(story.line("checkout-harm  ").contains("log evidence 30.43 of 5.703"))
    #expect(story.line("institution-harm").contains("log evidence 0.000"))
  }

  // MARK: When it will be through

  @Test func `where it may go on by itself the expected end says what it takes for granted`() throws
  {
    var story = try StatusTests.opened()
    #expect(
      story.line("through ").contains("at about 2024-09-13 06:")
        && story.line("through ").hasSuffix(", if wave 2 will be approved by then"))
    #expect(try story.json["expected_end"]?.line != "null")
    #expect(try story.json["expected_end_hangs_on"]?.line == "null")
    story = try StatusTests.opened(StatusTests.guardrails)
    #expect(
      story.line("through ")
        .hasSuffix(", if wave 2 will be approved by then and evidence lets the waves open"))
  }

  @Test(arguments: ["approvals", "pause", "silence"])
  func `where somebody or something must come first there is no expected end`(_ cause: String)
    throws
  {
    var story = try StatusTests.opened(cause == "silence" ? StatusTests.guardrails : "")
    if cause == "pause" {
      try story.add(.rolloutPaused(try story.step("risk-review")), actor: StatusStory.person)
    } else {
      try story.go(to: StatusStory.at(15))
    }
    let line = story.line("through ")
    #expect(line.contains("no expected end: it hangs on "), "\(line)")
    let owners = [
      "approvals": "the approvers (approvals: wave 2: 0 of 1)",
      "pause": "the operator (the opening is paused (risk-review))",
      "silence": "the cashier's side (no block of evidence is closed yet)",
    ]
    #expect(line.contains(try #require(owners[cause])))
    #expect(try story.json["expected_end"]?.line == "null")
    #expect(try story.json["expected_end_hangs_on"]?.line.contains("no expected end") == true)
  }

  @Test func `an end behind the window is none where the window ends the opening`() throws {
    var story = try StatusStory.started(caps: "1")
    try story.go(to: StatusStory.at(60))
    try story.open(1, of: 10, enabling: 1..<2)
    let line = story.line("through ")
    #expect(line.contains("no expected end: all would be in at about"), "\(line)")
    #expect(
      line.hasSuffix(
        "the window ends before, at 2024-09-15 00:00:00; then it waits for the operator"))
    #expect(try story.json["expected_end"]?.line == "null")
  }

  @Test func `a cap that is used up shows its numbers and when it frees`() throws {
    var story = try StatusStory.started(caps: "2")
    try story.go(to: StatusStory.at(6, 30))
    try story.open(1, of: 10, enabling: 1..<3)
    #expect(
      story.line("gate ").contains(
        "the cap merchants-per-day is used up: 2 of 2; free at 2024-09-13 00:00:00"))
    #expect(story.line("next ").hasSuffix("the cap frees in 17 h 30 min, at 2024-09-13 00:00:00"))
    #expect(try story.json["gate_ends_at"]?.line == "\"2024-09-13T00:00:00+08:00\"")
    // What the hour lets go with its next second is no gate.
    story = try StatusStory.started(caps: "2")
    try story.go(to: StatusStory.at(6))
    try story.open(1, of: 10, enabling: 1..<2)
    #expect(story.line("gate ").hasSuffix("nothing; the scheduler is at work"))
  }

  // MARK: Approvals

  @Test func `more approvals than are needed are not so many of so few`() throws {
    var story = try StatusTests.opened()
    for user: UInt32 in [7, 8] {
      try story.add(
        .rolloutApproved(
          RolloutApproved(
            rollout: StatusStory.one, planVersion: 1, role: .none, approval: [],
            grant: RolloutApproved.Grant(
              subject: .wave, wave: WaveNumber(2), quorum: 1, evidence: .none, expiresAt: .none,
              documentDigest: .zero, key: .none))), actor: Actor(.approver, id: user))
    }
    #expect(story.line("  approvals ").contains("wave 2: 1 of 1, 2 given (approver:7, approver:8)"))
  }

  @Test func `a preview shows which waves await approvals, and that it assumes them`() throws {
    let story = try StatusStory(StatusTests.guardrails)
    let preview = PlanPreview(try PlanReader.read(story.document), story.model.merchants)
    #expect(
      preview.text.contains(
        "Approvals are awaited before wave 2 (1); all of this assumes that each is given at once."))
    #expect(preview.text.contains("It assumes too that evidence lets every wave open"))
    let json = try JSONReader.read(preview.document)
    #expect(json["start_approvals"]?.line == "0")
    #expect(json["waves"]?[1]["approvals"]?.line == "1")
  }

  @Test func `where approvers are listed the signed way is advised`() throws {
    var story = try StatusTests.opened()
    try story.go(to: StatusStory.at(15))
    #expect(story.line("next ").hasSuffix("`sluice rollout approve p --wave 2`"))
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    let listed = "\"approvers\": [\"\(key)\"],"
    guard (try? StatusStory(listed)) != nil else {
      Issue.record("the key of the test is none")
      return
    }
    story = try StatusTests.opened(listed)
    try story.go(to: StatusStory.at(15))
    #expect(
      story.line("next ").hasSuffix(
        "`sluice approval sign p --wave 2 --key KEY --out NOTE`, then "
          + "`sluice rollout approve p --note NOTE`"))
  }

  // MARK: Tiers, days, and one line

  @Test func `the tree shows every tier with a bar, of all that are registered there`() throws {
    var story = try StatusTests.opened()
    let before = try story.tiers()
    #expect(before == [TierRow(tier: .t3, on: 10, registered: 40)])
    let tree = StatusTree(
      story.rollout, story.model, isClockHeld: false, CitedEvents(), tiers: before)
    #expect(tree.text().contains("└─ tiers"))
    #expect(tree.text().contains("   └─ T3"))
    #expect(tree.text().contains("10 of 40"))
    try story.add(
      .merchantRegistered(
        MerchantRegistered(
          platform: .taobao, tier: .t5, dailyPayments: 1,
          external: try #require(ExternalID("late")), category: .none, city: .none)),
      merchant: 41)
    #expect(try story.tiers().map(\.registered) == [40, 1])
  }

  @Test func `whoever watches in a file is told in one line`() throws {
    let story = try StatusTests.opened()
    let tree = StatusTree(story.rollout, story.model, isClockHeld: false, CitedEvents())
    let line = StatusText.line(story.rollout, story.model, tree, Wording())
    #expect(line.hasPrefix("p v1  wechat-pay  running  wave 1 of 3  open at "), "\(line)")
    #expect(line.contains("  gate "))
    #expect(!line.contains("\n"))
  }

  @Test func `a preview is a calendar, a line a day`() throws {
    let story = try StatusStory(caps: "2")
    let preview = PlanPreview(try PlanReader.read(story.document), story.model.merchants)
    let lines = preview.text.split(separator: "\n").map { String($0) }
    let first = try #require(lines.first { $0.contains("Thu 2024-09-12") })
    // Two a day and two an hour: the hour in which the canary opens, and nobody more on that day.
    #expect(first.contains("······█·················        2    2   5.0%  "), "\(first)")
    #expect(first.contains("00:00 takes effect; 06:00 wave 1 canary opens"))
    let second = try #require(lines.first { $0.contains("Fri 2024-09-13") })
    #expect(second.contains("█·······················        2    4  10.0%  -"), "\(second)")
    #expect(lines.contains { $0.contains("█ is 2 merchants an hour") })
    #expect(!preview.text.contains("Sun 2024-09-15"))
  }
}
