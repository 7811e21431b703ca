// From the log back to everything: the decision state, the receipts, the projections.

import CRecord
public import EventLog
public import Events
public import Merkle
public import Projections
import Rollout

/// A fold of the log from position 0, or a part of it.
public struct Replay {
  public private(set) var state = DecisionState()
  public private(set) var model = ReadModel()
  public private(set) var feed = SwitchFeed()
  private(set) var index = CommandIndex()
  /// The tree over what was folded, where leaves are hashed.
  public private(set) var tree = CompactTree()
  private let hashesLeaves: Bool
  /// Of the batch at hand.
  private var leaves: [Digest] = []
  /// The index of sealed segments; what it covers is not kept in tables.
  let sealed: LogIndex?
  /// The first event that the tables hold.
  let tablesBegin: Position
  /// Why it could not be asked: the fold is of no use for decisions then.
  public private(set) var fault: LogFault?
  /// Of the payments of the group that is being folded; nil for other events.
  private var facts = [PaymentFacts?](repeating: nil, count: Replay.groupCount)

  /// A fold that begins at position 0.
  ///
  /// - Parameters:
  ///   - hashesLeaves: whether every event's leaf is hashed anew, which takes most of the time; a
  ///     daemon takes them from the log, an auditor does not.
  ///   - remembers: whether the tables of commands and payments are kept, which grow with the log:
  ///     decisions need them, and a reader does not.
  public init(hashesLeaves: Bool, remembers: Bool = true) {
    self.hashesLeaves = hashesLeaves
    sealed = nil
    tablesBegin = remembers ? .zero : Position(.max)
  }

  /// A fold for a daemon, which asks an index for what the index covers.
  ///
  /// - Parameter hashesLeaves: whether leaves are hashed anew, as to hold sealed events against the
  ///   root in their seal.
  public init(sealed: LogIndex, hashesLeaves: Bool = false) {
    self.hashesLeaves = hashesLeaves
    self.sealed = sealed
    tablesBegin = sealed.end
  }

  /// The same, begun where a snapshot ends; the index covers all before it.
  ///
  /// - Throws: `SnapshotFault` where the snapshot holds no state that a daemon can go on from.
  public init(
    after snapshot: Snapshot, sealed: LogIndex, hashesLeaves: Bool = false
  ) throws(SnapshotFault) {
    precondition(snapshot.position <= sealed.end, "tables would miss what no index covers")
    self.hashesLeaves = hashesLeaves
    self.sealed = sealed
    tablesBegin = sealed.end
    state = try DecisionState(from: snapshot)
    if let known = snapshot.tree {
      tree = known
    } else if hashesLeaves {
      throw .foreign("it has no edge of the tree")
    }
    model = snapshot.model
    feed = snapshot.feed
  }

  /// Makes room for what the tables will hold once everything up to a position is folded: tables
  /// that grow are filled anew each time.
  public mutating func expect(upTo end: Position) {
    guard end > tablesBegin else { return }
    // A generation takes no more; what a log without an index has behind it may be anything.
    let events = min(Int(end.rawValue - tablesBegin.rawValue), 2 * Runtime.generationEventsUsual)
    index.reserve(events)
    state.ledger.reserve(events)
  }

  /// What a start can begin with in place of the events before this position.
  var snapshot: Snapshot { Snapshot(of: state, model, feed, hashesLeaves ? tree : nil) }

