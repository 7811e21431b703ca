// sluice rollout consult, announce, approve, start, pause, resume, abort.

import Events
import Merkle
import Platform

private func rolloutGuide(
  _ verb: String, _ sentence: String, operand: String = "ID", options: [OptionShape] = [],
  examples: [String]
) -> Guide {
  Guide(
    name: "rollout \(verb)", sentence: sentence, operands: [operand],
    options: options + Control.options, examples: examples)
}

struct ConsultCommand: Subcommand {
  static let guide = rolloutGuide(
    "consult", "Opens the consultation on a plan.", operand: "FILE",
    examples: [
      "sluice rollout consult wechat-pay-2024-09.json --data events/log",
      "sluice rollout consult - --socket /run/sluice.sock < plan.json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let document = try PlanFile.resolved(arguments.operands[0])
    return try Control.send("consult", arguments, done: "The consultation is open") {
      $0.put("document", String(decoding: document, as: UTF8.self))
    }
  }
}

struct AnnounceCommand: Subcommand {
  static let guide = rolloutGuide(
    "announce", "Announces a plan, which freezes it.", operand: "FILE",
    examples: [
      "sluice rollout announce wechat-pay-2024-09.json --data events/log",
      "sluice rollout announce plan.json --data events/log --id announce-2024-09-05",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let document = try PlanFile.resolved(arguments.operands[0])
    return try Control.send("announce", arguments, done: "The plan is announced and frozen") {
      $0.put("document", String(decoding: document, as: UTF8.self))
    }
  }
}

struct AmendCommand: Subcommand {
  static let guide = rolloutGuide(
    "amend", "Puts a new version of an announced plan in place.", operand: "FILE",
    examples: [
      "sluice rollout amend wechat-pay-2024-09-v2.json --data events/log",
      "sluice rollout amend - --data events/log < plan.json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let document = try PlanFile.resolved(arguments.operands[0])
    return try Control.send(
      "amend", arguments, done: "The plan is amended, and approvals of the old version are void"
    ) {
      $0.put("document", String(decoding: document, as: UTF8.self))
    }
  }
}

struct ApproveCommand: Subcommand {
  static let guide = rolloutGuide(
    "approve", "Approves the start of a plan, one of its waves, or a resume after a breach.",
    options: [
      .value("role", "ROLE", "in which role, as in risk or finance"),
      .value("note", "FILE", "a signed approval, which says all the rest"),
    ] + ApprovalOptions.shapes + [
      .value("evidence", "POSITION", "the block or breach that was seen; the last where absent"),
      ApprovalOptions.expires,
    ],
    examples: [
      "sluice rollout approve wechat-pay-2024-09 --role risk --data events/log",
      "sluice rollout approve wechat-pay-2024-09 --note wave-2.note --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let (subject, wave) = try ApprovalOptions.subject(arguments)
    let evidence = try arguments.integer("evidence", in: 0...Int64.max)
    let expiresAt = try arguments.value("expires").map { try LogView.instant($0, "expires") }
    let note = try arguments.value("note").map { path in
      var file = try InputFile(path)
      return try file.readAll(limit: SignedNote.bytesMax)
    }
    if note != nil, subject != .start || evidence != nil || expiresAt != nil {
      throw UsageFault(
        what: "the note says what is approved", hint: "Give --note without the other options")
    }
    return try Control.send("approve", arguments, done: "Approved") { document in
      document.put("plan", arguments.operands[0])
      if let role = arguments.value("role") { document.put("role", role) }
      if let note { document.put("note", String(decoding: note, as: UTF8.self)) }
      if subject != .start { document.put("subject", subject.name) }
      if subject.isOfWave { document.put("wave", wave.rawValue) }
      if let evidence { document.put("evidence", evidence) }
      if let expiresAt { document.put("expires_at", expiresAt) }
    }
  }
}

struct StartCommand: Subcommand {
  static let guide = rolloutGuide(
    "start", "Starts a rollout: the order of merchants is frozen.",
    examples: [
      "sluice rollout start wechat-pay-2024-09 --data events/log",
      "sluice rollout start wechat-pay-2024-09 --data events/log --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try Control.send("start", arguments, done: "Started; the order of merchants is frozen") {
      $0.put("plan", arguments.operands[0])
    }
  }
}

/// Pause, resume and abort differ in their words only.
private func lifecycleStep(_ verb: String, _ done: String, _ arguments: Arguments) throws
  -> ExitCode
{
  let reasons = try Reasons(arguments)
  return try Control.send(verb, arguments, done: done) { document in
    document.put("plan", arguments.operands[0])
    reasons.put(into: &document)
  }
}

struct PauseCommand: Subcommand {
  static let guide = rolloutGuide(
    "pause", "Pauses the opening: nobody new is enabled. `rollback` withdraws the method.",
    options: Reasons.options,
    examples: [
      "sluice rollout pause wechat-pay-2024-09 --reason risk-review --data events/log",
      "sluice rollout pause wechat-pay-2024-09 --reason complaint --words - --about case-4711"
        + " --data events/log < letter.txt",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try lifecycleStep("pause", "The opening is paused; who is on stays on", arguments)
  }
}

struct ResumeCommand: Subcommand {
  static let guide = rolloutGuide(
    "resume", "Resumes a paused opening, or goes on after its window.",
    options: Reasons.options,
    examples: [
      "sluice rollout resume wechat-pay-2024-09 --reason cleared --data events/log",
      "sluice rollout resume wechat-pay-2024-09 --reason window-extended --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try lifecycleStep("resume", "The opening goes on", arguments)
  }
}

struct AbortCommand: Subcommand {
  static let guide = rolloutGuide(
    "abort", "Ends the opening for good: nobody new ever. `rollback` withdraws the method.",
    options: Reasons.options,
    examples: [
      "sluice rollout abort wechat-pay-2024-09 --reason withdrawn --data events/log",
      "sluice rollout abort alipay-test --reason test-over --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    try lifecycleStep("abort", "The opening has ended; who is on stays on", arguments)
  }
}
