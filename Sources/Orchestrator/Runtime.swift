// The daemon's loop without its sockets: idempotency, decide, encode, fold, receipts. A daemon
// drives it with threads and a simulator drives it by seed; both run this code.
//
//   submit ─ idempotency ─ decide ─ encode ─ fold into the decision state      (front thread)
//     │                                        │ seal: at most one job in flight
//     │                                        ▼
//     │                     leaves, checksum, write, fdatasync                 (back thread)
//     │                                        │
//   receipts ◄─ fold into the read model ◄─ finish                             (front thread)
//
// A batch gathers while the one before it is being written, so its size follows the load by itself:
// natural group commit.

public import EventLog
public import Events
public import Platform
public import Projections
import Rollout

/// What stands beside a payment notice: whose command it is.
public struct PaymentNoticeHeader: Sendable, BitwiseCopyable {
  public var id: CommandID
  public var digest: UInt64
  public var actor: Actor
  public var occurredAt: Timestamp
  /// Whether the sender named the command; its id else follows from the notice.
  public var bringsID: Bool

  public init(
    id: CommandID, digest: UInt64, actor: Actor, occurredAt: Timestamp, bringsID: Bool
  ) {
    self.id = id
    self.digest = digest
    self.actor = actor
    self.occurredAt = occurredAt
    self.bringsID = bringsID
  }
}

/// The front of the pipeline.
///
/// It knows no file and no socket.
public final class Runtime {
  /// How many of the scheduler's steps one tick takes at most, so that payments are not delayed.
  public static let stepsPerTickMax = 2_000
  /// How many of them gather in one batch at most, however long the batch before it takes.
  public static let stepsPerBatchMax = 16_000
  /// The room a command may need: its largest event and a few small ones.
  private static let commandBytesMax = 70_000
  private static let commandEventsMax = 8
  /// Tables of a million slots take so many before they grow.
  public static let generationEventsUsual = 786_000

  var front: Front
  /// The projections of what is durable.
  public internal(set) var model: ReadModel
  public private(set) var feed: SwitchFeed
  private let time: any TimeSource
  private var spare: BatchBuffer? = BatchBuffer()
  var openTime: Timestamp?
  var openIsControl = true
  /// Whether a control command waits in the batch that is gathering.
  public internal(set) var hasOpenControl = false
  private var inFlight: CommitJob?
  private var encoder = FieldEncoder()
  /// The notice that the index is asked for.
  private let asked = PaymentDrafts(count: 1)
  private var decision = Decision()
  var cursors: [Scheduler.Cursor] = []
  var steps: [ScheduledStep] = []
  /// How many steps are in the batch that begins at a position.
  var openSteps = (first: Position.zero, count: 0)
  /// No later event may carry a time up to here: a reader was told so.
  private var promised = Timestamp.none
  /// How many events the tables take before a new generation begins.
  private let generationEventsMax: Int
  /// Whether the end of the segment asks for a new generation, and whether it has got one.
  private var isNearSeal = false
  private var hasTurnedNearSeal = false
  /// Where the newest generation begins.
  private var generationStart: Position
  /// How many steps of merchants came since then: they are in no table.
  var generationSteps: UInt64 = 0
  /// Where each older generation ends, the latest first.
  private var generationEnds: [Position] = []
  /// One past the last durable event.
  public private(set) var durableEnd: Position
  /// The Merkle root of the durable events.
  public private(set) var root: Digest
  #if PLANTED_BUGS
    public var bugs: RuntimeBugs = [] {
      didSet {
        front.bugs = bugs
        state.ignoresCaps = bugs.contains(.ignoreCaps)
      }
    }
    var hasLookedAround = false
  #endif

  /// Goes on from what a replay has folded.
  ///
  /// - Parameters:
  ///   - replay: the fold of the whole log.
  ///   - root: the Merkle root of its events.
  ///   - promised: the log time of the last frame, which may be a mark behind the last event: no
  ///     later event may carry a time up to it.
  ///   - time: the clock.
  ///   - generationEventsMax: how many events the tables take before a new generation begins, where
  ///     there is an index that lets older ones go.
  public init(
    after replay: consuming Replay, root: Digest, promised: Timestamp = .none,
    time: any TimeSource, generationEventsMax: Int = Runtime.generationEventsUsual
  ) {
    precondition(
      replay.tablesBegin == replay.sealed?.end ?? .zero, "decisions need what the fold left out")
    self.promised = promised
    self.generationEventsMax = generationEventsMax
    front = Front(after: replay)
    generationStart = replay.sealed?.end ?? .zero
    model = replay.model
    feed = replay.feed
    self.root = root
    durableEnd = replay.state.next
    self.time = time
    _ = consume replay
    // They are the same memory after a start with a snapshot; the first event of a merchant would
    // copy it in the middle of a batch.
    state.separate()
  }

