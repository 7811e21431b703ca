// Decisions of operators on rollouts: consult, announce, approve, start, pause, resume, abort, roll
// back, reinstate.

import Events
import Merkle
import Projections
import Rollout

/// The least notice: Beijing days between the announcement and the day it takes effect.
let noticeDays = 7

func decideRollout(
  _ body: Command.Body, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  switch body {
  case .consult(let document): try consult(document, header, in: state, into: &decision)
  case .announce(let document): try announce(document, header, in: state, into: &decision)
  case .approve(let plan, let role, let request):
    try approve(plan, role, request, header, in: state, into: &decision)
  case .start(let plan): try start(plan, header, in: state, into: &decision)
  case .pause(let plan, let reason): try pause(plan, reason, header, in: state, into: &decision)
  case .resume(let plan, let reason): try resume(plan, reason, header, in: state, into: &decision)
  case .abort(let plan, let reason): try abort(plan, reason, header, in: state, into: &decision)
  case .rollBack(let plan, let scope, let reason):
    try order(true, plan, scope, reason, header, in: state, into: &decision)
  case .reinstate(let plan, let scope, let reason):
    try order(false, plan, scope, reason, header, in: state, into: &decision)
  default: break
  }
}

func readPlan(_ document: [UInt8]) throws(Refusal) -> Plan {
  do {
    return try PlanReader.read(document)
  } catch {
    throw .planInvalid(error.faults.map { $0.description })
  }
}

private func consult(
  _ document: [UInt8], _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  let plan = try readPlan(document)
  try decideConsultation(
    plan.id, plan.version, plan.institution, header, in: state, into: &decision)
}

/// The decision on a consultation, of what its event keeps of the plan's document.
func decideConsultation(
  _ id: ShortText, _ version: UInt16, _ institution: Institution, _ header: EventHeader,
  in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  try checkInstitution(institution, id, in: state)
  if let known = state.board.rollout(plan: id) {
    throw .planAlreadyAnnounced(version: known.planVersion)
  }
  decision.add(
    header,
    .rolloutConsulted(
      RolloutConsulted(
        rollout: RolloutNumber(UInt16(state.board.rollouts.count + 1)), planVersion: version,
        institution: institution, consultedAt: header.logTime, plan: id)))
}

/// One active rollout an institution, and none for what is open to all.
private func checkInstitution(
  _ institution: Institution, _ id: ShortText, in state: DecisionState
) throws(Refusal) {
  for other in state.board.rollouts
  where other.institution == institution && other.isActive && other.plan != id {
    throw .institutionBusy(plan: other.plan)
  }
  if state.book.isOpenToAll(institution) { throw .institutionOpenToAll(institution) }
}

private func announce(
  _ document: [UInt8], _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  let plan = try readPlan(document)
  let known = state.board.rollout(plan: plan.id)
  if let known, known.phase != .consulted {
    throw .planAlreadyAnnounced(version: known.planVersion)
  }
  if let known, known.institution != plan.institution { throw .planIsNotThatConsulted }
  let today = header.logTime.beijingDay
  guard plan.effectiveAt.beijingDay >= today.advanced(byDays: noticeDays) else {
    throw .noticeTooShort(announced: today, effective: plan.effectiveAt.beijingDay)
  }
  try checkInstitution(plan.institution, plan.id, in: state)
  let number = known?.number ?? RolloutNumber(UInt16(state.board.rollouts.count + 1))
  decision.add(
    header,
    .rolloutAnnounced(
      RolloutAnnounced(
        rollout: number, planVersion: plan.version, institution: plan.institution,
        effectiveAt: plan.effectiveAt, windowEnd: plan.windowEnd,
        digest: SHA256.hash(unsafe document.span.bytes), plan: plan.id, document: document)))
}

private func start(
  _ name: ShortText, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  let rollout = try rolloutNamed(name, in: state)
  guard rollout.isActive else { throw .rolloutOver(rollout.phase.name) }
  guard let plan = state.plan(rollout.number) else { throw .rolloutNotAnnounced }
  guard rollout.phase != .running else { throw .alreadyStarted }
  let approvals = ApprovalGate.ofStart(plan, rollout, header.logTime)
  guard approvals.isMet else {
    throw .approvalsMissing(given: approvals.given.count, needed: approvals.needed)
  }
  let order = FrozenOrder(plan: plan, book: state.book, rollout: rollout.number)
  guard order.count > 0 else { throw .nobodyToEnable }
  let faults = PlanRules.validate(plan, state.book, order).filter { !$0.isWarning }
  guard faults.isEmpty else { throw .planInvalid(faults.map { $0.description }) }
  decision.add(
    header,
    .rolloutStarted(
      RolloutStarted(
        rollout: rollout.number, planVersion: rollout.planVersion,
        hashVersion: plan.order.hashVersion, waves: UInt16(plan.waves.count),
        merchants: UInt32(order.count), registryPosition: state.next,
        orderDigest: order.digest)))
}

private func step(_ rollout: Rollout, _ reason: Reason) -> RolloutStep {
  RolloutStep(
    rollout: rollout.number, planVersion: rollout.planVersion, reason: reason.reason,
    reasonReference: reason.reasonReference)
}

