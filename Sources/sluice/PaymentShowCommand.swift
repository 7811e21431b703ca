// sluice payment show: every notice of a transaction, an order or a combined payment, and what
// they come to.

import Dumps
import Events
import Projections
import Text

/// What the notices of one transaction come to.
struct PaymentConclusion {
  var institution: Institution
  var transaction: ExternalID
  var order: ExternalID
  var merchant: ExternalID
  var isRegistered = false
  var currency: UInt16
  /// In force when its first notice was recorded; nil where none were.
  var terms: PublishedTerms?
  var account = ExternalID.none
  /// What its capture says was paid from the balance; nil where it says nothing.
  var balance: Money?
  var life = PaymentLife()
  /// The order transaction amount of the cashier's last attempt through the institution; nil where
  /// the log has none.
  var asked: Money?
  /// The merchant of that attempt where it is another than the payment's.
  var askedAt: ExternalID?
  /// What finance added to days, or took from them, because of it.
  var adjustments: [(position: Position, fields: PaymentAdjusted)] = []
  /// In the order in which they were first told of.
  var disputes: [PaymentDispute] = []
  /// The word of an outcome that tells where it stands, as earlier releases had it.
  var outcome: String {
    switch life.state {
    case .unknown, .pending: "pending"
    case .waiting, .partlyRefunded, .refunded, .overRefunded: "refunded"
    case .authorised, .failed, .closed, .captured: life.state.rawValue
    }
  }

  mutating func take(_ line: PaymentNoticeLine) {
    life.take(line.payment, line.header.flags)
    guard !line.header.flags.hasAny(of: PolicyFlags.unchanging) else { return }
    if !line.payment.account.isEmpty { account = line.payment.account }
    if line.payment.outcome == .captured { balance = line.payment.balanceAmount }
  }

  /// What a person has to know besides the sums; nil where there is nothing.
  var warning: Label? {
    if life.state == .waiting { return .waits }
    if life.state == .overRefunded { return .overRefunded }
    return life.contradictions == 0 ? nil : .contradictions(life.contradictions)
  }
}

