// One call of the scheduler: walks the state and gathers steps until something stops it.

import Events
import Projections

/// Why a run of the scheduler stopped.
enum Halt {
  case limit
  /// It has looked at as many places as one call may.
  case looks
  /// The rollout has not taken effect.
  case until(Timestamp)
  case wave(WaveNumber, Timestamp)
  /// The wave before it soaks.
  case soak(WaveNumber, Timestamp)
  /// Nobody is enabled now; the merchant that would be next, or none where a wave would open.
  case closed(ClosedInterval, MerchantNumber)
  case cap(CapHold)
  case evidence(EvidenceHold)
  /// Everything else lets the wave open.
  case approval(ApprovalStanding)
  case paused
  case windowOver
  case ended

  /// Whether there may be more to find.
  var isCut: Bool {
    switch self {
    case .limit, .looks: true
    default: false
    }
  }
}

/// The state that one call looks at, and the steps it has found.
struct SchedulerRun {
  let plan: Plan
  let order: FrozenOrder
  let rollout: Rollout
  let book: MerchantBook
  let standing: Standing?
  /// Of the order that is being carried out; nil where none is.
  let scope: ScopeRule?
  private let rule: Eligibility
  let line: MerchantLine
  let now: Timestamp
  let watch: GuardrailWatch?
  private let limit: Int
  private(set) var meter: CapMeter
  /// The interval that this call falls in; nil where the plan lets it enable.
  let closure: ClosedInterval?
  /// Until when the wave that was completed last soaks.
  private var soaksUntil: Timestamp
  /// Where the line is looked at next; runs ahead of the memo by what is due in this call.
  private var place = 0
  /// How many places may still be looked at.
  var looks: Int
  /// Whether anybody stands twice in the row of those who were switched on.
  let mayMeetTwice: Bool
  /// Whom this call switches off, where somebody may be met twice.
  var switchedOff: Set<MerchantNumber> = []
  var cursor: Scheduler.Cursor
  var steps: [ScheduledStep] = []

  init(
    plan: Plan, order: FrozenOrder, rollout: Rollout, book: MerchantBook,
    watch: GuardrailWatch? = nil, cursor: Scheduler.Cursor, now: Timestamp, limit: Int,
    looks: Int = Scheduler.looksMax
  ) {
    self.plan = plan
    self.order = order
    self.rollout = rollout
    self.book = book
    standing = book.standing(rollout.number)
    mayMeetTwice = standing.map { $0.switchingCount > $0.everEnabled } ?? false
    scope = rollout.runningOrder.map { ScopeRule($0.order, merchant: $0.merchant, book: book) }
    rule = Eligibility(plan: plan, book: book)
    line = MerchantLine(order: order, book: book)
    self.now = now
    self.watch = watch
    self.limit = limit
    self.looks = looks
    meter = CapMeter(plan.caps, of: order.whole, quota: rollout.quota, now: now)
    closure = plan.closure(at: now)
    soaksUntil = Scheduler.soakEnd(plan, rollout, now: now)
    self.cursor = cursor
    if self.cursor.rollout != rollout.number {
      self.cursor = Scheduler.Cursor()
      self.cursor.rollout = rollout.number
    }
    catchUp()
  }

  var isFull: Bool { steps.count >= limit }

  /// How many places of the line are asked for ahead of the one that is looked at: merchants stand
  /// in it in an order that jumps through all of them.
  static var lookAhead: Int { 16 }

  /// Asks for the merchant at a place, where there is one.
  @inline(__always)
  func prefetch(_ place: Int) {
    if place >= 0, place < line.count { book.prefetchStanding(line[place]) }
  }

  func state(_ merchant: MerchantNumber) -> MerchantState {
    standing?.state(merchant) ?? .pending
  }

  func isPending(_ merchant: MerchantNumber) -> Bool {
    state(merchant) == .pending && rule.allows(merchant)
  }