  /// The state that commands are decided in, lent and never copied: it holds every table.
  public internal(set) var state: DecisionState {
    _read { yield front.state }
    _modify { yield &front.state }
  }
  /// The log failed; nothing is taken any more.
  public var hasFailed: Bool { front.hasFailed }
  /// Why a sealed segment could not be asked; nil as long as each could.
  public var fault: LogFault? { front.fault }
  /// The index of sealed segments; nil where the tables hold the whole log.
  public var sealed: LogIndex? { front.sealed }
  /// What notices are hashed with, for those who read them.
  public var hashes: NoticeHashes { front.hashes }
  private var open: BatchBuffer { front.open }

  /// Whether one more command of any size fits the batch that is gathering.
  public var hasRoom: Bool { hasRoom(behind: 0) }

  /// Whether one more command of any size fits behind so many payments that are not taken yet.
  public func hasRoom(behind payments: Int) -> Bool { Runtime.hasRoom(open, behind: payments) }

  @inline(__always)
  static func hasRoom(_ buffer: BatchBuffer, behind payments: Int = 0) -> Bool {
    buffer.hasRoom(
      events: commandEventsMax + payments,
      bytes: commandBytesMax + payments * PaymentDraft.lengthMax)
  }

  /// How many events wait to become durable.
  public var waiting: Int { Int(state.next.rawValue - durableEnd.rawValue) }

  /// Takes a command.
  ///
  /// - Returns: where its events stand, or stood when it first came. It has happened only once
  ///   `durableEnd` lies behind the receipt.
  /// - Throws: the `Refusal` that says no; the command then left nothing behind.
  @discardableResult
  public func submit(_ command: Command) throws(Refusal) -> Receipt {
    try accept(command).receipt
  }

  /// Takes a command, and says so where what it asks for was so before.
  ///
  /// - Throws: as `submit`.
  public func accept(_ command: Command) throws(Refusal) -> Acceptance {
    if let receipt = try front.receipt(of: command.id, command.digest) {
      return Acceptance(receipt: receipt)
    }
    if let sealed, let known = try recall(command, from: sealed) {
      return Acceptance(receipt: try known.receipt(of: command.digest))
    }
    guard hasRoom else { throw .busy }
    let now = currentTime()
    decision.reset()
    try decide(command, in: state, at: now, into: &decision)
    if let fact = decision.standing {
      return Acceptance(
        receipt: Receipt(first: fact.position, last: fact.position), since: fact.since)
    }
    precondition(
      !decision.events.isEmpty && decision.events.count <= Runtime.commandEventsMax,
      "a decision holds no event, or more than a command may lead to")
    let first = state.next
    openTime = now
    if command.body.isControl { hasOpenControl = true } else { openIsControl = false }
    for event in decision.events { take(event) }
    return Acceptance(
      receipt: Receipt(first: first, last: first.advanced(by: decision.events.count - 1)))
  }

  /// Recalls what a decision looks at; what is known of the command, where it is an old one.
  private func recall(
    _ command: Command, from sealed: LogIndex
  ) throws(Refusal) -> KnownCommand? {
    #if PLANTED_BUGS
      if bugs.contains(.forgetSealed) { return nil }
    #endif
    do throws(LogFault) {
      guard case .recordPayment(let payment) = command.body else {
        if let known = try sealed.command(command.id) { return known }
        switch command.body {
        case .attemptOrder(let fields): try state.recall(fields, from: sealed)
        case .recordDispute(let fields): try state.recall(fields, from: sealed)
        default: break
        }
        return nil
      }
      let drafts = asked
      let draft = drafts[0]
      draft.set(payment)
      let view = draft.view
      let hashes = SealedHashes(view, command.id, by: sealed.hash)
      let derived = NoticeName.commandID(
        payment.institution.rawValue, payment.outcome, view.transaction, view.refund)
      let bringsID = command.id != derived
      if let known = try sealed.command(command.id, hashes, bringsID: bringsID) { return known }
      let merchant = state.book.number(payment.external) ?? .none
      let facts = state.ledger.facts(
        payment, occurredAt: command.occurredAt, merchant: merchant)
      try state.recall(facts, view, hashes, from: sealed)
      return nil
    } catch { throw front.failed(error) }
  }

  func take(_ event: Event) {
    event.encode(into: &encoder)
    encoder.withSpan { open.append($0) }
    front.index.note(event, at: state.next)
    do {
      try state.apply(event)
    } catch {
      preconditionFailure("a decision led to an event that does not fold: \(error)")
    }
  }

  /// The time of the batch that is gathering; it is the log time of all its events.
  public func currentTime() -> Timestamp {
    if let openTime { return openTime }
    #if PLANTED_BUGS
      if bugs.contains(.trustClock) { return time.now() }
    #endif
    let earliest = max(state.logTime, promised).advanced(byNanoseconds: 1)
    // A clock that runs fast reaches the end of what the log takes within days: it stands there.
    return max(min(time.now(), .latest), earliest)
  }

