// Payment notices that wait to be decided together, so that what each looks at comes into the cache
// while the others are being looked at.
//
// A decision on a payment reads five places of tables that are far larger than the caches: the slot
// of its command, of its transaction and of its order, the record of its merchant's id, and the
// merchant's own record. One after the other each is a wait for the memory behind the caches. A
// group asks for all places of all its notices first and then decides them in their order.

public import Events

/// Up to `capacity` notices in the order in which they came.
public final class PaymentGroup {
  public static let capacity = 32

  /// One notice: its bytes, whose it is, where it came from.
  public final class Entry {
    public let draft = PaymentDraft()
    public internal(set) var notice = PaymentNoticeHeader(
      id: .none, digest: 0, actor: .system, occurredAt: .none, bringsID: true)
    /// The line it stood in, for the answer.
    public internal(set) var line = 0
    var facts = PaymentFacts.none
    var merchantKey = IdentifierKey(low: 0, high: 0)
    var hashes = SealedHashes()

    public init() {}
  }

  public let entries: [Entry]
  public private(set) var count = 0

  public init() { entries = (0..<PaymentGroup.capacity).map { _ in Entry() } }

  public var isFull: Bool { count == PaymentGroup.capacity }
  public var isEmpty: Bool { count == 0 }

  /// Where the next notice is written before it is added.
  public var nextDraft: PaymentDraft { entries[count].draft }

  /// Adds the notice that was written to `nextDraft`.
  public func add(_ notice: PaymentNoticeHeader, line: Int) {
    entries[count].notice = notice
    entries[count].line = line
    count += 1
  }

  public func removeAll() { count = 0 }
}
