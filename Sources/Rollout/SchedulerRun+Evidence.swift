// The scheduler's steps of evidence: blocks are closed, breaches are said, and what they lead to is
// done. One sort of step a call, for the next sort follows from what this one says.

public import Events
public import Projections

extension SchedulerRun {
  /// How many blocks one call closes at most.
  private static var closingsMax: Int { 64 }

  /// Why the evidence lets the next wave not open; nil where it does, or where approvers override.
  func evidenceHold(of wave: WaveNumber) -> EvidenceHold? {
    guard let watch else { return nil }
    return Scheduler.evidenceHold(
      of: wave, plan, rollout, watch, isAnyoneOn: countOn() > 0, now: now)
  }

  /// What is due of the evidence; nil where nothing is.
  mutating func watchEvidence() -> Halt? {
    guard let watch, watch.isOn(rollout, now) else { return nil }
    let before = steps.count
    close(watch)
    if steps.count == before {
      for verdict in watch.judge.breaches(rollout.evidence) where !isFull {
        steps.append(.breach(verdict.kind, verdict.merchant))
      }
    }
    if steps.count == before { react(watch) }
    return steps.count == before ? nil : .limit
  }

  private mutating func close(_ watch: GuardrailWatch) {
    var from = watch.from(rollout)
    let due = watch.due(now)
    let before = steps.count
    while from < due, !isFull, steps.count - before < SchedulerRun.closingsMax {
      let to = watch.open.end(from: from, until: due)
      steps.append(.closeEvidence(from: from, to: to))
      from = to
    }
  }

  /// What breaches that nobody has cleared lead to, where it is not done yet.
  private mutating func react(_ watch: GuardrailWatch) {
    var isPaused = rollout.isPaused || rollout.phase != .running
    // One order a wave, whichever breach asks for it first.
    var ordered = Set(rollout.openOrders.lazy.filter { $0.isRollback }.map(\.order.wave))
    for breach in rollout.evidence.breaches where !breach.isCleared && !isFull {
      if breach.kind != .merchant, !isPaused {
        steps.append(.pauseFor(breach.position))
        isPaused = true
      }
      guard breach.order == .none, !isFull,
        let order = Scheduler.rollback(for: breach, rollout, watch),
        book.countOn(order, merchant: breach.merchant) > 0,
        order.scope == .merchant || ordered.insert(order.wave).inserted
      else { continue }
      steps.append(.orderRollback(breach.position))
    }
  }
}

extension Scheduler {
  /// Why the evidence lets the next wave not open; nil where it does, or where approvers override.
  ///
  /// - Parameter isAnyoneOn: whether there is a merchant whose orders can be counted.
  static func evidenceHold(
    of wave: WaveNumber, _ plan: Plan, _ rollout: Projections.Rollout, _ watch: GuardrailWatch,
    isAnyoneOn: Bool, now: Timestamp
  ) -> EvidenceHold? {
    watch.holdOfNextWave(rollout, isAnyoneOn: isAnyoneOn).flatMap {
      ApprovalGate.overrides($0, wave, plan, rollout, now) ? nil : $0
    }
  }

  /// The roll-back that a breach asks for; nil where its guardrail pauses only.
  public static func rollback(
    for breach: Breach, _ rollout: Projections.Rollout, _ watch: GuardrailWatch
  ) -> ScopedOrder? {
    let isOfMerchant = breach.kind == .merchant
    guard isOfMerchant || watch.rules.action(breach.kind) == .rollBackWave else { return nil }
    return ScopedOrder(
      rollout: rollout.number, planVersion: rollout.planVersion,
      scope: isOfMerchant ? .merchant : .wave, tier: .unknown,
      wave: isOfMerchant ? .none : breach.wave, merchants: 0,
      reason: breach.kind.text, reasonReference: .zero)
  }
}
