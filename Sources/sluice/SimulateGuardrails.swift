// sluice simulate --guardrails: how often the guardrail cries wolf, and how soon it finds harm.

import Simulation

/// Runs the rows of the trial and prints what they came to.
struct SimulateGuardrails {
  /// The median day by which harm must be found: what the method's reference reached, and a tenth.
  private static let references: [(ratio: Double, day: Double)] = [
    (1.25, 3.40), (1.5, 1.67), (2, 1.13), (3, 0.44),
  ]
  /// How much later the median may be; that of a few runs tells little.
  private static func allowance(_ runs: UInt64) -> Double { runs >= 100 ? 1.1 : 2 }

  let runs: UInt64
  let first: UInt64

  /// How many rows did not hold what they must.
  func run() throws -> Int {
    let trial = try GuardrailTrial()
    var failed = 0
    say("\(runs) runs a row, alpha \(Screen.decimal(GuardrailTrial.alpha, 2)), seven days of ")
    say("60,480 orders, ten-minute blocks by tier and size\n\n")
    var alarms = TextTable(["no harm", ">alarms", ">share", ">mixture of others"])
    for scenario in GuardrailTrial.Scenario.allCases {
      let results = try results(trial, scenario, 1)
      let count = results.filter { $0.guardrail != nil }.count
      let others = results.filter { $0.mixture != nil }.count
      let share = Double(count) / Double(runs)
      if share > GuardrailTrial.alpha { failed += 1 }
      alarms.add([
        scenario.rawValue, "\(count)", Screen.decimal(share, 4),
        Screen.decimal(Double(others) / Double(runs), 4),
      ])
    }
    say(alarms.text() + "\n")
    var found = TextTable(["harm", ">found", ">median day", ">reference", ">at most"])
    for (ratio, reference) in SimulateGuardrails.references {
      let days = try results(trial, .constant, ratio).map { $0.guardrail }
      let median = SimulateGuardrails.median(days)
      let most = reference * SimulateGuardrails.allowance(runs)
      if median.map({ $0 > most }) ?? true { failed += 1 }
      let share = Double(days.filter { $0 != nil }.count) / Double(runs)
      found.add([
        "\(ratio) times as often", Screen.decimal(share, 3),
        median.map { Screen.decimal($0, 2) } ?? "never", Screen.decimal(reference, 2),
        Screen.decimal(most, 2),
      ])
    }
    say(found.text())
    return failed
  }

  private func results(
    _ trial: GuardrailTrial, _ scenario: GuardrailTrial.Scenario, _ ratio: Double
  ) throws -> [GuardrailTrial.Result] {
    try (first..<first + runs).map { try trial.run(scenario, ratio: ratio, seed: $0) }
  }

  /// The median of the days; nil where half of the runs or more never found it.
  private static func median(_ days: [Double?]) -> Double? {
    let sorted = days.map { $0 ?? .infinity }.sorted()
    let middle = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    return middle.isFinite ? middle : nil
  }
}
