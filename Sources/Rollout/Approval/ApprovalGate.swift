// The gate of approvals: how many a step needs, and which count. It is asked last: an approval that
// is given while another gate holds is kept until it expires.

public import Events
public import Projections
import Text

/// How the approvals of one step stand.
public struct ApprovalStanding: Hashable, Sendable {
  public var subject: ApprovalSubject
  /// `.none` where the step is no wave.
  public var wave: WaveNumber
  public var needed: Int
  /// Those that count now.
  public var given: [Approval]

  public var isMet: Bool { given.count >= needed }

  /// When the first of them ceases to count; nil where none does.
  public var changesAt: Timestamp? {
    given.map(\.expiresAt).filter { $0 != .none }.min()
  }

  /// How many are given, by whom, until when: `1 of 2 (risk+1a2b3c4d until ...)`; where more are
  /// given than are needed, that too.
  public var sentence: String {
    let givers = given.map { approval in
      approval.approver
        + (approval.expiresAt == .none ? "" : " until \(RFC3339.beijing(approval.expiresAt))")
    }
    return "\(min(given.count, needed)) of \(needed)"
      + (given.count > needed ? ", \(given.count) given" : "")
      + (givers.isEmpty ? "" : " (\(givers.joined(separator: ", ")))")
  }
}

/// Asks for the approvals of a step.
public enum ApprovalGate {
  /// How many approvals a step needs under a plan.
  ///
  /// An override needs one at least, also of a wave that needs none.
  public static func needed(
    _ subject: ApprovalSubject, _ wave: WaveNumber, _ plan: Plan
  ) -> Int {
    switch subject {
    case .start: return Int(plan.approvalsNeeded)
    case .resume: return Int(plan.approvalRules.resume)
    case .wave, .waveOverride:
      let row = Int(wave.rawValue) - 1
      guard plan.waves.indices.contains(row) else { return 0 }
      let needed = Int(plan.waves[row].approvalsNeeded)
      return subject == .wave ? needed : max(1, needed)
    }
  }

  /// The block of evidence or the breach that an approval must be about, as it stands.
  public static func evidence(_ subject: ApprovalSubject, _ rollout: Rollout) -> Position {
    switch subject {
    case .start: .none
    case .wave, .waveOverride: rollout.evidence.blocks.last?.position ?? .none
    case .resume: rollout.breachToClear?.position ?? .none
    }
  }

  public static func ofStart(
    _ plan: Plan, _ rollout: Rollout, _ now: Timestamp
  ) -> ApprovalStanding {
    ApprovalStanding(
      subject: .start, wave: .none, needed: needed(.start, .none, plan),
      given: rollout.approvals(at: now) { $0.subject == .start })
  }

  /// Of a wave that has not opened.
  public static func ofWave(
    _ wave: WaveNumber, _ plan: Plan, _ rollout: Rollout, _ now: Timestamp
  ) -> ApprovalStanding {
    ApprovalStanding(
      subject: .wave, wave: wave, needed: needed(.wave, wave, plan),
      given: rollout.approvals(at: now) { $0.subject.isOfWave && $0.wave == wave })
  }

  /// Of the resume that takes a breach back; nil where no breach is open.
  public static func ofResume(
    _ plan: Plan, _ rollout: Rollout, _ now: Timestamp
  ) -> ApprovalStanding? {
    guard let breach = rollout.breachToClear else { return nil }
    return ApprovalStanding(
      subject: .resume, wave: .none, needed: needed(.resume, .none, plan),
      given: rollout.approvals(at: now) {
        $0.subject == .resume && $0.evidence == breach.position
      })
  }

  /// Why no step waits for such an approval; nil where one does.
  ///
  /// The start is asked for its phase alone: who approves ahead of a quorum of none does no harm.
  public static func whyNotAwaited(
    _ subject: ApprovalSubject, _ wave: WaveNumber, _ plan: Plan, _ rollout: Rollout
  ) -> String? {
    let asked = needed(subject, wave, plan)
    switch subject {
    case .start:
      return rollout.phase == .announced ? nil : "the rollout is \(rollout.phase.name)"
    case .wave, .waveOverride:
      let next = rollout.waves.count + 1
      guard rollout.phase == .running, next <= plan.waves.count else {
        return "no wave of a rollout that is \(rollout.phase.name) waits for one"
      }
      guard Int(wave.rawValue) == next else {
        return "the next wave to open is \(next), and this is of wave \(wave.rawValue)"
      }
      if subject == .waveOverride, plan.guardrails == nil {
        return "a plan without guardrails has no evidence to override"
      }
      return asked > 0 ? nil : "the plan asks for none of wave \(next)"
    case .resume:
      guard rollout.breachToClear != nil else { return "no guardrail is breached" }
      return asked > 0 ? nil : "the plan asks for none before a resume"
    }
  }

  /// What evidence is missing for the next wave, so that an override would let nothing open; nil
  /// where there is some, be it too thin or not.
  ///
  /// - Parameter isAnyoneOn: whether there is a merchant whose orders can be counted.
  public static func missingEvidence(
    _ rollout: Rollout, _ watch: GuardrailWatch, isAnyoneOn: Bool
  ) -> EvidenceHold? {
    watch.holdOfNextWave(rollout, isAnyoneOn: isAnyoneOn)
      .flatMap { $0.isOverridable ? nil : $0 }
  }

  /// The latest instant until which an approval may count that is given now: as long as the plan
  /// says; of the start, which may be approved weeks ahead, the window's end if that is later.
  ///
  /// The clock of whoever signed may be a little ahead.
  public static func latestExpiry(
    _ subject: ApprovalSubject, _ plan: Plan, now: Timestamp
  ) -> Timestamp {
    let usual = now.advanced(bySeconds: plan.approvalRules.seconds + ApprovalRules.clockSkewSeconds)
    return subject == .start ? max(usual, plan.windowEnd) : usual
  }

  /// Whether enough approvers let a wave open although the evidence shows too little.
  ///
  /// Each has named exactly the evidence that holds now: the block that was closed last. The next
  /// block that is closed is another question.
  static func overrides(
    _ hold: EvidenceHold, _ wave: WaveNumber, _ plan: Plan, _ rollout: Rollout, _ now: Timestamp
  ) -> Bool {
    guard hold.isOverridable else { return false }
    let evidence = evidence(.waveOverride, rollout)
    let given = rollout.approvals(at: now) {
      $0.subject == .waveOverride && $0.wave == wave && $0.evidence == evidence
    }
    return given.count >= needed(.waveOverride, wave, plan)
  }
}

extension EvidenceHold {
  /// Whether an approver may let the wave open all the same: there is evidence, and it is too thin.
  var isOverridable: Bool {
    switch self {
    case .tooFew, .inconclusive: true
    case .noneYet, .gap, .silent: false
    }
  }
}
