// sluice merchant exclude, reinstate, close; sluice clock confirm.

private let rolloutOption = OptionShape.value(
  "rollout", "ID", "under this rollout; the only active one where absent")

struct MerchantExcludeCommand: Subcommand {
  static let guide = Guide(
    name: "merchant exclude", sentence: "Takes a merchant out of a rollout until it is reinstated.",
    operands: ["M"], options: [rolloutOption] + Reasons.options + Control.options,
    examples: [
      "sluice merchant exclude shop-00017 --reason risk-review --data events/log",
      "sluice merchant exclude shop-00017 --rollout wechat-pay-2024-09 --reason own-wish"
        + " --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let reasons = try Reasons(arguments)
    return try Control.send("exclude-merchant", arguments, done: "Excluded") { document in
      document.put("merchant", arguments.operands[0])
      if let plan = arguments.value("rollout") { document.put("plan", plan) }
      reasons.put(into: &document)
    }
  }
}

struct MerchantReinstateCommand: Subcommand {
  static let guide = Guide(
    name: "merchant reinstate",
    sentence: "Lets a merchant that was excluded or rolled back take part again.",
    operands: ["M"], options: [rolloutOption] + Control.options,
    examples: [
      "sluice merchant reinstate shop-00017 --data events/log",
      "sluice merchant reinstate shop-00017 --rollout wechat-pay-2024-09 --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try Control.send("reinstate-merchant", arguments, done: "Reinstated") { document in
      document.put("merchant", arguments.operands[0])
      if let plan = arguments.value("rollout") { document.put("plan", plan) }
    }
  }
}

struct MerchantCloseCommand: Subcommand {
  static let guide = Guide(
    name: "merchant close", sentence: "Records that a shop has closed for good.",
    operands: ["M"], options: Reasons.options + Control.options,
    examples: [
      "sluice merchant close shop-00017 --reason shop-closed --data events/log",
      "sluice merchant close shop-00017 --reason fraud --data events/log --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let reasons = try Reasons(arguments)
    return try Control.send("close-merchant", arguments, done: "Closed") { document in
      document.put("merchant", arguments.operands[0])
      reasons.put(into: &document)
    }
  }
}

struct ClockConfirmCommand: Subcommand {
  static let guide = Guide(
    name: "clock confirm", sentence: "Releases the scheduler after a large step of the clock.",
    options: Control.options,
    examples: [
      "sluice clock confirm --data events/log",
      "sluice clock confirm --socket /run/sluice/sluice.sock",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try Control.send("confirm-clock", arguments, done: "Confirmed; the scheduler goes on") { _ in }
  }
}
