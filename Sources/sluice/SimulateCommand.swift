// sluice simulate: runs the daemon's code against a simulated disk, clock and clients, by seed.

import Audit
import EventLog
import Events
import Platform
import Simulation

/// The command that runs seeds and counts what they did.
struct SimulateCommand: Subcommand {
  private static let seedsMax: Int64 = 10_000_000
  /// More broken promises than anyone reads.
  private static let violationsMax = 20

  static let guide = Guide(
    name: "simulate",
    sentence: "Runs the daemon's code on a simulated disk, clock and clients, by seed.",
    options: [
      .value("merchants", "N", "shops in each story; \(WorldSettings.merchantsAllowed)"),
      .value("days", "N", "days of the window; 7 if absent"),
      .value("seed", "S", "the first seed; 1 if absent"),
      .value("seeds", "N", "how many seeds; 1 if absent"),
      .flag("guardrails", "the guardrail's false alarms and how soon it finds harm, a row a case"),
    ],
    examples: ["sluice simulate --seeds 100", "sluice simulate --seed 4711"])

  private var settings = WorldSettings()
  private var first: UInt64 = 1
  private var count: UInt64 = 1

  /// Exit code 0 where every promise was kept, 3 where one was broken.
  static func run(_ arguments: Arguments) throws -> ExitCode {
    var command = SimulateCommand()
    let merchants = WorldSettings.merchantsAllowed
    let days = WorldSettings.daysAllowed
    if let value = try arguments.integer(
      "merchants", in: Int64(merchants.lowerBound)...Int64(merchants.upperBound))
    {
      command.settings.merchants = Int(value)
    }
    if let value = try arguments.integer(
      "days", in: Int64(days.lowerBound)...Int64(days.upperBound))
    {
      command.settings.days = Int(value)
    }
    command.first = UInt64(try arguments.integer("seed", in: 0...Int64.max / 2) ?? 1)
    command.count = UInt64(try arguments.integer("seeds", in: 1...seedsMax) ?? 1)
    if arguments.flag("guardrails") {
      let trial = SimulateGuardrails(runs: command.count, first: command.first)
      return try trial.run() == 0 ? .done : .damaged
    }
    return command.run() == 0 ? .done : .damaged
  }

  /// What is wrong with the decisions of a log; nil where each is lawful.
  private static func audit(_ disk: SimulatedDisk, _ folder: String) -> String? {
    do {
      let report = try DecisionAudit(try LogReader(disk, folder)).run()
      if let ending = report.ending { return ending }
      return report.violations.first.map {
        "the decision at position \($0.position.rawValue), \($0.kind.name), breaks the rule "
          + "\($0.rule): \($0.what)"
      }
    } catch { return "the log cannot be audited: \(error)" }
  }

  private func run() -> Int32 {
    let clock = WallClock()
    let start = clock.monotonicNanoseconds()
    var counts = WorldCounts()
    var violations = 0
    for seed in first..<first + count {
      let result = SimulationRun.run(seed: seed, settings: settings, judge: Self.audit)
      counts += result.counts
      guard let violation = result.violation else { continue }
      violations += 1
      say("violation: \(violation)\n")
      if violations == Self.violationsMax { break }
    }
    let elapsed = clock.monotonicNanoseconds() - start
    let milliseconds = elapsed / 1_000_000
    say(
      """
      seeds          \(count)
      simulated days \(count * UInt64(settings.days + 11))
      power cuts     \(counts.powerCuts)
      kills          \(counts.kills)
      orderly stops  \(counts.stops)
      faults         \(counts.faults)
      acknowledged   \(counts.acknowledged)
      refused        \(counts.refused)
      events         \(counts.events), each decision made again
      violations     \(violations)
      seconds        \(milliseconds / 1_000).\(milliseconds % 1_000 / 100)

      """)
    return violations == 0 ? 0 : 3
  }
}
