// decide: the one place where a command becomes events or a refusal. Pure: the same command, state
// and instant give the same answer, whoever asks.

public import Events
import Projections

/// The events that a command leads to, before they are numbered.
public struct Decision: Sendable {
  public private(set) var events: [Event] = []
  /// What the command asks for is so already: it leads to no event.
  public private(set) var standing: StandingFact?

  public init() {}

  public mutating func reset() {
    events.removeAll(keepingCapacity: true)
    standing = nil
  }

  mutating func add(_ header: EventHeader, _ payload: Payload) {
    events.append(Event(header, payload))
  }
}

extension Decision {
  /// Since when something has been so, and the event that says it.
  public struct StandingFact: Hashable, Sendable {
    public var position: Position
    public var since: Timestamp
  }

  /// What is asked for is so already.
  mutating func accept(_ position: Position, since: Timestamp) {
    standing = StandingFact(position: position, since: since)
  }
}

/// Decides a command.
///
/// - Parameters:
///   - command: what is asked for.
///   - state: the fold of every event before it.
///   - now: the log time that its events will carry.
///   - decision: takes the events; left as it was where the command is refused.
/// - Throws: the first `Refusal` by number that says no.
public func decide(
  _ command: Command, in state: DecisionState, at now: Timestamp, into decision: inout Decision
) throws(Refusal) {
  let header = EventHeader(
    logTime: now, occurredAt: command.occurredAt, actor: command.actor, commandID: command.id,
    commandDigest: command.digest)
  switch command.body {
  case .recordPayment(let payment):
    decidePayment(payment, header, in: state, into: &decision)
  case .schedule(let rollout, let step):
    try decideStep(step, of: rollout, header, in: state, into: &decision)
  case .offerOrder, .attemptOrder, .failOrder, .timeOutOrder:
    decideOrder(command.body, header, in: state, into: &decision)
  case .holdNotice(let fields): decision.add(header, .noticeHeld(fields))
  case .eraseSubject(let fields):
    try checkReason(fields.reason)
    decision.add(header, .subjectErased(fields))
  case .registerMerchant, .closeMerchant, .excludeMerchant, .reinstateMerchant:
    try decideMerchant(command.body, header, in: state, into: &decision)
  case .amend(let document):
    try decideAmendment(document, header, in: state, into: &decision)
  case .consult, .announce, .approve, .start, .pause, .resume, .abort, .rollBack, .reinstate:
    try decideRollout(command.body, header, in: state, into: &decision)
  case .reconcileStatement, .adjustPayment, .resolveDiscrepancy, .recordDispute,
    .recordCombined:
    try decideFinance(command.body, header, in: state, into: &decision)
  case .createLog, .startDaemon, .recordRecovery, .stopDaemon, .stepClock, .confirmClock,
    .publishDump, .publishTerms, .nameKey, .commitMerchantTree:
    try decideLog(command.body, header, in: state, into: &decision)
  }
}

/// The commands on the log itself, its clock and its dumps.
private func decideLog(
  _ body: Command.Body, _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  switch body {
  case .createLog(let fields, let institutions):
    decision.add(header, .logCreated(fields))
    for institution in institutions {
      decision.add(header, .institutionOpened(InstitutionOpened(institution: institution)))
    }
  case .startDaemon(let fields): decision.add(header, .daemonStarted(fields))
  case .recordRecovery(let fields): decision.add(header, .logRecovered(fields))
  case .stopDaemon(let fields): decision.add(header, .daemonStopped(fields))
  case .stepClock(let fields): decision.add(header, .clockStepped(fields))
  case .nameKey(let fields): decision.add(header, .signingKeyNamed(fields))
  case .confirmClock:
    guard state.isClockHeld else { throw .clockNotHeld }
    decision.add(header, .clockConfirmed)
  case .publishDump(let fields):
    guard fields.position <= state.next else { throw .dumpAheadOfLog(fields.position) }
    decision.add(header, .dumpPublished(fields))
  case .commitMerchantTree(let fields):
    guard fields.size <= state.next.rawValue else { throw .treeAheadOfLog(Position(fields.size)) }
    decision.add(header, .merchantTreeCommitted(fields))
  case .publishTerms(let document):
    try decideTerms(document, header, in: state, into: &decision)
  default: break
  }
}

/// A reason is a code: the log keeps it for ever, and words may name people.
func checkReason(_ reason: ShortText) throws(Refusal) {
  let isCode = reason.bytes.allSatisfy { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
  }
  guard isCode, !reason.isEmpty else { throw .reasonNotACode(reason.description) }
}
