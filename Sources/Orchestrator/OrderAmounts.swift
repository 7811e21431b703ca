// What the cashier asked for an order, and what was captured of it: a capture is held against the
// one, an attempt that comes late against the other.
//
// Of most orders nothing is kept but the first capture, which stands beside it anyway. An order has
// a row of its own once it was attempted, captured twice, or refunded in full. Only one merchant's
// word counts for an order, that of the first event about it: ids are the platform's, and two shops
// may have the same one. Captures in another currency, and what is of no registered merchant, say
// nothing of an amount.
//
// A capture whose refunds have come to all of it is settled: an order of which every capture is
// settled may be paid again. A capture that is not flagged as a second one begins such an order
// anew, so that a fold needs nothing but the events and their flags.

import Events

/// A merchant's number as it stands beside an amount: its lower bits, which tell shops apart.
struct OrderMerchant: Hashable, Sendable, BitwiseCopyable {
  static let bits = 27
  let raw: UInt32

  static let none = OrderMerchant(.none)

  init(_ merchant: MerchantNumber) { raw = merchant.rawValue & (1 << OrderMerchant.bits - 1) }
  fileprivate init(raw: UInt32) { self.raw = raw }
}

/// Which transaction captured an order first, and how much; 16 bytes.
struct FirstCapture: Sendable, BitwiseCopyable {
  /// Half of its key.
  let transaction: UInt64
  /// The amount above the merchant's bits; all ones where it says nothing.
  private let packed: UInt64

  init(_ facts: PaymentFacts) {
    transaction = facts.transaction.low
    packed =
      facts.saysOrderAmount
      ? UInt64(bitPattern: facts.orderAmount.rawValue) << UInt64(OrderMerchant.bits)
        | UInt64(OrderMerchant(facts.merchant).raw) : .max
  }

  /// Nil where the capture says nothing of the order's amount.
  private var said: (merchant: OrderMerchant, paid: Money)? {
    guard packed != .max else { return nil }
    let merchant = UInt32(packed & (1 << UInt64(OrderMerchant.bits) - 1))
    return (
      OrderMerchant(raw: merchant), Money(fen: Int64(packed >> UInt64(OrderMerchant.bits)))
    )
  }

  /// What an order's row says where this is all that was captured of it.
  var amounts: OrderAmounts {
    var amounts = OrderAmounts()
    amounts.add(said?.paid, at: said?.merchant ?? .none)
    return amounts
  }
}

/// What is known of one order's amounts; 40 bytes.
///
/// What is settled changes `live` and `paid` alone; all else follows from the captures, their flags
/// and the attempts in their order, whenever a refund came. So old events give the same row again.
struct OrderAmounts: Sendable, BitwiseCopyable {
  /// Of an order of which no attempt is known.
  private static let notAsked: Int64 = -1

  /// Nobody's until somebody says something.
  private var merchant = OrderMerchant.none
  /// How many captures are not settled; as many as there are bits for.
  private var live: UInt16 = 0
  /// Whether the cashier asked at another merchant as well: the id is of two shops then.
  private var isOfTwoShops = false
  /// Whether a capture is in no sum here.
  private var isMixed = false
  private var askedFen = OrderAmounts.notAsked
  /// What was asked last, also when something was paid already.
  private var askedLastFen = OrderAmounts.notAsked
  /// All captures since the order began, and those of them that are not settled.
  private var all = Money.zero
  private var paid = Money.zero

  /// What the cashier asked for, of an order that is to be paid again the last time; nil while no
  /// attempt is known.
  var asked: Money? {
    let fen = isPaid ? askedFen : askedLastFen
    return fen == OrderAmounts.notAsked ? nil : Money(fen: fen)
  }

  /// Whether a capture is not settled.
  var isPaid: Bool { live > 0 }

  private func isOf(_ merchant: MerchantNumber) -> Bool {
    self.merchant == OrderMerchant(merchant)
  }

  private var isNobodys: Bool { merchant == .none }

  /// Takes an attempt: the price may change until something is paid.
  mutating func ask(_ amount: Money, at merchant: MerchantNumber) {
    if isNobodys { self.merchant = OrderMerchant(merchant) }
    guard isOf(merchant) else {
      isOfTwoShops = true
      return
    }
    if all == .zero || askedFen == OrderAmounts.notAsked { askedFen = amount.rawValue }
    askedLastFen = amount.rawValue
  }

