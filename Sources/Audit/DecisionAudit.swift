// The audit of decisions: for each event, was it lawful given the state before it?
//
//   1. The command that led to it is read out of the event (CommandReading).
//   2. It is decided again, at the batch's instant, in the state that the events before it make:
//      by the plan's version, the approvals and the evidence that were known then.
//   3. What comes out must be the event, byte for byte; a refusal is a violation of its rule.
//   4. A step of the scheduler must be the one that was due next: in the frozen order, and neither
//      before its time nor out of turn. Its id follows from what it carries out.
//   5. No command stands twice.
//   6. A tree of merchants is made again of the events that it is over, read a second time.
//
// A violation is reported and folded all the same: what comes behind it is judged by what the log
// says, as the daemon did.

public import EventLog
public import Events
import Merkle
import Orchestrator
public import Platform
import Projections
import Rollout

/// Audits the decisions of a log.
public struct DecisionAudit<D: Disk> {
  private static var stepsMax: Int { 2_000 }
  private static var stepsMin: Int { 64 }

  private let reader: LogReader<D>
  private var past = Redecision()
  /// Which events are whose, up to the last tree of merchants.
  private var histories = MerchantHistories()
  /// The last tree that was made again.
  private var tree: MerchantTreeCommitted?
  private var decision = Decision()
  private var report = AuditReport()
  /// What is due in a rollout, found in the state before the first of them.
  private var expected: [ScheduledStep] = []
  private var expectedOf = RolloutNumber.none
  private var taken = 0
  private var limit = DecisionAudit.stepsMin

  public init(_ reader: LogReader<D>) { self.reader = reader }

  /// Runs it over the events that the reader shows.
  ///
  /// - Parameter progress: told how many events are done, after each batch.
  public consuming func run(
    progress: (Position) -> Void = { _ in }
  ) throws(LogFault) -> AuditReport {
    do throws(ReadFailure<EndOfAudit>) {
      try reader.read(from: .zero) { (batch) throws(EndOfAudit) in
        try audit(batch)
        progress(batch.first)
      }
    } catch {
      switch error {
      case .log(let fault), .body(.log(let fault)): throw fault
      case .body(.fold(let why)): report.ending = why
      }
    }
    report.position = past.state.next
    report.logTime = past.state.logTime
    return report
  }

  /// Ends the audit.
  private enum EndOfAudit: Error {
    /// The log does not fold.
    case fold(String)
    case log(LogFault)
  }

  private mutating func audit(_ batch: borrowing EventBatch) throws(EndOfAudit) {
    var events: [Event] = []
    events.reserveCapacity(batch.count)
    for index in 0..<batch.count {
      do throws(DecodeFault) { events.append(try batch.event(index)) } catch {
        throw .fold("the event at position \(batch.position(index).rawValue) is none: \(error)")
      }
    }
    forgetExpected()
    var index = 0
    while index < events.count {
      let length = CommandReading.length(of: events[index...])
      audit(events[index..<index + length], batch.logTime)
      if case .merchantTreeCommitted(let fields) = events[index].payload {
        try checkTree(events[index], fields)
      }
      for event in events[index..<index + length] {
        do throws(DecodeFault) { try past.apply(event) } catch {
          throw .fold(
            "the event at position \(past.state.next.rawValue) does not follow from those before "
              + "it: \(error)")
        }
      }
      index += length
    }
  }

