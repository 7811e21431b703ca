// Finds what is due in a rollout at an instant: pure, without a clock, from the log's state alone.
//
// The rules, in the order in which they are applied:
//   1. Roll-backs and reinstatements that were ordered go first, one order after the other, in
//      every phase, paused or not, and one order a call. A roll-back goes backwards through all
//      who were switched on, in the order in which they were, late ones and reinstated ones
//      included, and switches off whoever is on in its scope: last in, first out. A reinstatement
//      goes forwards through the line and switches on whoever is rolled back, not closed, and had
//      cooled off when it was ordered. Nobody is newly enabled while one of them is unfinished. A
//      tier and a category are the merchant's at the time of switching.
//      Then the evidence of a rollout with guardrails: blocks that have ended are closed, breaches
//      are said, and a breach pauses the rollout or orders a roll-back.
//   2. At the end of the window the running rollout says so once, paused or not.
//   3. Only a running rollout that is not paused goes further, not before it takes effect, and
//      after the window only where the plan or an operator lets it continue. Where the plan says
//      stop, it is completed then, and who is pending is skipped; a pause holds that as well.
//   4. A wave opens at its planned instant, or when the wave before it is complete and has soaked,
//      whichever is later, where there are guardrails only on evidence (GuardrailWatch), and last
//      with the approvals that the plan asks for (ApprovalGate). Waves
//      that are overdue open one by one, and the caps hold as ever: no burst. In an interval that
//      the plan closes no wave opens and nobody is enabled.
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
// A soak is a deadline, and no pause counts in it: it ends the soak's time after the completion of
// its wave and later by as long as the rollout has been paused since. What is closed counts in it,
// for whoever is on stays on. The window was announced to the public: no pause lengthens it.
//
// A step is never remembered here: the same state gives the same steps, and the state that has
// them gives no more at that instant, unless the limit cut them short.

public import Events
public import Projections

/// Finds what is due.
public enum Scheduler {
  /// How many places one call looks at at most, so that none takes long: after a restart, when it
  /// remembers none that it has passed, several calls find the first that is due.
  public static let looksMax = 200_000

  /// What need not be looked at again; an empty one gives the same steps, more slowly.
  public struct Cursor: Sendable {
    var rollout = RolloutNumber.none
    /// Nobody before this place is to be enabled.
    var enabling = 0
    /// How many places of the running order's sweep are done with.
    var switching = (order: Position.none, done: 0)
    /// How many of the moved merchants it knows.
    var seen: UInt64 = 0
    var rest: Rest?

    /// Nothing was due at an instant and will not be before another, unless an event changes it.
    struct Rest: Sendable {
      var revision: UInt64
      var since: Timestamp
      var until: Timestamp?
    }

    public init() {}

    /// Whether it is known that nothing is due.
    public func isIdle(_ number: RolloutNumber, revision: UInt64, now: Timestamp) -> Bool {
      guard let rest, rollout == number, rest.revision == revision, now >= rest.since
      else { return false }
      guard let until = rest.until else { return true }
      return now < until
    }
  }

  /// Appends at most `limit` steps that are due.
  ///
  /// - Returns: whether it looked at all there is; otherwise the next call goes on.
  @discardableResult
  public static func due(
    plan: Plan, order: FrozenOrder, rollout: Rollout, book: MerchantBook,
    watch: GuardrailWatch? = nil,
    cursor: inout Cursor, now: Timestamp, limit: Int, into steps: inout [ScheduledStep]
  ) -> Bool {
    if cursor.isIdle(rollout.number, revision: rollout.revision, now: now) { return true }
    var run = SchedulerRun(
      plan: plan, order: order, rollout: rollout, book: book, watch: watch, cursor: cursor,
      now: now, limit: limit)
    let halt = run.run()
    cursor = run.cursor
    cursor.rest = nil
    if run.steps.isEmpty, !halt.isCut {
      cursor.rest = Cursor.Rest(
        revision: rollout.revision, since: now, until: wakeUp(halt, run, rollout))
    }
    steps.append(contentsOf: run.steps)
    if case .looks = halt { return false }
    return true
  }

  /// The next instant at which something can be due; `now` where something is, nil where nothing
  /// will be without another event.
  public static func nextDue(
    plan: Plan, order: FrozenOrder, rollout: Rollout, book: MerchantBook,
    watch: GuardrailWatch? = nil,
    cursor: Cursor, now: Timestamp
  ) -> Timestamp? {
    var run = SchedulerRun(
      plan: plan, order: order, rollout: rollout, book: book, watch: watch, cursor: cursor,
      now: now,
      limit: 1)
    let halt = run.run()
    return run.steps.isEmpty ? wakeUp(halt, run, rollout) : now
  }

  /// Why a merchant is not in yet; nil where it is on, or was switched off again.
  ///
  /// The order is nil before the rollout has started.
  public static func whyPending(
    _ merchant: MerchantNumber, plan: Plan, order: FrozenOrder?, rollout: Rollout,
    book: MerchantBook, watch: GuardrailWatch? = nil, cursor: Cursor, now: Timestamp
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
    guard plan.tiers.contains(book.tier(merchant)) else {
      return .tierExcluded(book.tier(merchant))
    }
    let category = book.category(merchant)
    let isIncluded = plan.categories.isEmpty || plan.categories.contains(category)
    if !isIncluded || plan.excludedCategories.contains(category) {
      return .categoryExcluded(category)
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
      plan: plan, order: order, rollout: rollout, book: book, watch: watch, cursor: cursor,
      now: now,
      limit: 1)
    return run.whyWaiting(merchant)
  }
}
