// sluice approval keygen, approval text, approval sign: the keys of approvers, and what they sign.

import Events
import Merkle
import Platform
import Projections
import Rollout
import Text

struct ApprovalKeygenCommand: Subcommand {
  static let guide = Guide(
    name: "approval keygen",
    sentence: "Makes an approver's key: the secret one into a file, the public one printed.",
    operands: ["NAME"],
    options: [.value("out", "FILE", "takes the secret key, readable by its owner alone"), .json],
    examples: [
      "sluice approval keygen finance.example --out finance.key",
      "sluice approval keygen risk.example --out /secure/risk.key --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let name = arguments.operands[0]
    guard NoteKey.isShortName(name) else {
      throw UsageFault(
        what: "\(name) cannot name a key",
        hint: "Give 1 to \(NoteKey.shortNameBytesMax) bytes without spaces and without +")
    }
    let signer = try SecretKey.make(name)
    try SecretFile.write(SecretKey.bytes(signer), to: try arguments.required("out"))
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("name", name)
          document.put("key", signer.key.text)
        })
    } else {
      say("\(signer.key.text)\n")
    }
    return .done
  }
}

struct ApprovalTextCommand: Subcommand {
  static let guide = Guide(
    name: "approval text",
    sentence: "Prints what an approver would sign now, for one who cannot read the log.",
    operands: ["ID"], options: [.data] + ApprovalOptions.shapes + [ApprovalOptions.expires],
    examples: [
      "sluice approval text wechat-pay-2024-09 --data events/log > start.txt",
      "sluice approval text wechat-pay-2024-09 --wave 2 --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let asked = try statement(arguments)
    if let why = asked.whyNotAwaited {
      throw CommandFailure(
        .refused, "nothing waits for this approval: \(why)", hint: asked.awaited)
    }
    say(asked.statement.text)
    return .done
  }

  /// An approval as the log shows it now.
  struct Asked {
    var statement: ApprovalStatement
    /// The plan that asks for it.
    var plan: Plan
    /// Why it would be refused whoever signs it; nil where it is waited for.
    var whyNotAwaited: String?
    /// What is waited for instead, in a sentence.
    var awaited: String
  }

  /// What the log shows to be approved now.
  static func statement(_ arguments: Arguments) throws -> Asked {
    let (subject, wave) = try ApprovalOptions.subject(arguments)
    var fold = ModelFold(hashesLeaves: false)
    try fold.follow(try LogView(arguments))
    guard let name = ShortText(arguments.operands[0]),
      let rollout = fold.model.rollouts.rollout(plan: name),
      let plan = try? PlanReader.read(rollout.document)
    else {
      throw CommandFailure(
        .refused, "no plan \(arguments.operands[0]) is announced", hint: "See `sluice status`")
    }
    let statement = ApprovalStatement(
      origin: fold.log?.origin ?? .none,
      log: fold.log.map { LogID(low: $0.logIDLow, high: $0.logIDHigh) }, plan: plan.id,
      planVersion: rollout.planVersion, documentDigest: rollout.documentDigest, subject: subject,
      wave: wave,
      evidence: ApprovalGate.evidence(subject, rollout),
      quorum: UInt16(ApprovalGate.needed(subject, wave, plan)),
      expiresAt: try expiry(arguments, plan, fold))
    return Asked(
      statement: statement, plan: plan,
      whyNotAwaited: whyNotAwaited(subject, wave, plan, rollout, fold.model),
      awaited: awaited(plan, rollout, LogNow.of(fold.log, fold.model.logTime, arguments)))
  }

  /// As the daemon would say it.
  static func whyNotAwaited(
    _ subject: ApprovalSubject, _ wave: WaveNumber, _ plan: Plan, _ rollout: Rollout,
    _ model: ReadModel
  ) -> String? {
    if let why = ApprovalGate.whyNotAwaited(subject, wave, plan, rollout) { return why }
    guard subject == .waveOverride, let rules = plan.guardrails else { return nil }
    let isAnyoneOn = (model.merchants.standing(rollout.number)?.countOn ?? 0) > 0
    let missing = ApprovalGate.missingEvidence(
      rollout, GuardrailWatch(rules, rollout), isAnyoneOn: isAnyoneOn)
    return missing.map { "\($0.reason), and nobody overrides what is missing" }
  }

  /// The steps that wait for approvals, with how many are given.
  static func awaited(_ plan: Plan, _ rollout: Rollout, _ now: Timestamp) -> String {
    let standings = ApprovalFacts.standings(plan, rollout, now).filter { $0.needed > 0 }
    guard !standings.isEmpty else { return "No step of this rollout waits for approvals now" }
    let steps = standings.map { standing in
      (standing.subject == .start ? "start: " : "") + ApprovalFacts.text(standing)
    }
    return "What waits for approvals: " + steps.joined(separator: "; ")
  }

  /// Until when the approval counts: as said, or as long as the plan says from now.
  private static func expiry(
    _ arguments: Arguments, _ plan: Plan, _ fold: ModelFold
  ) throws -> Timestamp {
    if let text = arguments.value("expires") { return try LogView.instant(text, "expires") }
    let now = LogNow.of(fold.log, fold.model.logTime, arguments)
    return Timestamp(seconds: now.seconds + plan.approvalRules.seconds)
  }
}

struct ApprovalSignCommand: Subcommand {
  static let guide = Guide(
    name: "approval sign",
    sentence: "Signs an approval: of what the log shows now, or of a text of `approval text`.",
    operands: ["ID"],
    options: [
      .data, .value("key", "FILE", "the approver's secret key"),
      .value("text", "FILE", "sign this text, read before; no log is needed"),
      .value("out", "FILE", "takes the note; printed where absent"),
    ] + ApprovalOptions.shapes + [ApprovalOptions.expires],
    examples: [
      "sluice approval sign wechat-pay-2024-09 --key finance.key --data events/log --out a.note",
      "sluice approval sign wechat-pay-2024-09 --key risk.key --text wave-2.txt --out a.note",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let signer = try SecretKey.read(
      try arguments.required("key"), hint: "`sluice approval keygen` makes one")
    let statement = try statement(arguments, signer)
    guard let note = signer.sign(statement.text) else {
      throw CommandFailure(
        .fault, "the text cannot be that of a note",
        hint: "Print it anew with `sluice approval text`")
    }
    guard let path = arguments.value("out") else {
      say(note.bytes)
      return .done
    }
    try SystemDisk().replaceFile(path, with: unsafe note.bytes.span.bytes)
    say(statement.text)
    return .done
  }

  private static func statement(
    _ arguments: Arguments, _ signer: NoteSigner
  ) throws -> ApprovalStatement {
    guard let path = arguments.value("text") else {
      let asked = try ApprovalTextCommand.statement(arguments)
      if !asked.plan.approvalRules.approvers.contains(signer.key.text) {
        tell("warning: \(signer.key.label) is no approver of the plan: the note will be refused")
      }
      if let why = asked.whyNotAwaited {
        tell("warning: nothing waits for this approval: \(why). \(asked.awaited)")
      }
      return asked.statement
    }
    let others =
      ["data", "wave", "expires"].filter { arguments.value($0) != nil }
      + ["override", "resume"].filter { arguments.flag($0) }
    guard others.isEmpty else {
      throw UsageFault(
        what: "the text says what is approved",
        hint: "Leave out --\(others.joined(separator: ", --"))")
    }
    var file = try InputFile(path)
    let bytes = try file.readAll(limit: SignedNote.bytesMax)
    guard let statement = ApprovalStatement(String(decoding: bytes, as: UTF8.self)) else {
      throw CommandFailure(
        .usage, "\(path) holds no text of an approval", hint: "`sluice approval text` prints one")
    }
    guard "\(statement.plan)" == arguments.operands[0] else {
      throw CommandFailure(
        .refused, "the text is about the plan \(statement.plan), not \(arguments.operands[0])",
        hint: "Name the plan of the text, or print the text anew with `sluice approval text`")
    }
    return statement
  }
}

/// The options that say what is approved.
enum ApprovalOptions {
  static let shapes: [OptionShape] = [
    .value("wave", "N", "approve the opening of this wave"),
    .flag("override", "with --wave: although the evidence shows too little"),
    .flag("resume", "approve the resume after a breach"),
  ]
  static let expires = OptionShape.value(
    "expires", "INSTANT", "until when it counts, RFC 3339; as long as the plan says where absent")

  static func subject(
    _ arguments: Arguments
  ) throws(UsageFault) -> (ApprovalSubject, WaveNumber) {
    let wave = try arguments.integer("wave", in: 1...Int64(UInt16.max))
    guard wave == nil || !arguments.flag("resume") else {
      throw UsageFault(what: "--wave and --resume exclude each other", hint: "Give one of them")
    }
    guard let wave else {
      guard !arguments.flag("override") else {
        throw UsageFault(what: "--override is of a wave", hint: "Give --wave N")
      }
      return (arguments.flag("resume") ? .resume : .start, .none)
    }
    return (arguments.flag("override") ? .waveOverride : .wave, WaveNumber(UInt16(wave)))
  }
}