  /// Folds one batch; its events must follow the last one folded.
  ///
  /// - Throws: `ReadModelFault` with the position of the first event that does not fold.
  public mutating func apply(_ batch: borrowing EventBatch) throws(ReadModelFault) {
    guard batch.first == state.next else {
      throw .outOfPlace(expected: state.next, found: batch.first)
    }
    do throws(DecodeFault) {
      for index in 0..<batch.count {
        if index % Replay.groupCount == 0 { lookAhead(batch, index) }
        if try takePayment(batch, index) { continue }
        if try takeStep(batch, index) { continue }
        let event = try batch.event(index)
        try check(event)
        let isSealed = state.next < tablesBegin
        if !isSealed {
          if let sealed { recall(event, from: sealed) }
          self.index.note(event, at: state.next)
        }
        try state.apply(event, isSealed: isSealed)
      }
    } catch {
      throw .undecodable(at: state.next, error)
    }
    try model.apply(batch)
    do throws(DecodeFault) {
      try feed.apply(batch)
    } catch {
      throw .undecodable(at: batch.first, error)
    }
    if hashesLeaves { hash(batch) }
  }

  private mutating func hash(_ batch: borrowing EventBatch) {
    // On their own while they are added: nothing else is asked for meanwhile.
    var leaves = leaves
    self.leaves = []
    leaves.removeAll(keepingCapacity: true)
    batch.appendLeaves(to: &leaves)
    tree.append(contentsOf: leaves.span)
    self.leaves = leaves
  }

  /// How many events are looked at ahead of their fold.
  private static let groupCount = 32

  /// Keeps the facts of the payments that follow, where tables hold them, and asks for what their
  /// fold looks at.
  private mutating func lookAhead(_ batch: borrowing EventBatch, _ first: Int) {
    for offset in 0..<min(Replay.groupCount, batch.count - first) {
      facts[offset] = nil
      let head = batch.head(first + offset)
      if EventKind.isSwitch(head.kind) {
        state.book.prefetchStanding(MerchantNumber(head.merchant))
        continue
      }
      if batch.position(first + offset) < tablesBegin {
        state.book.prefetch(MerchantNumber(head.merchant))
        continue
      }
      guard let outcome = EventKind(rawValue: head.kind)?.outcome,
        Int(head.length) > PaymentView.fixedLength,
        let view = PaymentView(batch.bytes(of: first + offset))
      else { continue }
      facts[offset] = state.prefetchedFacts(
        view, outcome, occurredAt: PaymentRules.instant(head),
        merchant: MerchantNumber(head.merchant))
      let id = CommandID(low: head.command_id_low, high: head.command_id_high)
      index.prefetch(id)
      if let sealed {
        SealedHashes(view, id, by: sealed.hash).prefetch(in: sealed, outcome, bringsID: false)
      }
    }
    for offset in 0..<min(Replay.groupCount, batch.count - first) {
      guard let facts = facts[offset] else { continue }
      let head = batch.head(first + offset)
      state.ledger.prefetchSlots(facts)
      index.prefetchRow(CommandID(low: head.command_id_low, high: head.command_id_high))
    }
  }

  /// Recalls what the decisions after this notice will look at.
  private mutating func recall(
    _ facts: PaymentFacts, _ batch: borrowing EventBatch, _ index: Int, from sealed: LogIndex
  ) {
    guard fault == nil, let view = PaymentView(batch.bytes(of: index)) else { return }
    do throws(LogFault) {
      try state.recall(
        facts, view, SealedHashes(view, .none, by: sealed.hash), from: sealed)
    } catch { fault = error }
  }

  /// Recalls what the decisions after this event will look at.
  private mutating func recall(_ event: Event, from sealed: LogIndex) {
    guard fault == nil, case .orderAttempted(let fields) = event.payload else { return }
    do throws(LogFault) { try state.recall(fields, from: sealed) } catch { fault = error }
  }

  /// Folds a payment where it stands; false for any other event, and for one that the full decoder
  /// has to say something about.
  @inline(__always)
  private mutating func takePayment(
    _ batch: borrowing EventBatch, _ index: Int
  ) throws(DecodeFault) -> Bool {
    let head = batch.head(index)
    guard let notice = try? PaymentNotice(batch, index, head),
      Actor.Kind(rawValue: head.actor_kind) != nil, head.log_time >= state.logTime.rawValue,
      head.log_time <= Replay.logTimeMax.rawValue
    else { return false }
    if state.next < tablesBegin {
      guard let view = PaymentView(batch.bytes(of: index)) else { return false }
      try state.pass(view, head, notice.outcome)
      return true
    }
    guard let facts = facts[index % Replay.groupCount] else { return false }
    if let sealed { recall(facts, batch, index, from: sealed) }
    self.index.note(
      CommandID(low: head.command_id_low, high: head.command_id_high),
      digest: head.command_digest, at: state.next)
    try state.apply(facts, notice.flags, at: Timestamp(rawValue: head.log_time))
    return true
  }

