// Ordered roll-backs and reinstatements: who is still to be switched, in the order of the line.

import Events
import Projections

extension SchedulerRun {
  /// Switches the merchants of an order; nil where it is complete.
  mutating func carryOut(_ running: RunningOrder) -> Halt? {
    var count = running.switched
    let halt =
      running.order.scope == .merchant ? switchOne(running, &count) : sweep(running, &count)
    if let halt { return halt }
    guard !isFull else { return .limit }
    steps.append(.completeOrder(running.position, switched: count))
    return nil
  }

  private mutating func switchOne(_ running: RunningOrder, _ count: inout UInt32) -> Halt? {
    guard running.merchant != .none, concerns(running, running.merchant) else { return nil }
    return turn(running.merchant, running, &count)
  }

  private mutating func sweep(_ running: RunningOrder, _ count: inout UInt32) -> Halt? {
    // Only the first order's places are remembered: later ones see what this call has switched.
    let isFirst = running.position == rollout.runningOrder?.position
    let isKnown = isFirst && cursor.switching.order == running.position
    // How many places are done with: from the end for a roll-back, from the start otherwise. Where
    // the line has grown since, some places at its end are looked at twice and none is passed over.
    var done = isKnown ? cursor.switching.done : 0
    var isSettled = isFirst
    let total = line.count
    while done < total {
      guard looks > 0 else {
        if isSettled { cursor.switching = (running.position, done) }
        return .looks
      }
      looks -= 1
      let merchant = line[running.isRollback ? total - 1 - done : done]
      let ahead = done + SchedulerRun.lookAhead
      prefetch(running.isRollback ? total - 1 - ahead : ahead)
      if concerns(running, merchant) {
        if isSettled { cursor.switching = (running.position, done) }
        isSettled = false
        if let halt = turn(merchant, running, &count) { return halt }
      }
      done += 1
    }
    if isSettled { cursor.switching = (running.position, done) }
    return nil
  }

  private mutating func turn(
    _ merchant: MerchantNumber, _ running: RunningOrder, _ count: inout UInt32
  ) -> Halt? {
    guard !isFull else { return .limit }
    let wave = standing?.wave(merchant) ?? .none
    steps.append(
      running.isRollback
        ? .switchOff(merchant, wave, order: running.position)
        : .switchOn(merchant, wave, order: running.position))
    count += 1
    return nil
  }

  /// Lets what follows in this call see what an order has switched.
  mutating func note(_ steps: ArraySlice<ScheduledStep>) {
    for step in steps {
      switch step {
      case .switchOff(let merchant, _, _): switched[merchant] = .rolledBack
      case .switchOn(let merchant, _, _):
        switched[merchant] = wasEnabled(merchant) ? .reinstated : .pending
      default: break
      }
    }
  }

  /// Whether an order has still to switch a merchant.
  func concerns(_ running: RunningOrder, _ merchant: MerchantNumber) -> Bool {
    let state = state(merchant)
    guard running.isRollback ? state.isOn : state == .rolledBack && !book.isClosed(merchant) else {
      return false
    }
    switch running.order.scope {
    case .all: return true
    case .merchant: return merchant == running.merchant
    case .tier: return book.tier(merchant) == running.order.tier
    case .wave: return (standing?.wave(merchant) ?? .none) == running.order.wave
    }
  }
}
