// Which words stand behind the reason of an event.

import Events

extension Payload {
  /// What names the sealed words behind its reason, zero where it has none; nil for an event
  /// without a reason.
  var reasonReference: Digest? {
    switch self {
    case .merchantClosed(let fields): fields.reasonReference
    case .merchantExcluded(let fields): fields.reasonReference
    case .rolloutPaused(let fields), .rolloutResumed(let fields), .rolloutAborted(let fields):
      fields.reasonReference
    case .rollbackOrdered(let fields), .reinstatementOrdered(let fields): fields.reasonReference
    default: nil
    }
  }
}

extension EventKind {
  /// Whether its events have a reason that may have words.
  var hasReason: Bool {
    switch self {
    case .merchantClosed, .merchantExcluded, .rolloutPaused, .rolloutResumed, .rolloutAborted,
      .rollbackOrdered, .reinstatementOrdered:
      true
    default: false
    }
  }
}
