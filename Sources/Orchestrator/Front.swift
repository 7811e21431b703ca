// What commands are decided with, in one value.
//
// A class asks at every access to one of its fields whether somebody else is at it; for a payment
// that would be a dozen questions. So everything that a payment touches is one value, which a group
// of payments holds from its first to its last.

import EventLog
import Events
import Projections
import Rollout

/// The state, the tables of commands, the index of what they have dropped, and the batch that
/// gathers.
struct Front {
  var state: DecisionState
  var index: CommandIndex
  /// The index of sealed segments; nil where the tables hold the whole log.
  var sealed: LogIndex?
  var open = BatchBuffer()
  /// The log failed; nothing is taken any more.
  var hasFailed: Bool
  /// Why a sealed segment could not be asked; nil as long as each could.
  var fault: LogFault?
  #if PLANTED_BUGS
    var bugs: RuntimeBugs = []
  #endif

  init(after replay: borrowing Replay) {
    state = replay.state
    index = replay.index
    sealed = replay.sealed
    fault = replay.fault
    hasFailed = replay.fault != nil
  }

  /// What notices are hashed with.
  var hashes: NoticeHashes {
    NoticeHashes(ledger: state.ledger.hash, registry: state.book.hash, sealed: sealed?.hash)
  }

  /// The receipt of a command that came before; nil for a new one.
  ///
  /// - Throws: the refusal of a command whose id came with another body, or of any command once the
  ///   log has failed.
  @inline(__always)
  mutating func receipt(of id: CommandID, _ digest: UInt64) throws(Refusal) -> Receipt? {
    if hasFailed { throw .logFailed }
    guard let known = find(id) else { return nil }
    return try known.receipt(of: digest)
  }

  @inline(__always)
  mutating func find(_ id: CommandID) -> KnownCommand? {
    #if PLANTED_BUGS
      if bugs.contains(.forgetCommands) { return nil }
    #endif
    return index.find(id)
  }

  /// A sealed segment could not be asked: nothing can be decided any more.
  mutating func failed(_ fault: LogFault) -> Refusal {
    self.fault = fault
    hasFailed = true
    return .logFailed
  }
}

extension KnownCommand {
  /// Its receipt, for a repeat with the same body.
  @inline(__always)
  func receipt(of digest: UInt64) throws(Refusal) -> Receipt {
    guard self.digest == digest else { throw .commandBodyDiffers(first: receipt.first) }
    return receipt
  }
}

extension Front {
  /// Takes the steps of merchants that come next.
  mutating func take(_ run: inout StepRun, _ steps: [ScheduledStep]) {
    run.take(steps, in: &state, noting: &index, sealed, into: open)
  }
}

// Payments by the group: the same decisions as one by one, with the tables asked ahead.
extension Front {
  /// Takes notices in their order, each a command of its own, and leaves its answer with each.
  ///
  /// - Returns: how many led to an event.
  mutating func take(_ group: PaymentGroup, _ notices: Range<Int>, at now: Timestamp) -> Int {
    let before = open.count
    let sealed = sealed
    let hashes = hashes
    // Who read them may have hashed them already, with what is of use here.
    let missing = group.hashes == hashes ? nil : hashes
    var start = notices.lowerBound
    group.prefetch(start..<min(start + PaymentGroup.window, notices.upperBound))
    while start < notices.upperBound {
      let window = start..<min(start + PaymentGroup.window, notices.upperBound)
      let next = window.upperBound
      group.prefetch(next..<min(next + PaymentGroup.window, notices.upperBound))
      index.prefetch(group, window)
      state.lookAhead(group, window, sealed, missing)
      index.prefetchRows(group, window)
      let old = sealed.map { group.mayBeOld(window, $0) } ?? 0
      for place in window {
        let next = state.next
        do throws(Refusal) {
          let isOld = old >> UInt64(place - start) & 1 == 1
          let receipt = try take(group, place, mayBeOld: isOld, at: now)
          group.answer(place, receipt, isRepeat: receipt.first < next)
        } catch {
          group.refuse(place, error)
        }
      }
      start = window.upperBound
    }
    return open.count - before
  }

