// Amendments: what they may change and when, what they make void, and how the rollout goes on.

import Events
import Orchestrator
import Platform
import Projections
import Rollout
import Testing

@Suite struct AmendmentTests {
  typealias Change = (old: String, new: String)
  private static let p = Desk.text("p")

  private static func amend(_ version: Int, _ changes: [Change]) throws -> Command.Body {
    .amend(document: try Desk.plan(version: version, changes))
  }

  private static func rollout(_ desk: Desk) throws -> Rollout {
    try #require(desk.state.board.rollout(RolloutNumber(1)))
  }

  private static let longer: Change = ("\"window_days\": 1", "\"window_days\": 3")
  private static let later: Change = ("\"opens\": \"09:00\"", "\"opens\": \"20:00\"")

  @Test func `while announced everything may change, and approvals are given anew`() throws {
    let desk = try Desk.with(until: .announced, approvals: 1)
    try desk.send(.approve(plan: AmendmentTests.p, role: AmendmentTests.p))
    #expect(try AmendmentTests.rollout(desk).approvals.count == 1)
    try desk.send(
      try AmendmentTests.amend(
        2,
        [
          ("\"approvals\": 0", "\"approvals\": 1"), ("\"50%\"", "\"25%\""),
          ("\"seed\": \"s\"", "\"seed\": \"t\""), AmendmentTests.longer,
          ("2024-09-12", "2024-09-13"), ("\"hold_back\"", "\"tiers\": [\"T3\"], \"hold_back\""),
        ]))
    let rollout = try AmendmentTests.rollout(desk)
    #expect(rollout.planVersion == 2 && rollout.approvals.isEmpty && rollout.amendments == 1)
    #expect(rollout.effectiveAt == Desk.midnight.advanced(bySeconds: 11 * Desk.day))
    #expect(rollout.windowEnd == Desk.midnight.advanced(bySeconds: 14 * Desk.day))
    #expect(
      desk.refusal(.start(plan: AmendmentTests.p)) == .approvalsMissing(given: 0, needed: 1))
    try desk.send(.approve(plan: AmendmentTests.p, role: AmendmentTests.p))
    try desk.send(.start(plan: AmendmentTests.p))
    try desk.flush()
    let model = desk.runtime.model
    #expect(model.rollouts.rollouts[0].planVersion == 2)
    #expect(model.timeline.rows.contains { $0.detail == "version 2 in place of 1" })
  }

  @Test func `a stale version, one that is none, and a change of nothing are refused`() throws {
    let desk = try Desk.with(until: .announced)
    let change = AmendmentTests.longer
    for version in [1, 3] {
      #expect(
        desk.refusal(try AmendmentTests.amend(version, [change]))
          == .amendmentStale(version: 1, given: UInt16(version)))
    }
    #expect(desk.refusal(try AmendmentTests.amend(2, [])) == .amendmentChangesNothing)
    try desk.send(try AmendmentTests.amend(2, [change]))
    #expect(
      desk.refusal(try AmendmentTests.amend(2, [change]))
        == .amendmentStale(version: 2, given: 2))
    try desk.send(try AmendmentTests.amend(3, []))
    #expect(try AmendmentTests.rollout(desk).amendments == 2)
  }

  @Test func `an effect that is brought forward needs its notice anew`() throws {
    let desk = try Desk.with(until: .announced)
    try desk.flush()
    desk.clock.set(Desk.midnight.advanced(bySeconds: 3 * Desk.day))
    let sooner = try AmendmentTests.amend(2, [("2024-09-12", "2024-09-11")])
    guard case .noticeTooShort? = desk.refusal(sooner) else {
      Issue.record("six days of notice are taken")
      return
    }
    #expect(desk.refusal(try AmendmentTests.amend(2, [AmendmentTests.later])) == nil)
  }

  private static let fixed: [(change: Change, path: String)] = [
    (("wechat-pay", "unionpay"), "institution"), (("\"50%\"", "\"49%\""), "waves[0].share"),
    (("\"seed\": \"s\"", "\"seed\": \"t\""), "order.seed"),
    (("\"name\": \"two\"", "\"name\": \"2\""), "waves[1].name"),
    (("\"hold_back\": \"0%\"", "\"hold_back\": \"1%\""), "hold_back"),
    (("\"approvals\": 0", "\"approvals\": 1"), "approvals"),
    (("2024-09-12", "2024-09-13"), "effective_at"),
    (("\"hold_back\"", "\"tiers\": [\"T3\"], \"hold_back\""), "tiers"),
    (("\"hold_back\"", "\"platforms\": [\"tmall\"], \"hold_back\""), "platforms"),
    (("\"hold_back\"", "\"categories\": [\"books\"], \"hold_back\""), "categories"),
    (("\"share\": \"50%\"", "\"merchants\": [\"m1\"]"), "waves[0].merchants"),
    (("\"opens\": \"08:00\"", "\"opens\": \"08:30\""), "waves[0].opens"),
    (("\"canary\": true", "\"canary\": true, \"approvals\": 1"), "waves[0].approvals"),
  ]

  @Test(arguments: fixed.indices)
  func `once it runs and a wave is open, what is frozen is refused with both values`(
    _ row: Int
  ) throws {
    let desk = try Desk.with(merchants: 4, until: .running)
    try desk.goTo(hour: 8, minute: 1)
    desk.runtime.tick()
    let (change, path) = AmendmentTests.fixed[row]
    guard
      case .amendmentNotAllowed(let changes)? = desk.refusal(try AmendmentTests.amend(2, [change]))
    else {
      Issue.record("\(path) is not refused")
      return
    }
    #expect(changes.contains { $0.hasPrefix("\(path) (") && $0.contains(" to ") }, "\(changes)")
  }

  @Test func `the window of a running rollout does not become shorter`() throws {
    let desk = try Desk.running([AmendmentTests.longer])
    guard case .amendmentNotAllowed(let changes)? = desk.refusal(try AmendmentTests.amend(2, []))
    else {
      Issue.record("a shorter window is taken")
      return
    }
    #expect(changes.map { $0.prefix(22) } == ["window_days (3 to 1): "])
  }

  @Test func `bug 13: an amendment in the middle of a wave, and the wave goes on by it`() throws {
    let desk = try Desk.with(merchants: 6, until: .running)
    try desk.goTo(hour: 8, minute: 1)
    #expect(desk.runtime.tick() == 2, "the cap is one an hour")
    let digest = try AmendmentTests.rollout(desk).orderDigest
    try desk.send(
      try AmendmentTests.amend(
        2,
        [
          ("\"merchants_per_hour\": 1,", "\"merchants_per_hour\": 100,"), AmendmentTests.later,
          ("\"canary\": true", "\"canary\": true, \"soak_minutes\": 30"),
        ]))
    try desk.flush()
    try desk.goTo(hour: 8, minute: 59)
    desk.runtime.tick()
    let wave = try #require(try AmendmentTests.rollout(desk).wave(WaveNumber(1)))
    #expect(wave.enabled == 3 && wave.completedAt != .none)
    #expect(try AmendmentTests.rollout(desk).orderDigest == digest)
    try desk.goTo(hour: 19, minute: 59)
    #expect(desk.runtime.tick() == 0)
    // What has opened or is soaked away is fixed from here on.
    guard
      case .amendmentNotAllowed? = desk.refusal(
        try AmendmentTests.amend(3, [("\"opens\": \"08:00\"", "\"opens\": \"08:10\"")]))
    else {
      Issue.record("an open wave is moved")
      return
    }
    try desk.goTo(hour: 20, minute: 59)
    desk.runtime.tick()
    try desk.flush()
    #expect(try AmendmentTests.rollout(desk).phase == .completed)
    #expect(
      desk.refusal(try AmendmentTests.amend(3, [AmendmentTests.longer]))
        == .rolloutOver("completed"))
    try desk.restart()
    #expect(try AmendmentTests.rollout(desk).planVersion == 2)
    #expect(desk.state.plan(RolloutNumber(1))?.version == 2)
  }

  @Test func `an amendment in a pause leaves it paused, and the time is not counted`() throws {
    let desk = try Desk.running([("\"canary\": true", "\"canary\": true, \"soak_minutes\": 60")])
    try desk.goTo(hour: 9, minute: 1)
    while desk.runtime.tick() > 0 { try desk.flush() }
    try desk.goTo(hour: 10, minute: 1)
    while desk.runtime.tick() > 0 { try desk.flush() }
    #expect(try AmendmentTests.rollout(desk).waves.count == 1)
    try desk.send(.pause(plan: AmendmentTests.p, Desk.reason))
    try desk.goTo(hour: 12)
    try desk.send(
      try AmendmentTests.amend(
        2, [("\"canary\": true", "\"canary\": true, \"soak_minutes\": 120")]))
    #expect(try AmendmentTests.rollout(desk).isPaused)
    #expect(desk.runtime.tick() == 0)
    try desk.goTo(hour: 13)
    try desk.send(.resume(plan: AmendmentTests.p, Desk.reason))
    // Complete and paused at 10:01, resumed at 13:00: two hours of soak from there.
    try desk.goTo(hour: 14, minute: 59)
    #expect(desk.runtime.tick() == 0)
    try desk.goTo(hour: 15, minute: 1)
    #expect(desk.runtime.tick() > 0)
  }

  @Test func `a window that has ended is extended by an amendment, and ends again`() throws {
    let desk = try Desk.with(merchants: 40, until: .running)
    try desk.goTo(hour: 23)
    while desk.runtime.tick() > 0 { try desk.flush() }
    try desk.goTo(hour: 30)
    while desk.runtime.tick() > 0 { try desk.flush() }
    #expect(try AmendmentTests.rollout(desk).isWindowOver)
    let before = desk.state.book.standing(RolloutNumber(1))?.count(.enabled) ?? 0
    try desk.send(try AmendmentTests.amend(2, [AmendmentTests.longer]))
    #expect(!(try AmendmentTests.rollout(desk)).isWindowOver)
    try desk.goTo(hour: 31)
    while desk.runtime.tick() > 0 { try desk.flush() }
    #expect((desk.state.book.standing(RolloutNumber(1))?.count(.enabled) ?? 0) > before)
    try desk.restart()
    try desk.goTo(hour: 72)
    while desk.runtime.tick() > 0 { try desk.flush() }
    #expect(try AmendmentTests.rollout(desk).isWindowOver)
    let ends = desk.runtime.model.timeline.rows.filter { $0.kind == .windowEnded }
    #expect(ends.count == 2)
  }

  @Test func `a command is done once, however often it comes`() throws {
    let desk = try Desk.with(until: .announced)
    let command = desk.command(try AmendmentTests.amend(2, [AmendmentTests.longer]))
    let receipt = try desk.runtime.submit(command)
    #expect(try desk.runtime.submit(command) == receipt)
    try desk.restart()
    #expect(try desk.runtime.submit(command) == receipt)
    #expect(try AmendmentTests.rollout(desk).amendments == 1)
  }
}
