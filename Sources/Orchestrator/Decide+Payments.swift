// Payments are facts: what an institution says is always recorded. What breaks policy is recorded
// too, with flags that say what, decided here once and never again.

import Events
import Projections

/// No flag.
///
/// The literal of an empty set is made by a generic call, and this is asked for each payment.
private let nothing = PolicyFlags(rawValue: 0)

/// How far ahead of the log a source's clock may be before it is noted: five minutes.
private let aheadMax: Int64 = 300 * Timestamp.nanosecondsPerSecond

/// Records a notice with the flags it deserves.
///
/// It is never refused.
func decidePayment(
  _ payment: Payment, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) {
  var payment = payment
  var header = header
  if let merchant = state.book.number(payment.external) {
    header.merchant = merchant
    header.previous = state.book.lastEvent(merchant)
    payment.merchantTier = state.book.tier(merchant)
    payment.external = .none
  } else {
    payment.merchantTier = .unknown
  }
  let facts = state.ledger.facts(
    payment, occurredAt: PaymentRules.instant(header), merchant: header.merchant)
  header.flags = state.policyFlags(facts, at: header.logTime)
  if facts.refundBasis.isSum {
    (payment.orderAmount, payment.refundBasis) = state.ledger.reports(
      placing: facts, header.flags)
  }
  decision.add(header, .payment(payment))
}

extension DecisionState {
  /// What a notice breaks of policy: the decision on a payment, whatever form it came in.
  func policyFlags(_ facts: PaymentFacts, at now: Timestamp) -> PolicyFlags {
    let known = ledger.transaction(facts)
    var flags = nothing
    if let known, contradicts(facts, known) {
      flags = .conflictsWithEarlier
    } else {
      flags = judge(facts, known)
    }
    if facts.occurredAt.rawValue > now.rawValue + aheadMax { flags = flags | .occurredAhead }
    if facts.merchant == .none || facts.currency != Payment.yuan {
      flags = flags | strangeness(facts, known, saysNothingNew: flags)
    }
    return flags
  }

  /// A merchant that nobody registered, and a currency that no sum is in.
  ///
  /// A notice that says nothing new is not said to be either once more where the transaction has
  /// been from its first notice on, or where a notice has named a stranger before: a person has one
  /// discrepancy to answer, however often an institution repeats itself.
  private func strangeness(
    _ facts: PaymentFacts, _ known: PaymentLedger.Transaction?, saysNothingNew flags: PolicyFlags
  ) -> PolicyFlags {
    let repeats = flags.hasAny(of: PaymentRules.nothingNew) ? known : nil
    var strange = nothing
    if facts.merchant == .none, repeats.map({ $0.merchant != .none && !$0.namesStranger }) ?? true {
      strange = strange | .merchantUnknown
    }
    if facts.currency != Payment.yuan, repeats.map({ $0.currency != facts.currency }) ?? true {
      strange = strange | .foreignCurrency
    }
    return strange
  }

  /// Whether a notice names another order, merchant or currency than the transaction's first one.
  private func contradicts(_ facts: PaymentFacts, _ known: PaymentLedger.Transaction) -> Bool {
    !known.isOf(facts.order) || known.currency != facts.currency
      || (known.merchant != .none && facts.merchant != .none && known.merchant != facts.merchant)
  }

  private func judge(
    _ facts: PaymentFacts, _ known: PaymentLedger.Transaction?
  ) -> PolicyFlags {
    switch facts.outcome {
    case .captured: return judgeCapture(facts, known)
    case .refunded: return judgeRefund(facts, known)
    case .pending:
      guard let known else { return nothing }
      if known.captured != nil || known.isAuthorised || known.isFailed || known.isClosed {
        return .late
      }
      return known.isPending ? .repeated : nothing
    case .authorised:
      guard let known else { return nothing }
      if known.captured != nil || known.isFailed || known.isClosed { return .late }
      return known.isAuthorised ? .repeated : nothing
    case .failed:
      guard let known else { return nothing }
      if known.captured != nil || known.isClosed { return .late }
      return known.isFailed ? .repeated : nothing
    case .closed:
      guard let known else { return nothing }
      if known.captured != nil { return .late }
      return known.isClosed ? .repeated : nothing
    }
  }

