// How a wave stands, in one word for people and for scripts.

import Dumps
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
  func shown(_ rolledBack: UInt32, _ words: Wording) -> String {
    let (sign, label, tone): (String, Label, Screen.Tone) =
      switch self {
      case .waits: ("◷", StatusWords.waits, .faint)
      case .due: ("◷", StatusWords.due, .yellow)
      case .open: ("◌", StatusWords.open, .yellow)
      case .paused: ("॥", StatusWords.paused, .yellow)
      case .complete: ("✔", StatusWords.complete, .green)
      case .rolledBack: ("✖", StatusWords.rolledBack(Screen.count(rolledBack)), .red)
      case .cutShort: ("•", StatusWords.cutShort, .yellow)
      case .neverOpened: ("•", StatusWords.neverOpened, .faint)
      }
    return Screen.toned("\(sign) \(words[label])", tone)
  }
}
