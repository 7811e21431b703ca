// Pauses of a rollout, and deadlines that they do not count in.

public import Events

extension Rollout {
  /// For how long it has been paused up to an instant, in nanoseconds.
  public func paused(until instant: Timestamp) -> Int64 {
    guard pausedSince != .none else { return pausedFor }
    return pausedFor &+ max(0, instant.rawValue &- pausedSince.rawValue)
  }

  /// When a wave that is complete has been so for a time in which no pause counts.
  ///
  /// - Parameters:
  ///   - nanoseconds: the time, not negative.
  ///   - now: what has passed of a pause that goes on counts as if it ended now.
  /// - Returns: the instant; the latest one there is where it would be later.
  public func soaked(_ wave: Wave, for nanoseconds: Int64, now: Timestamp) -> Timestamp {
    let pauses = max(0, paused(until: now) &- wave.pausedBefore)
    let (sum, isOver) = wave.completedAt.rawValue.addingReportingOverflow(nanoseconds)
    let (instant, isFar) = sum.addingReportingOverflow(pauses)
    return isOver || isFar ? .latest : min(.latest, Timestamp(nanoseconds: instant))
  }

  mutating func pause(_ reason: ShortText, at time: Timestamp) {
    if !isPaused { pausedSince = time }
    isPaused = true
    pauseReason = reason
  }

  /// Ends a pause; after the window it is the permission to go on.
  mutating func resume(at time: Timestamp) {
    pausedFor = paused(until: time)
    pausedSince = .none
    isPaused = false
    pauseReason = .none
    if isWindowOver { mayContinue = true }
  }

  mutating func completeWave(_ row: Int, at time: Timestamp) {
    waves[row].completedAt = time
    waves[row].pausedBefore = paused(until: time)
  }
}
