// Payments by the group: the same decisions as one by one, with the tables asked ahead.

import EventLog
import Events
import Projections

extension Runtime {
  /// Takes notices in their order; each is a command of its own.
  ///
  /// The caller has seen to it that all of them fit (`hasRoom(behind:)`).
  ///
  /// - Parameters:
  ///   - taken: gets the index of each notice with its receipt, and whether that is a repeat's.
  ///   - refused: gets the index of a notice with the refusal.
  public func submit(
    _ group: PaymentGroup, taken: (Int, Receipt, Bool) -> Void, refused: (Int, Refusal) -> Void
  ) {
    index.prefetch(group)
    state.lookAhead(group, sealed)
    for place in 0..<group.count {
      do throws(Refusal) {
        let next = state.next
        let receipt = try submit(group.entries[place])
        taken(place, receipt, receipt.first < next)
      } catch {
        refused(place, error)
      }
    }
  }

  private func submit(_ entry: PaymentGroup.Entry) throws(Refusal) -> Receipt {
    let notice = entry.notice
    if let receipt = try receipt(of: notice.id, notice.digest) { return receipt }
    if let sealed, let known = try recall(entry, from: sealed) {
      return try receipt(known, notice.digest)
    }
    guard hasRoom else { throw .busy }
    let now = currentTime()
    openTime = now
    openIsControl = false
    let position = state.take(entry, at: now)
    let draft = entry.draft
    open.append(draft.bytes)
    index.note(notice.id, digest: notice.digest, at: position)
    return Receipt(first: position, last: position)
  }
}

extension Runtime {
  /// Recalls what a decision looks at; what is known of the notice, where it is an old one.
  @inline(__always)
  private func recall(
    _ entry: PaymentGroup.Entry, from sealed: LogIndex
  ) throws(Refusal) -> KnownCommand? {
    do throws(LogFault) {
      let notice = entry.notice
      if let known = try sealed.command(notice.id, entry.hashes, bringsID: notice.bringsID) {
        return known
      }
      let draft = entry.draft
      try state.recall(entry.facts, draft.view, entry.hashes, from: sealed)
      return nil
    } catch { throw failed(error) }
  }
}

extension DecisionState {
  /// Asks for what the decisions on a group will look at, in three rounds: each round looks at what
  /// the one before it has asked for.
  mutating func lookAhead(_ group: PaymentGroup, _ sealed: LogIndex?) {
    for place in 0..<group.count {
      let entry = group.entries[place]
      let draft = entry.draft
      let view = draft.view
      let facts = ledger.facts(
        view, draft.outcome, occurredAt: entry.notice.occurredAt, merchant: .none)
      guard let facts else { preconditionFailure("a notice names no institution") }
      entry.facts = facts
      ledger.prefetch(facts)
      if let sealed {
        entry.hashes = SealedHashes(view, entry.notice.id, in: sealed)
        entry.hashes.prefetch(in: sealed, draft.outcome, bringsID: entry.notice.bringsID)
      }
      entry.merchantKey = book.prefetchSlot(view.merchant)
    }
    for place in 0..<group.count { book.prefetchRecord(group.entries[place].merchantKey) }
    for place in 0..<group.count {
      let draft = group.entries[place].draft
      let view = draft.view
      guard let merchant = book.number(view.merchant) else { continue }
      group.entries[place].facts.merchant = merchant
      book.prefetch(merchant)
    }
  }

  /// The facts of a payment that is about to be folded; what its fold looks at is asked for.
  @inline(__always)
  mutating func prefetchedFacts(
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

  /// Decides a notice, writes what was decided into its bytes, and folds it.
  ///
  /// - Returns: the position of its event.
  mutating func take(_ entry: PaymentGroup.Entry, at now: Timestamp) -> Position {
    let position = next
    let notice = entry.notice
    let facts = entry.facts
    var header = EventHeader(
      logTime: now, occurredAt: notice.occurredAt, actor: notice.actor, commandID: notice.id,
      commandDigest: notice.digest)
    if facts.merchant != .none {
      header.merchant = facts.merchant
      header.previous = book.lastEvent(facts.merchant)
      entry.draft.placeMerchant(tier: book.tier(facts.merchant))
    }
    header.flags = policyFlags(facts, at: now)
    entry.draft.finish(header)
    do {
      try apply(facts, header.flags, at: now)
    } catch {
      preconditionFailure("a decision led to an event that does not fold: \(error)")
    }
    return position
  }
}
