// From the index of the sealed segments back into the tables: what a decision on a notice has to
// know and the tables have dropped.
//
// No state of a transaction is stored anywhere. Its notices are found and folded again in their
// order, and so are the first capture of an order, a refund, and the receipt of a command. A
// decision stays pure: whatever it may need is recalled before it is asked for.

import CRecord
import EventLog
import Events
import Projections

/// What a notice is looked for by.
struct SealedHashes: Sendable, BitwiseCopyable {
  var transaction: UInt64 = 0
  var order: UInt64 = 0
  /// Of its command; of no use where the command's id follows from the transaction.
  var command: UInt64 = 0

  init() {}

  @inline(__always)
  init(_ view: borrowing PaymentView, _ id: CommandID, by hash: IndexHash) {
    transaction = hash.transaction(view.fields.institution, view.transaction)
    order = hash.order(view.order)
    command = hash.command(id)
  }

  /// False where no old event has an id that a decision on the notice asks for.
  @inline(__always)
  func mayBeOld(in sealed: LogIndex, _ outcome: Outcome, bringsID: Bool) -> Bool {
    if sealed.mayHold(transaction) { return true }
    if outcome == .captured, sealed.mayHold(order) { return true }
    return bringsID && sealed.mayHold(command)
  }

  /// Asks for what `mayBeOld` will look at.
  @inline(__always)
  func prefetch(in sealed: LogIndex, _ outcome: Outcome, bringsID: Bool) {
    sealed.prefetch(transaction)
    if outcome == .captured { sealed.prefetch(order) }
    if bringsID { sealed.prefetch(command) }
  }
}

/// The ids of a notice, as values.
private struct NoticeIDs {
  var institution: UInt8
  var transaction: ExternalID
  var order: ExternalID
  var refund: ExternalID

  init(institution: UInt8, transaction: ExternalID) {
    self.institution = institution
    self.transaction = transaction
    (order, refund) = (.none, .none)
  }

  init(_ view: borrowing PaymentView) {
    institution = view.fields.institution
    transaction = ExternalID(view.transaction)
    order = ExternalID(view.order)
    refund = ExternalID(view.refund)
  }
}

extension ExternalID {
  fileprivate init(_ bytes: RawSpan) { self.init(bytes: bytes, from: 0, count: bytes.byteCount) }
}

extension DecisionState {
  /// Recalls what a decision on a notice looks at: its transaction, and of a capture's order the
  /// first capture and the amounts.
  @inline(__always)
  mutating func recall(
    _ facts: PaymentFacts, _ view: borrowing PaymentView, _ hashes: SealedHashes,
    from sealed: LogIndex
  ) throws(LogFault) {
    if sealed.mayHold(hashes.transaction), asksTransaction(facts) {
      try recallTransaction(facts, NoticeIDs(view), hashes.transaction, sealed)
    }
    if facts.outcome == .captured, sealed.mayHold(hashes.order) {
      try recallOrder(facts, view, hashes, sealed)
    }
  }

  private func asksTransaction(_ facts: PaymentFacts) -> Bool {
    // Who took a transaction over into a later generation did not take its refunds.
    !ledger.knowsTransaction(facts) || facts.outcome == .refunded && !ledger.knowsRefund(facts)
  }

  /// Recalls what a decision on a dispute looks at: the transaction that it is about.
  mutating func recall(_ fields: PaymentDisputed, from sealed: LogIndex) throws(LogFault) {
    let institution = fields.institution.rawValue
    let hash = fields.transaction.withSpan { sealed.hash.transaction(institution, $0) }
    guard sealed.mayHold(hash) else { return }
    var facts = PaymentFacts.none
    facts.transaction = ledger.hash.key(
      .transaction, institution: institution, fields.transaction)
    guard asksTransaction(facts) else { return }
    let ids = NoticeIDs(institution: institution, transaction: fields.transaction)
    try recallTransaction(facts, ids, hash, sealed)
  }

  private mutating func recallTransaction(
    _ facts: PaymentFacts, _ ids: NoticeIDs, _ hash: UInt64, _ sealed: LogIndex
  ) throws(LogFault) {
    let isKnown = ledger.knowsTransaction(facts)
    var sums: [RefundReports.Sum] = []
    for position in try sealed.find(.transactions, hash, isAsked: true) {
      let bytes = try sealed.event(position)
      guard let old = OldNotice(bytes), old.ids.transaction == ids.transaction,
        old.ids.institution == ids.institution
      else { continue }
      let found = old.facts(by: ledger.hash)
      if found.refundBasis.isSum, !old.flags.hasAny(of: PolicyFlags.unchanging) {
        sums.append(RefundReports.Sum(found))
      }
      if !isKnown {
        ledger.recall(found, old.flags)
      } else if old.ids.refund == ids.refund {
        ledger.recallRefund(found, old.flags)
      }
    }
    if !sums.isEmpty { ledger.recallReports(facts, sums) }
  }

  private mutating func recallOrder(
    _ facts: PaymentFacts, _ view: borrowing PaymentView, _ hashes: SealedHashes,
    _ sealed: LogIndex
  ) throws(LogFault) {
    // A capture that is known is asked nothing of its order's amounts.
    let asksAmounts =
      ledger.transaction(facts)?.captured == nil && !ledger.knowsAmounts(facts.order)
    guard !ledger.knowsOrder(facts) || asksAmounts else { return }
    let old = try oldOrder(NoticeIDs(view).order, hashes.order, sealed)
    if let first = old.captures.first { ledger.recallOrder(first) }
    if let known = old.amounts { ledger.recall(known, facts.order) }
  }

