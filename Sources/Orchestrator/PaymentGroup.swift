// Payment notices that wait to be decided together, so that what each looks at comes into the cache
// while the others are being looked at.
//
// A decision on a payment reads five places of tables that are far larger than the caches: the slot
// of its command, of its transaction and of its order, the record of its merchant's id, and the
// merchant's own record. One after the other each is a wait for the memory behind the caches. A
// group asks for all places of some of its notices first and then decides those in their order.

import CRecord
import EventLog
public import Events

/// Notices in the order in which they came.
///
/// Everything of them stands in memory of the group's own: no notice is an object, so that nothing
/// is counted on its way.
@safe public final class PaymentGroup {
  /// How many notices are looked at together, at most as many as a word has bits.
  static let window = 32

  /// One notice besides its bytes: whose it is, where it came from.
  struct Entry: BitwiseCopyable {
    var notice: PaymentNoticeHeader
    /// The line it stood in, for the answer.
    var line: Int
    var facts = PaymentFacts.none
    var merchantKey = IdentifierKey(low: 0, high: 0)
    var hashes = SealedHashes()
    var receipt = Receipt(first: .zero, last: .zero)
    var isRepeat = false
    /// Which of the refusals it got; -1 where it was taken.
    var refusal = -1
  }

  /// What every line looks at.
  ///
  /// It stands in the group's memory too: a class asks at each access to a field of its own who
  /// else is at it.
  private struct Head: BitwiseCopyable {
    var count = 0
    var hashes: NoticeHashes?
  }

  /// How many notices it takes.
  public let capacity: Int
  private let head: UnsafeMutablePointer<Head>
  private let entries: UnsafeMutablePointer<Entry>
  private let drafts: PaymentDrafts
  /// Few, if any.
  private var refusals: [Refusal] = []

  public init(capacity: Int = 32) {
    self.capacity = capacity
    drafts = PaymentDrafts(count: capacity)
    unsafe entries = .allocate(capacity: capacity)
    unsafe head = .allocate(capacity: 1)
    unsafe head.initialize(to: Head())
  }

  deinit {
    unsafe entries.deallocate()
    unsafe head.deallocate()
  }

  @inline(__always)
  public var count: Int { unsafe head.pointee.count }

  /// What its notices are hashed with when they are added; nil leaves that to who decides them.
  @inline(__always)
  public var hashes: NoticeHashes? {
    get { unsafe head.pointee.hashes }
    set { unsafe head.pointee.hashes = newValue }
  }

  public var isFull: Bool { count == capacity }
  public var isEmpty: Bool { count == 0 }

  /// The bytes of a notice.
  @inline(__always)
  @_lifetime(borrow self)
  public func draft(_ place: Int) -> PaymentDraft {
    let draft = unsafe drafts.unchecked(place)
    return unsafe _overrideLifetime(draft, borrowing: self)
  }

  /// Where the next notice is written before it is added.
  public var nextDraft: PaymentDraft {
    @_lifetime(borrow self)
    get {
      let draft = unsafe drafts.unchecked(count)
      return unsafe _overrideLifetime(draft, borrowing: self)
    }
  }

  /// Adds the notice that was written to `nextDraft`.
  public func add(_ notice: PaymentNoticeHeader, line: Int) {
    let place = count
    precondition(place < capacity, "a group takes more notices than it has room for")
    unsafe (entries + place).initialize(to: Entry(notice: notice, line: line))
    unsafe head.pointee.count = place + 1
    hashes?.identify(place, of: self)
  }

  public func removeAll() {
    unsafe head.pointee.count = 0
    if !refusals.isEmpty { refusals.removeAll(keepingCapacity: true) }
  }

  /// The line that a notice stood in.
  public func line(_ place: Int) -> Int { self[place].line }

  /// Asks for some notices and their bytes: who read them may have done so on another processor.
  func prefetch(_ window: Range<Int>) {
    let length = MemoryLayout<Entry>.stride
    for place in window {
      draft(place).prefetch()
      check(place)
      let entry = unsafe UnsafeRawPointer(entries + place)
      for offset in stride(from: 0, to: length, by: 64) {
        unsafe sluice_prefetch(entry + offset)
      }
    }
  }

  /// A bit for each of some notices, the first the lowest: whether its decision may look at what
  /// the index of sealed segments has.
  func mayBeOld(_ window: Range<Int>, _ sealed: LogIndex) -> UInt64 {
    var bits: UInt64 = 0
    for place in window {
      let (hashes, outcome) = (self[place].hashes, self[place].facts.outcome)
      if hashes.mayBeOld(in: sealed, outcome, bringsID: self[place].notice.bringsID) {
        bits |= 1 << UInt64(place - window.lowerBound)
      }
    }
    return bits
  }

  @inline(__always)
  func answer(_ place: Int, _ receipt: Receipt, isRepeat: Bool) {
    self[place].receipt = receipt
    self[place].isRepeat = isRepeat
  }

  func refuse(_ place: Int, _ refusal: Refusal) {
    self[place].refusal = refusals.count
    refusals.append(refusal)
  }

  /// What a notice came to, once the group was submitted: its receipt, and whether that is a
  /// repeat's; nil where it was refused.
  @inline(__always)
  public func receipt(_ place: Int) -> (receipt: Receipt, isRepeat: Bool)? {
    let entry = self[place]
    return entry.refusal < 0 ? (entry.receipt, entry.isRepeat) : nil
  }

  /// Why a notice was refused; nil where it was not.
  public func refusal(_ place: Int) -> Refusal? {
    let index = self[place].refusal
    return index < 0 ? nil : refusals[index]
  }

  subscript(place: Int) -> Entry {
    @inline(__always)
    get {
      check(place)
      return unsafe entries[place]
    }
    @inline(__always)
    _modify {
      check(place)
      yield unsafe &entries[place]
    }
  }

  @inline(__always)
  private func check(_ place: Int) {
    precondition(place >= 0 && place < count, "a group is asked for a notice it has not")
  }
}
