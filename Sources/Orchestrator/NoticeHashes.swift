// The keys by which a notice is found: in the tables, in the index of sealed segments, in the
// registry. They follow from its bytes and from keys that stay the same, so that whoever reads a
// notice can make them, on whatever thread.

import EventLog
import Events

/// What the ids of notices are hashed with.
public struct NoticeHashes: Hashable, Sendable, BitwiseCopyable {
  let ledger: IdentifierHash
  let registry: IdentifierHash
  /// Nil where nothing is asked of an index.
  let sealed: IndexHash?

  /// Makes the keys of a notice and writes them beside it.
  @inline(__always)
  func identify(_ place: Int, of group: PaymentGroup) {
    let draft = group.draft(place)
    let view = draft.view
    let notice = group[place].notice
    let facts = PaymentFacts(
      view, draft.outcome, occurredAt: notice.occurredAt, merchant: .none, ledger)
    guard let facts else { preconditionFailure("a notice names no institution") }
    group[place].facts = facts
    group[place].merchantKey = registry.key(.merchant, view.merchant)
    if let sealed { group[place].hashes = SealedHashes(view, notice.id, by: sealed) }
  }
}
