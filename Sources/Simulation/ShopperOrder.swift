// What a buyer ordered, and what will be said of it.

package import Events

/// An order with everything that its notices repeat.
package struct ShopperOrder: Hashable, Sendable {
  package var serial: UInt64
  package var orderedAt: Timestamp
  /// The row of the shop in the list of merchants.
  package var merchant: UInt32
  package var buyerTier: Tier
  /// What the buyer chose; any, where nothing was open.
  package var institution: Institution
  /// What was open when the order was placed: one bit an institution, 1 << number.
  package var open: UInt8
  package var amount: Money
  package var paid: Money
  /// The part paid from the balance; below zero where the institution does not say.
  package var balance: Money
  /// The pseudonym of the payment account.
  package var account: UInt64
}

/// One line to the daemon and when it is due.
package struct ShopperNotice: Hashable, Sendable {
  package enum Kind: UInt8, Sendable {
    case offer, attempt, payment
  }

  package var order: ShopperOrder
  /// When it reaches the daemon; never before it occurred.
  package var dueAt: Timestamp
  package var occurredAt: Timestamp
  package var kind: Kind
  package var outcome: Outcome
  /// Of the order, or of this refund.
  package var amount: Money
  /// The transactions of an order count from 0.
  package var transaction: UInt8 = 0
  /// The refunds of a transaction count from 1; 0 where it is none.
  package var refund: UInt8 = 0
  /// Whether it says what is known under a notification id of its own.
  package var isRenamed = false
  /// The index of the failure's code in the institution's list; -1 where it is no failure.
  package var code: Int16 = -1
  /// Whether the sums of the day grow by it; false for whatever says a thing again.
  package var counts = false

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
