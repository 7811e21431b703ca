// What finance records: comparisons with institutions' statements, and adjustments of days.

import Events

func decideStatement(
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
  default: break
  }
}
