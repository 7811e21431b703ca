// The scheduler inside the runtime: what is due becomes commands that come through the same door as
// everyone's.

import EventLog
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
  public func tick(ordersOnly: Bool = false) -> Int {
    guard !hasFailed else { return 0 }
    #if PLANTED_BUGS
      if bugs.contains(.loseWaveCursor) { beginWavesAnew() }
    #endif
    var taken = 0
    for row in state.board.rollouts.indices {
      // A little at a time: the first steps jump all over it.
      if state.prepare(row) { model.prepare(row) }
      taken += tick(row, ordersOnly)
    }
    return taken
  }

  private func tick(_ row: Int, _ ordersOnly: Bool) -> Int {
    while cursors.count <= row { cursors.append(Scheduler.Cursor()) }
    let limit = min(Runtime.stepsPerTickMax, roomForSteps)
    var taken = 0
    // A step may make the next one due at the same instant; the rounds are bounded by the limit.
    while taken < limit, hasRoom {
      steps.removeAll(keepingCapacity: true)
      let waves = state.board.rollouts[row].waves.count
      Runtime.findDue(
        row, ordersOnly: ordersOnly, cursor: &cursors[row], now: currentTime(),
        limit: limit - taken, in: &state, into: &steps)
      let new = takeSteps(row, waves, ordersOnly)
      taken += new
      if new == 0 { break }
    }
    openSteps.count += taken
    return taken
  }

  /// Takes the steps that were found, in their order, as far as the batch has room and the rules
  /// let them.
  ///
  /// - Returns: how many of them are new.
  private func takeSteps(_ row: Int, _ waves: Int, _ ordersOnly: Bool) -> Int {
    var taken = 0
    var place = 0
    while place < steps.count {
      let step = steps[place]
      // Behind an order that has just been carried out the scheduler finds what else is due.
      guard hasRoom, !ordersOnly || step.isOfAnOrder else { break }
      if step.isOfOneMerchant {
        var run = StepRun(row: row, waves: waves, now: currentTime(), place: place)
        run.ordersOnly = ordersOnly
        take(&run)
        taken += run.taken
        place = run.place
        if run.isCut { break }
      } else {
        guard let isNew = take(step, row, waves) else {
          // What one guardrail cannot have must not keep another waiting.
          guard step.isOfEvidence else { break }
          place += 1
          continue
        }
        taken += isNew ? 1 : 0
        place += 1
      }
    }
    return taken
  }

  /// How many more steps the batch that gathers may hold.
  private var roomForSteps: Int {
    let first = Position(state.next.rawValue - UInt64(front.open.count))
    if openSteps.first != first { openSteps = (first, 0) }
    return Runtime.stepsPerBatchMax - openSteps.count
  }

  /// Decides a step of a wave, of a rollout or of an order like every command.
  ///
  /// - Returns: whether it is new; nil where the rules refuse what the scheduler proposed, which
  ///   looks again at its next tick.
  private func take(_ step: ScheduledStep, _ row: Int, _ waves: Int) -> Bool? {
    let id = Runtime.stepID(step, row, waves, &state)
    if front.find(id) != nil { return false }
    if step.isOfAnOrder, let sealed {
      do throws(LogFault) {
        if try sealed.command(id) != nil { return false }
      } catch {
        _ = front.failed(error)
        return nil
      }
    }
    let now = currentTime()
    let header = EventHeader(
      logTime: now, actor: .scheduler, commandID: id, commandDigest: id.low)
    do throws(Refusal) {
      let event = try Runtime.event(step, row, header, &state)
      openTime = now
      hasOpenControl = true
      take(event)
      return true
    } catch {
      return nil
    }
  }

  /// Takes the steps of merchants that come next.
  private func take(_ run: inout StepRun) {
    #if PLANTED_BUGS
      run.bugs = bugs
    #endif
    front.take(&run, steps)
    if run.taken > 0 {
      openTime = run.now
      hasOpenControl = true
      generationSteps += UInt64(run.taken)
    }
    if let fault = run.fault { _ = front.failed(fault) }
  }
}

