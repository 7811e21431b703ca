// Approvals and evidence: what an approver has seen, overrides, and resumes after a breach.

import Events
import Orchestrator
import Projections
import Rollout
import Testing

@Suite struct EvidenceApprovalTests {
  private static func plan(_ more: String, minOrders: Int = 20) -> [UInt8] {
    let guardrails = GuardedDesk.guardrails.replacing(
      "\"min_orders\": 20", with: "\"min_orders\": \(minOrders)")
    let text = String(decoding: GuardedDesk.plan(guardrails), as: UTF8.self)
    return Array(text.replacing("\"approvals\": 0", with: "\"approvals\": 0, \(more)").utf8)
  }

  private static let thin = plan("\"approval_minutes\": 30", minOrders: 100_000)

  /// A desk whose first wave is on, and whose second one has too few orders to open at noon.
  private func held() throws -> GuardedDesk {
    // The first wave is let through by an override as well.
    let desk = try GuardedDesk(document: EvidenceApprovalTests.thin)
    try desk.shop(untilHour: 9, GuardedDesk.healthy)
    #expect(desk.rollout.waves.isEmpty)
    try desk.desk.send(Approvers.plain(.waveOverride, wave: 1), actor: Approvers.user(7))
    try desk.settle()
    #expect(desk.rollout.waves.count == 1)
    try desk.shop(untilHour: 13, GuardedDesk.healthy)
    guard case .evidence(.tooFew)? = try desk.whyPending(try off(desk)) else {
      Issue.record("something else holds")
      return desk
    }
    return desk
  }

