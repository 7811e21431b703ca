// What is known of the latest transactions, orders and refunds: enough to decide what a notice
// changes. What is older is recalled from the index of the sealed segments (Recall.swift).

import CRecord
import Events

/// What a decision and a fold have to know of a notice, whatever form it came in.
struct PaymentFacts: Sendable, BitwiseCopyable {
  var outcome: Outcome
  var institution: Institution
  /// Of a failure: whom it counts against.
  var failureClass: FailureClass
  /// A capture with a code of failure.
  var isOrderFailed = false
  var currency: UInt16
  var refundBasis = RefundBasis.single
  /// Of a report of a sum of refunds, that sum.
  var orderAmount: Money
  var orderedAt: Timestamp
  var occurredAt: Timestamp
  /// `.none` where the merchant is not registered.
  var merchant: MerchantNumber
  var transaction: IdentifierKey
  var order: IdentifierKey
  /// Of the transaction and the refund id together; of no use unless the outcome is refunded.
  var refund: IdentifierKey

  private static let noKey = IdentifierKey(low: 0, high: 0)

  /// What stands where no notice has been yet.
  static let none = PaymentFacts(
    outcome: .pending, institution: .alipay, failureClass: .none, currency: 0, orderAmount: .zero,
    orderedAt: .none,
    occurredAt: .none, merchant: .none, transaction: noKey, order: noKey, refund: noKey)
}

extension PaymentFacts {
  /// The facts of a notice that stands in its canonical bytes; nil where it names no institution.
  @inline(__always)
  init?(
    _ view: borrowing PaymentView, _ outcome: Outcome, occurredAt: Timestamp,
    merchant: MerchantNumber, _ hash: IdentifierHash
  ) {
    let fields = view.fields
    guard let institution = Institution(rawValue: fields.institution) else { return nil }
    self.init(
      outcome: outcome, institution: institution,
      failureClass: FailureClass(rawValue: fields.failure_class) ?? .unclassified,
      isOrderFailed: outcome == .captured && view.code.byteCount > 0,
      currency: fields.currency, refundBasis: RefundBasis(rawValue: fields.refund_basis),
      orderAmount: Money(
        fen: fields.refund_basis == 0 ? fields.order_amount : fields.paid_amount),
      orderedAt: Timestamp(rawValue: fields.ordered_at), occurredAt: occurredAt,
      merchant: merchant,
      transaction: hash.key(.transaction, institution: fields.institution, view.transaction),
      order: hash.key(.order, view.order),
      refund: outcome == .refunded
        ? hash.key(.refund, institution: fields.institution, view.transaction, view.refund)
        : PaymentFacts.noKey)
  }
}

/// Transactions by institution and id, the orders they captured, and their refunds.
///
/// Ids are held by keys of 128 bits (`IdentifierHash`): nobody outside can make two ids meet, and
/// among 2^30 honest ones the chance is 2^-69.
struct PaymentLedger: Sendable {
  /// What the notices of one transaction have come to.
  struct Transaction: Sendable, BitwiseCopyable {
    /// Half of the order's key: it is only held against that of another notice.
    private var orderLow: UInt64
    /// Refunds added up, never more than the capture once that is known.
    var refunded = Money.zero
    private var capturedFen: Int64 = -1
    var merchant: MerchantNumber
    var currency: UInt16
    private var steps: UInt8 = 0

    init(order: IdentifierKey, merchant: MerchantNumber, currency: UInt16) {
      orderLow = order.low
      self.merchant = merchant
      self.currency = currency
    }

    func isOf(_ order: IdentifierKey) -> Bool { orderLow == order.low }

    /// The captured amount; nil while no capture is known.
    var captured: Money? { capturedFen < 0 ? nil : Money(fen: capturedFen) }

    mutating func capture(_ amount: Money) { capturedFen = amount.rawValue }

    /// Whether a counted notice had this outcome.
    @inline(__always)
    func has(_ outcome: Outcome) -> Bool { steps & (1 << outcome.rawValue) != 0 }
    @inline(__always)
    mutating func take(_ outcome: Outcome) { steps |= 1 << outcome.rawValue }

    var isPending: Bool { has(.pending) }
    var isAuthorised: Bool { has(.authorised) }
    var isFailed: Bool { has(.failed) }
    var isClosed: Bool { has(.closed) }