  private func judgeCapture(
    _ facts: PaymentFacts, _ known: PaymentLedger.Transaction?
  ) -> PolicyFlags {
    if let captured = known?.captured {
      return captured == facts.orderAmount ? .repeated : .conflictsWithEarlier
    }
    var flags = facts.isOrderFailed ? PolicyFlags.orderFailed : nothing
    if let known {
      if known.isFailed || known.isClosed { flags = flags | .capturedAfterEnd }
      if known.refunded > facts.orderAmount { flags = flags | .captureBelowRefunds }
    }
    let another = ledger.capturedByAnother(facts)
    if let another, ledger.isPaidTwice(facts, another) { flags = flags | .orderCapturedTwice }
    if another != nil || ledger.hasAsked, ledger.differsFromOrder(facts, another),
      !isProbe(ledger.asked(facts.order) ?? facts.orderAmount)
    {
      flags = flags | .amountDiffers
    }
    if disputes.contradict(facts, known) { flags = flags | .amountDiffers }
    // What counts is what was open when the order was placed: a roll-back stops new orders only.
    if !book.isOpen(facts.institution, at: facts.merchant, when: facts.orderedAt) {
      flags = flags | .notOpen
    }
    return flags
  }

  /// A refund follows its payment, never the merchant's state: nothing is asked about being open.
  private func judgeRefund(
    _ facts: PaymentFacts, _ known: PaymentLedger.Transaction?
  ) -> PolicyFlags {
    if facts.refundBasis.isSum { return judgeReport(facts, known) }
    if known?.reportsSums == true { return .conflictsWithEarlier }
    if let amount = ledger.refundAmount(facts) {
      return amount == facts.orderAmount ? .repeated : .conflictsWithEarlier
    }
    guard let captured = known?.captured else { return .refundBeforeCapture }
    let total = (known?.refunded ?? .zero) + facts.orderAmount
    return total > captured ? .refundExceedsCapture : nothing
  }
}

/// Records what the cashier says of an order, a fact like a payment: never refused.
func decideOrder(
  _ body: Command.Body, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) {
  var header = header
  flagAhead(&header)
  switch body {
  case .offerOrder(var fields):
    place(&header, &fields.external, in: state)
    decision.add(header, .orderOffered(fields))
  case .attemptOrder(var fields):
    place(&header, &fields.external, in: state)
    if header.merchant != .none { fields.merchantTier = state.book.tier(header.merchant) }
    if !state.book.isOpen(fields.institution, at: header.merchant, when: fields.orderedAt) {
      header.flags = header.flags | .notOpen
    }
    let order = state.ledger.orderKey(fields.order)
    if !state.isProbe(fields.orderAmount),
      state.ledger.differsFromPaid(fields.orderAmount, order, at: header.merchant)
    {
      header.flags = header.flags | .amountDiffers
    }
    decision.add(header, .orderAttempted(fields))
  case .failOrder(var fields):
    place(&header, &fields.external, in: state)
    decision.add(header, .orderFailed(fields))
  case .timeOutOrder(var fields):
    place(&header, &fields.external, in: state)
    decision.add(header, .orderTimedOut(fields))
  default: break
  }
}

/// Flags what its source dates ahead of the log.
func flagAhead(_ header: inout EventHeader) {
  if PaymentRules.instant(header).rawValue > header.logTime.rawValue + aheadMax {
    header.flags = header.flags | .occurredAhead
  }
}

/// Puts a registered merchant's number in the header in place of its external id.
func place(
  _ header: inout EventHeader, _ external: inout ExternalID, in state: DecisionState
) {
  guard let merchant = state.book.number(external) else {
    header.flags = header.flags | .merchantUnknown
    return
  }
  header.merchant = merchant
  header.previous = state.book.lastEvent(merchant)
  external = .none
}
