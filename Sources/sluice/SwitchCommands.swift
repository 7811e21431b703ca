// sluice rollout rollback, reinstate: the method withdrawn from, or given back to, many merchants.

import Events

/// Which merchants an order concerns, as the options name them.
private enum ScopeOption {
  static let options: [OptionShape] = [
    .value("merchant", "M", "this merchant only"),
    .value("wave", "N", "the merchants of this wave"),
    .value("tier", "T1|N1|T2|T3|T4|T5", "the merchants of this tier"),
    .value("category", "C", "the merchants of this category"),
    .flag("all", "every merchant of the rollout"),
  ]

  /// Puts exactly one scope into the request.
  static func fields(_ arguments: Arguments) throws -> (inout Document) -> Void {
    let named = ["merchant", "wave", "tier", "category", "all"].filter { arguments.flag($0) }
    guard named.count == 1 else {
      throw UsageFault(
        what: named.isEmpty
          ? "nothing says which merchants"
          : "--\(named.joined(separator: " and --")) exclude each other",
        hint: "Give one of --merchant M, --wave N, --tier TIER, --category C, --all")
    }
    if let wave = try arguments.integer("wave", in: 1...Int64(UInt16.max)) {
      return {
        $0.put("scope", "wave")
        $0.put("wave", wave)
      }
    }
    if let tier = arguments.value("tier") {
      guard Tier(name: tier) != nil else {
        throw UsageFault(what: "there is no tier \(tier)", hint: "Tiers are T1 N1 T2 T3 T4 T5")
      }
      return {
        $0.put("scope", "tier")
        $0.put("tier", tier)
      }
    }
    if let category = arguments.value("category") {
      return {
        $0.put("scope", "category")
        $0.put("category", category)
      }
    }
    if let merchant = arguments.value("merchant") {
      return {
        $0.put("scope", "merchant")
        $0.put("merchant", merchant)
      }
    }
    return { $0.put("scope", "all") }
  }

  static func send(_ verb: String, _ done: String, _ arguments: Arguments) throws -> ExitCode {
    let scope = try fields(arguments)
    let reasons = try Reasons(arguments)
    return try Control.send(verb, arguments, done: done) { document in
      document.put("plan", arguments.operands[0])
      reasons.put(into: &document)
      scope(&document)
    }
  }
}

struct RollBackCommand: Subcommand {
  static let guide = Guide(
    name: "rollout rollback",
    sentence: "Withdraws the method, the last in first; orders placed before keep it.",
    operands: ["ID"], options: ScopeOption.options + Reasons.options + Control.options,
    examples: [
      "sluice rollout rollback wechat-pay-2024-09 --tier T5 --reason failure-rate"
        + " --data events/log",
      "sluice rollout rollback wechat-pay-2024-09 --category games --reason risk-review"
        + " --data events/log",
      "sluice rollout rollback wechat-pay-2024-09 --all --reason incident-17 --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try ScopeOption.send(
      "roll-back",
      "The roll-back is ordered: who is on goes off; while the rollout runs unpaused, who is"
        + " pending is still opened", arguments)
  }
}

struct ReinstateCommand: Subcommand {
  static let guide = Guide(
    name: "rollout reinstate",
    sentence: "Gives the method back to who was rolled back, once all have cooled off.",
    operands: ["ID"], options: ScopeOption.options + Reasons.options + Control.options,
    examples: [
      "sluice rollout reinstate wechat-pay-2024-09 --tier T5 --reason mended --data events/log",
      "sluice rollout reinstate wechat-pay-2024-09 --wave 1 --reason mended --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try ScopeOption.send("reinstate", "The reinstatement is ordered", arguments)
  }
}
