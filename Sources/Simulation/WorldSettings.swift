// What a simulated world is given, and what is told of it.

#if PLANTED_BUGS
  public import EventLog
  public import Orchestrator
#endif

/// What a world is made of.
public struct WorldSettings: Sendable {
  public static let merchantsAllowed = Workload.merchantsAllowed
  public static let daysAllowed = Workload.daysAllowed

  public var merchants = 60
  /// The days of the window.
  public var days = 7
  /// Whether anything breaks.
  public var breaks = true
  /// Whether the story is told a second time in peace and both endings are compared.
  public var comparesWithPeace = true
  #if PLANTED_BUGS
    public var logBugs: PlantedBugs = []
    public var runtimeBugs: RuntimeBugs = []
  #endif

  public init() {}
}

/// What a run did.
public struct WorldCounts: Hashable, Sendable {
  public var powerCuts = 0
  public var kills = 0
  public var stops = 0
  public var faults = 0
  public var acknowledged = 0
  public var refused = 0
  public var events = 0
  /// Index files and snapshots that were made.
  public var derivedFiles = 0

  public init() {}

  public static func += (left: inout WorldCounts, right: WorldCounts) {
    left.powerCuts += right.powerCuts
    left.kills += right.kills
    left.stops += right.stops
    left.faults += right.faults
    left.acknowledged += right.acknowledged
    left.refused += right.refused
    left.events += right.events
    left.derivedFiles += right.derivedFiles
  }
}

/// A promise that was broken.
public struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
  public var seed: UInt64
  public var step: Int
  public var what: String
  public var description: String { "seed \(seed), step \(step): \(what)" }
}
