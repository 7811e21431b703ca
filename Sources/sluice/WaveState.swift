// How a wave stands, in one word for people and for scripts.

import Events
import Projections
import Rollout

/// How a wave of a started rollout stands.
enum WaveState: String, CaseIterable {
  /// Its planned time is to come.
  case waits
  /// Its planned time has passed, and something holds it.
  case due
  case open
  case paused
  case complete
  /// Some of those whom it enabled are withdrawn.
  case rolledBack = "rolled-back"
  /// It was open when the opening ended.
  case cutShort = "cut-short"
  /// The opening ended before it.
  case neverOpened = "never-opened"

  init(_ wave: Wave?, planned: Timestamp, _ rollout: Rollout, now: Timestamp) {
    let isOver = rollout.phase == .aborted || rollout.phase == .completed
    guard let wave else {
      self = isOver ? .neverOpened : planned > now ? .waits : .due
      return
    }
    if wave.rolledBack > 0 {
      self = .rolledBack
    } else if wave.completedAt != .none {
      self = .complete
    } else if isOver {
      self = .cutShort
    } else {
      self = rollout.currentPause == nil ? .open : .paused
    }
  }

  /// The word with its sign and colour.
  func shown(_ rolledBack: UInt32) -> String {
    switch self {
    case .waits: Screen.toned("◷ waits", .faint)
    case .due: Screen.toned("◷ due", .yellow)
    case .open: Screen.toned("◌ open", .yellow)
    case .paused: Screen.toned("॥ paused", .yellow)
    case .complete: Screen.toned("✔ complete", .green)
    case .rolledBack: Screen.toned("✖ rolled back \(Screen.count(rolledBack))", .red)
    case .cutShort: Screen.toned("• cut short", .yellow)
    case .neverOpened: Screen.toned("• never opened", .faint)
    }
  }
}
