// Decisions on the scheduler's steps. The scheduler proposes; every rule is asked again here, so
// that no door leads past the caps, the window or a pause.

import Events
import Projections
import Rollout

func decideStep(
  _ step: ScheduledStep, of number: RolloutNumber, _ header: EventHeader,
  in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  guard let rollout = state.board.rollout(number), let plan = state.plan(number) else {
    throw .rolloutNotAnnounced
  }
  switch step {
  case .switchOff(let merchant, _, _):
    try switchMerchant(merchant, rollout, isOff: true, header, in: state, into: &decision)
  case .switchOn(let merchant, _, _):
    try switchMerchant(merchant, rollout, isOff: false, header, in: state, into: &decision)
  case .completeOrder(let position, let switched):
    try completeOrder(position, switched, rollout, header, into: &decision)
  case .openWave, .enable, .completeWave, .endWindow, .complete:
    // Roll-backs above go on: what withdraws a method needs no trust in the clock.
    guard !state.isClockHeld else { throw .clockHeld }
    guard rollout.phase == .running else { throw .notRunning(rollout.phase.name) }
    try decideProgress(step, rollout, plan, header, in: state, into: &decision)
  }
}

private func decideProgress(
  _ step: ScheduledStep, _ rollout: Rollout, _ plan: Plan, _ header: EventHeader,
  in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  var header = header
  header.cause = rollout.start
  let version = rollout.planVersion
  switch step {
  case .openWave(let wave, let plannedAt, let merchants):
    try checkMayEnable(rollout, plan, header.logTime)
    guard Int(wave.rawValue) == rollout.waves.count + 1 else { throw .stepStale("wave order") }
    decision.add(
      header,
      .waveOpened(
        WaveOpened(
          rollout: rollout.number, planVersion: version, wave: wave, merchants: merchants,
          plannedAt: plannedAt)))
  case .enable(let merchant, let wave, let plannedAt):
    try checkMayEnable(rollout, plan, header.logTime)
    let header = try enabling(merchant, wave, rollout, plan, header, in: state)
    decision.add(
      header,
      .merchantEnabled(
        MerchantEnabled(
          rollout: rollout.number, planVersion: version, wave: wave, plannedAt: plannedAt)))
  case .completeWave(let wave, let enabled, let skipped):
    guard let opened = rollout.wave(wave), opened.completedAt == .none else {
      throw .stepStale("wave completed")
    }
    header.cause = opened.opening
    decision.add(
      header,
      .waveCompleted(
        WaveCompleted(
          rollout: rollout.number, planVersion: version, wave: wave, enabled: enabled,
          skipped: skipped)))
  case .endWindow(let enabled, let pending):
    guard !rollout.isWindowOver, header.logTime >= plan.windowEnd else {
      throw .stepStale("window end")
    }
    decision.add(
      header,
      .windowEnded(
        WindowEnded(
          rollout: rollout.number, planVersion: version, enabled: enabled, pending: pending)))
  case .complete(let enabled, let skipped):
    decision.add(
      header,
      .rolloutCompleted(
        RolloutCompleted(
          rollout: rollout.number, planVersion: version, enabled: enabled, skipped: skipped)))
  default: break
  }
}

/// The rules that hold for every enablement: not paused, in effect, inside the window.
private func checkMayEnable(
  _ rollout: Rollout, _ plan: Plan, _ now: Timestamp
) throws(Refusal) {
  guard now >= plan.effectiveAt else { throw .beforeEffective(plan.effectiveAt) }
  let mayGoOn = plan.afterWindow == .continue || rollout.mayContinue
  guard now < plan.windowEnd || mayGoOn else { throw .windowOver(plan.windowEnd) }
  guard !rollout.isPaused else { throw .paused }
}

private func enabling(
  _ merchant: MerchantNumber, _ wave: WaveNumber, _ rollout: Rollout, _ plan: Plan,
  _ header: EventHeader, in state: DecisionState
) throws(Refusal) -> EventHeader {
  guard let opened = rollout.wave(wave), opened.completedAt == .none else {
    throw .waveNotOpened(wave)
  }
  guard merchant != .none, merchant.rawValue <= UInt32(state.book.count) else {
    throw .stepStale("merchant number")
  }
  guard !state.book.isClosed(merchant) else {
    throw .merchantClosed(state.book.external(merchant))
  }
  let standing = state.book.state(merchant, rollout.number)
  guard standing == .pending else {
    if standing == .excluded {
      throw .merchantAlreadyExcluded(state.book.external(merchant))
    }
    let earlier = state.book.standing(rollout.number)?.wave(merchant) ?? .none
    throw .alreadyEnabled(wave: earlier)
  }
  if let order = state.order(rollout.number),
    let cap = Scheduler.exceededCap(
      plan: plan, order: order, quota: rollout.quota,
      payments: state.book.dailyPayments(merchant), now: header.logTime)
  {
    throw .capReached(cap.name)
  }
  var header = header
  header.merchant = merchant
  header.previous = state.book.lastEvent(merchant)
  header.cause = opened.opening
  return header
}

private func switchMerchant(
  _ merchant: MerchantNumber, _ rollout: Rollout, isOff: Bool, _ header: EventHeader,
  in state: DecisionState, into decision: inout Decision
) throws(Refusal) {
  guard let order = rollout.runningOrder, order.isRollback == isOff else {
    throw .stepStale("no such order is running")
  }
  guard merchant != .none, merchant.rawValue <= UInt32(state.book.count) else {
    throw .stepStale("merchant number")
  }
  let standing = state.book.state(merchant, rollout.number)
  guard isOff ? standing.isOn : standing == .rolledBack else {
    throw .stepStale("the merchant is \(standing.name)")
  }
  var header = header
  header.merchant = merchant
  header.previous = state.book.lastEvent(merchant)
  header.cause = order.position
  let fields = MerchantSwitched(
    rollout: rollout.number, planVersion: rollout.planVersion,
    wave: state.book.standing(rollout.number)?.wave(merchant) ?? .none)
  decision.add(header, isOff ? .merchantRolledBack(fields) : .merchantReinstated(fields))
}

private func completeOrder(
  _ position: Position, _ switched: UInt32, _ rollout: Rollout, _ header: EventHeader,
  into decision: inout Decision
) throws(Refusal) {
  guard let order = rollout.runningOrder, order.position == position else {
    throw .stepStale("the order is completed")
  }
  var header = header
  header.cause = position
  let fields = ScopedOrderCompleted(
    rollout: rollout.number, planVersion: rollout.planVersion, merchants: switched)
  decision.add(
    header, order.isRollback ? .rollbackCompleted(fields) : .reinstatementCompleted(fields))
}