  /// What sealed events say of an order; which of its captures are settled is told by the
  /// transactions, which are recalled for it.
  private mutating func oldOrder(
    _ order: ExternalID, _ hash: UInt64, _ sealed: LogIndex
  ) throws(LogFault) -> OldOrder {
    let keys = ledger.hash
    var (known, captures) = (OldOrder(), [(ids: NoticeIDs, facts: PaymentFacts)]())
    try DecisionState.find(order, hash, sealed) { event in
      switch event {
      case .notice(let old):
        let found = old.facts(by: keys)
        if known.take(found, old.flags) { captures.append((old.ids, found)) }
      case .attempt(let fields, let merchant): known.take(fields, at: merchant)
      }
    }
    for (ids, facts) in captures.suffix(known.captures.count) {
      if !ledger.knowsTransaction(facts) {
        let hash = ids.transaction.withSpan { sealed.hash.transaction(ids.institution, $0) }
        try recallTransaction(facts, ids, hash, sealed)
      }
      if let transaction = ledger.transaction(facts), transaction.isSettled {
        known.settle(transaction)
      }
    }
    return known
  }

  /// Recalls what a decision on an attempt looks at: the amounts of its order.
  mutating func recall(_ fields: OrderAttempted, from sealed: LogIndex) throws(LogFault) {
    let hash = fields.order.withSpan { sealed.hash.order($0) }
    guard sealed.mayHold(hash) else { return }
    let key = ledger.orderKey(fields.order)
    guard !ledger.knowsAmounts(key) else { return }
    if let found = try oldOrder(fields.order, hash, sealed).amounts { ledger.recall(found, key) }
  }

  /// Hands over the old events of an order that decisions ask for, in their order.
  private static func find(
    _ order: ExternalID, _ hash: UInt64, _ sealed: LogIndex, _ body: (OldOrderEvent) -> Void
  ) throws(LogFault) {
    for position in try sealed.find(.orders, hash, isAsked: true) {
      let bytes = try sealed.event(position)
      if let old = OldNotice(bytes) {
        if old.ids.order == order { body(.notice(old)) }
      } else if let event = try? Event(decoding: unsafe bytes.span.bytes),
        case .orderAttempted(let fields) = event.payload, fields.order == order
      {
        body(.attempt(fields, event.header.merchant))
      }
    }
  }
}

/// An event out of a sealed segment that says something of an order's amounts.
private enum OldOrderEvent {
  case notice(OldNotice)
  case attempt(OrderAttempted, MerchantNumber)
}

/// A notice out of a sealed segment.
private struct OldNotice {
  let ids: NoticeIDs
  let flags: PolicyFlags
  private let bytes: [UInt8]
  private let outcome: Outcome

  /// Nil where the bytes are another event, which shares a hash with what is looked for.
  init?(_ bytes: [UInt8]) {
    let span = unsafe bytes.span.bytes
    guard bytes.count > PaymentView.fixedLength, let view = PaymentView(span),
      let outcome = EventKind(rawValue: view.head.kind)?.outcome,
      Institution(rawValue: view.fields.institution) != nil
    else { return nil }
    ids = NoticeIDs(view)
    flags = PolicyFlags(rawValue: view.head.flags)
    self.outcome = outcome
    self.bytes = bytes
  }

  func facts(by keys: IdentifierHash) -> PaymentFacts {
    let span = unsafe bytes.span.bytes
    guard let view = PaymentView(span) else { preconditionFailure("a notice was read once") }
    let head = view.head
    let facts = PaymentFacts(
      view, outcome, occurredAt: PaymentRules.instant(head),
      merchant: MerchantNumber(head.merchant), keys)
    guard let facts else { preconditionFailure("a notice names an institution") }
    return facts
  }
}

extension LogIndex {
  /// What the sealed segments know of a notice's command; nil where they do not know it.
  ///
  /// - Parameter bringsID: whether the sender named the command; the id else follows from the
  ///   transaction, and is found by it. No id is both: they are hashes for different purposes.
  @inline(__always)
  func command(
    _ id: CommandID, _ hashes: SealedHashes, bringsID: Bool
  ) throws(LogFault) -> KnownCommand? {
    guard mayHold(bringsID ? hashes.command : hashes.transaction) else { return nil }
    return bringsID
      ? try command(id, .commands, hashes.command)
      : try command(id, .transactions, hashes.transaction)
  }

  /// What they know of any other command.
  func command(_ id: CommandID) throws(LogFault) -> KnownCommand? {
    let hash = hash.command(id)
    return mayHold(hash) ? try command(id, .commands, hash) : nil
  }

  private func command(
    _ id: CommandID, _ run: IndexRun, _ hash: UInt64
  ) throws(LogFault) -> KnownCommand? {
    var known: KnownCommand?
    for position in try find(run, hash, isAsked: true) {
      let bytes = try event(position)
      guard bytes.count >= PaymentView.headLength else { continue }
      let head = unsafe bytes.span.bytes.unsafeLoadUnaligned(as: sluice_head.self)
      guard head.command_id_low == id.low, head.command_id_high == id.high else { continue }
      if known == nil {
        known = KnownCommand(
          receipt: Receipt(first: position, last: position), digest: head.command_digest)
      } else if known?.receipt.last.advanced(by: 1) == position {
        known?.receipt.last = position
      }
    }
    return known
  }
}
