// Decisions on evidence: a block is closed, a guardrail is breached, and what a breach leads to.
//
// The scheduler proposes; here the tables are made and every rule is asked again, so that a breach
// in the log is one that the evidence before it shows.

import Events
import Projections
import Rollout
import Text

/// The event of a step of evidence in a rollout, by its number less one.
func evidenceEvent(
  _ step: ScheduledStep, _ row: Int, _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> Event {
  guard !state.isClockHeld else { throw .clockHeld }
  let rollout = state.board.rollouts[row]
  guard let watch = state.watch(rollout.number), watch.isOn(rollout, header.logTime) else {
    throw .notRunning(rollout.phase.name)
  }
  switch step {
  case .closeEvidence(let from, let to):
    return try closed(from, to, watch, rollout, header)
  case .breach(let kind, let merchant):
    return try breached(kind, merchant, watch, rollout, header, in: state)
  case .pauseFor(let position):
    let breach = try openBreach(position, rollout)
    guard rollout.phase == .running else { throw .notRunning(rollout.phase.name) }
    guard !rollout.isPaused else { throw .stepStale("it is paused") }
    return Event(
      header.of(breach),
      .rolloutPaused(
        RolloutStep(
          rollout: rollout.number, planVersion: rollout.planVersion, reason: breach.kind.text,
          reasonReference: .zero)))
  case .orderRollback(let position):
    return try rollback(try openBreach(position, rollout), watch, rollout, header, in: state)
  default: preconditionFailure("a step of something else is decided elsewhere")
  }
}

/// A block of time whose orders have all had their time to be answered.
private func closed(
  _ from: Timestamp, _ to: Timestamp, _ watch: GuardrailWatch, _ rollout: Rollout,
  _ header: EventHeader
) throws(Refusal) -> Event {
  let patience = watch.rules.answerSeconds
  guard from == watch.from(rollout), from < to,
    header.logTime >= to.advanced(bySeconds: patience)
  else { throw .stepStale("the block is closed, or open for longer") }
  var header = header
  header.cause = rollout.start
  return Event(
    header,
    .evidenceClosed(
      EvidenceClosed(
        rollout: rollout.number, planVersion: rollout.planVersion, gap: watch.open.gap(from: from),
        from: from, to: to, late: watch.open.late, unclassified: watch.open.unclassified,
        table: EvidenceTable.write(watch.open.rows(from: from)),
        merchants: EvidenceTable.write(
          watch.open.merchants(from: from) { watch.judge.isWatched($0) }))))
}

private func breached(
  _ kind: GuardrailKind, _ merchant: MerchantNumber, _ watch: GuardrailWatch, _ rollout: Rollout,
  _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> Event {
  guard let verdict = watch.judge.breach(kind, merchant, rollout.evidence) else {
    throw .stepStale("the evidence shows no such breach, or it is known")
  }
  var header = header
  header.actor = Actor(.guardrail)
  header.cause = watch.judge.last
  if merchant != .none {
    header.merchant = merchant
    header.previous = state.book.lastEvent(merchant)
  }
  return Event(
    header,
    .guardrailBreached(
      GuardrailBreached(
        rollout: rollout.number, planVersion: rollout.planVersion,
        wave: rollout.lastWaveInEvidence, guardrail: kind.text, first: watch.judge.first,
        last: watch.judge.last, evidence: BreachEvidence.write(verdict, watch.rules, rollout))))
}

private func openBreach(_ position: Position, _ rollout: Rollout) throws(Refusal) -> Breach {
  guard let breach = rollout.evidence.breaches.first(where: { $0.position == position }),
    !breach.isCleared
  else { throw .stepStale("the breach is cleared") }
  return breach
}

private func rollback(
  _ breach: Breach, _ watch: GuardrailWatch, _ rollout: Rollout, _ header: EventHeader,
  in state: DecisionState
) throws(Refusal) -> Event {
  guard breach.order == .none else { throw .stepStale("the roll-back is ordered") }
  guard var fields = Scheduler.rollback(for: breach, rollout, watch) else {
    throw .stepStale("the plan asks for no roll-back")
  }
  var header = header.of(breach)
  if breach.kind == .merchant {
    header.merchant = breach.merchant
    header.previous = state.book.lastEvent(breach.merchant)
  }
  fields.merchants = state.book.countOn(fields, merchant: breach.merchant)
  guard fields.merchants > 0 else { throw .nothingToRollBack }
  return Event(header, .rollbackOrdered(fields))
}

extension EventHeader {
  /// The header of what a breach leads to.
  fileprivate func of(_ breach: Breach) -> EventHeader {
    var header = self
    header.actor = Actor(.guardrail)
    header.cause = breach.position
    return header
  }
}

extension Rollout {
  /// The last wave that had opened when the block that was judged last ended.
  fileprivate var lastWaveInEvidence: WaveNumber {
    let end = evidence.blocks.last?.to ?? .none
    return (waves.last { $0.openedAt < end } ?? waves.last)?.number ?? .none
  }
}
