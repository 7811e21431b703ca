// What a rollout, or one merchant of it, waits for, and when that comes.

public import Events
public import Projections

extension Scheduler {
  /// Until when the wave that was completed last keeps the next one from opening; `.none` where it
  /// has not, or where it has no soak.
  ///
  /// - Parameter now: a pause that goes on then counts up to it.
  public static func soakEnd(
    _ plan: Plan, _ rollout: Projections.Rollout, now: Timestamp
  ) -> Timestamp {
    guard let last = rollout.waves.last, last.completedAt != .none else { return .none }
    let soak = plan.soak(of: last.number)
    return soak == 0 ? .none : rollout.soaked(last, for: soak, now: now)
  }

  static func wakeUp(
    _ halt: Halt, _ run: borrowing SchedulerRun, _ rollout: Projections.Rollout
  ) -> Timestamp? {
    let next = wakeUpOfHalt(halt, run, rollout)
    guard let watch = run.watch, watch.isOn(rollout, run.now) else { return next }
    let closing = watch.nextClosing(rollout)
    return min(next ?? closing, closing)
  }

  private static func wakeUpOfHalt(
    _ halt: Halt, _ run: borrowing SchedulerRun, _ rollout: Projections.Rollout
  ) -> Timestamp? {
    let opens: Timestamp? =
      switch halt {
      case .limit, .looks: run.now
      case .until(let instant), .wave(_, let instant), .soak(_, let instant):
        run.plan.open(from: instant)
      case .closed(let closure, let merchant): run.due(merchant, from: closure.to)
      case .cap(let hold): hold.freesAt.flatMap { run.due(hold.merchant, from: $0) }
      // An approval that ceases to count changes how its gate stands.
      case .approval(let approvals): approvals.changesAt
      case .paused, .evidence, .windowOver, .ended: nil
      }
    guard rollout.phase == .running, !rollout.isWindowOver else { return opens }
    return min(opens ?? rollout.windowEnd, rollout.windowEnd)
  }
}

extension SchedulerRun {
  /// When a merchant may be enabled from an instant on, with what is closed and the caps as they
  /// stand; nil where it never may.
  ///
  /// For none it is when a wave may open.
  func due(_ merchant: MerchantNumber, from instant: Timestamp) -> Timestamp? {
    var instant = plan.open(from: instant)
    guard merchant != .none, !plan.closed.isEmpty else { return instant }
    // What frees a cap may be closed, and behind that another hour or day has begun.
    while let hold = meter.at(instant, plan.caps, order.whole)
      .hold(merchant, payments: book.dailyPayments(merchant))
    {
      guard let frees = hold.freesAt, frees > instant else { return nil }
      instant = plan.open(from: frees)
    }
    return instant
  }

  /// Why a merchant that is eligible and pending in a running rollout waits.
  consuming func whyWaiting(_ merchant: MerchantNumber) -> PendingReason {
    guard let place = line.place(of: merchant) else { return .notStarted }
    let isOver = rollout.isWindowOver || now >= rollout.windowEnd
    if isOver, plan.afterWindow == .stop { return .windowOver }
    if isOver, plan.afterWindow == .hold, !rollout.mayContinue { return .windowOver }
    let wave = order.wave(of: merchant)
    let opened = rollout.waves.count
    if Int(wave.rawValue) > opened {
      let opensAt = plan.waves[Int(wave.rawValue) - 1].opensAt
      let soaks = Scheduler.soakEnd(plan, rollout, now: now)
      if Int(wave.rawValue) == opened + 1, soaks > max(now, opensAt) {
        return .soaking(wave, soaks)
      }
      if let closure, opensAt <= now { return .closedTime(closure) }
      if now >= opensAt, let hold = evidenceHold(of: wave) { return .evidence(hold) }
      if now >= opensAt, Int(wave.rawValue) == opened + 1 {
        let approvals = ApprovalGate.ofWave(wave, plan, rollout, now)
        if !approvals.isMet { return .approval(approvals) }
      }
      return .waveNotOpen(wave, opensAt)
    }
    if let closure { return .closedTime(closure) }
    if let hold = watch?.holdOfWave(rollout) { return .evidence(hold) }
    var ahead = 0
    for earlier in cursor.enabling..<max(place, cursor.enabling)
    where isPending(line[earlier]) { ahead += 1 }
    if ahead == 0, let hold = meter.hold(merchant, payments: book.dailyPayments(merchant)) {
      return .cap(hold)
    }
    return .queued(ahead: ahead)
  }
}
