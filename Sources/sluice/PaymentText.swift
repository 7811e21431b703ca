// A payment as people see it, in the published terms and in either language.

import Dumps
import Events
import Projections
import Text

/// Lays out the notices of a payment and what they come to.
struct PaymentText {
  let words: Wording

  init(_ words: Wording) { self.words = words }

  func text(_ story: PaymentStory, _ conclusions: [PaymentConclusion]) -> String {
    let combined = story.named
    // Of a combined payment only the parts that a person has to look at are shown in full.
    let shown = conclusions.filter { conclusion in
      combined.isEmpty || conclusion.warning != nil
        || !combined.contains { $0.names(conclusion.transaction) }
        || !story.disputes.of(conclusion.institution, conclusion.transaction).isEmpty
    }
    return combined.map { text($0, conclusions) }.joined()
      + shown.map { text($0, story) }.joined() + table(story) + advice(story)
  }

  private func text(_ conclusion: PaymentConclusion, _ story: PaymentStory) -> String {
    let life = conclusion.life
    var facts = TextFacts()
    facts.add(words[.institution], words.word(conclusion.institution))
    if !conclusion.order.isEmpty { facts.add(words[.order], Screen.plain(conclusion.order)) }
    facts.add(words[.merchant], Screen.plain(conclusion.merchant))
    if !conclusion.account.isEmpty { facts.add(words[.account], Screen.plain(conclusion.account)) }
    if let asked = conclusion.asked {
      let elsewhere = conclusion.askedAt.map { words[.askedElsewhere(Screen.plain($0))] }
      facts.add(
        words[.asked],
        ([Screen.money(asked)] + (elsewhere.map { [$0] } ?? [])).joined(separator: ", "))
    }
    if let captured = life.captured, let paid = life.paid {
      facts.add(words[.orderAmount], money(captured, conclusion.currency))
      facts.add(words[.paidAmount], money(paid, conclusion.currency))
    }
    if let balance = conclusion.balance {
      facts.add(words[.balanceAmount], money(balance, conclusion.currency))
    }
    facts.add(words[.refunded], money(life.refunded, conclusion.currency))
    if conclusion.taken != .zero {
      facts.add(words[.takenByDisputes], money(conclusion.taken, conclusion.currency))
    }
    facts.add(words[.refundable], money(conclusion.refundable, conclusion.currency))
    for combined in story.combined.of(conclusion.institution, conclusion.transaction) {
      facts.add(words[.partOf], Screen.plain(combined.told.combined))
    }
    for dispute in conclusion.disputes { facts.add(words[.dispute], text(dispute)) }
    for (position, adjustment) in conclusion.adjustments {
      facts.add(
        words[.adjusted],
        words[
          .adjustment(
            Screen.money(adjustment.amount), adjustment.day.text, Screen.plain(adjustment.reason),
            position.rawValue)])
    }
    facts.add(words[.terms], words[terms(conclusion)])
    if let warning = conclusion.warning { facts.add(words[.note], words[warning]) }
    if conclusion.isDisputedAbove {
      let disputed = money(conclusion.disputed, conclusion.currency)
      facts.add(words[.note], words[.disputedAbove(disputed)])
    }
    return Screen.toned(Screen.plain(conclusion.transaction), .bold)
      + "  \(words.word(life.state))\n" + facts.text() + "\n"
  }

  private func text(_ dispute: PaymentDispute) -> String {
    let row = dispute.row
    let parts = [
      Screen.plain(row.dispute), words.word(row.stage), money(row.amount, row.currency),
      Screen.time(row.until),
    ]
    return (parts + (dispute.standing.label(dispute.merchant).map { [words[$0]] } ?? []))
      .joined(separator: ", ")
  }

  private func terms(_ conclusion: PaymentConclusion) -> Label {
    guard let terms = conclusion.terms else { return .noTerms }
    let version = Label.version(Screen.plain(terms.name), terms.version)
    return .versionSince(version, Screen.time(terms.effectiveAt))
  }

  private func table(_ story: PaymentStory) -> String {
    if story.lines.isEmpty, story.remarks.isEmpty { return "" }
    var table = TextTable([
      ">" + words[.position], words[.occurred], words[.outcome], ">" + words[.orderAmount],
      words[.transaction], words[.order], words[.refund], words[.treatment], words[.flags],
      words[.answered],
    ])
    for line in story.lines {
      let payment = line.payment
      table.add([
        "\(line.position.rawValue)", Screen.time(line.header.occurredAt),
        payment.outcome == .failed
          ? words.failed(payment.failureClass) : words.word(payment.outcome),
        money(payment.orderAmount, payment.currency), Screen.plain(payment.transaction),
        Screen.plain(payment.order), Screen.plain(payment.refund), words.word(line.treatment),
        line.flagNames.isEmpty ? "-" : line.flagNames.map { words.flag($0) }.joined(separator: " "),
        answers(to: line.position, story, open: story.open(of: line)),
      ])
    }
    for remark in story.remarks {
      table.add([
        "\(remark.position.rawValue)", Screen.time(remark.header.occurredAt),
        words.word(remark.kind), money(remark.amount, remark.currency),
        Screen.plain(remark.transaction), Screen.plain(remark.order), "", "-",
        remark.flagNames.map { words.flag($0) }.joined(separator: " "),
        answers(to: remark.position, story, open: story.open(of: remark)),
      ])
    }
    return table.text()
  }

  /// What of an event's discrepancies is answered, in a few words.
  private func answers(
    to position: Position, _ story: PaymentStory, open: PolicyFlags
  ) -> String {
    let answers = story.answers[position] ?? []
    var texts = answers.map {
      "\(words.word($0.fields.answer)) (\(Screen.plain($0.fields.reason))) @\($0.position.rawValue)"
    }
    if !open.isEmpty { texts.append(words[.open]) }
    return texts.isEmpty ? "-" : texts.joined(separator: ", ")
  }

  /// How what is open is answered; empty where nothing is.
  private func advice(_ story: PaymentStory) -> String {
    let positions =
      story.lines.filter { !story.open(of: $0).isEmpty }.map(\.position)
      + story.remarks.filter { !story.open(of: $0).isEmpty }.map(\.position)
    let open = positions.sorted().map { "\($0.rawValue)" }
    guard let first = open.first else { return "" }
    let answers = DiscrepancyAnswer.allCases.map(\.name).joined(separator: "|")
    let command =
      "sluice payment resolve \(first) --as \(answers) --reason CODE"
    return "\n" + words[.answerWith(command, words.list(open))] + "\n"
  }

  func money(_ amount: Money, _ currency: UInt16) -> String {
    Screen.money(amount, currency: currency, words)
  }
}