    /// Whether its refunds are reported as sums; `refunded` is the largest then.
    var reportsSums: Bool { steps & Transaction.sumsBit != 0 }
    mutating func takeSum(_ sum: Money) {
      steps |= Transaction.sumsBit
      if sum > refunded { refunded = sum }
    }
    /// Whether a notice of it named a merchant that nobody registered: a person has been told.
    var namesStranger: Bool { steps & Transaction.strangerBit != 0 }
    mutating func takeStranger() { steps |= Transaction.strangerBit }
    /// No outcome has the numbers 0 and 7.
    private static let strangerBit: UInt8 = 1 << 0
    private static let sumsBit: UInt8 = 1 << 7
  }

  static let processHash = IdentifierHash.ofProcess
  let hash = PaymentLedger.processHash
  var transactions = TailTable<Transaction>()
  var orders = TailTable<FirstCapture>()
  /// Of orders that were attempted, captured twice, or refunded in full; OrderAmounts.swift.
  var amounts = TailTable<OrderAmounts>()
  /// Whether an attempt is known: of most logs none is, and every capture asks.
  var hasAsked = false
  private var refunds = TailTable<Money>()
  /// The reports of sums; RefundReports.swift.
  var reports = TailTable<RefundReports.Link>()

  var count: Int { transactions.count }

  func transaction(_ facts: PaymentFacts) -> Transaction? {
    transactions.find(facts.transaction)
  }

  func transaction(_ institution: Institution, _ id: ExternalID) -> Transaction? {
    transactions.find(hash.key(.transaction, institution: institution.rawValue, id))
  }

  /// What captured the payment's order first, where that was another transaction.
  @inline(__always)
  func capturedByAnother(_ facts: PaymentFacts) -> FirstCapture? {
    guard let first = orders.find(facts.order), first.transaction != facts.transaction.low else {
      return nil
    }
    return first
  }

  /// The amount of a refund that is known already.
  func refundAmount(_ facts: PaymentFacts) -> Money? { refunds.find(facts.refund) }

  /// Two steps towards what a decision on these facts will look at, as those of `KeyTable`.
  @inline(__always)
  func prefetch(_ facts: PaymentFacts) {
    transactions.prefetch(facts.transaction)
    orders.prefetch(facts.order)
    if facts.outcome == .refunded { refunds.prefetch(facts.refund) }
  }
  @inline(__always)
  func prefetchSlots(_ facts: PaymentFacts) {
    transactions.prefetchSlot(facts.transaction)
    if facts.outcome == .captured { orders.prefetchSlot(facts.order) }
    if facts.outcome == .refunded { refunds.prefetchSlot(facts.refund) }
  }

  /// Folds a notice; its flags say, as decided, whether it changes anything.
  @inline(__always)
  mutating func apply(_ facts: PaymentFacts, _ flags: PolicyFlags) {
    guard !flags.hasAny(of: PolicyFlags.unchanging) else { return noteStranger(facts, flags) }
    let place = placeForChange(facts)
    if flags.hasAny(of: .merchantUnknown) { transactions[place].takeStranger() }
    switch facts.outcome {
    case .pending, .authorised, .failed, .closed: transactions[place].take(facts.outcome)
    case .captured:
      transactions[place].capture(facts.orderAmount)
      let first = orders.find(facts.order)
      if first == nil { orders.insert(facts.order, FirstCapture(facts)) }
      if hasAsked || first != nil { pay(facts, flags, after: first) }
      if transactions[place].isSettled { settle(facts.order, transactions[place]) }
    case .refunded:
      let wasSettled = transactions[place].isSettled
      if facts.refundBasis.isSum {
        takeReport(facts, at: place)
      } else {
        transactions[place].refunded = transactions[place].refunded + facts.orderAmount
        if refunds.find(facts.refund) == nil { refunds.insert(facts.refund, facts.orderAmount) }
      }
      if !wasSettled, transactions[place].isSettled { settle(facts.order, transactions[place]) }
    }
  }

  /// Folds of a notice that changes nothing that it names a stranger.
  private mutating func noteStranger(_ facts: PaymentFacts, _ flags: PolicyFlags) {
    guard flags.hasAny(of: .merchantUnknown),
      let place = transactions.placeForChange(facts.transaction)
    else { return }
    transactions[place].takeStranger()
  }