  func wasEnabled(_ merchant: MerchantNumber) -> Bool {
    (standing?.enabledAt(merchant) ?? .none) != .none
  }

  /// Steps back to merchants that were moved behind what the cursor has passed.
  private mutating func catchUp() {
    guard let moved = rollout.moved.since(cursor.seen) else {
      cursor.enabling = 0
      cursor.switching.done = 0
      cursor.seen = rollout.moved.count
      return
    }
    cursor.seen = rollout.moved.count
    for merchant in moved {
      guard let place = line.place(of: merchant) else { continue }
      if place < cursor.enabling, isPending(merchant) { cursor.enabling = place }
      guard let running = rollout.runningOrder, running.position == cursor.switching.order,
        concerns(running, merchant)
      else { continue }
      // Where it stands in the row of those who were switched on is not known: all of it is looked
      // at again, which is quick where nobody is on.
      cursor.switching.done = running.isRollback ? 0 : min(cursor.switching.done, place)
    }
  }

  mutating func run() -> Halt {
    // What comes behind an order sees what it has switched: the next call finds it.
    if let running = rollout.runningOrder { return carryOut(running) }
    if let halt = watchEvidence() { return halt }
    guard rollout.phase == .running else { return .ended }
    let isOver = rollout.isWindowOver || now >= rollout.windowEnd
    if isOver, !rollout.isWindowOver {
      guard !isFull else { return .limit }
      steps.append(.endWindow(enabled: countOn(), pending: countPending()))
    }
    if rollout.isPaused { return .paused }
    if now < rollout.effectiveAt {
      let first = rollout.waves.isEmpty ? plan.waves[0].opensAt : rollout.effectiveAt
      return .until(max(first, rollout.effectiveAt))
    }
    if isOver, plan.afterWindow == .stop { return stop() }
    if isOver, plan.afterWindow == .hold, !rollout.mayContinue { return .windowOver }
    return openAndEnable()
  }

  /// Completes the rollout with everyone skipped who is pending.
  private mutating func stop() -> Halt {
    if let open = rollout.waves.last, open.completedAt == .none {
      guard !isFull else { return .limit }
      let skipped = neverEnabled(in: Int(open.number.rawValue), countsPending: true)
      steps.append(.completeWave(open.number, enabled: open.enabled, skipped: skipped))
    }
    guard !isFull else { return .limit }
    let (on, pending) = (countOn(), countPending())
    steps.append(
      .complete(enabled: on, skipped: countOthers(on: on, pending: pending) + pending))
    return .ended
  }

  // The line has every registered merchant once. A look at each of millions would hold up what
  // waits behind it, so they are counted by the counts of states, and only exceptions one by one.

  /// How many merchants are in states of a sort and not closed.
  private func count(_ known: Int, _ isMeant: (MerchantState) -> Bool) -> UInt32 {
    var count = known
    book.forEachClosed { if isMeant(state($0)) { count -= 1 } }
    return UInt32(count)
  }

  func countOn() -> UInt32 { count(standing?.countOn ?? 0) { $0.isOn } }

  private func countPending() -> UInt32 {
    if rule.allowsAllOpen {
      return count(standing?.count(.pending) ?? book.count) { $0 == .pending }
    }
    var count: UInt32 = 0
    for raw in 0..<UInt32(book.count) where isPending(MerchantNumber(raw + 1)) { count += 1 }
    return count
  }

  /// How many take part and are neither on nor pending.
  private func countOthers(on: UInt32, pending: UInt32) -> UInt32 {
    var others = UInt32(book.count) - on - pending
    // Who was not eligible when the order was made and never came in takes no part.
    for merchant in order.outside where !wasEnabled(merchant) && !isPending(merchant) {
      if book.isClosed(merchant) || !state(merchant).isOn { others -= 1 }
    }
    return others
  }
}

// MARK: - Waves

