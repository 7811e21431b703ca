// Every rule that says no is provoked once: one line a rule.

import Events
import Merkle
import Orchestrator
import Projections
import Rollout
import Support
import Testing

@Suite struct RefusalTests {
  private static let p = Desk.text("p")
  private static let one = RolloutNumber(1)
  private static let m1 = MerchantNumber(1)

  private struct Line: Sendable {
    var name: String
    /// Brings the log where the rule says no, and gives what it then says.
    var provoke: @Sendable () throws -> Refusal?
  }

  private static func on(
    _ phase: RolloutPhase?, approvals: Int = 0, _ body: Command.Body
  ) throws -> Refusal? {
    try Desk.with(until: phase, approvals: approvals).refusal(body)
  }

  private static func on(_ body: Command.Body) throws -> Refusal? { try on(nil, body) }

  private static func step(_ hour: Int64, _ step: ScheduledStep) throws -> Refusal? {
    let desk = try Desk.with(until: .running)
    try desk.goTo(hour: hour)
    return desk.refusal(.schedule(one, step), actor: .scheduler)
  }

  /// Under a plan that lists approvers.
  private static func signedDesk() throws -> Desk {
    let desk = try Desk.with()
    try desk.send(
      .announce(
        document: try Desk.plan(
          version: 1, [("\"approvals\": 0", "\"approvals\": 0, \(Approvers.field)")])))
    return desk
  }

  private static func signed(_ body: Command.Body) throws -> Refusal? {
    try signedDesk().refusal(body)
  }

  private static func signed(
    _ signer: NoteSigner = Approvers.risk, _ change: (inout ApprovalStatement) -> Void
  ) throws -> Refusal? {
    let desk = try signedDesk()
    var statement = try Approvers.statement(desk)
    change(&statement)
    return desk.refusal(try Approvers.signed(signer, statement))
  }

  /// A comparison in which the log holds so much that the statement does not, and nobody says why.
  private static func comparison(at position: Position, fen: Int64 = 0) -> Command.Body {
    var captured = StatementSums()
    captured.log.fen = fen
    return .reconcileStatement(
      StatementReconciled(
        institution: .card, day: BeijingDay(0), position: position, digest: .zero, lines: 0,
        incomparable: 0, fee: .zero, adjusted: StatementTally(), findings: 0, open: 0,
        captured: captured, refunded: StatementSums()))
  }

