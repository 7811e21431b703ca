// Watches the wall clock against the monotonic one: a difference that grows at once is a step.

import Events
public import Platform

/// Notices large steps of the wall clock within one process; downtime is no step.
public struct ClockWatch: Sendable {
  /// How much the two clocks may drift apart between two looks: a minute.
  public static let stepMax: Int64 = 60_000_000_000

  private let isWall: Bool
  private var offset: Int64?

  /// - Parameter isWall: whether the log runs on the wall clock; another clock makes no steps.
  public init(isWall: Bool) { self.isWall = isWall }

  /// The step since the last look, in nanoseconds; nil where there was none worth the name.
  public mutating func step(_ clock: some TimeSource) -> Int64? {
    guard isWall else { return nil }
    let now = clock.now().rawValue - clock.monotonicNanoseconds()
    defer { offset = now }
    guard let offset, abs(now - offset) > ClockWatch.stepMax else { return nil }
    return now - offset
  }
}