// The state is lent, not read: a state that is read out of the runtime is copied as a whole, with
// every table in it, and that costs more than the step.
extension Runtime {
  private static func event(
    _ step: ScheduledStep, _ row: Int, _ header: EventHeader, _ state: inout DecisionState
  ) throws(Refusal) -> Event {
    try stepEvent(step, row, header, in: state)
  }

  private static func findDue(
    _ row: Int, ordersOnly: Bool, cursor: inout Scheduler.Cursor, now: Timestamp, limit: Int,
    in state: inout DecisionState, into steps: inout [ScheduledStep]
  ) {
    state.findDue(
      row, ordersOnly: ordersOnly, cursor: &cursor, now: now, limit: limit, into: &steps)
  }

  private static func stepID(
    _ step: ScheduledStep, _ row: Int, _ waves: Int, _ state: inout DecisionState
  ) -> CommandID {
    state.stepID(step, row, waves)
  }
}

extension DecisionState {
  /// Finds what is due in a rollout, by its number less one.
  ///
  /// - Returns: whether it looked at all there is; otherwise the next call goes on.
  @discardableResult
  func findDue(
    _ row: Int, ordersOnly: Bool, cursor: inout Scheduler.Cursor, now: Timestamp, limit: Int,
    into steps: inout [ScheduledStep]
  ) -> Bool {
    if ordersOnly || isClockHeld, !board.rollouts[row].hasRunningOrder { return true }
    let number = RolloutNumber(UInt16(row + 1))
    if cursor.isIdle(number, revision: board.rollouts[row].revision, now: now) { return true }
    guard let plan = plan(number), let order = order(number) else { return true }
    return Scheduler.due(
      plan: plan, order: order, rollout: board.rollouts[row], book: book, watch: watch(number),
      cursor: &cursor, now: now, limit: limit, into: &steps)
  }

  /// What makes a step the same step after a crash: its intent and its subject.
  ///
  /// - Parameter waves: how many had opened when the step was found: an enablement that was found
  ///   together with the opening of its wave has the start for its intent.
  fileprivate func stepID(_ step: ScheduledStep, _ row: Int, _ waves: Int) -> CommandID {
    let (intent, kind, subject) = stepName(step, row, waves)
    return Command.stepID(intent: intent, step: kind, subject: subject)
  }

  /// What a step's id is made of.
  @inline(__always)
  func stepName(
    _ step: ScheduledStep, _ row: Int, _ waves: Int
  ) -> (intent: Position, step: UInt8, subject: UInt32) {
    let start = board.rollouts[row].start
    return switch step {
    case .openWave(let wave, _, _): (start, 1, UInt32(wave.rawValue))
    case .enable(let merchant, let wave, _):
      (opening(wave, row, waves) ?? start, 2, merchant.rawValue)
    case .completeWave(let wave, _, _): (start, 3, UInt32(wave.rawValue))
    // A window that an amendment has made longer ends again.
    case .endWindow: (start, 4, board.rollouts[row].amendments)
    case .complete: (start, 5, 0)
    case .switchOff(let merchant, _, let order): (order, 6, merchant.rawValue)
    case .switchOn(let merchant, _, let order): (order, 7, merchant.rawValue)
    case .completeOrder(let position, _): (position, 8, 0)
    case .closeEvidence(let from, _):
      (start, 9, UInt32(truncatingIfNeeded: from.seconds / Guardrails.blockSecondsMin))
    case .breach(let kind, let merchant):
      (
        watch(RolloutNumber(UInt16(row + 1)))?.judge.last ?? start, merchant == .none ? 10 : 11,
        merchant == .none ? UInt32(kind.rawValue) : merchant.rawValue
      )
    case .pauseFor(let breach): (breach, 12, 0)
    case .orderRollback(let breach): (breach, 13, 0)
    }
  }

  private func opening(_ wave: WaveNumber, _ row: Int, _ waves: Int) -> Position? {
    let place = Int(wave.rawValue) - 1
    guard (0..<waves).contains(place) else { return nil }
    return board.rollouts[row].waves[place].opening
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