/// Nobody new is enabled until an operator resumes; nothing is withdrawn.
///
/// What is paused stays as it was paused first.
private func pause(
  _ plan: ShortText, _ reason: Reason, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  try checkReason(reason.reason)
  let rollout = try rolloutNamed(plan, in: state)
  guard rollout.isActive else { throw .rolloutOver(rollout.phase.name) }
  if let pause = rollout.currentPause {
    decision.accept(pause.position, since: pause.since)
    return
  }
  decision.add(header, .rolloutPaused(step(rollout, reason)))
}

/// Ends a pause; after the window it is the permission to go on.
private func resume(
  _ plan: ShortText, _ reason: Reason, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  try checkReason(reason.reason)
  let rollout = try rolloutNamed(plan, in: state)
  guard rollout.isActive else { throw .rolloutOver(rollout.phase.name) }
  let isHeldByWindow = rollout.isWindowOver && !rollout.mayContinue
  guard rollout.isPaused || isHeldByWindow else { throw .notPaused }
  try checkResumeApproved(rollout, header.logTime, in: state)
  clearBreaches(of: rollout, header, into: &decision)
  decision.add(header, .rolloutResumed(step(rollout, reason)))
}

/// Who resumes takes the breaches back.
///
/// Evidence begins anew: what was judged once is not judged again. A merchant's own breach goes
/// with its reinstatement.
private func clearBreaches(
  of rollout: Rollout, _ header: EventHeader, into decision: inout Decision
) {
  for kind in GuardrailKind.allCases where kind != .merchant && rollout.evidence.isBreached(kind) {
    let wave = rollout.evidence.open.last { $0.kind == kind }?.wave ?? .none
    decision.add(
      header,
      .guardrailCleared(
        GuardrailCleared(
          rollout: rollout.number, planVersion: rollout.planVersion, wave: wave,
          guardrail: kind.text)))
  }
}

/// Ends the opening for good, in every state in which there is one; nothing is withdrawn.
private func abort(
  _ plan: ShortText, _ reason: Reason, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  try checkReason(reason.reason)
  let rollout = try rolloutNamed(plan, in: state)
  if rollout.phase == .aborted {
    decision.accept(rollout.ending, since: rollout.endedAt)
    return
  }
  guard rollout.isActive else { throw .rolloutOver(rollout.phase.name) }
  decision.add(header, .rolloutAborted(step(rollout, reason)))
}

/// Orders a roll-back or a reinstatement; the scheduler carries it out, one event a merchant.
private func order(
  _ isRollback: Bool, _ plan: ShortText, _ scope: Command.Scope, _ reason: Reason,
  _ header: EventHeader, in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  try checkReason(reason.reason)
  let rollout = try rolloutNamed(plan, in: state)
  if !isRollback { try checkGivesBack(rollout) }
  var header = header
  var fields = ScopedOrder(
    rollout: rollout.number, planVersion: rollout.planVersion, scope: .all, tier: .unknown,
    wave: .none, merchants: 0, reason: reason.reason, reasonReference: reason.reasonReference)
  switch scope {
  case .all: break
  case .wave(let wave):
    guard rollout.wave(wave) != nil else { throw .waveNotOpened(wave) }
    (fields.scope, fields.wave) = (.wave, wave)
  case .tier(let tier): (fields.scope, fields.tier) = (.tier, tier)
  case .category(let category): (fields.scope, fields.category) = (.category, category)
  case .merchant(let external):
    header = try concerning(external, header, state)
    fields.scope = .merchant
  }
  if isRollback {
    fields.merchants = state.book.countOn(fields, merchant: header.merchant)
    // Who comes back under a reinstatement that goes on is withdrawn after it.
    guard fields.merchants > 0 || rollout.openOrders.contains(where: { !$0.isRollback }) else {
      throw .nothingToRollBack
    }
  } else {
    fields.merchants = try countCooled(fields, header, in: state)
  }
  // Everything is withdrawn only for good reason: nobody else is enabled until an operator resumes.
  if isRollback, fields.scope == .all, rollout.phase == .running, !rollout.isPaused {
    decision.add(
      header,
      .rolloutPaused(
        step(
          rollout,
          Reason(
            reason: reason.reason, reasonReference: reason.reasonReference))))
  }
  decision.add(
    header, isRollback ? .rollbackOrdered(fields) : .reinstatementOrdered(fields))
}

/// Whether a rollout gives anybody back: not after its abort, when nothing watches any more, and
/// not while a breach is open, for that would walk around the resume that takes it back.
///
/// A completed rollout cannot be resumed, so that its breach stands in nobody's way.
func checkGivesBack(_ rollout: Rollout) throws(Refusal) {
  guard rollout.phase != .aborted else { throw .rolloutOver(rollout.phase.name) }
  if rollout.isActive, let breach = rollout.breachToClear { throw .breachOpen(breach.position) }
}

/// How many a reinstatement concerns.
///
/// It is all or nothing: while one of them has not cooled off, none is given back, for an order
/// that leaves some out without a word looks as if it were whole.
private func countCooled(
  _ order: ScopedOrder, _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> UInt32 {
  let (count, freesAt) = Scheduler.rolledBack(
    in: order, merchant: header.merchant, book: state.book,
    state.plan(order.rollout)?.coolingOff ?? .none)
  guard count > 0 else { throw .nothingToReinstate }
  guard freesAt <= header.logTime else { throw .coolingOff(until: freesAt) }
  return count
}
