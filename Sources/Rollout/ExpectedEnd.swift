// When a rollout will be through, or what keeps everybody from telling.
//
// A pace by the caps is no promise: where somebody must act first, where evidence must come that
// nobody can foresee, or where the window ends before, there is no expected end.

public import Events
public import Projections

/// When a rollout will be through.
public enum ExpectedEnd: Hashable, Sendable {
  /// At about this instant, if nothing else stops it.
  case at(Timestamp)
  /// Nobody can tell before this gate has ended.
  case hangsOn(RolloutGate)
  /// The window ends first, and the plan then holds or stops; `pace` is when all would be in, nil
  /// where that takes more than a year.
  case windowEnds(Timestamp, pace: Timestamp?, Plan.AfterWindow)
  /// The caps let it take more than a year.
  case beyondAYear
}

extension RolloutGate {
  /// Whether it ends by itself, so that what comes behind it can be foreseen.
  fileprivate func endsByItself(at now: Timestamp) -> Bool {
    switch self {
    case .notAnnounced, .approvals, .notStarted, .clockHeld, .paused, .windowOver, .ended: false
    // The first block is closed by the clock; whether one that is not whole is followed by a
    // better one, nobody knows.
    case .evidence(.noneYet(let instant)): instant > now
    case .evidence: false
    case .cap(let hold): hold.freesAt != nil
    case .order, .beforeEffective, .closed, .soaking, .waveNotOpen, .none: true
    }
  }
}

extension Scheduler {
  /// When a running rollout will be through, or what that hangs on; nil where it does not run.
  ///
  /// Waves to come are taken to open when the plan says: `unforeseen` names what else they need.
  ///
  /// - Parameters:
  ///   - sizes: how many merchants its waves have.
  ///   - gate: what it waits for now.
  public static func outlook(
    _ rollout: Projections.Rollout, plan: Plan, sizes: WaveSizes, gate: RolloutGate,
    now: Timestamp
  ) -> ExpectedEnd? {
    guard rollout.phase == .running else { return nil }
    if let pause = rollout.currentPause {
      // Whatever else goes on meanwhile: nobody is let in before somebody resumes.
      return .hangsOn(
        .paused(rollout.pauseReason, since: pause.since, breaches: rollout.breachesToClear))
    }
    guard gate.endsByItself(at: now) else { return .hangsOn(gate) }
    let pace = expectedEnd(rollout, plan: plan, sizes: sizes, now: now)
    let endsWithWindow =
      plan.afterWindow == .stop || plan.afterWindow == .hold && !rollout.mayContinue
    if endsWithWindow, pace.map({ $0 > rollout.windowEnd }) ?? true {
      return .windowEnds(rollout.windowEnd, pace: pace, plan.afterWindow)
    }
    return pace.map { .at($0) } ?? .beyondAYear
  }

  /// Which waves to come ask for approvals that are not given yet, and whether evidence must let
  /// any of them open.
  public static func unforeseen(
    _ rollout: Projections.Rollout, plan: Plan, now: Timestamp
  ) -> (approvals: [WaveNumber], evidence: Bool) {
    let toCome = rollout.waves.count..<max(plan.waves.count, rollout.waves.count)
    let waves = toCome.map { WaveNumber(UInt16($0 + 1)) }
    return (
      waves.filter { !ApprovalGate.ofWave($0, plan, rollout, now).isMet },
      plan.guardrails != nil && !waves.isEmpty
    )
  }
}
