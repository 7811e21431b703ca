// What somebody must do, or what comes by itself, for a rollout to go on: `status` and the
// dashboard say it alike.

public import Events
public import Projections
public import Rollout

/// The step that ends what a rollout waits for.
public struct NextStep {
  private let rollout: Projections.Rollout
  private let plan: Plan?
  private let gate: RolloutGate
  private let name: String
  private let isAnyoneOn: Bool
  private let now: Timestamp
  private let words: Wording

  /// - Parameters:
  ///   - plan: nil before it is announced.
  ///   - name: the plan's id as the screen shows it.
  ///   - isAnyoneOn: whether a merchant is on.
  public init(
    _ rollout: Projections.Rollout, _ plan: Plan?, _ gate: RolloutGate, name: String,
    isAnyoneOn: Bool, now: Timestamp, _ words: Wording
  ) {
    self.rollout = rollout
    self.plan = plan
    self.gate = gate
    self.name = name
    self.isAnyoneOn = isAnyoneOn
    self.now = now
    self.words = words
  }

  /// What happens next, and when; the instant is nil where somebody must act, or nobody can tell.
  public var step: (action: String, at: Timestamp?)? {
    switch gate {
    case .notAnnounced: return ("`sluice rollout announce FILE`", nil)
    case .approvals(let standing): return (approve(standing), nil)
    case .notStarted: return ("`sluice rollout start \(name)`", nil)
    case .clockHeld: return ("`sluice clock confirm`", nil)
    case .paused(_, _, let breaches):
      return (resume(breaches: breaches.count), nil)
    case .windowOver:
      return (words[StatusWords.orAmend("`sluice rollout resume \(name) --reason CODE`")], nil)
    case .evidence(let hold) where gate.endsAt == nil: return (hold.release(words), nil)
    case .evidence: return (words[StatusWords.blockReleases], gate.endsAt)
    case .ended(.aborted) where isAnyoneOn:
      return (words[StatusWords.withdraws("`sluice rollout rollback \(name) --all`")], nil)
    case .beforeEffective: return (words[StatusWords.takesEffect], gate.endsAt)
    case .closed: return (words[StatusWords.opensAgain], gate.endsAt)
    case .soaking(let wave, _), .waveNotOpen(let wave, _):
      return (words[StatusWords.wave(opens: wave.rawValue)], gate.endsAt)
    case .cap: return (words[StatusWords.capFrees], gate.endsAt)
    case .order, .none, .ended: return nil
    }
  }

  /// How a paused opening goes on.
  private func resume(breaches: Int) -> String {
    let resume = "`sluice rollout resume \(name) --reason CODE`"
    let step =
      breaches == 0 ? resume : words[StatusWords.takesBack(resume, breaches: breaches)]
    guard let standing = plan.flatMap({ ApprovalGate.ofResume($0, rollout, now) }),
      !standing.isMet
    else { return step }
    return words[StatusWords.approveFirst(approve(standing), step)]
  }

  /// How an approval is given: signed, where the plan lists who may.
  private func approve(_ standing: ApprovalStanding) -> String {
    var step = ""
    if standing.wave != .none { step = " --wave \(standing.wave.rawValue)" }
    if standing.subject == .resume { step = " --resume" }
    guard let plan, !plan.approvalRules.approvers.isEmpty else {
      return "`sluice rollout approve \(name)\(step)`"
    }
    return words[
      StatusWords.approveFirst(
        "`sluice approval sign \(name)\(step) --key KEY --out NOTE`",
        "`sluice rollout approve \(name) --note NOTE`")]
  }
}