  /// Folds a step of the scheduler where it stands; false for any other event, and for one that
  /// the full decoder has to say something about.
  @inline(__always)
  private mutating func takeStep(
    _ batch: borrowing EventBatch, _ index: Int
  ) throws(DecodeFault) -> Bool {
    guard let step = MerchantSwitch(batch, index), step.isStep,
      step.header.logTime >= state.logTime, step.header.logTime <= Replay.logTimeMax
    else { return false }
    if state.next >= tablesBegin { self.index.note(step) }
    try state.apply(step)
    return true
  }

  /// Refuses what no decision leads to and no sum would bear, whatever the checksums say.
  private func check(_ event: Event) throws(DecodeFault) {
    let time = event.header.logTime
    guard time >= state.logTime, time <= Replay.logTimeMax else {
      throw .outOfRange(field: .init("log_time"), value: UInt64(bitPattern: time.rawValue))
    }
    switch event.payload {
    case .payment(let payment):
      let amount = payment.orderAmount
      guard amount >= .zero, amount <= .paymentMax else {
        throw .outOfRange(field: .init("order_amount"), value: UInt64(bitPattern: amount.rawValue))
      }
    case .rolloutAnnounced(let fields):
      // A plan that replaced another under open waves would have fewer waves than have opened.
      if let known = state.board.rollout(fields.rollout), known.phase != .consulted {
        throw .unknownReference(.init("rollout"), UInt64(fields.rollout.rawValue))
      }
    case .rolloutAmended(let fields):
      try check(fields)
    case .rolloutStarted(let fields):
      guard state.board.rollout(fields.rollout)?.phase == .announced else {
        throw .unknownReference(.init("rollout"), UInt64(fields.rollout.rawValue))
      }
    case .waveOpened(let fields):
      // The scheduler looks the wave up in the order.
      guard let order = state.order(fields.rollout), Int(fields.wave.rawValue) <= order.waves else {
        throw .unknownReference(.init("wave"), UInt64(fields.wave.rawValue))
      }
    default: break
    }
  }

  /// An amendment follows on the version that stands, byte for byte.
  private func check(_ fields: RolloutAmended) throws(DecodeFault) {
    guard let known = state.board.rollout(fields.rollout),
      known.phase == .announced || known.phase == .running
    else { throw .unknownReference(.init("rollout"), UInt64(fields.rollout.rawValue)) }
    guard fields.previousVersion == known.planVersion,
      Int(fields.planVersion) == Int(known.planVersion) + 1,
      fields.previousDigest == known.documentDigest
    else { throw .unknownReference(.init("previous_version"), UInt64(fields.previousVersion)) }
  }

  /// The latest log time: a clock that stands at the last instant goes on by nanoseconds.
  private static let logTimeMax = Timestamp.latest.advanced(bySeconds: 86_400)
}

extension DecisionState {
  /// The facts of a payment that is about to be folded; what its fold looks at is asked for.
  @inline(__always)
  fileprivate mutating func prefetchedFacts(
    _ view: borrowing PaymentView, _ outcome: Outcome, occurredAt: Timestamp,
    merchant: MerchantNumber
  ) -> PaymentFacts? {
    guard
      let facts = ledger.facts(view, outcome, occurredAt: occurredAt, merchant: merchant)
    else { return nil }
    ledger.prefetch(facts)
    book.prefetch(merchant)
    return facts
  }
}