  /// Judges the events of one command in the state before them.
  private mutating func audit(_ events: ArraySlice<Event>, _ now: Timestamp) {
    guard let first = events.first else { return }
    if first.header.logTime != now {
      violate(first, "log-time", "its log time is not that of its batch")
    }
    let reading = CommandReading(book: past.state.book, board: past.state.board)
    let asked = reading.asked(events)
    decision.reset()
    do throws(Refusal) {
      switch asked {
      case .notKept:
        report.ofOlderVersions += 1
        return
      case .nothing:
        violate(first, "no-command", "no command leads to such an event here")
        return
      case .consultation(let fields):
        forgetExpected()
        checkOnce(first)
        try past.decide(fields, CommandReading.header(first), into: &decision)
      case .command(let body):
        forgetExpected()
        checkOnce(first)
        try past.decide(CommandReading.command(first, body), at: now, into: &decision)
      case .step(let rollout, let step):
        report.steps += 1
        try past.decide(
          CommandReading.command(first, .schedule(rollout, step), actor: .scheduler), at: now,
          into: &decision)
        checkID(first, step, rollout)
        checkDue(first, step, rollout, now)
      }
    } catch {
      forgetExpected()
      violate(
        first, error.name, "\(error.message) (refusal \(error.number))",
        evidence: CommandReading.evidence(first))
      return
    }
    compare(events)
  }

  // MARK: What only an audit asks

  /// A command leads to events once: a repeat of it is answered and not appended.
  private mutating func checkOnce(_ event: Event) {
    let id = event.header.commandID
    guard id != .none, let position = past.first(of: id) else { return }
    violate(
      event, "command-repeated", "its command led to an event before", evidence: [position])
  }

  private mutating func checkID(
    _ event: Event, _ step: ScheduledStep, _ rollout: RolloutNumber
  ) {
    guard !past.isID(event.header.commandID, of: step, in: rollout) else { return }
    violate(
      event, "step-id", "its id does not follow from what the step carries out and its subject",
      evidence: CommandReading.evidence(event))
  }

  /// A tree of merchants must be the one that the events lead to.
  private mutating func checkTree(
    _ event: Event, _ fields: MerchantTreeCommitted
  ) throws(EndOfAudit) {
    let size = Position(fields.size)
    // Decide has refused one that reaches past the event itself.
    guard size <= past.state.next else { return }
    guard size >= histories.next else {
      violate(
        event, "merchant-tree-backwards",
        "it is over \(fields.size) events, and one before it over \(histories.next.rawValue)")
      return
    }
    do throws(ReadFailure<HistoryFault>) {
      try reader.read(from: histories.next, to: size) { (batch) throws(HistoryFault) in
        try histories.apply(batch)
      }
    } catch {
      switch error {
      case .log(let fault): throw .log(fault)
      case .body(let fault): throw .fold("\(fault)")
      }
    }
    let made = tree?.size == fields.size ? tree ?? histories.committed : histories.committed
    tree = made
    guard made != fields else { return }
    violate(
      event, "merchant-tree",
      "the events before position \(fields.size) lead to \(made.merchants) merchants under root "
        + "\(made.root.base64), and it commits \(fields.merchants) under \(fields.root.base64)")
  }

  /// The step must be the next that was due.
  private mutating func checkDue(
    _ event: Event, _ step: ScheduledStep, _ rollout: RolloutNumber, _ now: Timestamp
  ) {
    if expectedOf != rollout || taken == expected.count { findDue(rollout, now) }
    while taken < expected.count, expected[taken] != step, isPassedOver(expected[taken], now) {
      taken += 1
      if taken == expected.count, taken == limit { findMoreDue(rollout, now) }
    }
    guard taken < expected.count, expected[taken] == step else {
      let next = taken < expected.count ? Self.text(expected[taken]) : "nothing"
      violate(
        event, "out-of-turn",
        "the scheduler would not have taken this step here: due was \(next)",
        evidence: CommandReading.evidence(event))
      forgetExpected()
      return
    }
    taken += 1
  }

  private mutating func findDue(_ rollout: RolloutNumber, _ now: Timestamp) {
    // Where others stand between the steps, few are asked for; in a wave of millions many.
    let isGoingOn = expectedOf == rollout && taken > 0
    limit = isGoingOn ? min(limit * 2, Self.stepsMax) : Self.stepsMin
    expected.removeAll(keepingCapacity: true)
    taken = 0
    expectedOf = rollout
    past.due(in: rollout, at: now, limit: limit, into: &expected)
  }