  private static let lines: [Line] = [
    Line(name: "command-body-differs") {
      let desk = try Desk.with()
      var command = desk.command(.announce(document: Desk.plan()))
      _ = try desk.runtime.submit(command)
      command.digest ^= 1
      do throws(Refusal) { _ = try desk.runtime.submit(command) } catch { return error }
      return nil
    },
    Line(name: "busy") {
      let desk = try Desk.with()
      // Eight events at once fill the batch soonest.
      let most = [Institution](repeating: .alipay, count: 7)
      for _ in 0..<BatchBuffer.countMax {
        if let refusal = desk.refusal(.createLog(Desk.created, openToAll: most)) {
          return refusal
        }
      }
      return nil
    },
    Line(name: "log-failed") {
      let desk = try Desk.with()
      desk.runtime.fail()
      return desk.refusal(.confirmClock)
    },
    Line(name: "merchant-unknown") { try on(.closeMerchant(Desk.text("x"), Desk.reason)) },
    Line(name: "merchant-closed") {
      let desk = try Desk.with()
      try desk.send(.closeMerchant(Desk.text("m1"), Desk.reason))
      return desk.refusal(.closeMerchant(Desk.text("m1"), Desk.reason))
    },
    Line(name: "merchant-already-excluded") {
      let desk = try Desk.with(until: .announced)
      try desk.send(.excludeMerchant(Desk.text("m1"), plan: nil, Desk.reason))
      return desk.refusal(.excludeMerchant(Desk.text("m1"), plan: p, Desk.reason))
    },
    Line(name: "merchant-not-withdrawn") {
      try on(.announced, .reinstateMerchant(Desk.text("m1"), plan: p))
    },
    Line(name: "reason-not-a-code") {
      try on(
        .running, .pause(plan: p, Reason(reason: Desk.text("He did it"), reasonReference: .zero)))
    },
    Line(name: "plan-invalid") { try on(.announce(document: Array("{}".utf8))) },
    Line(name: "rollout-unknown") { try on(.announced, .start(plan: Desk.text("q"))) },
    Line(name: "rollout-not-unique") {
      try on(.excludeMerchant(Desk.text("m1"), plan: nil, Desk.reason))
    },
    Line(name: "plan-already-announced") { try on(.announced, .announce(document: Desk.plan())) },
    Line(name: "plan-is-not-that-consulted") {
      try on(.consulted, .announce(document: Desk.plan(institution: "card")))
    },
    Line(name: "notice-too-short") {
      try on(.announce(document: Desk.plan(effective: "2024-09-08")))
    },
    Line(name: "institution-busy") { try on(.announced, .announce(document: Desk.plan("q"))) },
    Line(name: "institution-open-to-all") {
      try on(.consult(document: Desk.plan(institution: "alipay")))
    },
    Line(name: "rollout-not-announced") { try on(.consulted, .approve(plan: p, role: p)) },
    Line(name: "approvals-missing") { try on(.announced, approvals: 1, .start(plan: p)) },
    Line(name: "approval-repeated") {
      let desk = try Desk.with(until: .announced, approvals: 2)
      try desk.send(.approve(plan: p, role: p))
      return desk.refusal(.approve(plan: p, role: p))
    },
    Line(name: "already-started") { try on(.running, .start(plan: p)) },
    Line(name: "nobody-to-enable") {
      let desk = try Desk.with(merchants: 0, until: .announced)
      return desk.refusal(.start(plan: p))
    },
    Line(name: "not-running") {
      let desk = try Desk.with(until: .announced)
      return desk.refusal(.schedule(one, .complete(enabled: 0, skipped: 0)), actor: .scheduler)
    },
    Line(name: "not-paused") { try on(.running, .resume(plan: p, Desk.reason)) },
    Line(name: "rollout-over") {
      let desk = try Desk.with(until: .running)
      try desk.send(.abort(plan: p, Desk.reason))
      return desk.refusal(.resume(plan: p, Desk.reason))
    },
    Line(name: "wave-not-opened") {
      try on(.running, .rollBack(plan: p, .wave(WaveNumber(1)), Desk.reason))
    },
    Line(name: "nothing-to-roll-back") { try on(.running, .rollBack(plan: p, .all, Desk.reason)) },
    Line(name: "nothing-to-reinstate") { try on(.running, .reinstate(plan: p, .all, Desk.reason)) },
    Line(name: "step-stale") {
      try step(9, .openWave(WaveNumber(2), plannedAt: Desk.midnight, merchants: 1))
    },
    Line(name: "already-enabled") {
      let desk = try Desk.with(merchants: 4, until: .running)
      try desk.goTo(hour: 8, minute: 1)
      desk.runtime.tick()
      let first = try #require(
        (1...4).map { MerchantNumber($0) }.first { desk.standing($0.rawValue).isOn })
      return desk.refusal(
        .schedule(one, .enable(first, WaveNumber(1), plannedAt: Desk.midnight)), actor: .scheduler)
    },
    Line(name: "before-effective") {
      let desk = try Desk.with(until: .running)
      return desk.refusal(
        .schedule(one, .openWave(WaveNumber(1), plannedAt: Desk.midnight, merchants: 1)),
        actor: .scheduler)
    },
    Line(name: "window-over") {
      try step(25, .openWave(WaveNumber(1), plannedAt: Desk.midnight, merchants: 1))
    },
    Line(name: "cap-reached") {
      let desk = try Desk.with(merchants: 4, until: .running)
      try desk.goTo(hour: 8, minute: 1)
      desk.runtime.tick()
      let next = try #require(
        (1...4).map { MerchantNumber($0) }.first { !desk.standing($0.rawValue).isOn })
      return desk.refusal(
        .schedule(one, .enable(next, WaveNumber(1), plannedAt: Desk.midnight)), actor: .scheduler)
    },
    Line(name: "paused") {
      let desk = try Desk.with(until: .running)
      try desk.send(.pause(plan: p, Desk.reason))
      try desk.goTo(hour: 9)
      return desk.refusal(
        .schedule(one, .openWave(WaveNumber(1), plannedAt: Desk.midnight, merchants: 1)),
        actor: .scheduler)
    },
    Line(name: "closed-time") {
      let desk = try Desk.running([(Desk.hold, Desk.morning)])
      try desk.goTo(hour: 9)
      return desk.refusal(
        .schedule(one, .openWave(WaveNumber(1), plannedAt: Desk.midnight, merchants: 1)),
        actor: .scheduler)
    },
    Line(name: "soaking") {
      let desk = try Desk.running(
        merchants: 2, [("\"canary\": true", "\"canary\": true, \"soak_minutes\": 90")])
      try desk.goTo(hour: 8, minute: 1)
      desk.runtime.tick()
      try desk.goTo(hour: 9)
      return desk.refusal(
        .schedule(one, .openWave(WaveNumber(2), plannedAt: Desk.midnight, merchants: 1)),
        actor: .scheduler)
    },
    Line(name: "amendment-stale") {
      try on(.announced, .amend(document: Desk.plan(version: 1, [])))
    },
    Line(name: "amendment-not-allowed") {
      try on(.running, .amend(document: Desk.plan(version: 2, [("\"50%\"", "\"40%\"")])))
    },
    Line(name: "amendment-changes-nothing") {
      try on(.announced, .amend(document: Desk.plan(version: 2, [])))
    },
    Line(name: "clock-held") {
      let desk = try Desk.with(until: .running)
      try desk.send(.stepClock(ClockStepped(step: 1)))
      return desk.refusal(.schedule(one, .endWindow(enabled: 0, pending: 0)), actor: .scheduler)
    },
    Line(name: "clock-not-held") { try on(.confirmClock) },
    Line(name: "dump-ahead-of-log") {
      try on(
        .publishDump(
          DumpPublished(name: p, format: p, position: Position(99), rows: 0, digest: .zero)))
    },
    Line(name: "comparison-ahead-of-log") { try on(comparison(at: Position(99))) },
    Line(name: "comparison-unbalanced") { try on(comparison(at: .zero, fen: 1)) },
    Line(name: "adjustment-of-nothing") {
      try on(
        .adjustPayment(
          PaymentAdjusted(
            institution: .card, transaction: .none, day: BeijingDay(0), amount: .zero, reason: p,
            evidence: .zero)))
    },
    Line(name: "no-open-discrepancy") {
      try on(
        .resolveDiscrepancy(
          DiscrepancyResolved(position: .zero, flags: [], answer: .accepted, reason: p)))
    },
    Line(name: "rollback-running") {
      let desk = try Desk.with(merchants: 3, until: .running, plan: Desk.plan(perHour: 100))
      try desk.goTo(hour: 8, minute: 59)
      desk.runtime.tick()
      try desk.send(.rollBack(plan: p, .all, Desk.reason))
      let on = try #require((1...3).first { desk.standing($0).isOn })
      try desk.send(.excludeMerchant(Desk.text("m\(on)"), plan: p, Desk.reason))
      return desk.refusal(.reinstateMerchant(Desk.text("m\(on)"), plan: p))
    },
    Line(name: "approval-unsigned") { try signed(.approve(plan: p, role: p)) },
    Line(name: "approval-faulty") { try signed(.approve(plan: p, role: p, .note([0xFF]))) },
    Line(name: "approver-unknown") { try signed(Approvers.stranger) { _ in } },
    Line(name: "approval-of-another") { try signed { $0.origin = p } },
    Line(name: "approval-expired") { try signed { $0.expiresAt = Desk.midnight } },
    Line(name: "approval-evidence-stale") { try signed { $0.evidence = Position(0) } },
    Line(name: "approval-not-awaited") { try on(.announced, Approvers.plain(.wave, wave: 1)) },
    Line(name: "approval-too-long") {
      try signed { $0.expiresAt = Desk.midnight.advanced(bySeconds: 99 * Desk.day) }
    },
    Line(name: "override-of-no-evidence") {
      try GuardedDesk().desk.refusal(Approvers.plain(.waveOverride, wave: 1))
    },
    Line(name: "proposer-approves") {
      let desk = try Desk.with()
      try desk.send(
        .announce(
          document: try Desk.plan(
            version: 1, [("\"approvals\": 0", "\"approvals\": 0, \"four_eyes\": true")])))
      return desk.refusal(.approve(plan: p, role: p))
    },
    Line(name: "terms-invalid") { try on(.publishTerms(document: [])) },
    Line(name: "terms-stale") { try on(.publishTerms(document: TermsDocument(version: 2).bytes)) },
    Line(name: "terms-differ") {
      let desk = try Desk.with()
      try desk.send(.publishTerms(document: TermsDocument().bytes))
      return desk.refusal(.publishTerms(document: TermsDocument(english: "order").bytes))
    },
    Line(name: "cooling-off") {
      let desk = try Desk.with(until: .running, plan: Desk.plan(coolingOff: 30))
      try desk.goTo(hour: 8, minute: 59)
      desk.runtime.tick()
      try desk.send(.rollBack(plan: p, .all, Desk.reason))
      desk.runtime.tick()
      return desk.refusal(.reinstate(plan: p, .all, Desk.reason))
    },
  ]

  @Test(arguments: lines.indices)
  func `every rule says no in its own name`(line: Int) throws {
    let line = RefusalTests.lines[line]
    let refusal = try line.provoke()
    #expect(refusal?.name == line.name)
    #expect(refusal?.message.isEmpty == false && refusal?.hint.isEmpty == false)
  }
}
