// sluice plan resolve: a plan with a calendar becomes one with instants.

import Rollout

struct PlanResolveCommand: Subcommand {
  static let guide = Guide(
    name: "plan resolve",
    sentence: "Turns a plan's zone, opening hours and blackouts into closed UTC intervals.",
    operands: ["FILE"],
    examples: [
      "sluice plan resolve plan.json > resolved.json",
      "sluice plan resolve - < plan.json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    say(try PlanFile.resolved(arguments.operands[0]))
    return .done
  }
}
