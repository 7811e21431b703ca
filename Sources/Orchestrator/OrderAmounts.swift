// What the cashier asked for an order, and what was captured of it: a capture is held against the
// one, an attempt that comes late against the other.
//
// Of most orders nothing is kept but the first capture, which stands beside it anyway. An order has
// a row of its own once it was attempted, or captured twice. Only one merchant's word counts for an
// order, that of the first event about it: ids are the platform's, and two shops may have the same
// one. Captures in another currency, and what is of no registered merchant, say nothing.

import Events

/// A merchant's number as it stands beside an amount: its lower bits, which tell shops apart.
struct OrderMerchant: Hashable, Sendable, BitwiseCopyable {
  static let bits = 27
  let raw: UInt32

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
  var amounts: OrderAmounts? {
    guard packed != .max else { return nil }
    let merchant = UInt32(packed & (1 << UInt64(OrderMerchant.bits) - 1))
    return OrderAmounts(
      of: OrderMerchant(raw: merchant),
      paid: Money(fen: Int64(packed >> UInt64(OrderMerchant.bits))))
  }
}

/// What is known of one order's amounts.
struct OrderAmounts: Sendable, BitwiseCopyable {
  /// Of an order of which no attempt is known.
  private static let notAsked: Int64 = -1

  private let merchant: OrderMerchant
  private var askedFen = OrderAmounts.notAsked
  /// All captures together.
  private(set) var paid: Money

  init(of merchant: OrderMerchant, paid: Money = .zero) {
    self.merchant = merchant
    self.paid = paid
  }

  /// What the cashier asked for; nil while no attempt is known.
  var asked: Money? { askedFen == OrderAmounts.notAsked ? nil : Money(fen: askedFen) }

  func isOf(_ merchant: MerchantNumber) -> Bool { self.merchant == OrderMerchant(merchant) }

  /// Takes an attempt: the price may change until something is paid.
  mutating func ask(_ amount: Money, at merchant: MerchantNumber) {
    guard isOf(merchant), paid == .zero || asked == nil else { return }
    askedFen = amount.rawValue
  }

  mutating func pay(_ amount: Money, at merchant: MerchantNumber) {
    guard isOf(merchant) else { return }
    paid = Money(fen: paid.rawValue &+ amount.rawValue)
  }

  /// Whether a capture is neither what was asked for nor the rest of it; nil where that is not
  /// known.
  func differs(_ amount: Money, at merchant: MerchantNumber) -> Bool? {
    guard isOf(merchant), let asked else { return nil }
    return amount != asked && paid.rawValue &+ amount.rawValue != asked.rawValue
  }
}

extension PaymentFacts {
  /// Whether a capture is told in the currency that the cashier asks in, by a merchant it knows.
  fileprivate var saysOrderAmount: Bool { merchant != .none && currency == Payment.yuan }
}

extension PaymentLedger {
  /// Whether a new capture is not of the order's amount: of what the cashier asked for where that
  /// is known, else of what another transaction captured first.
  func differsFromOrder(_ facts: PaymentFacts, _ another: FirstCapture?) -> Bool {
    guard facts.saysOrderAmount else { return false }
    if hasAmounts, let known = amounts.find(facts.order),
      let differs = known.differs(facts.orderAmount, at: facts.merchant)
    {
      return differs
    }
    guard let first = another?.amounts, first.isOf(facts.merchant) else { return false }
    return first.paid != facts.orderAmount
  }

  /// What the cashier asked for an order; nil where no attempt of it is known.
  func asked(_ order: IdentifierKey) -> Money? { amounts.find(order)?.asked }

  /// Whether an attempt asks for another amount than was captured before anybody knew of one.
  func differsFromPaid(_ amount: Money, _ order: IdentifierKey, at merchant: MerchantNumber) -> Bool
  {
    guard merchant != .none, let known = amounts.find(order) ?? orders.find(order)?.amounts,
      known.isOf(merchant), known.asked == nil, known.paid != .zero
    else { return false }
    return known.paid != amount
  }

  /// Folds an attempt.
  mutating func ask(_ amount: Money, _ order: IdentifierKey, at merchant: MerchantNumber) {
    guard merchant != .none else { return }
    let place =
      amounts.placeForChange(order)
      ?? insert(order, orders.find(order)?.amounts ?? OrderAmounts(of: OrderMerchant(merchant)))
    amounts[place].ask(amount, at: merchant)
  }

  /// Folds a capture; `first` is another one that came before it.
  mutating func pay(_ facts: PaymentFacts, after first: FirstCapture?) {
    guard facts.saysOrderAmount else { return }
    if let place = amounts.placeForChange(facts.order) {
      amounts[place].pay(facts.orderAmount, at: facts.merchant)
    } else if let first {
      var known = first.amounts ?? OrderAmounts(of: OrderMerchant(facts.merchant))
      known.pay(facts.orderAmount, at: facts.merchant)
      _ = insert(facts.order, known)
    }
  }

  private mutating func insert(_ order: IdentifierKey, _ known: OrderAmounts) -> Int {
    hasAmounts = true
    return amounts.insert(order, known)
  }

  /// Whether nothing of an order's amounts has to be recalled.
  func knowsAmounts(_ order: IdentifierKey) -> Bool { amounts.find(order) != nil }

  /// Takes what old events say of an order's amounts.
  mutating func recall(_ known: OrderAmounts, _ order: IdentifierKey) {
    if amounts.find(order) == nil { _ = insert(order, known) }
  }
}

/// The amounts of an order as old events say them, one after the other.
struct OldAmounts {
  private(set) var known: OrderAmounts?

  mutating func take(_ fields: OrderAttempted, at merchant: MerchantNumber) {
    guard merchant != .none else { return }
    var amounts = known ?? OrderAmounts(of: OrderMerchant(merchant))
    amounts.ask(fields.orderAmount, at: merchant)
    known = amounts
  }

  /// Takes a notice; one that is no capture, or that changed nothing, says nothing.
  mutating func take(_ facts: PaymentFacts, _ flags: PolicyFlags) {
    guard PaymentLedger.capturesOrder(facts, flags), facts.saysOrderAmount else { return }
    var amounts = known ?? OrderAmounts(of: OrderMerchant(facts.merchant))
    amounts.pay(facts.orderAmount, at: facts.merchant)
    known = amounts
  }
}
