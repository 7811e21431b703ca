// From what a clock on the wall shows to an instant, in a zone whose clocks jump.
//
// Where the clocks go back a time comes twice, and where they go forward some times never come. An
// interval is never made shorter by that: it begins at the first of the two, or at the jump, and
// ends at the second, or when a clock that had not jumped would show its end.
// Opening hours that begin in such a gap begin with the first instant behind it: what is left of
// them is open. Hours that lie in it from end to end do not come on that day.

/// The offsets of a time zone; the time zone database stands behind it, and nowhere else.
public protocol ZoneOffsets {
  /// Seconds east of UTC at an instant, in seconds since 1970-01-01T00:00:00Z.
  func offset(at seconds: Int64) -> Int64
}

/// The clocks of a zone.
struct LocalClock {
  private static let day: Int64 = 86_400
  private let zone: any ZoneOffsets

  init(_ zone: any ZoneOffsets) { self.zone = zone }

  /// The local day of an instant, counted from 1970-01-01.
  func day(at seconds: Int64) -> Int64 {
    let local = seconds + zone.offset(at: seconds)
    return local / LocalClock.day - (local % LocalClock.day < 0 ? 1 : 0)
  }

  /// The instant at which the clocks show a time, in seconds since 1970.
  ///
  /// - Parameters:
  ///   - local: what they show, as if they stood in UTC.
  ///   - isEnd: whether an interval ends there; otherwise one begins.
  func instant(_ local: Int64, isEnd: Bool) -> Int64 {
    let (shown, offsets) = shown(local)
    if let found = isEnd ? shown.max() : shown.min() { return found }
    return isEnd ? local - offsets.reduce(offsets[0], min) : behindGap(local, offsets)
  }

  /// The instant at which opening hours begin: what is closed before ends there.
  func opening(_ local: Int64) -> Int64 {
    let (shown, offsets) = shown(local)
    return shown.max() ?? behindGap(local, offsets)
  }

  /// The instants at which the clocks show a time, and the offsets that may hold around it.
  private func shown(_ local: Int64) -> (instants: [Int64], offsets: [Int64]) {
    let offsets = (-2...2 as ClosedRange<Int64>).map {
      zone.offset(at: local + $0 * LocalClock.day)
    }
    return (offsets.map { local - $0 }.filter { $0 + zone.offset(at: $0) == local }, offsets)
  }

  /// The first instant behind the gap in which a time lies.
  private func behindGap(_ local: Int64, _ offsets: [Int64]) -> Int64 {
    jump(
      after: local - offsets.reduce(offsets[0], max),
      notAfter: local - offsets.reduce(offsets[0], min))
  }

  /// The first instant at which the offset is another than at `start`.
  private func jump(after start: Int64, notAfter end: Int64) -> Int64 {
    let before = zone.offset(at: start)
    var low = start
    var high = end
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if zone.offset(at: middle) == before { low = middle } else { high = middle }
    }
    return high
  }
}
