// Decisions on approvals: each is of one step, under one version of the plan, on one evidence, and
// counts until it expires. What is asked, in this order:
//   1. The rollout is announced and has not ended.
//   2. Where the plan lists approvers, the note is one, is signed by one of them, and its text is
//      about this very log and no other of its origin, this version of this plan, and the quorum
//      that it asks for; where it lists none, nothing is signed.
//   3. The step is the next one that waits for an approval: an approval never lands on another.
//   4. It has not expired and counts for no longer than the plan lets it, its evidence is fresh
//      enough, and an override is of evidence that is there.
//   5. Whoever proposed this version is somebody else, where the plan asks for four eyes.
//   6. The same approver has not said the same already.

import Events
import Merkle
import Projections
import Rollout

func approve(
  _ name: ShortText, _ role: ShortText, _ request: ApprovalRequest, _ header: EventHeader,
  in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  let rollout = try rolloutNamed(name, in: state)
  guard rollout.phase != .consulted else { throw .rolloutNotAnnounced }
  guard rollout.isActive else { throw .rolloutOver(rollout.phase.name) }
  guard let plan = state.plan(rollout.number) else { throw .rolloutNotAnnounced }
  let (statement, note, key) = try stated(request, plan, rollout, header.logTime, in: state)
  try checkAwaited(statement, plan, rollout)
  try checkExpiry(statement, plan, header.logTime)
  try checkEvidence(statement, plan, rollout)
  try checkOverride(statement, rollout, in: state)
  if plan.approvalRules.fourEyes, rollout.proposer.id == header.actor.id {
    throw .proposerApproves(uid: header.actor.id)
  }
  let approved = RolloutApproved(
    rollout: rollout.number, planVersion: rollout.planVersion, role: role, approval: note,
    grant: RolloutApproved.Grant(
      subject: statement.subject, wave: statement.wave, quorum: statement.quorum,
      evidence: statement.evidence, expiresAt: statement.expiresAt,
      documentDigest: statement.documentDigest, key: key))
  try checkNotRepeated(approved, rollout, header)
  decision.add(header, .rolloutApproved(approved))
}

/// What is approved, the note that says so, and the key that signed it.
private func stated(
  _ request: ApprovalRequest, _ plan: Plan, _ rollout: Rollout, _ now: Timestamp,
  in state: DecisionState
) throws(Refusal) -> (ApprovalStatement, note: [UInt8], key: ShortText) {
  let origin = state.log?.origin ?? .none
  let log = state.log.map { LogID(low: $0.logIDLow, high: $0.logIDHigh) }
  switch request {
  case .plain(let plain):
    guard plan.approvalRules.approvers.isEmpty else { throw .approvalUnsigned }
    var expiresAt = plain.expiresAt
    // An approval of the start waits for the day of effect, which is a week away or more.
    if expiresAt == .none, plain.subject != .start {
      expiresAt = now.advanced(bySeconds: plan.approvalRules.seconds)
    }
    let statement = ApprovalStatement(
      origin: origin, log: log, plan: plan.id, planVersion: rollout.planVersion,
      documentDigest: rollout.documentDigest, subject: plain.subject, wave: plain.wave,
      evidence: plain.evidence ?? ApprovalGate.evidence(plain.subject, rollout),
      quorum: quorum(plain.subject, plain.wave, plan), expiresAt: expiresAt)
    return (statement, [], .none)
  case .note(let bytes):
    let (statement, key) = try read(bytes, plan)
    try checkIsOfThis(statement, origin, log, plan, rollout)
    // The instant that means no end in the log is long past in a note.
    guard statement.expiresAt > .none else { throw .approvalExpired(statement.expiresAt) }
    return (statement, bytes, key.shortLabel)
  }
}

private func quorum(
  _ subject: ApprovalSubject, _ wave: WaveNumber, _ plan: Plan
) -> UInt16 {
  UInt16(ApprovalGate.needed(subject, wave, plan))
}

/// The statement of a note and the approver who signed it, the first of them.
private func read(
  _ bytes: [UInt8], _ plan: Plan
) throws(Refusal) -> (ApprovalStatement, NoteKey) {
  let known = plan.approvalRules.approvers.compactMap { NoteKey($0) }
  let note: SignedNote
  let signers: [NoteKey]
  do throws(NoteFault) {
    note = try SignedNote(bytes)
    signers = try note.signers(among: known)
  } catch { throw .approvalFaulty("\(error)") }
  guard let key = signers.first else {
    throw .approverUnknown(note.signatures.map(\.name))
  }
  guard signers.count == 1 else {
    throw .approvalFaulty("it has the signatures of \(signers.count) approvers")
  }
  guard let statement = ApprovalStatement(note.text) else {
    throw .approvalFaulty("its text is no approval")
  }
  return (statement, key)
}

