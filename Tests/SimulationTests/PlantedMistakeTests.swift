// Mistakes planted in the product, one at a time: the simulation must find each of them.

#if PLANTED_BUGS
  import EventLog
  import Orchestrator
  import Simulation
  import Testing

  @Suite struct PlantedMistakeTests {
    private static let seedsMax: UInt64 = 200

    struct Mistake: Sendable, CustomTestStringConvertible {
      var name: String
      var log: PlantedBugs = []
      var runtime: RuntimeBugs = []
      var testDescription: String { name }
    }

    static let mistakes = [
      Mistake(name: "the directory is not synchronized", log: .skipDirectorySync),
      Mistake(name: "recovery cuts at the first damage", log: .truncateAtFirstDamage),
      Mistake(name: "a failed synchronization is tried again", log: .retryFailedSync),
      Mistake(name: "nothing is synchronized", log: .skipSync),
      Mistake(name: "the mark is not looked at", log: .ignoreMark),
      Mistake(name: "torn bytes stay where they are", log: .noTailZeroing),
      Mistake(name: "the cache is trusted", log: .keepCache),
      Mistake(name: "no room is left for the seal", log: .noRoomForSeal),
      Mistake(name: "torn bytes are not kept", log: .noQuarantine),
      Mistake(name: "the leaves are believed", log: .trustLeaves),
      Mistake(name: "the log goes on after a failed call", log: .noPoison),
      Mistake(
        name: "receipts go out before the disk has the batch", runtime: .acknowledgeBeforeSync),
      Mistake(name: "the clock is trusted", runtime: .trustClock),
      Mistake(name: "repeats are done again", runtime: .forgetCommands),
      Mistake(name: "the index is not asked", runtime: .forgetSealed),
      Mistake(name: "a restart begins the wave anew", runtime: .loseWaveCursor),
      Mistake(name: "caps are not looked at", runtime: .ignoreCaps),
      Mistake(name: "enablements are dated back", runtime: .backdate),
    ]

    @Test(arguments: mistakes)
    func `each planted mistake is found`(mistake: Mistake) {
      var settings = WorldSettings()
      settings.merchants = 40
      settings.days = 3
      settings.comparesWithPeace = false
      settings.logBugs = mistake.log
      settings.runtimeBugs = mistake.runtime
      for seed in 1...PlantedMistakeTests.seedsMax {
        let result = SimulationRun.run(seed: seed, settings: settings)
        guard let violation = result.violation else { continue }
        print("found after \(seed) seeds: \(mistake.name): \(violation.what)")
        return
      }
      Issue.record("no seed up to \(PlantedMistakeTests.seedsMax) finds: \(mistake.name)")
    }
  }
#endif
