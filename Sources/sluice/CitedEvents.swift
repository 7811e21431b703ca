// Events that a status names by their positions: what paused an opening, what was breached on which
// evidence. The projections keep the positions alone.

import EventLog
import Events
import Projections
import Text

/// The events that a few positions name, looked up in the log once.
struct CitedEvents {
  private var events: [Position: Event] = [:]

  subscript(position: Position) -> Event? { events[position] }

  init() {}

  /// For a test, or where they are known already.
  init(_ events: [Position: Event]) { self.events = events }

  /// Looks up what the status of these rollouts cites, and forgets what it cites no more.
  mutating func follow(_ rollouts: [Rollout], in view: LogView) throws {
    let before = events
    events = [:]
    for position in rollouts.flatMap(CitedEvents.positions) where events[position] == nil {
      events[position] = try before[position] ?? view.reader.event(at: position)
    }
  }

  /// The pause that lasts and the breaches that nobody has taken back.
  private static func positions(_ rollout: Rollout) -> [Position] {
    (rollout.currentPause.map { [$0.position] } ?? []) + rollout.breachesToClear.map(\.position)
  }

  /// Who paused an opening; nil where the event is not known.
  func actor(of pause: Projections.Pause) -> Actor? { events[pause.position]?.header.actor }

  /// What a breach was concluded on: its log evidence and the threshold that it passed, as its
  /// event says them.
  func evidence(of breach: Breach) -> (evidence: String, threshold: String)? {
    guard case .guardrailBreached(let fields)? = events[breach.position]?.payload,
      case .object(let pairs)? = try? JSONReader.read(fields.evidence)
    else { return nil }
    func text(_ name: String) -> String? {
      guard case .string(let text)? = pairs.first(where: { $0.key == name })?.value else {
        return nil
      }
      return text
    }
    guard let evidence = text("log_evidence"), let threshold = text("threshold") else {
      return nil
    }
    return (evidence, threshold)
  }
}