/// A note that is replayed names another log, plan, version, document or quorum.
private func checkIsOfThis(
  _ statement: ApprovalStatement, _ origin: ShortText, _ log: LogID?, _ plan: Plan,
  _ rollout: Rollout
) throws(Refusal) {
  let needed = quorum(statement.subject, statement.wave, plan)
  let pairs: [(String, String, String)] = [
    ("log", "\(statement.origin)", "\(origin)"),
    ("log of that origin", statement.log?.hex ?? "none", log?.hex ?? "none"),
    ("plan", "\(statement.plan)", "\(plan.id)"),
    ("version", "\(statement.planVersion)", "\(rollout.planVersion)"),
    ("document", statement.documentDigest.hex, rollout.documentDigest.hex),
    ("quorum", "\(statement.quorum)", "\(needed)"),
  ]
  for (field, given, stands) in pairs where given != stands {
    throw .approvalOfAnother(field: field, given: given, stands: stands)
  }
}

/// The step is the next that waits for approvals.
private func checkAwaited(
  _ statement: ApprovalStatement, _ plan: Plan, _ rollout: Rollout
) throws(Refusal) {
  guard
    let why = ApprovalGate.whyNotAwaited(statement.subject, statement.wave, plan, rollout)
  else { return }
  throw statement.subject == .start ? .alreadyStarted : .approvalNotAwaited(why)
}

/// It has not expired, and does not count for longer than the plan lets it.
private func checkExpiry(
  _ statement: ApprovalStatement, _ plan: Plan, _ now: Timestamp
) throws(Refusal) {
  guard statement.expiresAt != .none else { return }
  guard now < statement.expiresAt else { throw .approvalExpired(statement.expiresAt) }
  let latest = ApprovalGate.latestExpiry(statement.subject, plan, now: now)
  guard statement.expiresAt <= latest else {
    throw .approvalTooLong(until: statement.expiresAt, latest: latest)
  }
}

/// An override is of evidence that is too thin: where it is missing nobody could have seen any.
private func checkOverride(
  _ statement: ApprovalStatement, _ rollout: Rollout, in state: DecisionState
) throws(Refusal) {
  guard statement.subject == .waveOverride, let watch = state.watch(rollout.number) else { return }
  let isAnyoneOn = (state.book.standing(rollout.number)?.countOn ?? 0) > 0
  guard let hold = ApprovalGate.missingEvidence(rollout, watch, isAnyoneOn: isAnyoneOn) else {
    return
  }
  throw .overrideOfNoEvidence(statement.wave, hold)
}

/// What the approver has seen is what stands, or for a wave not much older.
private func checkEvidence(
  _ statement: ApprovalStatement, _ plan: Plan, _ rollout: Rollout
) throws(Refusal) {
  let stands = ApprovalGate.evidence(statement.subject, rollout)
  guard statement.evidence != stands else { return }
  if statement.subject == .wave, let last = rollout.evidence.blocks.last,
    let seen = rollout.evidence.blocks.last(where: { $0.position == statement.evidence }),
    last.to.seconds - seen.to.seconds <= plan.approvalRules.seconds
  {
    return
  }
  throw .approvalEvidenceStale(given: statement.evidence, stands: stands)
}

/// Once for the same step and the same evidence; later evidence may be approved anew, and then
/// counts once all the same.
private func checkNotRepeated(
  _ fields: RolloutApproved, _ rollout: Rollout, _ header: EventHeader
) throws(Refusal) {
  guard let grant = fields.grant else { return }
  let same = rollout.approvals(at: header.logTime) {
    $0.subject == grant.subject && $0.wave == grant.wave && $0.evidence == grant.evidence
  }
  let isKnown = same.contains { approval in
    approval.key == grant.key && (!grant.key.isEmpty || approval.actor.id == header.actor.id)
  }
  if isKnown { throw .approvalRepeated }
}

/// Whether a resume has the approvals that the plan asks for after a breach.
func checkResumeApproved(
  _ rollout: Rollout, _ now: Timestamp, in state: DecisionState
) throws(Refusal) {
  guard let plan = state.plan(rollout.number),
    let standing = ApprovalGate.ofResume(plan, rollout, now), !standing.isMet
  else { return }
  throw .approvalsMissing(given: standing.given.count, needed: standing.needed)
}

/// Whether a wave has the approvals that the plan asks for.
func checkWaveApproved(
  _ wave: WaveNumber, _ rollout: Rollout, _ now: Timestamp, in state: DecisionState
) throws(Refusal) {
  guard let plan = state.plan(rollout.number) else { return }
  let standing = ApprovalGate.ofWave(wave, plan, rollout, now)
  guard standing.isMet else {
    throw .approvalsMissing(given: standing.given.count, needed: standing.needed)
  }
}
