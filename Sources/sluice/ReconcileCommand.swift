// sluice reconcile: lays an institution's statement of a day beside the log.

import CRecord
import Dumps
import Events
import Institutions
import Merkle
import Orchestrator
import Projections
import Text

struct ReconcileCommand: Subcommand {
  static let guide = Guide(
    name: "reconcile",
    sentence: "Compares an institution's statement of a day with the log, payment by payment.",
    operands: ["FILE"],
    options: [
      .value("institution", "NAME", "whose statement it is: wechat-pay, alipay, unionpay, card"),
      .value("day", "DATE", "the day of Beijing that it is of, 2024-09-12"),
      .flag("record", "have the daemon record the comparison as an event"), .socket,
    ] + LogView.options + [.language],
    choices: ["NAME": Institution.allCases.map(\.name)],
    examples: [
      "sluice reconcile bill.csv.gz --institution wechat-pay --day 2024-09-12 --data events/log"
        + " --lang zh",
      "sluice reconcile trades.csv --institution alipay --day 2024-09-12 --data events/log"
        + " --record --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let institution = try institution(arguments)
    let day = try day(arguments)
    let (statement, digest) = try StatementFile.read(arguments.operands[0], institution, day)
    let (report, terms) = try LogView.reading(arguments) { view in
      (try compare(statement, digest, view), try TermsView(view))
    }
    let words = try terms.wording(arguments)
    let receipt = arguments.flag("record") ? try record(report, arguments) : nil
    say(
      arguments.flag("json")
        ? report.document(receipt) : Array(report.text(receipt, arguments.operands[0], words).utf8))
    return report.closes ? .done : .refused
  }

  /// The institution that an option names.
  static func institution(_ arguments: Arguments) throws(UsageFault) -> Institution {
    let name = try arguments.required("institution")
    if let institution = Institution(name: name) { return institution }
    let names = Institution.allCases.map(\.name)
    throw UsageFault(
      what: "there is no institution \(name)", hint: "It is one of \(names.joined(separator: ", "))"
    )
  }

  /// The day that an option names.
  static func day(_ arguments: Arguments) throws(UsageFault) -> BeijingDay {
    let text = try arguments.required("day")
    do {
      return try RFC3339.parseDay(text)
    } catch {
      throw UsageFault(what: "--day \(text): \(error.reason)", hint: "Write a day as 2024-09-12")
    }
  }

  /// Reads the whole log: what belongs to a day may have come months later.
  private static func compare(
    _ statement: Statement, _ digest: Digest, _ view: LogView
  ) throws -> ReconcileReport {
    var comparison = StatementComparison(statement)
    var position = Position.zero
    try view.read { batch in
      for index in 0..<batch.count {
        let takes =
          EventKind.isPayment(batch.kind(index))
          ? try take(batch, index, &comparison) : try takeAdjustment(batch, index, &comparison)
        if takes { position = batch.position(index).advanced(by: 1) }
      }
    }
    return ReconcileReport(comparison, digest: digest, position: position)
  }

  /// Hands over a capture or a refund of the institution; says whether it was one.
  private static func take(
    _ batch: borrowing EventBatch, _ index: Int, _ comparison: inout StatementComparison
  ) throws -> Bool {
    let head = batch.head(index)
    let notice = try PaymentNotice(batch, index, head)
    guard notice.institution == comparison.statement.institution,
      notice.outcome == .captured || notice.outcome == .refunded
    else { return false }
    guard notice.treatment != .ignored else { return true }
    guard let view = PaymentView(batch.bytes(of: index)) else {
      _ = try batch.event(index)
      return true
    }
    comparison.take(
      LoggedPayment(
        position: batch.position(index),
        kind: notice.outcome == .captured ? .captured : .refunded,
        amount: Money(fen: notice.fields.order_amount), instant: PaymentRules.instant(head),
        isCounted: notice.treatment == .counted),
      transaction: view.transaction, order: view.order, refund: view.refund)
    return true
  }

  private static func takeAdjustment(
    _ batch: borrowing EventBatch, _ index: Int, _ comparison: inout StatementComparison
  ) throws -> Bool {
    guard batch.kind(index) == EventKind.paymentAdjusted.rawValue,
      case .paymentAdjusted(let adjustment) = try batch.event(index).payload,
      adjustment.institution == comparison.statement.institution
    else { return false }
    comparison.take(adjustment)
    return true
  }

  /// The same file against the same payments is the same command, whoever repeats it.
  private static func record(
    _ report: ReconcileReport, _ arguments: Arguments
  ) throws -> ReconcileReceipt {
    let document = report.record
    let id = SHA256.hash(unsafe document.span.bytes).hex
    let line = Document.object { line in
      line.put("command", "reconcile-statement")
      line.put("id", id)
      line.put("document", String(decoding: document, as: UTF8.self))
    }
    switch try Client(arguments).ask(line) {
    case .accepted(_, let first, _): return ReconcileReceipt(position: first, isRepeat: false)
    case .repeated(_, let first, _): return ReconcileReceipt(position: first, isRepeat: true)
    case .refused(let refusal): throw refusal.failure
    case .wrong(let field, let reason, let hint):
      throw CommandFailure(.usage, "\(field): \(reason)", hint: hint)
    case .already, .dump, .other, .held:
      throw CommandFailure(
        .fault, "the daemon's answer is not that of a command",
        hint: "See that daemon and program are of one release")
    }
  }
}
