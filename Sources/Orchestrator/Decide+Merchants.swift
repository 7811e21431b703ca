// Decisions on single merchants: registration, closing, exclusion, reinstatement.

import Events
import Projections
import Rollout

/// How many merchants a log may name: their numbers fit 24 bits of an order's sort key.
public let merchantsMax = 16_000_000

func decideMerchant(
  _ body: Command.Body, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  switch body {
  case .registerMerchant(let fields):
    try register(fields, header, in: state, into: &decision)
  case .closeMerchant(let external, let reason):
    try checkReason(reason.reason)
    let header = try concerning(external, header, state)
    decision.add(header, .merchantClosed(reason))
  case .excludeMerchant(let external, let plan, let reason):
    try checkReason(reason.reason)
    try exclude(external, plan, reason, header, in: state, into: &decision)
  case .reinstateMerchant(let external, let plan):
    try reinstate(external, plan, header, in: state, into: &decision)
  default: break
  }
}

/// A shop that is new is registered; one that is known and has changed is updated.
private func register(
  _ fields: MerchantRegistered, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  var header = header
  guard state.book.hasWords(fields.category, fields.city) else { throw .merchantsTooMany }
  guard let number = state.book.number(fields.external) else {
    guard state.book.count < merchantsMax else { throw .merchantsTooMany }
    header.merchant = MerchantNumber(UInt32(state.book.count) + 1)
    decision.add(header, .merchantRegistered(fields))
    return
  }
  guard !state.book.isClosed(number) else { throw .merchantClosed(fields.external) }
  header.merchant = number
  header.previous = state.book.lastEvent(number)
  let updated = MerchantUpdated(
    platform: fields.platform, tier: fields.tier, dailyPayments: fields.dailyPayments,
    category: fields.category, city: fields.city)
  decision.add(header, .merchantUpdated(updated))
}

/// The header of an event of a merchant that is registered and not closed.
func concerning(
  _ external: ExternalID, _ header: EventHeader, _ state: DecisionState
) throws(Refusal) -> EventHeader {
  guard let number = state.book.number(external) else { throw .merchantUnknown(external) }
  guard !state.book.isClosed(number) else { throw .merchantClosed(external) }
  var header = header
  header.merchant = number
  header.previous = state.book.lastEvent(number)
  return header
}

private func exclude(
  _ external: ExternalID, _ plan: ShortText?, _ reason: Reason, _ header: EventHeader,
  in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  let rollout = try rolloutNamed(plan, in: state)
  let header = try concerning(external, header, state)
  guard state.book.state(header.merchant, rollout.number) != .excluded else {
    throw .merchantAlreadyExcluded(external)
  }
  decision.add(
    header,
    .merchantExcluded(
      MerchantExcluded(
        rollout: rollout.number, planVersion: rollout.planVersion, reason: reason.reason,
        reasonReference: reason.reasonReference)))
}

private func reinstate(
  _ external: ExternalID, _ plan: ShortText?, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  let rollout = try rolloutNamed(plan, in: state)
  let header = try concerning(external, header, state)
  let current = state.book.state(header.merchant, rollout.number)
  guard current == .rolledBack || current == .excluded else {
    throw .merchantNotWithdrawn(external)
  }
  try checkMayReturn(header.merchant, rollout, header.logTime, in: state)
  let wave = state.book.standing(rollout.number)?.wave(header.merchant) ?? .none
  decision.add(
    header,
    .merchantReinstated(
      MerchantSwitched(
        rollout: rollout.number, planVersion: rollout.planVersion, wave: wave)))
}

/// Nobody comes back on before its cooling-off is over, whatever withdrew it since, nor while a
/// roll-back that covers it goes on, which must end with none on.
private func checkMayReturn(
  _ merchant: MerchantNumber, _ rollout: Rollout, _ now: Timestamp, in state: DecisionState
) throws(Refusal) {
  guard let standing = state.book.standing(rollout.number),
    standing.enabledAt(merchant) != .none
  else { return }
  try checkGivesBack(rollout)
  for order in rollout.openOrders where order.isRollback {
    let scope = ScopeRule(order.order, merchant: order.merchant, book: state.book)
    if scope.holds(merchant, standing, state.book) { throw .rollbackRunning(order.position) }
  }
  let rolledBackAt = standing.rolledBackAt(merchant)
  let coolingOff = state.plan(rollout.number)?.coolingOff ?? .none
  guard rolledBackAt == .none || coolingOff.isOver(rolledBack: rolledBackAt, at: now) else {
    throw .coolingOff(until: coolingOff.end(rolledBack: rolledBackAt))
  }
}

/// The rollout of a plan; where no plan is named, the only one that is not over.
func rolloutNamed(_ plan: ShortText?, in state: DecisionState) throws(Refusal) -> Rollout {
  if let plan {
    guard let rollout = state.board.rollout(plan: plan) else {
      throw .rolloutUnknown(plan.description)
    }
    return rollout
  }
  let active = state.board.rollouts.filter { $0.isActive }
  guard active.count == 1, let only = active.first else {
    throw .rolloutNotUnique(active: active.count)
  }
  return only
}
