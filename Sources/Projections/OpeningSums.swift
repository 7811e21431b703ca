// What merchants captured while a rollout had them on, and while they were not yet enabled: orders
// and their amounts by stratum, so that like can be held against like.
//
// A capture that counts (`PaymentRules`), through whichever institution, belongs to the instant
// at which its order was placed, or where that is not told to the instant at which it was paid;
// never to one behind the log's own. It is counted where that instant lies in the opening: from the
// start of the rollout, or the plan's day of effect where that is later, to its completion or its
// abort. Its side is where the merchant stood at that instant: on, or not yet enabled by a plan
// that lets it take part. What comes at a merchant that is withdrawn, excluded, closed or not of
// the plan is on neither side. Refunds take nothing off. The merchants' time on either side is
// counted by the same words (`MerchantCensus`), so that sums over time are rates.
//
// A stratum is the merchant's tier and size as the registry stands when the capture is folded.

import CRecord
public import Events

/// Captures by rollout, stratum and side.
public struct OpeningSums: Sendable {
  /// What one side of one stratum captured.
  public struct Sum: Hashable, Sendable {
    public var count: Int64 = 0
    /// Order transaction amounts together.
    ///
    /// It stands still at the most that a sum may come to.
    public var fen: Int64 = 0

    public init(count: Int64 = 0, fen: Int64 = 0) {
      self.count = count
      self.fen = fen
    }

    /// Whether amounts came to more than can be told.
    public var isFull: Bool { fen >= PaymentRules.sumMax }

    @inline(__always)
    mutating func add(_ amount: Int64) {
      count += 1
      let (sum, isOver) = fen.addingReportingOverflow(amount)
      fen = isOver ? PaymentRules.sumMax : min(sum, PaymentRules.sumMax)
    }
  }

  /// Both sides of a stratum.
  public struct Row: Hashable, Sendable {
    public var on = Sum()
    public var notYet = Sum()

    public init(on: Sum = Sum(), notYet: Sum = Sum()) {
      self.on = on
      self.notYet = notYet
    }

    var isEmpty: Bool { on.count == 0 && notYet.count == 0 }
  }

  /// When the opening of one rollout is: what every capture asks, plain numbers.
  struct Window: Hashable, Sendable, BitwiseCopyable {
    var from: Timestamp
    /// `.latest` while it goes on.
    var until = Timestamp.latest

    /// Of a rollout that has not started.
    static let none = Window(from: .latest)

    @inline(__always)
    func holds(_ instant: Timestamp) -> Bool { instant >= from && instant < until }
  }

  /// By the number of the rollout less one.
  private(set) var windows: [Window] = []
  /// Beside each window; nil where the document of the plan cannot be read: then nobody is known to
  /// take part who was not enabled.
  private(set) var scopes: [PlanScope?] = []
  /// By the number of the rollout less one, then by the place of the stratum.
  private var rows: [Row] = []
  /// Whether one has started: until then a payment is nobody's.
  private(set) var isCounting = false

  public init() {}

  /// From when to when captures are counted, up to `now` where it goes on; nil where the rollout
  /// has not started.
  public func span(_ rollout: RolloutNumber, now: Timestamp) -> (from: Timestamp, to: Timestamp)? {
    let row = Int(rollout.rawValue) - 1
    guard windows.indices.contains(row), windows[row] != .none else { return nil }
    return (windows[row].from, min(now, windows[row].until))
  }

  /// Strata that captured something, in their order.
  public func rows(_ rollout: RolloutNumber) -> [(stratum: Stratum, row: Row)] {
    let row = Int(rollout.rawValue) - 1
    guard windows.indices.contains(row) else { return [] }
    return rows(row).enumerated().filter { !$0.element.isEmpty }
      .map { (Stratum(place: $0.offset), $0.element) }
  }

  func rows(_ row: Int) -> ArraySlice<Row> {
    rows[row * Stratum.places..<(row + 1) * Stratum.places]
  }

  /// Takes one more rollout.
  mutating func append(_ window: Window = .none, _ scope: PlanScope? = nil, _ rows: [Row] = []) {
    windows.append(window)
    scopes.append(scope)
    self.rows += rows
    self.rows += repeatElement(Row(), count: Stratum.places - rows.count)
    isCounting = isCounting || window != .none
  }
}

// What events change.
extension OpeningSums {
  /// Counts a payment; `book` has folded every event before it.
  @inline(__always)
  mutating func fold(_ notice: PaymentNotice, _ book: borrowing MerchantBook) {
    guard notice.outcome == .captured, notice.treatment == .counted, notice.head.merchant != 0
    else { return }
    count(notice, MerchantNumber(notice.head.merchant), book)
  }

  private mutating func count(
    _ notice: PaymentNotice, _ merchant: MerchantNumber, _ book: borrowing MerchantBook
  ) {
    let ordered = Timestamp(nanoseconds: notice.fields.ordered_at)
    let told = ordered == .none ? notice.instant : ordered
    let instant = min(told, Timestamp(nanoseconds: notice.head.log_time))
    for row in windows.indices where windows[row].holds(instant) {
      guard let side = book.side(merchant, row, when: instant) else { continue }
      let place = row * Stratum.places + book.stratum(merchant).place
      if side == .on {
        rows[place].on.add(notice.fields.order_amount)
      } else if book.wasEverOn(merchant, row) || scopes[row]?.holds(merchant, book) == true {
        rows[place].notYet.add(notice.fields.order_amount)
      }
    }
  }

  /// Takes note of what begins and ends an opening; the board has folded the event.
  mutating func fold(_ event: Event, _ board: RolloutBoard) {
    switch event.payload {
    case .rolloutStarted(let fields):
      guard let rollout = board.rollout(fields.rollout) else { return }
      let row = Int(fields.rollout.rawValue) - 1
      while windows.count <= row { append() }
      windows[row] = Window(from: max(rollout.startedAt, rollout.effectiveAt))
      scopes[row] = PlanScope(document: rollout.document)
      isCounting = true
    case .rolloutAborted(let fields): end(fields.rollout, event.header.logTime)
    case .rolloutCompleted(let fields): end(fields.rollout, event.header.logTime)
    default: break
    }
  }

  private mutating func end(_ rollout: RolloutNumber, _ time: Timestamp) {
    let row = Int(rollout.rawValue) - 1
    guard windows.indices.contains(row), windows[row].until == .latest else { return }
    windows[row].until = time
  }
}
