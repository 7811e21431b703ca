// Everything a decision may know: a fold of all events before it, the undurable ones included.

import CRecord
public import Events
public import Projections
public import Rollout

/// The state that `decide` looks at.
///
/// Only `apply` changes it, and only by events.
public struct DecisionState: Sendable {
  public private(set) var book = MerchantBook()
  public private(set) var board = RolloutBoard()
  public private(set) var terms = TermsBook()
  var ledger = PaymentLedger()
  var discrepancies = OpenDiscrepancies()
  var disputes = DisputeClaims()
  /// What the first event said; nil while the log is empty.
  public private(set) var log: LogCreated?
  /// A large step of the clock holds the scheduler until an operator confirms.
  public private(set) var isClockHeld = false
  /// The log time of the latest event.
  public private(set) var logTime = Timestamp.none
  /// The position that the next event gets.
  public private(set) var next = Position.zero
  public private(set) var incarnation: UInt32 = 0
  private(set) var plans: [Plan?] = []
  private(set) var orders: [FrozenOrder?] = []
  /// The evidence of each rollout that has guardrails and has started.
  var attempts: [AttemptBook?] = []
  /// Whether there is one.
  var isWatching = false
  #if PLANTED_BUGS
    var ignoresCaps = false
  #endif

  public init() {}

  /// A state put together from what a snapshot holds; its ledger is empty.
  init(
    book: MerchantBook, board: RolloutBoard, terms: TermsBook, log: LogCreated?, isClockHeld: Bool,
    logTime: Timestamp, next: Position, incarnation: UInt32, plans: [Plan?],
    orders: [FrozenOrder?], discrepancies: OpenDiscrepancies, disputes: DisputeClaims
  ) {
    self.book = book
    self.board = board
    self.terms = terms
    self.log = log
    self.isClockHeld = isClockHeld
    self.logTime = logTime
    self.next = next
    self.incarnation = incarnation
    self.plans = plans
    self.orders = orders
    self.discrepancies = discrepancies
    self.disputes = disputes
    for row in plans.indices { beginWatch(row) }
  }

  /// Makes a part of the memory ready in which merchants are switched under a rollout, by its
  /// number less one.
  ///
  /// - Returns: whether it is about to begin or running.
  mutating func prepare(_ row: Int) -> Bool {
    let phase = board.rollouts[row].phase
    guard phase == .announced || phase == .running else { return false }
    book.prepare(row)
    return true
  }

  /// Copies what another fold shares of what events of merchants change.
  mutating func separate() { book.separate() }

  /// The plan of a rollout that has been announced.
  public func plan(_ rollout: RolloutNumber) -> Plan? {
    let row = Int(rollout.rawValue) - 1
    #if PLANTED_BUGS
      if ignoresCaps, plans.indices.contains(row), var plan = plans[row] {
        let none = Cap.count(1_000_000)
        plan.caps = Plan.Caps(
          merchantsPerHour: none, merchantsPerDay: none, paymentsPerHour: none,
          paymentsPerDay: none)
        return plan
      }
    #endif
    return plans.indices.contains(row) ? plans[row] : nil
  }

  /// The frozen order of a rollout that has been started.
  public func order(_ rollout: RolloutNumber) -> FrozenOrder? {
    let row = Int(rollout.rawValue) - 1
    return orders.indices.contains(row) ? orders[row] : nil
  }

  /// Folds the next event.
  ///
  /// - Throws: `DecodeFault` where the event does not follow from those before it: it names what
  ///   was never made known, its plan does not parse, or its order is not the one the rules make.
  public mutating func apply(_ event: Event) throws(DecodeFault) {
    try apply(event, isSealed: false)
  }

  /// Folds the next event; of a payment that the index of sealed segments covers nothing is kept.
  mutating func apply(_ event: Event, isSealed: Bool) throws(DecodeFault) {
    let (header, position) = (event.header, next)
    if case .payment(let payment) = event.payload {
      let facts = ledger.facts(
        payment, occurredAt: PaymentRules.instant(header), merchant: header.merchant)
      // A start interrupts the evidence, so that none is missed in what is sealed.
      return isSealed
        ? try pass(facts, header.flags, at: header.logTime)
        : try apply(facts, header.flags, at: header.logTime)
    }
    if case .rolloutStarted(let fields) = event.payload { try freeze(fields) }
    try board.prove(event, book)
    try book.apply(event, at: position)
    let merchant = header.merchant
    let volume = merchant == .none ? 0 : book.dailyPayments(merchant)
    var isForgotten = false
    if case .merchantReinstated(let fields) = event.payload {
      isForgotten = isWatching && isBreached(merchant, fields.rollout)
    }
    try board.apply(event, at: position, dailyPayments: volume)
    try applyRest(event)
    discrepancies.note(event, at: next)
    if !isSealed, case .orderAttempted(let fields) = event.payload {
      ledger.ask(fields.orderAmount, ledger.orderKey(fields.order), at: merchant)
    }
    watch(event)
    if isForgotten, case .merchantReinstated(let fields) = event.payload {
      forget(merchant, fields.rollout, at: header.logTime)
    }
    logTime = header.logTime
    next = next.advanced(by: 1)
  }

