// Decisions on the scheduler's steps. The scheduler proposes; every rule is asked again here, so
// that no door leads past the caps, the window or a pause.
//
// A step is one event. Nothing is copied out of the state on the way: steps come by the million.
// Those of one merchant are decided as a `MerchantSwitch`, and what holds for all of a rollout's
// steps is read out of its plan once (`StepRules`).

import Events
import Projections
import Rollout

func decideStep(
  _ step: ScheduledStep, of number: RolloutNumber, _ header: EventHeader,
  in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  let row = Int(number.rawValue) - 1
  guard state.board.rollouts.indices.contains(row) else { throw .rolloutNotAnnounced }
  let event = try stepEvent(step, row, header, in: state)
  decision.add(event.header, event.payload)
}

/// The event of a step in a rollout, by its number less one.
func stepEvent(
  _ step: ScheduledStep, _ row: Int, _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> Event {
  guard let rules = StepRules(row, in: state) else { throw .rolloutNotAnnounced }
  if step.isOfOneMerchant { return try switchEvent(step, rules, header, in: state).event }
  if case .completeOrder(let position, _) = step {
    return try orderCompleted(position, row, header, in: state)
  }
  if step.isOfEvidence { return try evidenceEvent(step, row, header, in: state) }
  try checkGoesOn(row, in: state)
  return try progress(step, rules, state.board.rollouts[row], header, in: state)
}

/// What a rollout's plan and order say to its steps.
struct StepRules {
  /// Of the rollout: its number less one.
  let row: Int
  fileprivate let afterWindow: Plan.AfterWindow
  fileprivate let caps: Plan.Caps
  fileprivate let closed: [ClosedInterval]
  fileprivate let coolingOff: Plan.CoolingOff
  /// How many merchants the order has, and their usual payments; nil where none is known.
  fileprivate let order: (merchants: Int, dailyPayments: UInt64)?

  /// Nil where the rollout was not announced.
  init?(_ row: Int, in state: DecisionState) {
    guard state.plans.indices.contains(row), let plan = state.plans[row] else { return nil }
    self.row = row
    afterWindow = plan.afterWindow
    caps = plan.caps
    closed = plan.closed
    coolingOff = plan.coolingOff
    order = state.orders[row].map { ($0.count, $0.dailyPayments) }
  }
}

/// The event of a step of one merchant.
@inline(__always)
func switchEvent(
  _ step: ScheduledStep, _ rules: StepRules, _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> MerchantSwitch {
  switch step {
  case .switchOff(let merchant, _, _):
    return try switched(merchant, rules, isOff: true, header, in: state)
  case .switchOn(let merchant, _, _):
    return try switched(merchant, rules, isOff: false, header, in: state)
  case .enable(let merchant, let wave, let plannedAt):
    try checkGoesOn(rules.row, in: state)
    guard !state.board.rollouts[rules.row].hasRunningOrder else {
      throw .stepStale("an order is carried out first")
    }
    return try enabled(merchant, wave, plannedAt, rules, header, in: state)
  case .openWave, .completeWave, .endWindow, .complete, .completeOrder, .closeEvidence, .breach,
    .pauseFor, .orderRollback:
    preconditionFailure("a step of a wave, a rollout or an order switches nobody")
  }
}

/// Roll-backs go on without: what withdraws a method needs no trust in the clock.
@inline(__always)
private func checkGoesOn(_ row: Int, in state: DecisionState) throws(Refusal) {
  guard !state.isClockHeld else { throw .clockHeld }
  let phase = state.board.rollouts[row].phase
  guard phase == .running else { throw .notRunning(phase.name) }
}

/// A wave, the window or the whole rollout goes on.
private func progress(
  _ step: ScheduledStep, _ rules: StepRules, _ rollout: Rollout, _ header: EventHeader,
  in state: DecisionState
) throws(Refusal) -> Event {
  var header = header
  header.cause = rollout.start
  let number = rollout.number
  let version = rollout.planVersion
  switch step {
  case .openWave(let wave, let plannedAt, let merchants):
    try checkMayEnable(rules, header.logTime, in: state)
    guard Int(wave.rawValue) == rollout.waves.count + 1 else { throw .stepStale("wave order") }
    try checkSoak(rollout, header.logTime, in: state)
    try checkWaveApproved(wave, rollout, header.logTime, in: state)
    return Event(
      header,
      .waveOpened(
        WaveOpened(
          rollout: number, planVersion: version, wave: wave, merchants: merchants,
          plannedAt: plannedAt)))
  case .completeWave(let wave, let enabled, let skipped):
    guard let opened = rollout.wave(wave), opened.completedAt == .none else {
      throw .stepStale("wave completed")
    }
    header.cause = opened.opening
    return Event(
      header,
      .waveCompleted(
        WaveCompleted(
          rollout: number, planVersion: version, wave: wave, enabled: enabled, skipped: skipped)))
  case .endWindow(let enabled, let pending):
    guard !rollout.isWindowOver, header.logTime >= rollout.windowEnd else {
      throw .stepStale("window end")
    }
    return Event(
      header,
      .windowEnded(
        WindowEnded(rollout: number, planVersion: version, enabled: enabled, pending: pending)))
  case .complete(let enabled, let skipped):
    return Event(
      header,
      .rolloutCompleted(
        RolloutCompleted(
          rollout: number, planVersion: version, enabled: enabled, skipped: skipped)))
  case .enable, .switchOff, .switchOn, .completeOrder, .closeEvidence, .breach, .pauseFor,
    .orderRollback:
    preconditionFailure("a step of one merchant, an order or evidence is decided elsewhere")
  }
}

/// A wave waits until the one before it has been complete for as long as the plan says.
private func checkSoak(
  _ rollout: Rollout, _ now: Timestamp, in state: DecisionState
) throws(Refusal) {
  guard let plan = state.plan(rollout.number) else { return }
  let end = Scheduler.soakEnd(plan, rollout, now: now)
  guard now >= end else { throw .soaking(until: end) }
}

/// The rules that hold for every enablement: not paused, in effect, inside the window, not closed.
@inline(__always)
private func checkMayEnable(
  _ rules: StepRules, _ now: Timestamp, in state: DecisionState
) throws(Refusal) {
  let row = rules.row
  let effectiveAt = state.board.rollouts[row].effectiveAt
  guard now >= effectiveAt else { throw .beforeEffective(effectiveAt) }
  let windowEnd = state.board.rollouts[row].windowEnd
  guard
    now < windowEnd || rules.afterWindow == .continue
      || (rules.afterWindow == .hold && state.board.rollouts[row].mayContinue)
  else { throw .windowOver(windowEnd) }
  guard !state.board.rollouts[row].isPaused else { throw .paused }
  if !rules.closed.isEmpty, let closure = rules.closed.closure(at: now) {
    throw .closedTime(until: closure.to, why: closure.why)
  }
}

@inline(__always)
private func enabled(
  _ merchant: MerchantNumber, _ wave: WaveNumber, _ plannedAt: Timestamp, _ rules: StepRules,
  _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> MerchantSwitch {
  let row = rules.row
  try checkMayEnable(rules, header.logTime, in: state)
  let place = Int(wave.rawValue) - 1
  guard state.board.rollouts[row].waves.indices.contains(place),
    state.board.rollouts[row].waves[place].completedAt == .none
  else { throw .waveNotOpened(wave) }
  guard merchant != .none, merchant.rawValue <= UInt32(state.book.count) else {
    throw .stepStale("merchant number")
  }
  guard !state.book.isClosed(merchant) else {
    throw .merchantClosed(state.book.external(merchant))
  }
  let number = state.board.rollouts[row].number
  let standing = state.book.state(merchant, number)
  guard standing == .pending else {
    if standing == .excluded {
      throw .merchantAlreadyExcluded(state.book.external(merchant))
    }
    throw .alreadyEnabled(wave: state.book.wave(merchant, number))
  }
  if let cap = cap(rules, state.book.dailyPayments(merchant), header.logTime, in: state) {
    throw .capReached(cap.name)
  }
  var header = header
  header.merchant = merchant
  header.previous = state.book.lastEvent(merchant)
  header.cause = state.board.rollouts[row].waves[place].opening
  return MerchantSwitch(
    .merchantEnabled, header, rollout: number,
    planVersion: state.board.rollouts[row].planVersion, wave: wave, plannedAt: plannedAt)
}

/// The cap that one more merchant would exceed; nil where none, or where no order is known.
@inline(__always)
private func cap(
  _ rules: StepRules, _ payments: UInt32, _ now: Timestamp, in state: DecisionState
) -> CapKind? {
  #if PLANTED_BUGS
    if state.ignoresCaps { return nil }
  #endif
  guard let order = rules.order else { return nil }
  return Scheduler.exceededCap(
    rules.caps, merchants: order.merchants, dailyPayments: order.dailyPayments,
    quota: state.board.rollouts[rules.row].quota, payments: payments, now: now)
}

@inline(__always)
private func switched(
  _ merchant: MerchantNumber, _ rules: StepRules, isOff: Bool, _ header: EventHeader,
  in state: DecisionState
) throws(Refusal) -> MerchantSwitch {
  let row = rules.row
  guard let order = state.board.rollouts[row].running, order.isRollback == isOff else {
    throw .stepStale("no such order is running")
  }
  guard merchant != .none, merchant.rawValue <= UInt32(state.book.count) else {
    throw .stepStale("merchant number")
  }
  let number = state.board.rollouts[row].number
  let standing = state.book.state(merchant, number)
  guard isOff ? standing.isOn : standing == .rolledBack else {
    throw .stepStale("the merchant is \(standing.name)")
  }
  guard
    isOff
      || rules.coolingOff.isOver(
        rolledBack: state.book.changedAt(merchant, number), at: order.orderedAt)
  else { throw .stepStale("the merchant has not cooled off") }
  var header = header
  header.merchant = merchant
  header.previous = state.book.lastEvent(merchant)
  header.cause = order.position
  return MerchantSwitch(
    isOff ? .merchantRolledBack : .merchantReinstated, header, rollout: number,
    planVersion: state.board.rollouts[row].planVersion, wave: state.book.wave(merchant, number))
}

/// The end of an order, with the number of merchants that it has switched.
private func orderCompleted(
  _ position: Position, _ row: Int, _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> Event {
  guard let order = state.board.rollouts[row].runningOrder, order.position == position else {
    throw .stepStale("the order is completed")
  }
  let stillOn = order.isRollback ? state.book.countOn(order.order, merchant: order.merchant) : 0
  guard stillOn == 0 else { throw .stepStale("\(stillOn) merchants of the order are on") }
  var header = header
  header.cause = position
  let fields = ScopedOrderCompleted(
    rollout: state.board.rollouts[row].number,
    planVersion: state.board.rollouts[row].planVersion, merchants: order.switched,
    stillOn: order.isRollback ? stillOn : nil)
  return Event(
    header, order.isRollback ? .rollbackCompleted(fields) : .reinstatementCompleted(fields))
}
