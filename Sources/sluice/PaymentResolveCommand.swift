// sluice payment resolve: says what was done about a discrepancy.

import Events

struct PaymentResolveCommand: Subcommand {
  static let guide = Guide(
    name: "payment resolve",
    sentence: "Answers a discrepancy of a payment event; the event and every sum stay as they are.",
    operands: ["POSITION"],
    options: [
      .value("flag", "NAME", "which of them, as the dump names it; absent: all that are open"),
      .value("as", "ANSWER", "accepted, refunded, adjusted or dismissed"), .reason,
      .value("evidence", "FILE", "what shows that it is right: its SHA-256 is recorded"),
    ] + Control.options,
    choices: ["ANSWER": DiscrepancyAnswer.allCases.map(\.name)],
    examples: [
      "sluice payment resolve 4711 --as refunded --reason paid-twice --data events/log",
      "sluice payment resolve 4711 --flag not-open --as accepted --reason agreed-with-shop"
        + " --evidence letter.pdf --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let position = UInt64(arguments.operands[0]), position <= UInt64(Int64.max) else {
      throw UsageFault(
        what: "\(Screen.plain(arguments.operands[0])) is no position",
        hint: "Give the position of the payment event; `sluice payment show` prints it")
    }
    let answer = try arguments.required("as")
    let answers = DiscrepancyAnswer.allCases.map(\.name)
    guard answers.contains(answer) else {
      throw UsageFault(
        what: "--as \(Screen.plain(answer)) is no answer",
        hint: "It is one of \(answers.joined(separator: ", "))")
    }
    let reason = try arguments.required("reason")
    let evidence = try arguments.value("evidence").map { try AdjustCommand.digest($0) }
    return try Control.send("resolve-discrepancy", arguments, done: "Answered") { document in
      document.put("position", position)
      if let flag = arguments.value("flag") { document.put("flag", flag) }
      document.put("answer", answer)
      document.put("reason", reason)
      if let evidence { document.put("digest", evidence) }
    }
  }
}
