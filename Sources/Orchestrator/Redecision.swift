// Deciding again what a log holds: the auditor's side of `decide`. The state before each event is
// folded from the events before it, and a command that is read out of an event must lead to it.

public import Events
import Projections
public import Rollout

/// The decision state of a log beside an auditor's reading, with what has come before.
public struct Redecision: Sendable {
  public private(set) var state = DecisionState()
  private var index = CommandIndex()
  private var cursors: [Scheduler.Cursor] = []

  public init() {}

  /// Decides a command as the daemon did, at the instant of its batch.
  ///
  /// - Throws: the `Refusal` that says no.
  public func decide(
    _ command: Command, at now: Timestamp, into decision: inout Decision
  ) throws(Refusal) {
    try Orchestrator.decide(command, in: state, at: now, into: &decision)
  }

  /// Decides a consultation of what its event keeps: the plan's document is in none.
  public func decide(
    _ fields: RolloutConsulted, _ header: EventHeader, into decision: inout Decision
  ) throws(Refusal) {
    try decideConsultation(
      fields.plan, fields.planVersion, fields.institution, header, in: state, into: &decision)
  }

  /// What the scheduler finds due in a rollout now, the first of them, in their order.
  public mutating func due(
    in rollout: RolloutNumber, at now: Timestamp, limit: Int, into steps: inout [ScheduledStep]
  ) {
    let row = Int(rollout.rawValue) - 1
    guard state.board.rollouts.indices.contains(row) else { return }
    while cursors.count <= row { cursors.append(Scheduler.Cursor()) }
    while steps.isEmpty {
      let isWhole = state.findDue(
        row, ordersOnly: false, cursor: &cursors[row], now: now, limit: limit, into: &steps)
      if isWhole { return }
    }
  }

  /// Whether the rules would refuse a step now.
  public func refusal(
    of step: ScheduledStep, in rollout: RolloutNumber, at now: Timestamp
  ) -> Refusal? {
    let header = EventHeader(logTime: now, actor: .scheduler)
    do throws(Refusal) {
      _ = try stepEvent(step, Int(rollout.rawValue) - 1, header, in: state)
      return nil
    } catch { return error }
  }

  /// Whether an id is that of a step: a function of what the step carries out and of its subject.
  public func isID(_ id: CommandID, of step: ScheduledStep, in rollout: RolloutNumber) -> Bool {
    let row = Int(rollout.rawValue) - 1
    guard state.board.rollouts.indices.contains(row) else { return false }
    // An enablement that was found together with the opening of its wave has the start for its
    // intent.
    for waves in [state.board.rollouts[row].waves.count, 0] {
      let (intent, kind, subject) = state.stepName(step, row, waves)
      if Command.stepID(intent: intent, step: kind, subject: subject) == id { return true }
    }
    return false
  }

  /// Where the first event of a command stands, where one stands before this.
  public mutating func first(of id: CommandID) -> Position? { index.find(id)?.receipt.first }

  /// Folds the event that comes next.
  ///
  /// - Throws: `DecodeFault` where it does not follow from those before it.
  public mutating func apply(_ event: Event) throws(DecodeFault) {
    index.note(event, at: state.next)
    try state.apply(event)
  }
}
