// The gate of approvals before a wave and before a resume: the last gate, and never another step's.

import Events
import Orchestrator
import Platform
import Projections
import Rollout
import Support
import Testing

@Suite struct WaveApprovalTests {
  private static let p = Desk.text("p")
  private static let asks = (
    old: "\"share\": \"rest\"}", new: "\"share\": \"rest\", \"approvals\": 2}"
  )

  private func time(_ hour: Int64, _ minute: Int64 = 0) -> Timestamp {
    Desk.midnight.advanced(bySeconds: 10 * Desk.day + hour * 3_600 + minute * 60)
  }

  private func why(_ desk: Desk) throws -> PendingReason? {
    let order = try #require(desk.state.order(RolloutNumber(1)))
    let next = WaveNumber(UInt16(desk.rollout.waves.count + 1))
    let pending = try #require((1...4).first { order.wave(of: MerchantNumber($0)) == next })
    return Scheduler.whyPending(
      MerchantNumber(pending), plan: try #require(desk.state.plan(RolloutNumber(1))),
      order: order, rollout: desk.rollout, book: desk.state.book,
      cursor: Scheduler.Cursor(), now: desk.runtime.currentTime())
  }

  private func next(_ desk: Desk) throws -> Timestamp? {
    Scheduler.nextDue(
      plan: try #require(desk.state.plan(RolloutNumber(1))),
      order: try #require(desk.state.order(RolloutNumber(1))), rollout: desk.rollout,
      book: desk.state.book, cursor: Scheduler.Cursor(), now: desk.runtime.currentTime())
  }

  @Test func `a wave opens with the last approval it needs and not before`() throws {
    let desk = try Desk.running([WaveApprovalTests.asks])
    try desk.run(from: 8, to: 10)
    #expect(desk.rollout.waves.count == 1)
    guard case .approval(let none)? = try why(desk) else {
      Issue.record("it waits for something else")
      return
    }
    #expect(none.given.isEmpty && none.needed == 2 && none.wave == WaveNumber(2))
    let end = desk.state.next
    for _ in 0..<3 { #expect(desk.runtime.tick() == 0) }
    #expect(desk.state.next == end, "ticks append nothing")
    try desk.send(Approvers.plain(.wave, wave: 2), actor: Approvers.user(7))
    try desk.settle()
    #expect(desk.rollout.waves.count == 1)
    guard case .approval(let one)? = try why(desk) else { return }
    #expect(one.sentence.hasPrefix("1 of 2 (approver:7 until "))
    #expect(try next(desk) == one.changesAt.map { min($0, desk.rollout.windowEnd) })
    #expect(
      desk.refusal(Approvers.plain(.wave, wave: 2), actor: Approvers.user(7)) == .approvalRepeated)
    try desk.send(Approvers.plain(.wave, wave: 2), actor: Approvers.user(8))
    try desk.settle()
    #expect(desk.rollout.waves.count == 2)
  }

  @Test func `no door leads past the approvals`() throws {
    let desk = try Desk.running([WaveApprovalTests.asks])
    try desk.run(from: 8, to: 10)
    #expect(
      desk.refusal(
        .schedule(
          RolloutNumber(1), .openWave(WaveNumber(2), plannedAt: Desk.midnight, merchants: 1)),
        actor: .scheduler) == .approvalsMissing(given: 0, needed: 2))
  }

  @Test func `bug 1: an approval lands on the wave that it names, and on no other step`() throws {
    let desk = try Desk.running([
      ("\"canary\": true", "\"canary\": true, \"approvals\": 1"), WaveApprovalTests.asks,
    ])
    try desk.run(from: 8, to: 9)
    #expect(desk.rollout.waves.isEmpty)
    for (wave, number) in [(UInt16(2), 77), (3, 77), (9, 77)] {
      #expect(
        desk.refusal(Approvers.plain(.wave, wave: wave), actor: Approvers.user(7))?.number == number
      )
    }
    #expect(desk.refusal(.approve(plan: WaveApprovalTests.p, role: .none)) == .alreadyStarted)
    #expect(desk.refusal(Approvers.plain(.resume))?.number == 77)
    #expect(desk.refusal(Approvers.plain(.waveOverride, wave: 1))?.number == 77, "no evidence")
    try desk.send(Approvers.plain(.wave, wave: 1), actor: Approvers.user(7))
    // Three days later: the first wave opens in its name, the next one waits.
    desk.clock.set(time(20))
    try desk.settle()
    #expect(desk.rollout.waves.count == 1)
    #expect(
      desk.refusal(Approvers.plain(.wave, wave: 1), actor: Approvers.user(8))?.number == 77,
      "it has opened")
  }

  @Test func `an approval is kept while another gate holds, until it expires`() throws {
    let desk = try Desk.running([
      ("\"canary\": true", "\"canary\": true, \"soak_minutes\": 90"), WaveApprovalTests.asks,
    ])
    try desk.run(from: 8, to: 10)
    let soaked = Scheduler.soakEnd(
      try #require(desk.state.plan(RolloutNumber(1))), desk.rollout,
      now: desk.runtime.currentTime())
    try #require(soaked > desk.runtime.currentTime())
    for user in [UInt32(7), 8] {
      try desk.send(
        Approvers.plain(.wave, wave: 2, until: soaked.advanced(bySeconds: 1_800)),
        actor: Approvers.user(user))
    }
    try desk.settle()
    guard case .soaking? = try why(desk) else {
      Issue.record("the soak is asked before the approvals")
      return
    }
    try desk.flush()
    desk.clock.set(soaked)
    try desk.settle()
    #expect(desk.rollout.waves.count == 2)
  }

  @Test func `an approval that expires before the other gates open is none`() throws {
    let desk = try Desk.running([WaveApprovalTests.asks])
    try desk.run(from: 8, to: 9)
    for user in [UInt32(7), 8] {
      try desk.send(
        Approvers.plain(.wave, wave: 2, until: time(user == 7 ? 9 : 10)),
        actor: Approvers.user(user))
    }
    try desk.run(from: 9, to: 11)
    #expect(desk.rollout.waves.count == 1, "it counts before its instant and not at it")
    try desk.send(Approvers.plain(.wave, wave: 2), actor: Approvers.user(7))
    try desk.settle()
    #expect(desk.rollout.waves.count == 1, "by now the other one has expired as well")
    try desk.send(Approvers.plain(.wave, wave: 2), actor: Approvers.user(8))
    try desk.settle()
    #expect(desk.rollout.waves.count == 2)
  }

  @Test func `terms that change take with them what was approved on the old evidence`() throws {
    let desk = try Desk.running([
      ("\"canary\": true", "\"canary\": true, \"soak_minutes\": 180"), WaveApprovalTests.asks,
    ])
    try desk.run(from: 8, to: 9)
    for user in [UInt32(7), 8] {
      try desk.send(Approvers.plain(.wave, wave: 2), actor: Approvers.user(user))
    }
    try desk.send(.publishTerms(document: TermsDocument(effective: "2024-10-01").bytes))
    try desk.run(from: 9, to: 13)
    #expect(desk.rollout.waves.count == 1)
  }
}
