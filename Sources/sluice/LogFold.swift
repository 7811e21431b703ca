// The registry, the rollouts and the plans at a position: what explains where a merchant stands.
//
// Payments are passed over by their heads. Orders of merchants are frozen as the log froze them,
// and only where they are asked for: of ten million merchants that takes seconds.

import CRecord
import Dumps
import Events
import Orchestrator
import Projections
import Rollout

/// What the reading commands fold, event by event.
struct LogFold {
  private(set) var book = MerchantBook()
  private(set) var board = RolloutBoard()
  private(set) var terms = TermsBook()
  private(set) var log: LogCreated?
  private(set) var isClockHeld = false
  /// Of the last event.
  private(set) var logTime = Timestamp.none
  private(set) var next = Position.zero
  private var plans: [Plan?] = []
  private var orders: [FrozenOrder?] = []
  private let freezesOrders: Bool

  init(freezesOrders: Bool) { self.freezesOrders = freezesOrders }

  /// The same, begun with the latest snapshot that belongs to a view.
  init(_ view: LogView, freezesOrders: Bool) {
    self.freezesOrders = freezesOrders
    let sections: SnapshotSections =
      freezesOrders ? [.base, .service, .orders] : [.base, .service]
    // Behind the index every event is read.
    guard let snapshot = view.snapshot(sections, upTo: view.sealedEnd) else { return }
    book = snapshot.model.merchants
    board = snapshot.model.rollouts
    terms = snapshot.model.terms
    log = snapshot.log
    isClockHeld = snapshot.isClockHeld
    logTime = snapshot.logTime
    next = snapshot.position
    for rollout in board.rollouts where rollout.announcement != .none {
      know(rollout.number, try? PlanReader.read(rollout.document))
    }
    for (row, order) in snapshot.orders.enumerated() where orders.indices.contains(row) {
      orders[row] = order
    }
  }

  private mutating func know(_ rollout: RolloutNumber, _ plan: Plan?) {
    let row = Int(rollout.rawValue) - 1
    while plans.count <= row {
      plans.append(nil)
      orders.append(nil)
    }
    plans[row] = plan
  }

  /// The words of a screen of this moment, in the language that the options name.
  func wording(_ arguments: Arguments) throws(UsageFault) -> Wording {
    Wording(try arguments.language(), terms: terms.inForce(at: logTime)?.terms)
  }

  func plan(_ rollout: RolloutNumber) -> Plan? {
    let row = Int(rollout.rawValue) - 1
    return plans.indices.contains(row) ? plans[row] : nil
  }

  func order(_ rollout: RolloutNumber) -> FrozenOrder? {
    let row = Int(rollout.rawValue) - 1
    return orders.indices.contains(row) ? orders[row] : nil
  }

  /// Folds a batch; `visit` sees every event that is no payment once it is folded.
  mutating func apply(
    _ batch: borrowing EventBatch, visit: (Event, Position) throws -> Void = { _, _ in }
  ) throws {
    for index in 0..<batch.count {
      let position = batch.position(index)
      let head = batch.head(index)
      if EventKind.isPayment(head.kind) {
        try book.note(MerchantNumber(head.merchant), position)
      } else {
        let event = try batch.event(index)
        try fold(event, at: position)
        try visit(event, position)
      }
      next = position.advanced(by: 1)
    }
    if batch.count > 0 { logTime = batch.logTime }
  }

  private mutating func fold(_ event: Event, at position: Position) throws {
    if case .rolloutStarted(let fields) = event.payload, freezesOrders,
      let plan = plan(fields.rollout)
    {
      orders[Int(fields.rollout.rawValue) - 1] = FrozenOrder(
        plan: plan, book: book, rollout: fields.rollout)
    }
    try board.prove(event, book)
    try book.apply(event, at: position)
    let merchant = event.header.merchant
    try board.apply(
      event, at: position,
      dailyPayments: merchant == .none ? 0 : book.dailyPayments(merchant))
    switch event.payload {
    case .termsPublished: try terms.fold(event, at: position)
    case .logCreated(let fields): log = fields
    case .clockStepped: isClockHeld = true
    case .clockConfirmed: isClockHeld = false
    case .rolloutAnnounced(let fields):
      know(fields.rollout, try? PlanReader.read(fields.document))
    case .rolloutAmended(let fields):
      let row = Int(fields.rollout.rawValue) - 1
      if plans.indices.contains(row) { plans[row] = try? PlanReader.read(fields.document) }
    default: break
    }
  }
}
