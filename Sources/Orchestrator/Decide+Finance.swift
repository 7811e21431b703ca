// What finance records: comparisons with institutions' statements, adjustments of days, answers to
// discrepancies; disputes and combined payments, of which institutions tell.

import Events

func decideFinance(
  _ body: Command.Body, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  switch body {
  case .reconcileStatement(let fields):
    guard fields.position <= state.next else { throw .comparisonAheadOfLog(fields.position) }
    guard fields.isSound else { throw .comparisonUnbalanced }
    decision.add(header, .statementReconciled(fields))
  case .adjustPayment(let fields):
    try checkReason(fields.reason)
    guard PaymentAdjusted.isAmount(fields.amount) else { throw .adjustmentOfNothing }
    decision.add(header, .paymentAdjusted(fields))
  case .resolveDiscrepancy(let fields):
    try checkReason(fields.reason)
    decision.add(header, .discrepancyResolved(try answered(fields, in: state)))
  case .recordDispute(var fields):
    var header = header
    place(&header, &fields.external, in: state)
    flagAhead(&header)
    if let known = state.ledger.transaction(fields.institution, fields.transaction) {
      header.flags =
        header.flags
        | state.disputes.contradictions(of: fields, header, known, state.ledger.hash)
    }
    decision.add(header, .paymentDisputed(fields))
  case .recordCombined(let fields):
    var header = header
    flagAhead(&header)
    decision.add(header, .paymentCombined(fields))
  default: break
  }
}

/// An answer with the discrepancies that it closes; no flag asks for all that are open.
private func answered(
  _ fields: DiscrepancyResolved, in state: DecisionState
) throws(Refusal) -> DiscrepancyResolved {
  let open = state.discrepancies.open(at: fields.position)
  var fields = fields
  if fields.flags.isEmpty { fields.flags = open }
  if fields.position >= state.next { throw .noOpenDiscrepancy(fields.position, .behindEnd) }
  if open.isEmpty { throw .noOpenDiscrepancy(fields.position, .nothingOpen) }
  guard fields.flags.isSubset(of: open) else {
    throw .noOpenDiscrepancy(fields.position, .notThose(asked: fields.flags, open: open))
  }
  return fields
}