  @inline(__always)
  mutating func placeForChange(_ facts: PaymentFacts) -> Int {
    if let place = transactions.placeForChange(facts.transaction) { return place }
    return transactions.insert(
      facts.transaction,
      Transaction(order: facts.order, merchant: facts.merchant, currency: facts.currency))
  }
}

// MARK: - What is older

extension PaymentLedger {
  func knowsTransaction(_ facts: PaymentFacts) -> Bool {
    transactions.find(facts.transaction) != nil
  }

  func knowsOrder(_ facts: PaymentFacts) -> Bool { orders.find(facts.order) != nil }

  /// Folds an old notice of a transaction that no generation knows: of its order nothing is said.
  mutating func recall(_ facts: PaymentFacts, _ flags: PolicyFlags) {
    guard !flags.hasAny(of: PolicyFlags.unchanging) else { return noteStranger(facts, flags) }
    let place = placeForChange(facts)
    if flags.hasAny(of: .merchantUnknown) { transactions[place].takeStranger() }
    switch facts.outcome {
    case .pending, .authorised, .failed, .closed: transactions[place].take(facts.outcome)
    case .captured: transactions[place].capture(facts.orderAmount)
    case .refunded:
      if facts.refundBasis.isSum { return transactions[place].takeSum(facts.orderAmount) }
      transactions[place].refunded = transactions[place].refunded + facts.orderAmount
      recallRefund(facts, flags)
    }
  }

  /// Takes an old refund.
  mutating func recallRefund(_ facts: PaymentFacts, _ flags: PolicyFlags) {
    guard facts.outcome == .refunded, !facts.refundBasis.isSum,
      !flags.hasAny(of: PolicyFlags.unchanging), refunds.find(facts.refund) == nil
    else { return }
    refunds.insert(facts.refund, facts.orderAmount)
  }

  /// Whether a notice is a capture that counts for its order.
  static func capturesOrder(_ facts: PaymentFacts, _ flags: PolicyFlags) -> Bool {
    facts.outcome == .captured && !flags.hasAny(of: PolicyFlags.unchanging)
  }

  /// Takes an old capture, the first of its order.
  mutating func recallOrder(_ facts: PaymentFacts) {
    if orders.find(facts.order) == nil { orders.insert(facts.order, FirstCapture(facts)) }
  }

  /// Makes room for the transactions and orders of so many captures.
  mutating func reserve(_ captures: Int) {
    transactions.reserve(captures)
    orders.reserve(captures)
  }

  mutating func beginGeneration() {
    transactions.beginGeneration()
    orders.beginGeneration()
    amounts.beginGeneration()
    refunds.beginGeneration()
    reports.beginGeneration()
  }

  mutating func drop(_ generations: Int) {
    transactions.drop(generations)
    orders.drop(generations)
    amounts.drop(generations)
    refunds.drop(generations)
    reports.drop(generations)
  }
}

// MARK: - From a notice to its facts

extension PaymentLedger {
  /// The facts of a notice that stands in its canonical bytes.
  @inline(__always)
  func facts(
    _ view: borrowing PaymentView, _ outcome: Outcome, occurredAt: Timestamp,
    merchant: MerchantNumber
  ) -> PaymentFacts? {
    PaymentFacts(view, outcome, occurredAt: occurredAt, merchant: merchant, hash)
  }

  /// The key of an order's id.
  func orderKey(_ order: ExternalID) -> IdentifierKey { hash.key(.order, order) }

  /// The facts of a notice that is held as a value.
  func facts(
    _ payment: Payment, occurredAt: Timestamp, merchant: MerchantNumber
  ) -> PaymentFacts {
    let institution = payment.institution.rawValue
    return PaymentFacts(
      outcome: payment.outcome, institution: payment.institution,
      failureClass: payment.failureClass,
      isOrderFailed: payment.outcome == .captured && !payment.code.isEmpty,
      currency: payment.currency,
      refundBasis: payment.refundBasis,
      orderAmount: payment.refundBasis.isSum ? payment.paidAmount : payment.orderAmount,
      orderedAt: payment.orderedAt, occurredAt: occurredAt,
      merchant: merchant,
      transaction: hash.key(.transaction, institution: institution, payment.transaction),
      order: hash.key(.order, payment.order),
      refund: hash.key(
        .refund, institution: institution, payment.transaction, payment.refund))
  }
}
