// Where a rollout stands against its plan: soaks, closed time, amendments.

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
  ) -> [(name: String, text: String)] {
    var facts: [(name: String, text: String)] = []
    if rollout.amendments > 0 {
      let times = rollout.amendments == 1 ? "once" : "\(rollout.amendments) times"
      facts.append(("amended", "\(times), last at \(Screen.time(rollout.amendedAt))"))
    }
    guard rollout.phase == .running else { return facts }
    let soaks = Scheduler.soakEnd(plan, rollout, now: now)
    if soaks > now {
      let paused = rollout.isPaused ? ", and longer by the pause" : ""
      facts.append(("soaks", "until \(Screen.time(soaks))\(paused)"))
    }
    if let closure = plan.closure(at: now) {
      facts.append(("closed", "until \(Screen.time(closure.to)) (\(closure.why))"))
    }
    return facts
  }
}
