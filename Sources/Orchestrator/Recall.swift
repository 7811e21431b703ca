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
  /// Recalls what a decision on a notice looks at: its transaction, and the first capture of the
  /// order of a capture.
  @inline(__always)
  mutating func recall(
    _ facts: PaymentFacts, _ view: borrowing PaymentView, _ hashes: SealedHashes,
    from sealed: LogIndex
  ) throws(LogFault) {
    if sealed.mayHold(hashes.transaction) { try recallTransaction(facts, view, hashes, sealed) }
    if facts.outcome == .captured, sealed.mayHold(hashes.order) {
      try recallOrder(facts, view, hashes, sealed)
    }
  }

  private mutating func recallTransaction(
    _ facts: PaymentFacts, _ view: borrowing PaymentView, _ hashes: SealedHashes,
    _ sealed: LogIndex
  ) throws(LogFault) {
    let isKnown = ledger.knowsTransaction(facts)
    // Who took a transaction over into a later generation did not take its refunds.
    let asksRefund = facts.outcome == .refunded && !ledger.knowsRefund(facts)
    guard !isKnown || asksRefund else { return }
    let ids = NoticeIDs(view)
    var sums: [RefundReports.Sum] = []
    for position in try sealed.find(.transactions, hashes.transaction, isAsked: true) {
      let bytes = try sealed.event(position)
      guard let old = OldNotice(bytes), old.ids.transaction == ids.transaction,
        old.ids.institution == ids.institution
      else { continue }
      let found = old.facts(in: ledger)
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
    guard !ledger.knowsOrder(facts) else { return }
    let ids = NoticeIDs(view)
    for position in try sealed.find(.orders, hashes.order, isAsked: true) {
      let bytes = try sealed.event(position)
      guard let old = OldNotice(bytes), old.ids.order == ids.order else { continue }
      if ledger.recallOrder(old.facts(in: ledger), old.flags) { return }
    }
  }
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

  func facts(in ledger: PaymentLedger) -> PaymentFacts {
    let span = unsafe bytes.span.bytes
    guard let view = PaymentView(span) else { preconditionFailure("a notice was read once") }
    let head = view.head
    let facts = ledger.facts(
      view, outcome, occurredAt: PaymentRules.instant(head),
      merchant: MerchantNumber(head.merchant))
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
