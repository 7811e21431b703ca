// The decision on an amendment: a new version of a plan that was announced.

import Events
import Merkle
import Projections
import Rollout

func decideAmendment(
  _ document: [UInt8], _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  let plan = try readPlan(document)
  let rollout = try rolloutNamed(plan.id, in: state)
  if let order = state.order(rollout.number), rollout.phase == .running {
    let faults = PlanRules.validate(plan, state.book, order).filter { !$0.isWarning }
    guard faults.isEmpty else { throw .planInvalid(faults.map { $0.description }) }
  }
  if rollout.phase == .announced { try checkNotice(plan, rollout, header.logTime) }
  guard rollout.phase != .consulted, let known = state.plan(rollout.number) else {
    throw .rolloutNotAnnounced
  }
  guard rollout.isActive else { throw .rolloutOver(rollout.phase.name) }
  guard Int(plan.version) == Int(rollout.planVersion) + 1 else {
    throw .amendmentStale(version: rollout.planVersion, given: plan.version)
  }
  let amendment = PlanAmendment(from: known, to: plan)
  let late = amendment.late(in: rollout)
  guard late.isEmpty else { throw .amendmentNotAllowed(late) }
  guard !amendment.changes.isEmpty else { throw .amendmentChangesNothing }
  decision.add(
    header,
    .rolloutAmended(
      RolloutAmended(
        rollout: rollout.number, planVersion: plan.version, previousVersion: rollout.planVersion,
        effectiveAt: plan.effectiveAt, windowEnd: plan.windowEnd,
        previousDigest: rollout.documentDigest,
        digest: SHA256.hash(unsafe document.span.bytes), document: document)))
}

/// The notice runs from the announcement; an effect that is brought forward is announced anew.
private func checkNotice(
  _ plan: Plan, _ rollout: Rollout, _ now: Timestamp
) throws(Refusal) {
  let isSooner = plan.effectiveAt < rollout.effectiveAt
  let announced = isSooner ? now.beijingDay : rollout.announcedAt.beijingDay
  guard plan.effectiveAt.beijingDay >= announced.advanced(byDays: noticeDays) else {
    throw .noticeTooShort(announced: announced, effective: plan.effectiveAt.beijingDay)
  }
}
