// What a rollout waits for and when it will be through, as people say it.

import Events
import Projections
import Rollout

extension RolloutGate {
  /// What it waits for, as people say it.
  var sentence: String {
    switch self {
    case .notAnnounced: "it is not announced"
    case .approvals(let standing): "approvals: \(ApprovalFacts.text(standing))"
    case .notStarted: "it is not started"
    case .clockHeld: "the clock made a large step"
    case .order(let position, let isRollback, let switched, let all):
      "the \(isRollback ? "roll-back" : "reinstatement") ordered at position \(position.rawValue): "
        + "\(Screen.count(switched)) of \(Screen.count(all)) switched"
    case .paused(let reason, _, let breaches): RolloutGate.paused(reason, breaches)
    case .beforeEffective(let instant): "it takes effect at \(Screen.time(instant))"
    case .windowOver: "the window is over"
    case .closed(let interval): "closed until \(Screen.time(interval.to)) (\(interval.why))"
    case .soaking(let wave, let until):
      "wave \(wave.rawValue) waits for the soak of the one before, until \(Screen.time(until))"
    case .waveNotOpen(let wave, let instant):
      "wave \(wave.rawValue) opens at \(Screen.time(instant))"
    case .evidence(let hold): hold.reason
    case .cap(let hold): hold.sentence
    case .none: "nothing"
    case .ended(let phase): "the rollout is \(phase.name)"
    }
  }

  /// The word of the gate, for scripts.
  var name: String { self == .none ? "none" : String("\(self)".prefix { $0 != "(" }) }

  private static func paused(_ reason: ShortText, _ breaches: [Breach]) -> String {
    guard let last = breaches.last else { return "the opening is paused (\(reason))" }
    let places = breaches.map { "\($0.kind.name) at position \($0.position.rawValue)" }
    let what = breaches.count == 1 ? "" : "\(breaches.count) guardrails: "
    return "breach of \(what)\(places.joined(separator: ", ")), "
      + Screen.time(last.breachedAt)
  }
}

extension CapHold {
  /// The cap with its numbers, and when it frees.
  var sentence: String {
    "the cap \(kind.name) is used up: \(Screen.count(used)) of \(Screen.count(limit))"
      + (needed > 1 ? ", it needs \(Screen.count(needed))" : "")
      + (freesAt.map { "; free at \(Screen.time($0))" } ?? "; it is larger than the cap")
  }
}

extension ExpectedEnd {
  /// When it will be through, or what that hangs on, as people say it.
  var sentence: String {
    switch self {
    case .at(let instant): return "at about \(Screen.time(instant))"
    case .hangsOn(let gate):
      return "no expected end: it hangs on \(gate.owner) (\(gate.sentence))"
    case .windowEnds(let instant, let pace, let after):
      let fate =
        after == .stop
        ? "who is pending then stays off"
        : "then it waits for the operator"
      let when =
        pace.map { "all would be in at about \(Screen.time($0))" }
        ?? "the caps let it take more than a year"
      return "no expected end: \(when), and the window ends before, at \(Screen.time(instant)); "
        + fate
    case .beyondAYear: return "no expected end: the caps let it take more than a year"
    }
  }
}
