// What a simulated world is given, and what is told of it.

#if PLANTED_BUGS
  package import EventLog
  package import Orchestrator
#endif

/// What a world is made of.
package struct WorldSettings: Sendable {
  package static let merchantsAllowed = Workload.merchantsAllowed
  package static let daysAllowed = Workload.daysAllowed

  package var merchants = 60
  /// The days of the window.
  package var days = 7
  /// Whether anything breaks.
  package var breaks = true
  /// Whether the story is told a second time in peace and both endings are compared.
  package var comparesWithPeace = true
  #if PLANTED_BUGS
    package var logBugs: PlantedBugs = []
    package var runtimeBugs: RuntimeBugs = []
  #endif

  package init() {}
}

/// What a run did.
package struct WorldCounts: Hashable, Sendable {
  package var powerCuts = 0
  package var kills = 0
  package var stops = 0
  package var faults = 0
  package var acknowledged = 0
  package var refused = 0
  package var events = 0

  package init() {}

  package static func += (left: inout WorldCounts, right: WorldCounts) {
    left.powerCuts += right.powerCuts
    left.kills += right.kills
    left.stops += right.stops
    left.faults += right.faults
    left.acknowledged += right.acknowledged
    left.refused += right.refused
    left.events += right.events
  }
}

/// A promise that was broken.
package struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
  package var seed: UInt64
  package var step: Int
  package var what: String
  package var description: String { "seed \(seed), step \(step): \(what)" }
}
