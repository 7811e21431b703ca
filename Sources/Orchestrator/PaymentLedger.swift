// What is known of every transaction, order and refund: enough to decide what a notice changes.

import Events

/// Transactions by institution and id, the orders they captured, and their refunds.
///
/// Keys are 128 bits of the standard library's keyed hash, seeded anew in every process: nobody
/// outside can make two ids meet, and among 2^30 honest ones the chance is 2^-69.
struct PaymentLedger: Sendable {
  /// What the notices of one transaction have come to.
  struct Transaction: Sendable {
    var order: Key
    var merchant: MerchantNumber
    var currency: UInt16
    var isPending = false
    var isAuthorised = false
    var isFailed = false
    var isClosed = false
    /// The captured amount; nil while no capture is known.
    var captured: Money?
    /// Refunds added up, never more than the capture once that is known.
    var refunded = Money.zero
  }

  private var transactions = KeyTable()
  private var rows: [Transaction] = []
  /// The row of the transaction that captured an order first.
  private var orders = KeyTable()
  private var refunds = KeyTable()
  private var refundAmounts: [Money] = []

  var count: Int { rows.count }

  func transaction(_ payment: Payment) -> Transaction? {
    transactions.row(key(payment)).map { rows[$0] }
  }

  /// Whether another transaction captured the payment's order.
  func isCapturedByAnother(_ payment: Payment) -> Bool {
    guard let row = orders.row(orderKey(payment.order)) else { return false }
    return transactions.row(key(payment)) != row
  }

  /// The amount of a refund that is known already.
  func refundAmount(_ payment: Payment) -> Money? {
    refunds.row(refundKey(payment)).map { refundAmounts[$0] }
  }

  func orderKey(_ order: ExternalID) -> Key { makeKey(1, order, .none, 0) }

  /// Flags of a notice that changes nothing of what is known.
  private static let unchanging: PolicyFlags =
    .repeated | .late | .conflictsWithEarlier | .refundExceedsCapture

  /// Folds a notice; its flags say, as decided, whether it changes anything.
  mutating func apply(_ payment: Payment, _ header: EventHeader) {
    guard !header.flags.hasAny(of: PaymentLedger.unchanging) else { return }
    let row = rowForChange(payment, header)
    switch payment.outcome {
    case .pending: rows[row].isPending = true
    case .authorised: rows[row].isAuthorised = true
    case .failed: rows[row].isFailed = true
    case .closed: rows[row].isClosed = true
    case .captured:
      rows[row].captured = payment.orderAmount
      let order = orderKey(payment.order)
      if orders.row(order) == nil { orders.insert(order, row: row) }
    case .refunded:
      rows[row].refunded = rows[row].refunded + payment.orderAmount
      let refund = refundKey(payment)
      if refunds.row(refund) == nil {
        refunds.insert(refund, row: refundAmounts.count)
        refundAmounts.append(payment.orderAmount)
      }
    }
  }

  private mutating func rowForChange(_ payment: Payment, _ header: EventHeader) -> Int {
    let key = key(payment)
    if let row = transactions.row(key) { return row }
    transactions.insert(key, row: rows.count)
    rows.append(
      Transaction(
        order: orderKey(payment.order), merchant: header.merchant, currency: payment.currency))
    return rows.count - 1
  }

  private func key(_ payment: Payment) -> Key {
    makeKey(2, payment.transaction, .none, payment.institution.rawValue)
  }

  private func refundKey(_ payment: Payment) -> Key {
    makeKey(3, payment.transaction, payment.refund, payment.institution.rawValue)
  }

  private func makeKey(
    _ domain: UInt8, _ first: ExternalID, _ second: ExternalID, _ institution: UInt8
  ) -> Key {
    var low = Hasher()
    low.combine(domain)
    low.combine(institution)
    low.combine(first)
    if !second.isEmpty { low.combine(second) }
    var high = low
    high.combine(UInt8(0xff))
    return Key(
      low: UInt64(bitPattern: Int64(low.finalize())),
      high: UInt64(bitPattern: Int64(high.finalize())))
  }
}
