// Finds what is due in a rollout at an instant: pure, without a clock, from the log's state alone.
//
// The rules, in the order in which they are applied:
//   1. Roll-backs and reinstatements that were ordered go first, one order after the other, in
//      every phase, paused or not. A roll-back goes backwards through the line of merchants and
//      switches off whoever is on in its scope; a reinstatement goes forwards and switches on
//      whoever is rolled back and not closed. Nobody is newly enabled while one of them is
//      unfinished. A tier is the merchant's tier at the time of switching.
//   2. At the end of the window the running rollout says so once, paused or not.
//   3. Only a running rollout that is not paused goes further, not before it takes effect, and
//      after the window only where the plan or an operator lets it continue.
//   4. A wave opens at its planned instant or when the wave before it is complete, whichever is
//      later. Waves that are overdue open one by one, and the caps hold as ever: no burst.
//   5. The merchants of the open wave are enabled in the order of the line, as CapMeter lets them.
//      Nobody is overtaken: where the next merchant does not fit a cap, all wait.
//   6. Whoever is excluded, closed or rolled back is skipped. Who is pending again after its wave
//      has been completed is enabled with the open one, in its name, or with the last.
//   7. A wave is complete when nobody is pending in it or in a wave before it; the rollout is
//      complete with its last wave, late registrants included.
//
// A roll-back of everyone must not be followed by new enablements. The scheduler sees that only in
// `isPaused`: whoever orders such a roll-back pauses the rollout in the same batch.
//
// A step is never remembered here: the same state gives the same steps, and the state that has
// them gives no more at that instant, unless the limit cut them short.

package import Events
package import Projections

/// Finds what is due.
package enum Scheduler {
  /// Places that need not be looked at again; an empty one gives the same steps, more slowly.
  package struct Cursor: Sendable {
    var rollout = RolloutNumber.none
    var enabling = Memo()
    var switching = Memo()

    /// A place, and the counts of changes under which it holds.
    struct Memo: Sendable {
      var order = Position.none
      var place = 0
      var changes: UInt64 = 0
      var updates: UInt64 = 0
    }

    package init() {}
  }

  /// Appends at most `limit` steps that are due.
  package static func due(
    plan: Plan, order: FrozenOrder, rollout: Rollout, book: MerchantBook, cursor: inout Cursor,
    now: Timestamp, limit: Int, into steps: inout [ScheduledStep]
  ) {
    var run = SchedulerRun(
      plan: plan, order: order, rollout: rollout, book: book, cursor: cursor, now: now,
      limit: limit)
    _ = run.run()
    cursor = run.cursor
    steps.append(contentsOf: run.steps)
  }

  /// The next instant at which something can be due; `now` where something is, nil where nothing
  /// will be without another event.
  package static func nextDue(
    plan: Plan, order: FrozenOrder, rollout: Rollout, book: MerchantBook, cursor: Cursor,
    now: Timestamp
  ) -> Timestamp? {
    var run = SchedulerRun(
      plan: plan, order: order, rollout: rollout, book: book, cursor: cursor, now: now, limit: 1)
    let halt = run.run()
    guard run.steps.isEmpty else { return now }
    let opens: Timestamp? =
      switch halt {
      case .limit: now
      case .until(let instant): instant
      case .wave(_, let instant): instant
      case .cap(let hold): hold.freesAt
      case .paused, .windowOver, .ended: nil
      }
    guard rollout.phase == .running, !rollout.isWindowOver else { return opens }
    return min(opens ?? rollout.windowEnd, rollout.windowEnd)
  }

  /// Why a merchant is not in yet; nil where it is on, or was switched off again.
  ///
  /// The order is nil before the rollout has started.
  package static func whyPending(
    _ merchant: MerchantNumber, plan: Plan, order: FrozenOrder?, rollout: Rollout,
    book: MerchantBook, cursor: Cursor, now: Timestamp
  ) -> PendingReason? {
    let standing = book.standing(rollout.number)
    switch standing?.state(merchant) ?? .pending {
    case .pending: break
    case .excluded: return .excluded(standing?.reason(merchant) ?? .none)
    case .enabled, .rolledBack, .reinstated: return nil
    }
    if book.isClosed(merchant) { return .closed }
    guard plan.platforms.contains(book.platform(merchant)) else {
      return .platformExcluded(book.platform(merchant))
    }
    if plan.excludedCategories.contains(book.category(merchant)) {
      return .categoryExcluded(book.category(merchant))
    }
    switch rollout.phase {
    case .consulted: return .notAnnounced
    case .announced: return .notStarted
    case .aborted, .completed: return .ended(rollout.phase)
    case .running: break
    }
    guard let order else { return .notStarted }
    if let running = rollout.runningOrder { return .orderRunning(running.position) }
    if rollout.isPaused { return .paused(rollout.pauseReason) }
    if now < rollout.effectiveAt { return .beforeEffective(rollout.effectiveAt) }
    let run = SchedulerRun(
      plan: plan, order: order, rollout: rollout, book: book, cursor: cursor, now: now, limit: 1)
    return run.whyWaiting(merchant)
  }
}
