// A stretch of time in which a rollout enables nobody: a blackout, or the night of a shop floor.

/// Nobody is newly enabled from one instant up to, and not including, another.
///
/// Roll-backs and reinstatements go on.
public struct ClosedInterval: Hashable, Sendable {
  public var from: Timestamp
  /// One past its last instant.
  public var to: Timestamp
  /// A code such as `mid-autumn`; never free text, which may name people.
  public var why: ShortText

  public init(from: Timestamp, to: Timestamp, why: ShortText) {
    self.from = from
    self.to = to
    self.why = why
  }
}

extension Plan {
  /// The most intervals that a plan may have: they stand in its document, and that in one event.
  public static let closedMax = 500

  /// The interval that an instant lies in; nil where the rollout is open.
  public func closure(at instant: Timestamp) -> ClosedInterval? {
    closed.isEmpty ? nil : closed.closure(at: instant)
  }

  /// The first instant from a given one on at which the rollout is open.
  public func open(from instant: Timestamp) -> Timestamp {
    var instant = instant
    // One interval may follow on another without a gap.
    while let closure = closure(at: instant) { instant = closure.to }
    return instant
  }
}

extension [ClosedInterval] {
  /// The interval that an instant lies in; they are sorted and do not overlap.
  public func closure(at instant: Timestamp) -> ClosedInterval? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].to <= instant { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].from <= instant ? self[low] : nil
  }
}
