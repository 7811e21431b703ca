// One seed: its story told twice, once with everything breaking and once in peace.

import Orchestrator

/// What became of one seed.
public struct SimulationResult: Hashable, Sendable {
  public var seed: UInt64
  public var counts = WorldCounts()
  public var violation: Violation?
  /// The same for two runs only where they did the same, call by call.
  public var trace: UInt64 = 0
}

/// Runs the story of a seed and holds it against every promise.
public enum SimulationRun {
  /// Tells a story.
  ///
  /// - Parameter judge: looks at the log that is left in the end, and says what is wrong with it.
  public static func run(
    seed: UInt64, settings: WorldSettings,
    judge: (_ disk: SimulatedDisk, _ folder: String) -> String? = { _, _ in nil }
  ) -> SimulationResult {
    let workload = Workload(seed: seed, merchants: settings.merchants, days: settings.days)
    let world = World(seed: seed, settings: settings, workload: workload)
    var result = SimulationResult(seed: seed)
    do throws(Violation) {
      try world.run()
      let ending = try world.checkEnding()
      if let wrong = judge(world.disk, World.directory) {
        throw Violation(seed: seed, step: 0, what: wrong)
      }
      if settings.comparesWithPeace { try compareWithPeace(ending, workload, settings) }
    } catch {
      result.violation = error
    }
    result.counts = world.counts
    result.trace = world.trace.value
    return result
  }

  private static func compareWithPeace(
    _ ending: Ending, _ workload: Workload, _ settings: WorldSettings
  ) throws(Violation) {
    var peaceful = settings
    peaceful.breaks = false
    let other = World(seed: ~workload.seed, settings: peaceful, workload: workload)
    try other.run()
    try compare(ending, try other.ending(), workload.seed)
  }

  private static func compare(
    _ ending: Ending, _ other: Ending, _ seed: UInt64
  ) throws(Violation) {
    if let difference = ending.model.difference(from: other.model) {
      throw Violation(
        seed: seed, step: 0, what: "without interruptions the rows are others: \(difference)")
    }
    let here = Set(ending.refusals).subtracting(other.refusals).sorted().first
    let there = Set(other.refusals).subtracting(ending.refusals).sorted().first
    guard here == nil, there == nil else {
      throw Violation(
        seed: seed, step: 0,
        what: "without interruptions other commands are refused: \(there ?? "none") instead of "
          + (here ?? "none"))
    }
  }
}
