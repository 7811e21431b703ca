// What a buyer ordered, and what will be said of it.

public import Events

/// An order with everything that its notices repeat.
public struct ShopperOrder: Hashable, Sendable {
  public var serial: UInt64
  public var orderedAt: Timestamp
  /// The row of the shop in the list of merchants.
  public var merchant: UInt32
  public var buyerTier: Tier
  /// What the buyer chose; any, where nothing was open.
  public var institution: Institution
  /// What was open when the order was placed: one bit an institution, 1 << number.
  public var open: UInt8
  public var amount: Money
  public var paid: Money
  /// The part paid from the balance; below zero where the institution does not say.
  public var balance: Money
  /// The pseudonym of the payment account.
  public var account: UInt64
}

/// One line to the daemon and when it is due.
public struct ShopperNotice: Hashable, Sendable {
  public enum Kind: UInt8, Sendable {
    case offer, attempt, payment
  }

  public var order: ShopperOrder
  /// When it reaches the daemon; never before it occurred.
  public var dueAt: Timestamp
  public var occurredAt: Timestamp
  public var kind: Kind
  public var outcome: Outcome
  /// Of the order, or of this refund.
  public var amount: Money
  /// The transactions of an order count from 0.
  public var transaction: UInt8 = 0
  /// The refunds of a transaction count from 1; 0 where it is none.
  public var refund: UInt8 = 0
  /// Whether it says what is known under a notification id of its own.
  public var isRenamed = false
  /// The index of the failure's code in the institution's list; -1 where it is no failure.
  public var code: Int16 = -1
  /// Whether the sums of the day grow by it; false for whatever says a thing again.
  public var counts = false

  init(
    _ order: ShopperOrder, _ outcome: Outcome, kind: Kind = .payment, occurredAt: Timestamp,
    dueAt: Timestamp
  ) {
    self.order = order
    self.kind = kind
    self.outcome = outcome
    self.occurredAt = occurredAt
    self.dueAt = dueAt
    amount = order.amount
  }
}
