// Where a rollout stands against its plan: soaks, closed time, amendments.

import Dumps
import Events
import Projections
import Rollout

/// What a status says of a plan beside its waves.
enum PlanStanding {
  /// Before when the next wave does not open: its planned instant, the soak before it, and what is
  /// closed.
  ///
  /// The plan has such a wave.
  static func opening(_ plan: Plan, _ rollout: Rollout, _ now: Timestamp) -> Timestamp {
    let soaks = Scheduler.soakEnd(plan, rollout, now: now)
    return plan.open(from: max(plan.waves[rollout.waves.count].opensAt, soaks))
  }

  static func facts(
    _ plan: Plan, _ rollout: Rollout, _ now: Timestamp
  ) -> [(name: Label, text: Label)] {
    var facts: [(name: Label, text: Label)] = []
    if rollout.amendments > 0 {
      facts.append(
        (
          StatusWords.amended,
          StatusWords.amended(rollout.amendments, Screen.time(rollout.amendedAt))
        ))
    }
    guard rollout.phase == .running else { return facts }
    let soaks = Scheduler.soakEnd(plan, rollout, now: now)
    if soaks > now {
      facts.append(
        (
          StatusWords.soaks,
          StatusWords.soaks(until: Screen.time(soaks), isPaused: rollout.isPaused)
        ))
    }
    if let closure = plan.closure(at: now) {
      facts.append(
        (StatusWords.closed, StatusWords.closed(until: Screen.time(closure.to), "\(closure.why)")))
    }
    return facts
  }
}
