// What a rollout as a whole waits for, who can end that, and when it will be through: from its
// state alone, without the order of millions.

public import Events
public import Projections

/// What keeps a rollout from going on.
public enum RolloutGate: Hashable, Sendable {
  case notAnnounced
  case approvals(ApprovalStanding)
  case notStarted
  case clockHeld
  /// A roll-back or a reinstatement is carried out first.
  case order(Position, isRollback: Bool, switched: UInt32, of: UInt32)
  /// The opening is paused, by breaches where there are any that nobody has cleared, a merchant's
  /// own failures aside.
  case paused(ShortText, since: Timestamp, breaches: [Breach])
  case beforeEffective(Timestamp)
  case windowOver
  case closed(ClosedInterval)
  case soaking(WaveNumber, until: Timestamp)
  case waveNotOpen(WaveNumber, Timestamp)
  case evidence(EvidenceHold)
  /// The number of merchants of this minute, hour or day is used up, whoever comes next.
  case cap(CapHold)
  /// Nothing: merchants are being enabled.
  case none
  case ended(RolloutPhase)
}

extension RolloutGate {
  /// Who can end it.
  public var owner: String {
    switch self {
    case .notAnnounced, .notStarted, .clockHeld, .paused, .windowOver: "the operator"
    case .approvals: "the approvers"
    case .order, .none: "the scheduler"
    case .beforeEffective, .closed, .soaking, .waveNotOpen, .cap: "the plan"
    case .evidence(.silent), .evidence(.gap), .evidence(.noneYet): "the cashier's side"
    case .evidence(.tooFew), .evidence(.inconclusive): "the evidence"
    case .ended: "nobody"
    }
  }

  /// When it ends by itself; nil where somebody must act, or nobody can tell.
  public var endsAt: Timestamp? {
    switch self {
    case .beforeEffective(let instant), .soaking(_, let instant), .waveNotOpen(_, let instant):
      instant
    case .closed(let interval): interval.to
    case .evidence(.gap(_, let instant)), .evidence(.noneYet(let instant)): instant
    case .cap(let hold): hold.freesAt
    default: nil
    }
  }
}

extension Scheduler {
  /// What a rollout waits for at an instant.
  ///
  /// - Parameters:
  ///   - plan: nil before it is announced.
  ///   - isAnyoneOn: whether a merchant is on.
  public static func gate(
    _ rollout: Projections.Rollout, plan: Plan?, watch: GuardrailWatch?, isClockHeld: Bool,
    isAnyoneOn: Bool, now: Timestamp
  ) -> RolloutGate {
    if rollout.phase == .aborted || rollout.phase == .completed {
      guard let order = rollout.runningOrder else { return .ended(rollout.phase) }
      return gate(order)
    }
    guard let plan else { return .notAnnounced }
    if rollout.phase == .announced {
      let approvals = ApprovalGate.ofStart(plan, rollout, now)
      return approvals.isMet ? .notStarted : .approvals(approvals)
    }
    if let order = rollout.runningOrder { return gate(order) }
    if isClockHeld { return .clockHeld }
    if let pause = rollout.currentPause {
      return .paused(
        rollout.pauseReason, since: pause.since, breaches: rollout.breachesToClear)
    }
    if now < rollout.effectiveAt { return .beforeEffective(rollout.effectiveAt) }
    if rollout.isWindowOver, plan.afterWindow != .continue, !rollout.mayContinue {
      return .windowOver
    }
    return waveGate(rollout, plan, watch, isAnyoneOn, now)
  }

  private static func gate(_ order: RunningOrder) -> RolloutGate {
    .order(
      order.position, isRollback: order.isRollback, switched: order.switched,
      of: order.order.merchants)
  }

  private static func waveGate(
    _ rollout: Projections.Rollout, _ plan: Plan, _ watch: GuardrailWatch?, _ isAnyoneOn: Bool,
    _ now: Timestamp
  ) -> RolloutGate {
    let isOpen = rollout.waves.last.map { $0.completedAt == .none } ?? false
    let next = WaveNumber(UInt16(rollout.waves.count + 1))
    let opensNext = !isOpen && rollout.waves.count < plan.waves.count
    if opensNext {
      let opensAt = plan.waves[rollout.waves.count].opensAt
      let soaks = soakEnd(plan, rollout, now: now)
      if now < soaks, soaks > opensAt { return .soaking(next, until: soaks) }
      if now < opensAt { return .waveNotOpen(next, opensAt) }
    }
    if let closure = plan.closure(at: now) { return .closed(closure) }
    if opensNext {
      if let watch,
        let hold = evidenceHold(of: next, plan, rollout, watch, isAnyoneOn: isAnyoneOn, now: now)
      {
        return .evidence(hold)
      }
      let approvals = ApprovalGate.ofWave(next, plan, rollout, now)
      if !approvals.isMet { return .approvals(approvals) }
    }
    if let hold = watch?.holdOfWave(rollout) { return .evidence(hold) }
    // Without the order nobody knows the payments of who comes next: heads alone are counted.
    let whole = OrderWhole(merchants: Int(rollout.merchantsInOrder), dailyPayments: 0)
    let meter = CapMeter(plan.caps, of: whole, quota: rollout.quota, now: now)
    if let hold = meter.fullHold { return .cap(hold) }
    return .none
  }
}

// MARK: - When it will be through

extension Scheduler {
  /// When the last wave will be through if nothing else stops it, by the number of merchants and
  /// the caps on it; nil where it has none to come, or will not end in a year.
  ///
  /// Caps on payments are left out.
  ///
  /// - Parameter sizes: how many merchants its waves have.
  public static func expectedEnd(
    _ rollout: Projections.Rollout, plan: Plan, sizes: WaveSizes, now: Timestamp
  ) -> Timestamp? {
    guard rollout.phase == .running else { return nil }
    let whole = UInt64(rollout.merchantsInOrder)
    var pace = Pace(
      hourly: plan.caps.merchantsPerHour.limit(of: whole),
      daily: plan.caps.merchantsPerDay.limit(of: whole), quota: rollout.quota, at: now)
    for row in plan.waves.indices {
      let wave = rollout.wave(WaveNumber(UInt16(row + 1)))
      if let wave, wave.completedAt != .none {
        pace.wait(until: soakEnd(plan, rollout, now: now))
        continue
      }
      if wave == nil { pace.wait(until: plan.waves[row].opensAt) }
      let size = UInt64(sizes.waves[row])
      let done = UInt64(wave?.enabled ?? 0)
      guard pace.enable(size > done ? size - done : 0, plan) else { return nil }
      if row + 1 < plan.waves.count {
        pace.wait(
          until: pace.now.advanced(
            bySeconds: plan.soak(of: WaveNumber(UInt16(row + 1)))
              / Timestamp.nanosecondsPerSecond))
      }
    }
    return pace.now
  }
}