  /// A merchant of the next wave.
  private func off(_ desk: GuardedDesk) throws -> UInt32 {
    let order = try #require(desk.desk.state.order(GuardedDesk.number))
    let wave = WaveNumber(UInt16(desk.rollout.waves.count + 1))
    return try #require(
      (1...GuardedDesk.merchants).first { order.wave(of: MerchantNumber($0)) == wave })
  }

  @Test func `bug 11: an override is of one wave and of the evidence that it names`() throws {
    let desk = try held()
    let stale = desk.evidence.blocks.last?.position
    try desk.shop(untilHour: 13, minute: 10, GuardedDesk.healthy)
    #expect(
      desk.desk.refusal(
        Approvers.plain(.waveOverride, wave: 2, evidence: stale), actor: Approvers.user(7))?.number
        == 76)
    #expect(desk.rollout.waves.count == 1, "the override of the first wave opens no other")
    try desk.desk.send(Approvers.plain(.waveOverride, wave: 2), actor: Approvers.user(7))
    try desk.settle()
    #expect(desk.rollout.waves.count == 2)
    let event = try #require(try desk.events(.rolloutApproved).last)
    guard case .rolloutApproved(let fields) = event.payload else { return }
    #expect(fields.grant?.subject == .waveOverride && fields.grant?.wave == WaveNumber(2))
    #expect(fields.grant?.evidence == desk.evidence.blocks.last?.position)
    // And the third holds again, for the same reason.
    try desk.shop(untilHour: 20, GuardedDesk.healthy)
    #expect(desk.rollout.waves.count == 2)
  }

  @Test func `bug 11: the next block that is closed is another question`() throws {
    let desk = try GuardedDesk(document: EvidenceApprovalTests.thin)
    try desk.shop(untilHour: 7, minute: 40, GuardedDesk.healthy)
    // The wave is not due before eight: the override is given, and lapses.
    try desk.desk.send(Approvers.plain(.waveOverride, wave: 1), actor: Approvers.user(7))
    try desk.shop(untilHour: 9, GuardedDesk.healthy)
    #expect(desk.rollout.waves.isEmpty)
  }

  @Test func `bug 18: an override is honoured although the check has failed before`() throws {
    let desk = try held()
    #expect(!desk.evidence.blocks.isEmpty)
    guard case .evidence(.tooFew) = desk.gate else {
      Issue.record("status names another gate")
      return
    }
    try desk.desk.send(Approvers.plain(.waveOverride, wave: 2), actor: Approvers.user(7))
    if case .evidence = desk.gate { Issue.record("status does not know of the override") }
    try desk.settle()
    #expect(desk.rollout.waves.count == 2)
  }

  @Test func `a plain approval does not override evidence`() throws {
    let document = String(decoding: EvidenceApprovalTests.thin, as: UTF8.self)
      .replacing("\"canary\": true}", with: "\"canary\": true, \"approvals\": 1}")
    let desk = try GuardedDesk(document: Array(document.utf8))
    try desk.shop(untilHour: 9, GuardedDesk.healthy)
    try desk.desk.send(Approvers.plain(.wave, wave: 1), actor: Approvers.user(7))
    try desk.settle()
    #expect(desk.rollout.waves.isEmpty)
    try desk.desk.send(Approvers.plain(.waveOverride, wave: 1), actor: Approvers.user(7))
    try desk.settle()
    #expect(desk.rollout.waves.count == 1, "it counts as the approval and as the override")
  }

  @Test func `missing evidence is overridden by nobody`() throws {
    let desk = try GuardedDesk(document: EvidenceApprovalTests.thin)
    try desk.desk.goTo(hour: 9)
    try desk.settle()
    let refusal = desk.desk.refusal(
      Approvers.plain(.waveOverride, wave: 1), actor: Approvers.user(7))
    #expect(refusal?.number == 63 && refusal?.name == "override-of-no-evidence")
    guard case .evidence(let hold) = desk.gate else {
      Issue.record("something else holds")
      return
    }
    #expect(refusal == .overrideOfNoEvidence(WaveNumber(1), hold))
    #expect(refusal?.message.hasPrefix(hold.reason) == true, "it says what is missing")
    #expect(refusal?.hint.isEmpty == false, "and what would release it")
    #expect(desk.rollout.waves.isEmpty && desk.rollout.approvals.isEmpty)
  }

  @Test func `an override where the latest block is not whole is refused until one is`() throws {
    let desk = try held()
    try desk.down(minutes: 40)
    try desk.settle()
    #expect(desk.evidence.blocks.last?.isWhole == false)
    let override = Approvers.plain(.waveOverride, wave: 2)
    let refusal = desk.desk.refusal(override, actor: Approvers.user(7))
    #expect(refusal?.number == 63 && refusal?.hint.contains("at the earliest") == true)
    // Whole blocks have come, and what they say is too thin: now it is a question for approvers.
    try desk.shop(untilHour: 15, GuardedDesk.healthy)
    #expect(desk.evidence.blocks.last?.isWhole == true)
    try desk.desk.send(override, actor: Approvers.user(7))
    try desk.settle()
    #expect(desk.rollout.waves.count == 2)
  }

  @Test func `no approval of a wave or a resume counts for longer than the plan lets it`() throws {
    let desk = try held()
    let now = desk.now
    func refusal(minutes: Int64) -> Refusal? {
      desk.desk.refusal(
        Approvers.plain(.waveOverride, wave: 2, until: now.advanced(bySeconds: minutes * 60)),
        actor: Approvers.user(7))
    }
    let minutes = try #require(desk.desk.state.plan(GuardedDesk.number)).approvalRules.minutes
    #expect(refusal(minutes: minutes + 2)?.number == 64)
    #expect(refusal(minutes: minutes) == nil)
  }

  @Test func `the evidence of an approval is as fresh as the plan asks`() throws {
    let document = String(
      decoding: EvidenceApprovalTests.plan("\"approval_minutes\": 30"), as: UTF8.self
    ).replacing("\"share\": \"50%\"}", with: "\"share\": \"50%\", \"approvals\": 1}")
    let desk = try GuardedDesk(document: Array(document.utf8))
    try desk.shop(untilHour: 13, GuardedDesk.healthy)
    #expect(desk.rollout.waves.count == 1)
    guard case .approval? = try desk.whyPending(try off(desk)) else {
      Issue.record("something else holds")
      return
    }
    guard case .approvals(let standing) = desk.gate else {
      Issue.record("status names another gate")
      return
    }
    #expect(standing.wave == WaveNumber(2) && standing.needed == 1 && standing.given.isEmpty)
    let blocks = desk.evidence.blocks
    func refusal(_ evidence: Position) -> Int? {
      desk.desk.refusal(
        Approvers.plain(.wave, wave: 2, evidence: evidence), actor: Approvers.user(7))?.number
    }
    #expect(refusal(blocks[blocks.count - 5].position) == 76, "forty minutes old")
    #expect(refusal(.none) == 76, "no evidence, where there is some")
    #expect(refusal(Position(1)) == 76, "no block")
    #expect(refusal(blocks[blocks.count - 4].position) == nil, "thirty minutes old")
    try desk.settle()
    #expect(desk.rollout.waves.count == 2)
  }

  @Test func `after a breach a resume needs the approvals of that breach`() throws {
    let desk = try GuardedDesk(
      document: EvidenceApprovalTests.plan("\"resume_approvals\": 2, \"four_eyes\": true"))
    let resume = Command.Body.resume(plan: Desk.text("p"), Desk.reason)
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    #expect(desk.desk.refusal(Approvers.plain(.resume), actor: Approvers.user(7))?.number == 77)
    try desk.shop(untilHour: 11, GuardedDesk.broken(.failed(.integration)))
    let breach = try #require(desk.rollout.breachToClear)
    #expect(desk.desk.refusal(resume) == .approvalsMissing(given: 0, needed: 2))
    #expect(
      desk.desk.refusal(Approvers.plain(.resume), actor: Approvers.user(1))
        == .proposerApproves(uid: 1))
    #expect(
      desk.desk.refusal(
        Approvers.plain(.resume, evidence: Position(1)), actor: Approvers.user(7))
        == .approvalEvidenceStale(given: Position(1), stands: breach.position))
    try desk.desk.send(Approvers.plain(.resume), actor: Approvers.user(7))
    #expect(desk.desk.refusal(resume) == .approvalsMissing(given: 1, needed: 2))
    try desk.desk.send(
      Approvers.plain(.resume, evidence: breach.position), actor: Approvers.user(8))
    try desk.desk.send(resume)
    #expect(desk.rollout.breachToClear == nil && !desk.rollout.isPaused)
    #expect(desk.desk.refusal(Approvers.plain(.resume), actor: Approvers.user(9))?.number == 77)
  }

  /// A desk whose checkout is breached, which withdrew the first wave.
  private func breached() throws -> (GuardedDesk, [UInt8]) {
    let document = EvidenceApprovalTests.plan("\"resume_approvals\": 2, \"four_eyes\": true")
    let desk = try GuardedDesk(document: document)
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 11, GuardedDesk.broken(.failed(.integration)))
    try desk.settle()
    return (desk, document)
  }

  @Test(arguments: [
    ("\"resume_approvals\": 2", "\"resume_approvals\": 0", "resume_approvals"),
    ("\"four_eyes\": true", "\"four_eyes\": false", "four_eyes"),
    ("\"alpha\": \"1%\"", "\"alpha\": \"2%\"", "guardrails.alpha"),
    ("\"min_orders\": 20", "\"min_orders\": 21", "guardrails.min_orders"),
    ("\"merchant\": {\"failures\": \"20%\", \"alpha\": \"0.01%\"},", "", "guardrails.merchant"),
  ]) func `nobody amends a breach away, nor what its resume needs`(
    _ old: String, _ new: String, _ field: String
  ) throws {
    let (desk, document) = try breached()
    let text = String(decoding: document, as: UTF8.self)
    #expect(text.contains(old))
    let amended = text.replacing(old, with: new, maxReplacements: 1)
      .replacing("\"version\": 1", with: "\"version\": 2")
    guard
      case .amendmentNotAllowed(let late)? = desk.desk.refusal(
        .amend(document: Array(amended.utf8)))
    else {
      Issue.record("it is amended, or refused for something else")
      return
    }
    #expect(late.contains { $0.hasPrefix(field) }, "\(late)")
  }

  @Test func `nobody whom a breach withdrew comes back before a resume took it back`() throws {
    let (desk, _) = try breached()
    let breach = try #require(desk.rollout.breachToClear)
    let plan = Desk.text("p")
    #expect(desk.countOn == 0)
    let one = try #require(
      (1...GuardedDesk.merchants).first { desk.desk.standing($0) == .rolledBack })
    let ways: [Command.Body] = [
      .reinstate(plan: plan, .wave(WaveNumber(1)), Desk.reason),
      .reinstate(plan: plan, .all, Desk.reason),
      .reinstate(plan: plan, .merchant(Desk.text("m\(one)")), Desk.reason),
      .reinstateMerchant(Desk.text("m\(one)"), plan: plan),
    ]
    for way in ways { #expect(desk.desk.refusal(way) == .breachOpen(breach.position)) }
    for user in [7, 8] as [UInt32] {
      try desk.desk.send(Approvers.plain(.resume), actor: Approvers.user(user))
    }
    try desk.desk.send(.resume(plan: plan, Desk.reason))
    try desk.desk.send(ways[0])
    try desk.settle()
    #expect(desk.countOn > 0)
  }

  @Test func `a pause without a breach is resumed without approvals`() throws {
    let desk = try GuardedDesk(document: EvidenceApprovalTests.plan("\"resume_approvals\": 2"))
    try desk.desk.send(.pause(plan: Desk.text("p"), Desk.reason))
    try desk.desk.send(.resume(plan: Desk.text("p"), Desk.reason))
  }
}
