// `sluice simulate`: runs the daemon's code against a simulated disk, clock and clients, by seed.

import Platform
import Simulation

/// The command that runs seeds and counts what they did.
struct SimulateCommand {
  private static let seedsMax: UInt64 = 10_000_000
  /// More broken promises than anyone reads.
  private static let violationsMax = 20

  private var settings = WorldSettings()
  private var first: UInt64 = 1
  private var count: UInt64 = 1

  static let usage = "sluice simulate [--merchants N] [--days N] [--seed S] [--seeds N]"

  /// Runs the seeds that the words ask for.
  ///
  /// - Returns: 0 where every promise was kept, 3 where one was broken, 2 for words that cannot be
  ///   meant.
  static func run(_ arguments: [String]) -> Int32 {
    guard let command = SimulateCommand(arguments) else {
      print(
        "sluice simulate: give \(usage), merchants from \(WorldSettings.merchantsAllowed), days "
          + "from \(WorldSettings.daysAllowed).")
      return 2
    }
    return command.run()
  }

  private init?(_ arguments: [String]) {
    var words = arguments[...]
    while let name = words.popFirst() {
      guard let text = words.popFirst(), let value = UInt64(text) else { return nil }
      switch name {
      case "--merchants": settings.merchants = Int(clamping: value)
      case "--days": settings.days = Int(clamping: value)
      case "--seed": first = value
      case "--seeds": count = value
      default: return nil
      }
    }
    guard WorldSettings.merchantsAllowed.contains(settings.merchants),
      WorldSettings.daysAllowed.contains(settings.days),
      (1...SimulateCommand.seedsMax).contains(count), first <= UInt64.max - count
    else { return nil }
  }

  private func run() -> Int32 {
    let clock = WallClock()
    let start = clock.monotonicNanoseconds()
    var counts = WorldCounts()
    var violations = 0
    for seed in first..<first + count {
      let result = SimulationRun.run(seed: seed, settings: settings)
      counts += result.counts
      guard let violation = result.violation else { continue }
      violations += 1
      print("violation: \(violation)")
      if violations == SimulateCommand.violationsMax { break }
    }
    let elapsed = clock.monotonicNanoseconds() - start
    let milliseconds = elapsed / 1_000_000
    print(
      """
      seeds          \(count)
      simulated days \(count * UInt64(settings.days + 11))
      power cuts     \(counts.powerCuts)
      kills          \(counts.kills)
      orderly stops  \(counts.stops)
      faults         \(counts.faults)
      acknowledged   \(counts.acknowledged)
      refused        \(counts.refused)
      events         \(counts.events)
      violations     \(violations)
      seconds        \(milliseconds / 1_000).\(milliseconds % 1_000 / 100)
      """)
    return violations == 0 ? 0 : 3
  }
}