  @inline(__always)
  private mutating func take(
    _ group: PaymentGroup, _ place: Int, mayBeOld: Bool, at now: Timestamp
  ) throws(Refusal) -> Receipt {
    let notice = group[place].notice
    if let receipt = try receipt(of: notice.id, notice.digest) { return receipt }
    if mayBeOld, let known = try recall(group, place) {
      return try known.receipt(of: notice.digest)
    }
    let position = state.take(group, place, at: now)
    open.append(group.draft(place).bytes)
    index.noteNew(notice.id, digest: notice.digest, at: position)
    return Receipt(first: position, last: position)
  }

  /// Recalls what a decision looks at; what is known of the notice, where it is an old one.
  private mutating func recall(
    _ group: PaymentGroup, _ place: Int
  ) throws(Refusal) -> KnownCommand? {
    guard let sealed else { return nil }
    do throws(LogFault) {
      let entry = group[place]
      let notice = entry.notice
      if let known = try sealed.command(notice.id, entry.hashes, bringsID: notice.bringsID) {
        return known
      }
      let draft = group.draft(place)
      try state.recall(entry.facts, draft.view, entry.hashes, from: sealed)
      return nil
    } catch { throw failed(error) }
  }
}

extension DecisionState {
  /// Asks for what the decisions on some notices will look at, in three rounds: each round looks at
  /// what the one before it has asked for.
  ///
  /// - Parameter missing: what the notices have to be hashed with; nil where they are.
  mutating func lookAhead(
    _ group: PaymentGroup, _ window: Range<Int>, _ sealed: LogIndex?, _ missing: NoticeHashes?
  ) {
    for place in window {
      if let missing { missing.identify(place, of: group) }
      let facts = group[place].facts
      ledger.prefetch(facts)
      book.prefetchSlot(group[place].merchantKey)
    }
    // Asked once for all of them: who looks into an index for each notice counts it each time.
    if let sealed {
      for place in window {
        group[place].hashes.prefetch(
          in: sealed, group[place].facts.outcome, bringsID: group[place].notice.bringsID)
      }
    }
    for place in window {
      book.prefetchRecord(group[place].merchantKey)
      ledger.prefetchSlots(group[place].facts)
    }
    for place in window {
      let draft = group.draft(place)
      guard let merchant = book.number(draft.merchant, group[place].merchantKey) else { continue }
      group[place].facts.merchant = merchant
      book.prefetch(merchant)
    }
  }

  /// Decides a notice, writes what was decided into its bytes, and folds it.
  ///
  /// - Returns: the position of its event.
  @inline(__always)
  mutating func take(_ group: PaymentGroup, _ place: Int, at now: Timestamp) -> Position {
    let position = next
    let notice = group[place].notice
    var facts = group[place].facts
    let draft = group.draft(place)
    var header = EventHeader(
      logTime: now, occurredAt: notice.occurredAt, actor: notice.actor, commandID: notice.id,
      commandDigest: notice.digest)
    if facts.merchant != .none {
      header.merchant = facts.merchant
      header.previous = book.lastEvent(facts.merchant)
      draft.placeMerchant(tier: book.tier(facts.merchant))
    }
    if facts.refundBasis.isSum { facts.occurredAt = PaymentRules.instant(header) }
    header.flags = policyFlags(facts, at: now)
    if facts.refundBasis.isSum {
      let (amount, basis) = ledger.reports(placing: facts, header.flags)
      draft.placeRefund(adding: amount, basis)
    }
    draft.finish(header)
    do {
      try apply(facts, header.flags, at: now)
    } catch {
      preconditionFailure("a decision led to an event that does not fold: \(error)")
    }
    return position
  }
}