  /// Takes a capture as it was decided.
  ///
  /// - Returns: whether it begins the order anew: every other capture is settled.
  mutating func pay(_ facts: PaymentFacts, _ flags: PolicyFlags) -> Bool {
    let begins =
      !flags.hasAny(of: .orderCapturedTwice) && !isPart(facts, of: askedFen)
    if begins {
      (live, isMixed, all, paid) = (0, false, .zero, .zero)
      askedFen = askedLastFen
    }
    let says = facts.saysOrderAmount
    add(says ? facts.orderAmount : nil, at: says ? OrderMerchant(facts.merchant) : .none)
    return begins
  }

  /// - Parameter amount: nil where it says nothing of the order's amount.
  fileprivate mutating func add(_ amount: Money?, at merchant: OrderMerchant) {
    if live < .max { live += 1 }
    if isNobodys { self.merchant = merchant }
    guard let amount, self.merchant == merchant else {
      isMixed = true
      return
    }
    all = Money(fen: all.rawValue &+ amount.rawValue)
    paid = Money(fen: paid.rawValue &+ amount.rawValue)
  }

  /// Takes that a capture was refunded in full.
  mutating func settle(_ transaction: PaymentLedger.Transaction) {
    guard isPaid, let captured = transaction.captured else { return }
    live -= 1
    if transaction.currency == Payment.yuan, isOf(transaction.merchant) {
      paid = Money(fen: paid.rawValue &- captured.rawValue)
    }
  }

  private func isPart(_ facts: PaymentFacts, of asked: Int64) -> Bool {
    asked != OrderAmounts.notAsked && facts.saysOrderAmount && isOf(facts.merchant) && !isMixed
      && all.rawValue &+ facts.orderAmount.rawValue <= asked
  }

  /// Whether a capture is neither the first of its order nor a part of what was asked for.
  func isTwice(_ facts: PaymentFacts) -> Bool { isPaid && !isPart(facts, of: askedFen) }

  /// Whether a capture is neither what was asked for nor the rest of it, or is of another merchant
  /// than was asked at; nil where that is not known.
  func differs(_ amount: Money, at merchant: MerchantNumber) -> Bool? {
    guard let asked else { return nil }
    guard isOf(merchant) else { return isOfTwoShops ? nil : true }
    let rest = isPaid ? asked.rawValue &- paid.rawValue : asked.rawValue
    return amount != asked && amount.rawValue != rest
  }

  /// Whether a capture is not of the amount that is paid for the order, where nobody was seen
  /// asking.
  func differs(fromPaid amount: Money, at merchant: MerchantNumber) -> Bool {
    isPaid && isOf(merchant) && paid != amount
  }

  /// Whether an attempt asks for what was not captured before anybody knew of one: for another
  /// amount, or at another merchant.
  func differs(fromAttempt amount: Money, at merchant: MerchantNumber) -> Bool {
    guard isPaid, asked == nil, !isNobodys else { return false }
    return isOf(merchant) ? paid != .zero && paid != amount : !isOfTwoShops
  }
}

extension PaymentFacts {
  /// Whether a capture is told in the currency that the cashier asks in, by a merchant it knows.
  fileprivate var saysOrderAmount: Bool { merchant != .none && currency == Payment.yuan }
}

extension PaymentLedger.Transaction {
  /// Whether its refunds have come to all that was captured.
  var isSettled: Bool {
    guard let captured else { return false }
    return refunded != .zero && refunded >= captured
  }
}

extension PaymentLedger {
  /// What is known of an order, of which another transaction was captured.
  private func amounts(_ facts: PaymentFacts, _ another: FirstCapture) -> OrderAmounts {
    amounts.find(facts.order) ?? another.amounts
  }

  /// Whether the order of a new capture is paid by another one that is not given back, and this is
  /// no part of what the cashier asked for.
  func isPaidTwice(_ facts: PaymentFacts, _ another: FirstCapture) -> Bool {
    amounts(facts, another).isTwice(facts)
  }