  /// A point of the log that a reader can rely on: every event before the position has happened
  /// by the time, every later one will carry a later time.
  public func barrier() -> (position: Position, time: Timestamp) {
    let now = currentTime()
    promised = max(promised, now)
    if openTime != nil { return (state.next, now.advanced(byNanoseconds: -1)) }
    return (state.next, now)
  }
}

// Sealing and finishing.
extension Runtime {
  /// Hands out the gathered batch for writing; nil where it is empty or one is in flight.
  public func seal() -> CommitJob? {
    guard inFlight == nil, !open.isEmpty, let logTime = openTime, let spare else { return nil }
    let first = Position(state.next.rawValue - UInt64(open.count))
    let job = CommitJob(
      buffer: open, first: first, logTime: logTime, isControl: openIsControl,
      hasControl: hasOpenControl)
    inFlight = job
    front.open = spare
    self.spare = nil
    openTime = nil
    openIsControl = true
    hasOpenControl = false
    turnGeneration(after: job.buffer.count)
    #if PLANTED_BUGS
      if bugs.contains(.acknowledgeBeforeSync) { durableEnd = job.end }
    #endif
    return job
  }

  /// From here on the index is asked for what it covers: tables that it covers whole are dropped.
  ///
  /// One that covers less than the last, because a file was found damaged, is not taken: what the
  /// tables have dropped would be nowhere until that file is made anew.
  public func use(_ sealed: LogIndex) {
    if let known = front.sealed, sealed.end < known.end { return }
    front.sealed = sealed
    var dropped = 0
    while let end = generationEnds.last, end <= sealed.end {
      generationEnds.removeLast()
      dropped += 1
    }
    front.index.drop(dropped)
    state.ledger.drop(dropped)
  }

  /// Begins a new generation of the tables where the segment is about to end or the newest is full.
  ///
  /// A generation that ends a little before its segment is dropped as soon as the index covers that
  /// segment: most of the time there is no older one that a new id has to be looked up in.
  ///
  /// - Parameter batch: how many events the last batch has; the next may have as many.
  private func turnGeneration(after batch: Int) {
    guard sealed != nil else { return }
    let events = Int(state.next.rawValue - generationStart.rawValue - generationSteps)
    if isNearSeal && !hasTurnedNearSeal || events + batch > generationEventsMax {
      hasTurnedNearSeal = isNearSeal
      front.index.beginGeneration()
      state.ledger.beginGeneration()
      generationEnds.insert(state.next, at: 0)
      generationStart = state.next
      generationSteps = 0
    }
  }

  /// Takes a written batch back: it has happened.
  public func finish(_ job: CommitJob) {
    precondition(inFlight === job, "a batch is finished that is not in flight")
    guard let root = job.root else { preconditionFailure("a batch is finished before its commit") }
    do {
      try job.buffer.withBatch(first: job.first, logTime: job.logTime) {
        batch throws(ReadModelFault) in
        try model.apply(batch)
        do throws(DecodeFault) {
          try feed.apply(batch)
        } catch {
          throw ReadModelFault.undecodable(at: batch.first, error)
        }
      }
    } catch {
      preconditionFailure("a written batch does not fold: \(error)")
    }
    self.root = root
    durableEnd = job.end
    isNearSeal = job.isNearSeal
    if !isNearSeal { hasTurnedNearSeal = false }
    inFlight = nil
    job.buffer.reset()
    spare = job.buffer
  }

  /// The log could not be written: nothing more is taken, nothing more is acknowledged.
  public func fail() { front.hasFailed = true }

  /// Whether a batch is being written.
  public var isCommitting: Bool { inFlight != nil }

  /// Whether events wait that no job holds yet.
  public var hasOpenBatch: Bool { !open.isEmpty }
}

#if PLANTED_BUGS
  /// Bugs that the simulation switches on, one at a time, to prove that it would find them.
  public struct RuntimeBugs: OptionSet, Sendable {
    public var rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// A receipt goes out when the batch is handed to the disk, not when the disk has it.
    public static let acknowledgeBeforeSync = RuntimeBugs(rawValue: 1 << 0)
    /// The log time is whatever the clock says, backwards too.
    public static let trustClock = RuntimeBugs(rawValue: 1 << 1)
    /// A repeat of a command is decided anew.
    public static let forgetCommands = RuntimeBugs(rawValue: 1 << 2)
    /// A restart begins the open wave anew without looking at who is in already.
    public static let loseWaveCursor = RuntimeBugs(rawValue: 1 << 3)
    /// No cap is looked at.
    public static let ignoreCaps = RuntimeBugs(rawValue: 1 << 4)
    /// An enablement carries the planned time instead of the log time.
    public static let backdate = RuntimeBugs(rawValue: 1 << 5)
    /// What the tables have dropped is not asked of the index.
    public static let forgetSealed = RuntimeBugs(rawValue: 1 << 6)
  }
#endif