  /// Finds what is due behind steps that were all passed over, in the same state.
  private mutating func findMoreDue(_ rollout: RolloutNumber, _ now: Timestamp) {
    limit *= 2
    expected.removeAll(keepingCapacity: true)
    past.due(in: rollout, at: now, limit: limit, into: &expected)
  }

  private mutating func forgetExpected() {
    guard expectedOf != .none else { return }
    expected.removeAll(keepingCapacity: true)
    taken = 0
    expectedOf = .none
  }

  /// Whether the daemon passed over a step that was due: the rules refuse it, or it was taken once
  /// under the same order.
  private func isPassedOver(_ step: ScheduledStep, _ now: Timestamp) -> Bool {
    if case .switchOn = step { return true }
    return past.refusal(of: step, in: expectedOf, at: now) != nil
  }

  private static func text(_ step: ScheduledStep) -> String {
    switch step {
    case .openWave(let wave, _, _): "the opening of wave \(wave.rawValue)"
    case .enable(let merchant, let wave, _):
      "merchant \(merchant.rawValue) in wave \(wave.rawValue)"
    case .completeWave(let wave, _, _): "the end of wave \(wave.rawValue)"
    case .endWindow: "the end of the window"
    case .complete: "the end of the rollout"
    case .switchOff(let merchant, _, _): "the withdrawal from merchant \(merchant.rawValue)"
    case .switchOn(let merchant, _, _): "the reinstatement of merchant \(merchant.rawValue)"
    case .completeOrder: "the end of an order"
    case .closeEvidence: "the end of a block of evidence"
    case .breach(let kind, _): "a breach of \(kind.name)"
    case .pauseFor: "a pause for a breach"
    case .orderRollback: "a roll-back for a breach"
    }
  }

  // MARK: What the log says against what the rules say

  private mutating func compare(_ events: ArraySlice<Event>) {
    guard let first = events.first else { return }
    if let standing = decision.standing {
      violate(
        first, "so-already", "what was asked for was so already, and leads to no event",
        evidence: [standing.position])
      return
    }
    guard decision.events.count == events.count else {
      violate(
        first, "events-of-command",
        "the command leads to \(decision.events.count) events, and \(events.count) are here")
      return
    }
    for (offset, (kept, decided)) in zip(events, decision.events).enumerated() {
      if kept.version != kept.kind.version {
        report.ofOlderVersions += 1
        continue
      }
      guard kept != decided else { continue }
      let differences = EventDifference.list(kept, decided)
      violate(
        kept, differences.rule, differences.text, at: past.state.next.advanced(by: offset),
        evidence: CommandReading.evidence(kept))
    }
  }

  private mutating func violate(
    _ event: Event, _ rule: String, _ what: String, at position: Position? = nil,
    evidence: [Position] = []
  ) {
    report.add(
      Violation(
        position: position ?? past.state.next, kind: event.kind, rule: rule, what: what,
        evidence: evidence))
  }
}

extension CommandReading {
  /// The header that a command of an event carries: what decide adds is left out.
  static func header(_ event: Event) -> EventHeader {
    EventHeader(
      logTime: event.header.logTime, occurredAt: event.header.occurredAt,
      actor: event.header.actor, commandID: event.header.commandID,
      commandDigest: event.header.commandDigest)
  }

  static func command(_ event: Event, _ body: Command.Body, actor: Actor? = nil) -> Command {
    Command(
      id: event.header.commandID, digest: event.header.commandDigest,
      actor: actor ?? event.header.actor, occurredAt: event.header.occurredAt, body: body)
  }

  /// The events that an event itself refers to.
  static func evidence(_ event: Event) -> [Position] {
    [event.header.cause, event.header.previous].filter { $0 != .none }
  }
}
