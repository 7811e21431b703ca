// sluice adjust: what finance adds to a day, or takes from it, beside the payments.

import Events
import Merkle
import Platform
import Text

struct AdjustCommand: Subcommand {
  static let guide = Guide(
    name: "adjust",
    sentence: "Records an adjustment of an institution's day; no payment is edited by it. The same "
      + "line again is the same adjustment; --id makes it another.",
    options: [
      .value("institution", "NAME", "whose day it is: wechat-pay, alipay, unionpay, card"),
      .value("day", "DATE", "the day of Beijing that it belongs to, 2024-09-12"),
      .value("amount", "FEN", "what the net of the log lacks, in fen; below zero: is too much"),
      .value("transaction", "ID", "the transaction that it is about; none where absent"),
      .reason, .value("evidence", "FILE", "what shows that it is right: its SHA-256 is recorded"),
    ] + Control.options,
    choices: ["NAME": Institution.allCases.map(\.name)],
    examples: [
      "sluice adjust --institution wechat-pay --day 2024-09-12 --transaction 4200002024091200017"
        + " --amount=-1250 --reason refunded-by-hand --evidence bill.csv --data events/log",
      "sluice adjust --institution card --day 2024-09-12 --amount 300 --reason rounding"
        + " --evidence letter.pdf --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let institution = try ReconcileCommand.institution(arguments)
    let day = try ReconcileCommand.day(arguments)
    let most = Money.paymentMax.rawValue
    _ = try arguments.required("amount")
    let amount = try arguments.integer("amount", in: -most...most) ?? 0
    let reason = try arguments.required("reason")
    let evidence = try digest(try arguments.required("evidence"))
    let content = [
      institution.name, day.text, "\(amount)", arguments.value("transaction") ?? "", reason,
      evidence.hex,
    ].joined(separator: "\n")
    let id = SHA256.hash(unsafe Array(content.utf8).span.bytes).hex
    return try Control.send("adjust-payment", arguments, done: "Adjusted", usualID: id) {
      document in
      document.put("institution", institution.name)
      if let transaction = arguments.value("transaction") {
        document.put("transaction", transaction)
      }
      document.put("day", day.text)
      document.put("amount", amount)
      document.put("reason", reason)
      document.put("digest", evidence)
    }
  }

  /// SHA-256 of a file as `InputFile` gives it: unpacked where it is packed by gzip.
  static func digest(_ path: String) throws -> Digest {
    var file = try InputFile(path)
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: InputFile.chunkMax)
    while true {
      var span = buffer.mutableSpan
      var room = unsafe span.mutableBytes
      let count = try file.read(into: &room)
      if count == 0 { return hash.digest() }
      hash.update(unsafe buffer.span.extracting(0..<count).bytes)
    }
  }
}