struct PaymentShowCommand: Subcommand {
  static let guide = Guide(
    name: "payment show",
    sentence: "Shows every notice of a transaction, an order or a combined payment.",
    operands: ["TRANSACTION|ORDER"], options: LogView.options + [.language],
    examples: [
      "sluice payment show 4200002024091200017 --data events/log",
      "sluice payment show order-000017 --data events/log --lang zh",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    say(try answer(arguments))
    return .done
  }

  /// What it prints.
  static func answer(_ arguments: Arguments) throws -> [UInt8] {
    guard let name = ExternalID(arguments.operands[0]), !name.isEmpty else {
      throw UsageFault(what: "a transaction's id has 1 to 64 bytes", hint: "Give another")
    }
    let (story, names, terms) = try LogView.reading(arguments) { view in
      let story = try PaymentStory(of: name, view)
      return (story, try MerchantNames(of: story.merchants, view), try TermsView(view))
    }
    guard !story.isEmpty else {
      throw CommandFailure(
        .refused, "no notice names the transaction or order \(Screen.plain(name))",
        hint: "Ids are compared byte by byte; see that it is spelled as the institution does")
    }
    let conclusions = conclude(story, names, terms)
    let words = try terms.wording(arguments)
    return arguments.flag("json")
      ? document(story, conclusions, terms)
      : Array(PaymentText(words).text(story, conclusions).utf8)
  }

  static func conclude(
    _ story: PaymentStory, _ names: MerchantNames, _ terms: TermsView
  ) -> [PaymentConclusion] {
    var conclusions: [PaymentConclusion] = []
    for line in story.lines {
      let payment = line.payment
      var row = conclusions.firstIndex {
        $0.institution == payment.institution && $0.transaction == payment.transaction
      }
      if row == nil {
        let number = line.header.merchant
        let asked = story.asked(payment.institution, payment.order)
        conclusions.append(
          PaymentConclusion(
            institution: payment.institution, transaction: payment.transaction,
            order: payment.order,
            merchant: number == .none ? payment.external : names[number],
            isRegistered: number != .none, currency: payment.currency, terms: terms.terms(of: line),
            asked: asked?.fields.orderAmount,
            askedAt: asked.flatMap { $0.merchant == number ? nil : $0.name(names) },
            adjustments: story.adjustments(payment.institution, payment.transaction)))
        row = conclusions.count - 1
      }
      if let row { conclusions[row].take(line) }
    }
    // A bank may tell of a dispute before the institution tells of the payment.
    for dispute in story.disputes.rows
    where !conclusions.contains(where: {
      $0.institution == dispute.institution && $0.transaction == dispute.transaction
    }) {
      conclusions.append(
        PaymentConclusion(
          institution: dispute.institution, transaction: dispute.transaction, order: .none,
          merchant: dispute.merchant == .none ? dispute.external : names[dispute.merchant],
          currency: dispute.currency,
          adjustments: story.adjustments(dispute.institution, dispute.transaction)))
    }
    for row in conclusions.indices {
      let (institution, transaction) = (conclusions[row].institution, conclusions[row].transaction)
      conclusions[row].take(story.disputes.of(institution, transaction), names)
    }
    return conclusions
  }

  private static func document(
    _ story: PaymentStory, _ conclusions: [PaymentConclusion], _ terms: TermsView
  ) -> [UInt8] {
    Document.object { document in
      document.array("transactions", conclusions) { document, conclusion in
        document.object(nil) { put(conclusion, &$0) }
      }
      document.array("notices", story.lines) { document, line in
        document.object(nil) { document in
          put(line, &document)
          document.terms("terms", terms.terms(of: line))
          put(story.answers[line.position] ?? [], &document)
        }
      }
      document.array("remarks", story.remarks) { document, remark in
        document.object(nil) { document in
          put(remark, &document)
          put(story.answers[remark.position] ?? [], &document)
        }
      }
      let disputes = conclusions.flatMap(\.disputes)
      document.array("disputes", story.disputes.rows) { document, row in
        document.object(nil) { document in
          put(row, &document)
          if let dispute = disputes.first(where: { $0.row == row }) {
            document.put("standing", dispute.standing.rawValue)
          }
        }
      }
      document.array("combined", story.combined.all) { document, payment in
        let isWhole = story.named.contains { $0.told.isOfSame(as: payment.told) }
        document.object(nil) { payment.put(isWhole ? conclusions : nil, &$0) }
      }
    }
  }

  private static func put(_ conclusion: PaymentConclusion, _ document: inout Document) {
    document.put("institution", conclusion.institution.name)
    document.put("transaction", conclusion.transaction)
    document.put("order", conclusion.order)
    document.put("merchant", conclusion.merchant)
    document.put("currency", conclusion.currency)
    document.put("outcome", conclusion.outcome)
    document.put("state", conclusion.life.state.rawValue)
    if let captured = conclusion.life.captured, let paid = conclusion.life.paid {
      document.put("captured_fen", captured)
      document.put("paid_fen", paid)
    } else {
      document.null("captured_fen")
      document.null("paid_fen")
    }
    document.put("refunded_fen", conclusion.life.refunded)
    document.put("taken_by_disputes_fen", conclusion.taken)
    document.put("refundable_fen", conclusion.refundable)
    if let asked = conclusion.asked {
      document.put("asked_fen", asked)
    } else {
      document.null("asked_fen")
    }
    if let merchant = conclusion.askedAt { document.put("asked_at", merchant) }
    document.array("adjustments", conclusion.adjustments) { document, adjustment in
      document.object(nil) { document in
        document.put("position", adjustment.position)
        document.put("day", adjustment.fields.day.text)
        document.put("amount_fen", adjustment.fields.amount)
        document.put("reason", adjustment.fields.reason)
      }
    }
    document.put("contradictions", UInt64(conclusion.life.contradictions))
    document.terms("terms", conclusion.terms)
  }

  private static func put(_ dispute: Disputes.Row, _ document: inout Document) {
    document.put("institution", dispute.institution.name)
    document.put("transaction", dispute.transaction)
    document.put("dispute", dispute.dispute)
    document.put("stage", dispute.stage.name)
    document.put("amount", dispute.amount)
    document.put("currency", dispute.currency)
    document.put("taken", dispute.taken)
    document.put("code", dispute.code)
    document.put("since", dispute.since)
    document.put("until", dispute.until)
    document.put("position", dispute.last)
  }

  private static func put(_ remark: PaymentRemark, _ document: inout Document) {
    document.put("position", remark.position)
    document.put("kind", remark.kind.name)
    document.put("log_time", remark.header.logTime)
    document.put("occurred_at", remark.header.occurredAt)
    document.put("institution", remark.institution.name)
    document.put("transaction", remark.transaction)
    document.put("order", remark.order)
    document.put("amount", remark.amount)
    document.put("currency", remark.currency)
    document.array("flags", remark.flagNames) { $0.put(nil, $1) }
  }

  private static func put(_ answers: [PaymentAnswer], _ document: inout Document) {
    document.array("answers", answers) { document, answer in
      document.object(nil) { document in
        document.put("position", answer.position)
        document.put("answer", answer.fields.answer.name)
        document.put("reason", answer.fields.reason)
        document.array("flags", PolicyFlags.names(of: answer.fields.flags)) { $0.put(nil, $1) }
      }
    }
  }

  private static func put(_ line: PaymentNoticeLine, _ document: inout Document) {
    document.put("position", line.position)
    document.put("log_time", line.header.logTime)
    document.put("occurred_at", line.header.occurredAt)
    document.put("institution", line.payment.institution.name)
    document.put("transaction", line.payment.transaction)
    document.put("order", line.payment.order)
    document.put("outcome", line.payment.outcome.name)
    document.put("order_amount_fen", line.payment.orderAmount)
    document.put("paid_amount_fen", line.payment.paidAmount)
    if line.payment.outcome == .refunded {
      document.put(
        "refund_report", line.payment.refundBasis.isSum ? "cumulative" : "incremental")
    }
    if let balance = line.payment.balanceAmount {
      document.put("balance_amount_fen", balance)
    } else {
      document.null("balance_amount_fen")
    }
    document.put("refund", line.payment.refund)
    document.put("code", line.payment.code)
    document.put("failure_class", line.payment.failureClass.name)
    document.put("treatment", Wording().word(line.treatment))
    document.array("flags", line.flagNames) { $0.put(nil, $1) }
  }
}
