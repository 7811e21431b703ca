// The scheduler inside the runtime: what is due becomes commands that come through the same door as
// everyone's.

import Events
import Projections
import Rollout

extension Runtime {
  /// Takes every step that is due now, as far as this batch has room.
  ///
  /// - Parameter ordersOnly: whether nothing is opened, and only roll-backs and reinstatements that
  ///   an operator ordered go on, as on a full disk.
  /// - Returns: how many steps were taken.
  @discardableResult
  package func tick(ordersOnly: Bool = false) -> Int {
    guard !hasFailed else { return 0 }
    #if PLANTED_BUGS
      if bugs.contains(.loseWaveCursor) { beginWavesAnew() }
    #endif
    var taken = 0
    for rollout in state.board.rollouts { taken += tick(rollout.number, ordersOnly) }
    return taken
  }

  private func tick(_ number: RolloutNumber, _ ordersOnly: Bool) -> Int {
    guard let plan = state.plan(number), let order = state.order(number) else { return 0 }
    let row = Int(number.rawValue) - 1
    while cursors.count <= row { cursors.append(Scheduler.Cursor()) }
    var taken = 0
    // A step may make the next one due at the same instant; the rounds are bounded by the limit.
    while taken < Runtime.stepsPerTickMax, hasRoom, let rollout = state.board.rollout(number) {
      let isIdle = (ordersOnly || state.isClockHeld) && rollout.runningOrder == nil
      if isIdle { break }
      steps.removeAll(keepingCapacity: true)
      Scheduler.due(
        plan: plan, order: order, rollout: rollout, book: state.book, cursor: &cursors[row],
        now: currentTime(), limit: Runtime.stepsPerTickMax - taken, into: &steps)
      var took = 0
      for step in steps {
        guard hasRoom, take(step, of: rollout) else { break }
        took += 1
      }
      taken += took
      if took == 0 { break }
    }
    return taken
  }

  private func take(_ step: ScheduledStep, of rollout: Rollout) -> Bool {
    let (intent, kind, subject) = key(of: step, rollout)
    let id = Command.stepID(intent: intent, step: kind, subject: subject)
    let command = Command(
      id: id, digest: id.low, actor: .scheduler, body: .schedule(rollout.number, step))
    do {
      let before = state.next
      _ = try submit(command)
      return state.next > before
    } catch {
      // The scheduler proposed what the rules refuse: it looks again at its next tick.
      return false
    }
  }

  /// What makes a step the same step after a crash: its intent and its subject.
  private func key(
    of step: ScheduledStep, _ rollout: Rollout
  ) -> (intent: Position, kind: UInt8, subject: UInt32) {
    switch step {
    case .openWave(let wave, _, _): (rollout.start, 1, UInt32(wave.rawValue))
    case .enable(let merchant, let wave, _):
      (rollout.wave(wave)?.opening ?? rollout.start, 2, merchant.rawValue)
    case .completeWave(let wave, _, _): (rollout.start, 3, UInt32(wave.rawValue))
    case .endWindow: (rollout.start, 4, 0)
    case .complete: (rollout.start, 5, 0)
    case .switchOff(let merchant, _, let order): (order, 6, merchant.rawValue)
    case .switchOn(let merchant, _, let order): (order, 7, merchant.rawValue)
    case .completeOrder(let position, _): (position, 8, 0)
    }
  }
}

#if PLANTED_BUGS
  extension Runtime {
    /// Enables the first merchant of every open wave once in a process, whatever its state.
    private func beginWavesAnew() {
      guard !hasLookedAround else { return }
      hasLookedAround = true
      for rollout in state.board.rollouts where rollout.phase == .running {
        guard let wave = rollout.waves.last, wave.completedAt == .none,
          let order = state.order(rollout.number),
          let first = order.merchants[order.places(of: wave.number)].first
        else { continue }
        if openTime == nil { openTime = currentTime() }
        let id = Command.stepID(
          intent: state.next, step: 2, subject: first.rawValue)
        take(
          Event(
            EventHeader(
              logTime: currentTime(), actor: .scheduler, cause: wave.opening, commandID: id,
              commandDigest: id.low, previous: state.book.lastEvent(first), merchant: first),
            .merchantEnabled(
              MerchantEnabled(
                rollout: rollout.number, planVersion: rollout.planVersion, wave: wave.number,
                plannedAt: wave.plannedAt))))
      }
    }
  }
#endif
