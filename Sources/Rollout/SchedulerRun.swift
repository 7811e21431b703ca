// One call of the scheduler: walks the state and gathers steps until something stops it.

import Events
import Projections

/// Why a run of the scheduler stopped.
enum Halt {
  case limit
  /// The rollout has not taken effect.
  case until(Timestamp)
  case wave(WaveNumber, Timestamp)
  case cap(CapHold)
  case paused
  case windowOver
  case ended
}

/// The state that one call looks at, and the steps it has found.
struct SchedulerRun {
  private let plan: Plan
  private let order: FrozenOrder
  private let rollout: Rollout
  private let book: MerchantBook
  private let standing: Standing?
  private let rule: Eligibility
  private let line: MerchantLine
  private let now: Timestamp
  private let limit: Int
  private var meter: CapMeter
  /// Where the line is looked at next; runs ahead of the memo by what is due in this call.
  private var place = 0
  /// What the ordered switches of this call have made of merchants.
  private var switched: [MerchantNumber: MerchantState] = [:]
  private(set) var cursor: Scheduler.Cursor
  private(set) var steps: [ScheduledStep] = []

  init(
    plan: Plan, order: FrozenOrder, rollout: Rollout, book: MerchantBook,
    cursor: Scheduler.Cursor, now: Timestamp, limit: Int
  ) {
    self.plan = plan
    self.order = order
    self.rollout = rollout
    self.book = book
    standing = book.standing(rollout.number)
    rule = Eligibility(plan: plan, book: book)
    line = MerchantLine(order: order, book: book)
    self.now = now
    self.limit = limit
    meter = CapMeter(plan.caps, order: order, quota: rollout.quota, now: now)
    self.cursor = cursor
    if self.cursor.rollout != rollout.number {
      self.cursor = Scheduler.Cursor()
      self.cursor.rollout = rollout.number
    }
    let changes = standing?.reinstatements ?? 0
    if self.cursor.enabling.changes != changes || self.cursor.enabling.updates != book.updates {
      self.cursor.enabling = Scheduler.Cursor.Memo()
      self.cursor.enabling.changes = changes
      self.cursor.enabling.updates = book.updates
    }
  }

  private var isFull: Bool { steps.count >= limit }

  private func state(_ merchant: MerchantNumber) -> MerchantState {
    if !switched.isEmpty, let state = switched[merchant] { return state }
    return standing?.state(merchant) ?? .pending
  }

  private func isPending(_ merchant: MerchantNumber) -> Bool {
    state(merchant) == .pending && rule.allows(merchant)
  }

  private func wasEnabled(_ merchant: MerchantNumber) -> Bool {
    (standing?.enabledAt(merchant) ?? .none) != .none
  }

  mutating func run() -> Halt {
    for running in rollout.orders where !running.isCompleted {
      guard carryOut(running) else { return .limit }
    }
    guard rollout.phase == .running else { return .ended }
    let isOver = rollout.isWindowOver || now >= rollout.windowEnd
    if isOver, !rollout.isWindowOver {
      guard !isFull else { return .limit }
      let tally = tally()
      steps.append(.endWindow(enabled: tally.on, pending: tally.pending))
    }
    if rollout.isPaused { return .paused }
    if now < rollout.effectiveAt {
      let first = rollout.waves.isEmpty ? plan.waves[0].opensAt : rollout.effectiveAt
      return .until(max(first, rollout.effectiveAt))
    }
    if isOver, plan.afterWindow == .hold, !rollout.mayContinue { return .windowOver }
    return openAndEnable()
  }

  /// How many of all who take part are on, pending, and neither.
  private func tally() -> (on: UInt32, pending: UInt32, others: UInt32) {
    var on: UInt32 = 0
    var pending: UInt32 = 0
    var others: UInt32 = 0
    for place in 0..<line.count {
      let merchant = line[place]
      if isPending(merchant) {
        pending += 1
      } else if state(merchant).isOn, !book.isClosed(merchant) {
        on += 1
      } else if !line.isOutside(place) || wasEnabled(merchant) {
        others += 1
      }
    }
    return (on, pending, others)
  }
}

// MARK: - Waves

extension SchedulerRun {
  private mutating func openAndEnable() -> Halt {
    place = switched.isEmpty ? cursor.enabling.place : 0
    var wave = rollout.waves.count
    var isOpen = rollout.waves.last.map { $0.completedAt == .none } ?? false
    var enabled = rollout.waves.last?.enabled ?? 0
    // Each pass finishes one wave.
    while true {
      if !isOpen, wave < order.waves {
        let planned = plan.waves[wave]
        let number = WaveNumber(UInt16(wave + 1))
        guard now >= planned.opensAt else { return .wave(number, planned.opensAt) }
        guard !isFull else { return .limit }
        wave += 1
        steps.append(
          .openWave(number, plannedAt: planned.opensAt, merchants: members(of: wave)))
        isOpen = true
        enabled = 0
      }
      if let halt = enable(wave, &enabled) { return halt }
      if isOpen {
        guard !isFull else { return .limit }
        steps.append(
          .completeWave(
            WaveNumber(UInt16(wave)), enabled: enabled, skipped: neverEnabled(in: wave)))
        isOpen = false
      }
      guard wave == order.waves else { continue }
      guard !isFull else { return .limit }
      // Everyone pending has been enabled by this call.
      let tally = tally()
      steps.append(.complete(enabled: tally.on + tally.pending, skipped: tally.others))
      return .ended
    }
  }