  /// Folds the next event, the switching of a merchant.
  ///
  /// - Throws: `DecodeFault` as for any event.
  @inline(__always)
  mutating func apply(_ step: MerchantSwitch) throws(DecodeFault) {
    let merchant = step.header.merchant
    let begins =
      isWatching && step.kind == .merchantReinstated && isBreached(merchant, step.rollout)
    try book.apply(step, at: next)
    try board.apply(step, dailyPayments: book.dailyPayments(merchant))
    if begins { forget(merchant, step.rollout, at: step.header.logTime) }
    logTime = step.header.logTime
    next = next.advanced(by: 1)
  }

  /// Folds the next event, a payment whose facts are at hand.
  ///
  /// - Throws: `DecodeFault` where its merchant was never registered.
  @inline(__always)
  mutating func apply(
    _ facts: PaymentFacts, _ flags: PolicyFlags, at time: Timestamp
  ) throws(DecodeFault) {
    try book.note(facts.merchant, next)
    ledger.apply(facts, flags)
    discrepancies.note(facts, flags, at: next)
    if isWatching { watch(facts, flags, at: time) }
    logTime = time
    next = next.advanced(by: 1)
  }

  /// Folds the next event, a payment that no table has to hold.
  ///
  /// The index of sealed segments covers it, or nothing will be decided. Its ids are hashed only
  /// where a discrepancy may ask for them.
  ///
  /// - Throws: `DecodeFault` where its merchant was never registered.
  @inline(__always)
  mutating func pass(
    _ view: borrowing PaymentView, _ head: sluice_head, _ outcome: Outcome
  ) throws(DecodeFault) {
    let (merchant, time) = (MerchantNumber(head.merchant), Timestamp(rawValue: head.log_time))
    let flags = PolicyFlags(rawValue: head.flags)
    if discrepancies.isTouched(by: outcome, flags),
      let facts = ledger.facts(
        view, outcome, occurredAt: PaymentRules.instant(head), merchant: merchant)
    {
      return try pass(facts, flags, at: time)
    }
    try book.note(merchant, next)
    logTime = time
    next = next.advanced(by: 1)
  }

  private mutating func pass(
    _ facts: PaymentFacts, _ flags: PolicyFlags, at time: Timestamp
  ) throws(DecodeFault) {
    try book.note(facts.merchant, next)
    discrepancies.note(facts, flags, at: next)
    logTime = time
    next = next.advanced(by: 1)
  }

  private mutating func applyRest(_ event: Event) throws(DecodeFault) {
    switch event.payload {
    case .termsPublished: try terms.fold(event, at: next)
    case .logCreated(let fields): log = fields
    case .daemonStarted(let fields): incarnation = fields.incarnation
    case .clockStepped: isClockHeld = true
    case .clockConfirmed: isClockHeld = false
    case .discrepancyResolved(let fields):
      discrepancies.close(fields.flags, at: fields.position)
    case .paymentDisputed(let fields): disputes.note(fields, event.header, ledger.hash)
    case .rolloutAnnounced(let fields):
      let plan = try DecisionState.plan(fields.document)
      let row = Int(fields.rollout.rawValue) - 1
      while plans.count <= row {
        plans.append(nil)
        orders.append(nil)
      }
      plans[row] = plan
    case .rolloutAmended(let fields):
      let plan = try DecisionState.plan(fields.document)
      let row = Int(fields.rollout.rawValue) - 1
      // The scheduler looks the waves of the order up in the plan.
      guard plans.indices.contains(row), plans[row] != nil,
        orders[row].map({ $0.waves == plan.waves.count }) ?? true
      else { throw .unknownReference(.init("document"), UInt64(fields.document.count)) }
      plans[row] = plan
    default: break
    }
  }

  private static func plan(_ document: [UInt8]) throws(DecodeFault) -> Plan {
    guard let plan = try? PlanReader.read(document) else {
      throw .unknownReference(.init("document"), UInt64(document.count))
    }
    return plan
  }

  /// Makes the order again from the registry and holds it against the digest in the event.
  private mutating func freeze(_ fields: RolloutStarted) throws(DecodeFault) {
    guard let plan = plan(fields.rollout) else {
      throw .unknownReference(.init("rollout"), UInt64(fields.rollout.rawValue))
    }
    let order = FrozenOrder(plan: plan, book: book, rollout: fields.rollout)
    guard order.digest == fields.orderDigest else {
      throw .unknownReference(.init("order_digest"), UInt64(fields.rollout.rawValue))
    }
    orders[Int(fields.rollout.rawValue) - 1] = order
  }
}
