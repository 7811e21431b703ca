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
    for row in state.board.rollouts.indices { taken += tick(row, ordersOnly) }
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
      let before = taken
      for place in steps.indices {
        let step = steps[place]
        if place + Runtime.stepsAhead < steps.count {
          state.book.prefetchStanding(steps[place + Runtime.stepsAhead].merchant)
        }
        // Behind an order that has just been carried out the scheduler finds what else is due.
        guard hasRoom, !ordersOnly || step.isOfAnOrder, let isNew = take(step, row, waves) else {
          break
        }
        taken += isNew ? 1 : 0
      }
      if taken == before { break }
    }
    openSteps.count += taken
    return taken
  }

  /// How many steps are asked for ahead of the one that is taken.
  private static let stepsAhead = 16

  /// How many more steps the batch that gathers may hold.
  private var roomForSteps: Int {
    let first = Position(state.next.rawValue - UInt64(front.open.count))
    if openSteps.first != first { openSteps = (first, 0) }
    return Runtime.stepsPerBatchMax - openSteps.count
  }

  /// Decides a step like every command, but without a command to carry it: there are millions.
  ///
  /// - Returns: whether it is new; nil where the rules refuse what the scheduler proposed, which
  ///   looks again at its next tick. A step that was taken once stays as it was left since: an
  ///   operator may have switched the merchant again.
  private func take(_ step: ScheduledStep, _ row: Int, _ waves: Int) -> Bool? {
    let id = Runtime.stepID(step, row, waves, &state)
    if front.find(id) != nil { return false }
    // Who is enabled once never is again, whatever came between; a step of an order may come up
    // for somebody whom an operator has switched since.
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
      take(planted(event))
      return true
    } catch {
      return nil
    }
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
  fileprivate func findDue(
    _ row: Int, ordersOnly: Bool, cursor: inout Scheduler.Cursor, now: Timestamp, limit: Int,
    into steps: inout [ScheduledStep]
  ) {
    if ordersOnly || isClockHeld, !board.rollouts[row].hasRunningOrder { return }
    let number = RolloutNumber(UInt16(row + 1))
    if cursor.isIdle(number, revision: board.rollouts[row].revision, now: now) { return }
    guard let plan = plan(number), let order = order(number) else { return }
    Scheduler.due(
      plan: plan, order: order, rollout: board.rollouts[row], book: book, cursor: &cursor,
      now: now, limit: limit, into: &steps)
  }

  /// What makes a step the same step after a crash: its intent and its subject.
  ///
  /// - Parameter waves: how many had opened when the step was found: an enablement that was found
  ///   together with the opening of its wave has the start for its intent.
  fileprivate func stepID(_ step: ScheduledStep, _ row: Int, _ waves: Int) -> CommandID {
    let start = board.rollouts[row].start
    let (intent, kind, subject): (Position, UInt8, UInt32) =
      switch step {
      case .openWave(let wave, _, _): (start, 1, UInt32(wave.rawValue))
      case .enable(let merchant, let wave, _):
        (opening(wave, row, waves) ?? start, 2, merchant.rawValue)
      case .completeWave(let wave, _, _): (start, 3, UInt32(wave.rawValue))
      case .endWindow: (start, 4, 0)
      case .complete: (start, 5, 0)
      case .switchOff(let merchant, _, let order): (order, 6, merchant.rawValue)
      case .switchOn(let merchant, _, let order): (order, 7, merchant.rawValue)
      case .completeOrder(let position, _): (position, 8, 0)
      }
    return Command.stepID(intent: intent, step: kind, subject: subject)
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
