// The pauses of a rollout's opening: since when, and how much time they took. Paused time counts in
// no deadline.

public import Events

/// One pause of the opening.
public struct Pause: Hashable, Sendable {
  /// The event that began it.
  public var position: Position
  public var since: Timestamp
  /// `.none` while it lasts.
  public var until: Timestamp = .none
}

extension Rollout {
  /// The pause that lasts; nil where the opening is not paused, or has ended.
  public var currentPause: Pause? {
    guard isActive, let last = pauses.last, last.until == .none else { return nil }
    return last
  }

  /// How long the opening was paused between two instants, in nanoseconds.
  public func pausedTime(from start: Timestamp, to end: Timestamp) -> Int64 {
    var sum: Int64 = 0
    for pause in pauses {
      let until = pause.until == .none ? end : min(pause.until, end)
      let since = max(pause.since, start)
      if until > since { sum &+= until.rawValue &- since.rawValue }
    }
    return sum
  }

  /// When a wave that is complete has been so for a time in which no pause counts.
  ///
  /// - Parameters:
  ///   - nanoseconds: the time, not negative.
  ///   - now: what has passed of a pause that goes on counts as if it ended now.
  /// - Returns: the instant; the latest one there is where it would be later.
  public func soaked(_ wave: Wave, for nanoseconds: Int64, now: Timestamp) -> Timestamp {
    let pauses = pausedTime(from: wave.completedAt, to: now)
    let (sum, isOver) = wave.completedAt.rawValue.addingReportingOverflow(nanoseconds)
    let (instant, isFar) = sum.addingReportingOverflow(pauses)
    return isOver || isFar ? .latest : min(.latest, Timestamp(nanoseconds: instant))
  }

  /// A pause of what is paused already says nothing new.
  mutating func pause(_ reason: ShortText, _ position: Position, _ time: Timestamp) {
    isPaused = true
    pauseReason = reason
    if pauses.last.map({ $0.until != .none }) ?? true {
      pauses.append(Pause(position: position, since: time))
    }
  }

  mutating func resume(_ time: Timestamp) {
    isPaused = false
    pauseReason = .none
    if isWindowOver { mayContinue = true }
    endPause(time)
  }

  /// The opening has ended, and what was paused with it.
  mutating func end(_ phase: RolloutPhase, _ position: Position, _ time: Timestamp) {
    self.phase = phase
    endedAt = time
    ending = position
    endPause(time)
  }

  private mutating func endPause(_ time: Timestamp) {
    if !pauses.isEmpty, pauses[pauses.count - 1].until == .none {
      pauses[pauses.count - 1].until = time
    }
  }
}