  /// Whether a new capture is not of the order's amount: of what the cashier asked for where that
  /// is known, else of what another transaction captured first.
  func differsFromOrder(_ facts: PaymentFacts, _ another: FirstCapture?) -> Bool {
    guard facts.saysOrderAmount else { return false }
    if hasAsked, let known = amounts.find(facts.order),
      let differs = known.differs(facts.orderAmount, at: facts.merchant)
    {
      return differs
    }
    guard let another, amounts(facts, another).isPaid else { return false }
    return another.amounts.differs(fromPaid: facts.orderAmount, at: facts.merchant)
  }

  /// What the cashier asked for an order; nil where no attempt of it is known.
  func asked(_ order: IdentifierKey) -> Money? { amounts.find(order)?.asked }

  /// Whether an attempt asks for something else than was captured before anybody knew of one.
  func differsFromPaid(_ amount: Money, _ order: IdentifierKey, at merchant: MerchantNumber) -> Bool
  {
    guard merchant != .none, let known = amounts.find(order) ?? orders.find(order)?.amounts else {
      return false
    }
    return known.differs(fromAttempt: amount, at: merchant)
  }

  /// Folds an attempt.
  mutating func ask(_ amount: Money, _ order: IdentifierKey, at merchant: MerchantNumber) {
    guard merchant != .none else { return }
    hasAsked = true
    let place =
      amounts.placeForChange(order)
      ?? amounts.insert(order, orders.find(order)?.amounts ?? OrderAmounts())
    amounts[place].ask(amount, at: merchant)
  }

  /// Folds a capture as it was decided; `first` is another one that came before it.
  mutating func pay(_ facts: PaymentFacts, _ flags: PolicyFlags, after first: FirstCapture?) {
    var begins = !flags.hasAny(of: .orderCapturedTwice)
    if let place = amounts.placeForChange(facts.order) {
      begins = amounts[place].pay(facts, flags)
    } else if let first, !begins {
      var known = first.amounts
      _ = known.pay(facts, flags)
      amounts.insert(facts.order, known)
    }
    if begins, first != nil, let place = orders.placeForChange(facts.order) {
      orders[place] = FirstCapture(facts)
    }
  }

  /// Folds that a transaction was refunded in full.
  ///
  /// Where nothing of its order is at hand, who asks for the order recalls it.
  mutating func settle(_ order: IdentifierKey, _ transaction: Transaction) {
    let known = amounts.placeForChange(order)
    if let place = known ?? orders.find(order).map({ amounts.insert(order, $0.amounts) }) {
      amounts[place].settle(transaction)
    }
  }

  /// Whether nothing of an order's amounts has to be recalled.
  func knowsAmounts(_ order: IdentifierKey) -> Bool { amounts.find(order) != nil }

  /// Takes what old events say of an order's amounts.
  ///
  /// What a table has of it is newer; it goes with the order's first capture, which may have been
  /// recalled, for a row that is dropped before that would be missed.
  mutating func recall(_ known: OrderAmounts, _ order: IdentifierKey) {
    if known.asked != nil { hasAsked = true }
    if amounts.placeForChange(order) == nil { amounts.insert(order, known) }
  }
}

/// What old events say of an order, one after the other.
struct OldOrder {
  private(set) var amounts: OrderAmounts?
  /// The captures since the order began.
  private(set) var captures: [PaymentFacts] = []

  mutating func take(_ fields: OrderAttempted, at merchant: MerchantNumber) {
    guard merchant != .none else { return }
    var known = amounts ?? OrderAmounts()
    known.ask(fields.orderAmount, at: merchant)
    amounts = known
  }

  /// Takes a notice; one that is no capture, or that changed nothing, says nothing.
  ///
  /// - Returns: whether it says something.
  mutating func take(_ facts: PaymentFacts, _ flags: PolicyFlags) -> Bool {
    guard PaymentLedger.capturesOrder(facts, flags) else { return false }
    var known = amounts ?? OrderAmounts()
    if known.pay(facts, flags) { captures.removeAll() }
    captures.append(facts)
    amounts = known
    return true
  }

  /// Takes that one of the captures was refunded in full.
  mutating func settle(_ transaction: PaymentLedger.Transaction) { amounts?.settle(transaction) }
}
