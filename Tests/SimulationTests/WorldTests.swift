// Whole rollouts under a simulated disk, clock and clients.

import Audit
import EventLog
import Simulation
import Testing

@Suite struct WorldTests {
  private var settings: WorldSettings {
    var settings = WorldSettings()
    settings.merchants = 40
    settings.days = 3
    return settings
  }

  @Test(arguments: 0..<10)
  func `every promise is kept whatever breaks, and every decision is lawful`(group: UInt64) {
    for seed in group * 4..<group * 4 + 4 {
      let result = SimulationRun.run(seed: seed, settings: settings) { disk, folder in
        guard let reader = try? LogReader(disk, folder),
          let report = try? DecisionAudit(reader).run()
        else { return "the log cannot be audited" }
        return report.ending ?? report.violations.first.map { "\($0)" }
      }
      #expect(result.violation == nil, "\(result.violation.map { "\($0)" } ?? "")")
      #expect(result.counts.acknowledged > 100)
    }
  }

  @Test func `a seed replays exactly`() {
    let first = SimulationRun.run(seed: 77, settings: settings)
    let second = SimulationRun.run(seed: 77, settings: settings)
    #expect(first == second)
    #expect(first.trace != SimulationRun.run(seed: 78, settings: settings).trace)
  }

  @Test func `a story of seven days is survived`() {
    let result = SimulationRun.run(seed: 5, settings: WorldSettings())
    #expect(result.violation == nil, "\(result.violation.map { "\($0)" } ?? "")")
  }
}