  /// Enables who is pending up to the end of a wave; nil where nobody is left.
  private mutating func enable(_ wave: Int, _ enabled: inout UInt32) -> Halt? {
    let number = WaveNumber(UInt16(wave))
    let plannedAt = plan.waves[wave - 1].opensAt
    let end = line.end(of: wave)
    while place < end {
      let merchant = line[place]
      if isPending(merchant) {
        guard !isFull else { return .limit }
        let payments = book.dailyPayments(merchant)
        if let hold = meter.hold(merchant, payments: payments) { return .cap(hold) }
        meter.add(payments: payments)
        steps.append(.enable(merchant, number, plannedAt: plannedAt))
        enabled += 1
      } else if place == cursor.enabling.place, switched.isEmpty {
        cursor.enabling.place += 1
      }
      place += 1
    }
    return nil
  }

  /// How many a wave has when it opens.
  private func members(of wave: Int) -> UInt32 {
    var count = UInt32(order.starts[wave] - order.starts[wave - 1])
    guard wave == order.waves else { return count }
    for place in order.count..<line.count where isPending(line[place]) { count += 1 }
    return count
  }

  /// How many of a wave that is complete now were never enabled.
  private func neverEnabled(in wave: Int) -> UInt32 {
    var count: UInt32 = 0
    for place in order.starts[wave - 1]..<line.end(of: wave) where !line.isOutside(place) {
      let merchant = line[place]
      if !wasEnabled(merchant), !isPending(merchant) { count += 1 }
    }
    return count
  }

  /// Why a merchant that is eligible and pending in a running rollout waits.
  consuming func whyWaiting(_ merchant: MerchantNumber) -> PendingReason {
    guard let place = line.place(of: merchant) else { return .notStarted }
    let isOver = rollout.isWindowOver || now >= rollout.windowEnd
    if isOver, plan.afterWindow == .hold, !rollout.mayContinue { return .windowOver }
    let wave = order.wave(of: merchant)
    if Int(wave.rawValue) > rollout.waves.count {
      return .waveNotOpen(wave, plan.waves[Int(wave.rawValue) - 1].opensAt)
    }
    var ahead = 0
    for earlier in cursor.enabling.place..<max(place, cursor.enabling.place)
    where isPending(line[earlier]) { ahead += 1 }
    if ahead == 0, let hold = meter.hold(merchant, payments: book.dailyPayments(merchant)) {
      return .cap(hold)
    }
    return .queued(ahead: ahead)
  }
}

// MARK: - Ordered roll-backs and reinstatements

extension SchedulerRun {
  /// Switches the merchants of an order; false where the limit cut it short.
  private mutating func carryOut(_ running: RunningOrder) -> Bool {
    var count = running.switched
    guard
      running.order.scope == .merchant
        ? switchOne(running, &count) : sweep(running, &count), !isFull
    else { return false }
    steps.append(.completeOrder(running.position, switched: count))
    return true
  }

  private mutating func switchOne(_ running: RunningOrder, _ count: inout UInt32) -> Bool {
    guard running.merchant != .none, concerns(running, running.merchant) else { return true }
    return turn(running.merchant, running, &count)
  }

  private mutating func sweep(_ running: RunningOrder, _ count: inout UInt32) -> Bool {
    // Only the first order's places are remembered: later ones see what this call has switched.
    let isFirst = running.position == rollout.runningOrder?.position
    let changes =
      running.isRollback ? standing?.reinstatements ?? 0 : standing?.rollbacks ?? 0
    let memo = cursor.switching
    let isKnown =
      isFirst && memo.order == running.position && memo.changes == changes
      && memo.updates == book.updates
    // How many places are done with: from the end for a roll-back, from the start otherwise. Where
    // the line has grown since, some places at its end are looked at twice and none is passed over.
    var done = isKnown ? memo.place : 0
    var isSettled = true
    let total = line.count
    while done < total {
      let merchant = line[running.isRollback ? total - 1 - done : done]
      if concerns(running, merchant) {
        if isFirst, isSettled { remember(running, done, changes) }
        isSettled = false
        guard turn(merchant, running, &count) else { return false }
      }
      done += 1
    }
    if isFirst, isSettled { remember(running, done, changes) }
    return true
  }

  private mutating func remember(_ running: RunningOrder, _ done: Int, _ changes: UInt64) {
    cursor.switching.order = running.position
    cursor.switching.place = done
    cursor.switching.changes = changes
    cursor.switching.updates = book.updates
  }

  private mutating func turn(
    _ merchant: MerchantNumber, _ running: RunningOrder, _ count: inout UInt32
  ) -> Bool {
    guard !isFull else { return false }
    let wave = standing?.wave(merchant) ?? .none
    if running.isRollback {
      steps.append(.switchOff(merchant, wave, order: running.position))
      switched[merchant] = .rolledBack
    } else {
      steps.append(.switchOn(merchant, wave, order: running.position))
      switched[merchant] = wasEnabled(merchant) ? .reinstated : .pending
    }
    count += 1
    return true
  }

  /// Whether an order has still to switch a merchant.
  private func concerns(_ running: RunningOrder, _ merchant: MerchantNumber) -> Bool {
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
