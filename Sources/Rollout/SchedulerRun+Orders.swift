// Ordered roll-backs and reinstatements: who is still to be switched, and in which order.

import Events
import Projections

extension SchedulerRun {
  /// Switches the merchants of the order that is being carried out, and says that it is complete
  /// where it is.
  mutating func carryOut(_ running: RunningOrder) -> Halt {
    var count = running.switched
    let halt =
      running.order.scope == .merchant ? switchOne(running, &count) : sweep(running, &count)
    if let halt { return halt }
    guard !isFull else { return .limit }
    steps.append(.completeOrder(running.position, switched: count))
    return .limit
  }

  private mutating func switchOne(_ running: RunningOrder, _ count: inout UInt32) -> Halt? {
    guard running.merchant != .none, concerns(running, running.merchant) else { return nil }
    return turn(running.merchant, running, &count)
  }

  private mutating func sweep(_ running: RunningOrder, _ count: inout UInt32) -> Halt? {
    // How many places are done with: from the end for a roll-back, from the start otherwise. Where
    // the row has grown since, some places at its end are looked at twice and none is passed over.
    var done = running.position == cursor.switching.order ? cursor.switching.done : 0
    var isSettled = true
    let total = running.isRollback ? standing?.switchingCount ?? 0 : line.count
    while done < total {
      guard looks > 0 else {
        if isSettled { cursor.switching = (running.position, done) }
        return .looks
      }
      looks -= 1
      let merchant = merchant(running, done, of: total)
      let ahead = done + SchedulerRun.lookAhead
      if ahead < total { book.prefetchStanding(self.merchant(running, ahead, of: total)) }
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

  /// Who comes behind so many: a roll-back takes the last who was switched on first, a
  /// reinstatement goes along the line.
  @inline(__always)
  private func merchant(_ running: RunningOrder, _ done: Int, of total: Int) -> MerchantNumber {
    guard running.isRollback else { return line[done] }
    return standing?.switchedOn(total - 1 - done) ?? .none
  }

  private mutating func turn(
    _ merchant: MerchantNumber, _ running: RunningOrder, _ count: inout UInt32
  ) -> Halt? {
    // Who was switched on more than once comes by more than once.
    if running.isRollback, mayMeetTwice, !switchedOff.insert(merchant).inserted { return nil }
    guard !isFull else { return .limit }
    let wave = standing?.wave(merchant) ?? .none
    steps.append(
      running.isRollback
        ? .switchOff(merchant, wave, order: running.position)
        : .switchOn(merchant, wave, order: running.position))
    count += 1
    return nil
  }

  /// Whether an order has still to switch a merchant.
  func concerns(_ running: RunningOrder, _ merchant: MerchantNumber) -> Bool {
    guard let standing, let scope else { return false }
    let state = standing.state(merchant)
    guard running.isRollback ? state.isOn : state == .rolledBack && !book.isClosed(merchant) else {
      return false
    }
    guard scope.holds(merchant, standing, book) else { return false }
    // Whose time was not over when it was ordered is not meant: an order never grows by who came
    // into its scope too early.
    return running.isRollback
      || plan.coolingOff.isOver(rolledBack: standing.changedAt(merchant), at: running.orderedAt)
  }
}