extension SchedulerRun {
  private mutating func openAndEnable() -> Halt {
    place = cursor.enabling
    var wave = rollout.waves.count
    var isOpen = rollout.waves.last.map { $0.completedAt == .none } ?? false
    var enabled = rollout.waves.last?.enabled ?? 0
    // Each pass finishes one wave.
    while true {
      if !isOpen, wave < order.waves {
        let planned = plan.waves[wave]
        let number = WaveNumber(UInt16(wave + 1))
        guard now >= max(planned.opensAt, soaksUntil) else {
          return soaksUntil > planned.opensAt
            ? .soak(number, soaksUntil) : .wave(number, planned.opensAt)
        }
        if let closure { return .closed(closure, .none) }
        // Evidence on a wave that this call opens there is none yet: the next call asks for it.
        if watch != nil, wave > rollout.waves.count { return .limit }
        if let hold = evidenceHold(of: number) { return .evidence(hold) }
        let approvals = ApprovalGate.ofWave(number, plan, rollout, now)
        guard approvals.isMet else { return .approval(approvals) }
        guard !isFull else { return .limit }
        wave += 1
        steps.append(
          .openWave(number, plannedAt: planned.opensAt, merchants: members(of: wave)))
        isOpen = true
        enabled = 0
      }
      if let hold = watch?.holdOfWave(rollout) { return .evidence(hold) }
      if let halt = enable(wave, &enabled) { return halt }
      if isOpen {
        guard !isFull else { return .limit }
        steps.append(
          .completeWave(
            WaveNumber(UInt16(wave)), enabled: enabled, skipped: neverEnabled(in: wave)))
        isOpen = false
        soaksUntil = now.advanced(byNanoseconds: plan.soak(of: WaveNumber(UInt16(wave))))
      }
      guard wave == order.waves else { continue }
      guard !isFull else { return .limit }
      // Everyone pending has been enabled by this call.
      let (on, pending) = (countOn(), enablements)
      steps.append(
        .complete(enabled: on + pending, skipped: countOthers(on: on, pending: pending)))
      return .ended
    }
  }

  /// Enables who is pending up to the end of a wave; nil where nobody is left.
  private mutating func enable(_ wave: Int, _ enabled: inout UInt32) -> Halt? {
    let number = WaveNumber(UInt16(wave))
    let plannedAt = plan.waves[wave - 1].opensAt
    let end = line.end(of: wave)
    while place < end {
      guard looks > 0 else { return .looks }
      looks -= 1
      let merchant = line[place]
      prefetch(place + SchedulerRun.lookAhead)
      if isPending(merchant) {
        guard !isFull else { return .limit }
        if let closure { return .closed(closure, merchant) }
        let payments = book.dailyPayments(merchant)
        if let hold = meter.hold(merchant, payments: payments) { return .cap(hold) }
        meter.add(payments: payments)
        steps.append(.enable(merchant, number, plannedAt: plannedAt))
        enabled += 1
      } else if place == cursor.enabling {
        cursor.enabling += 1
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

  /// How many this call enables.
  private var enablements: UInt32 {
    steps.reduce(into: 0) { count, step in
      if case .enable = step { count += 1 }
    }
  }

  /// How many of a wave that is complete now were never enabled.
  ///
  /// - Parameter countsPending: whether those are among them who are pending and will stay so.
  private func neverEnabled(in wave: Int, countsPending: Bool = false) -> UInt32 {
    // Where as many were enabled as stand up to its end, nobody was left out.
    let enabled = (standing?.everEnabled ?? 0) + Int(enablements)
    if order.outside.isEmpty, enabled == line.end(of: wave) { return 0 }
    var count: UInt32 = 0
    for place in order.starts[wave - 1]..<line.end(of: wave) where !line.isOutside(place) {
      let merchant = line[place]
      if !wasEnabled(merchant), countsPending || !isPending(merchant) { count += 1 }
    }
    return count
  }
}
