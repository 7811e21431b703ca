// Which merchants an order has switched: what keeps a step of it from being taken twice.
//
// The scheduler's steps of merchants are not in the tables of commands, where millions of them
// would stand beside a few payments. An enablement needs nothing: who was enabled once is never
// pending again. A step of a roll-back or a reinstatement may come up for somebody whom an operator
// has switched since, so a bit a merchant is kept until the order is carried out.

import Events

/// The steps that the orders which are being carried out have led to.
struct OrderedSteps: Sendable {
  private struct Order: Sendable {
    var position: Position
    /// Whether the order itself was met here: then all of its steps were.
    var isWhole: Bool
    /// A bit a merchant, by its number.
    var bits: [UInt64] = []
  }

  /// Mostly none or one, and never more than orders wait.
  private var orders: [Order] = []

  /// Whether a step was taken; nil where it may have been before the first event that was met.
  @inline(__always)
  func holds(_ merchant: MerchantNumber, of order: Position) -> Bool? {
    guard let row = row(order) else { return nil }
    let word = Int(merchant.rawValue >> 6)
    if word < orders[row].bits.count,
      orders[row].bits[word] >> UInt64(merchant.rawValue & 63) & 1 != 0
    {
      return true
    }
    return orders[row].isWhole ? false : nil
  }

  /// An order begins.
  mutating func begin(_ order: Position) {
    orders.append(Order(position: order, isWhole: true))
  }

  /// A step of an order was taken.
  @inline(__always)
  mutating func note(_ merchant: MerchantNumber, of order: Position) {
    let row = row(order) ?? add(order)
    let word = Int(merchant.rawValue >> 6)
    if word >= orders[row].bits.count { grow(row, to: word + 1) }
    orders[row].bits[word] |= 1 << UInt64(merchant.rawValue & 63)
  }

  /// An order is carried out: no step of it comes any more.
  mutating func end(_ order: Position) { orders.removeAll { $0.position == order } }

  @inline(__always)
  private func row(_ order: Position) -> Int? {
    var row = 0
    while row < orders.count {
      if orders[row].position == order { return row }
      row += 1
    }
    return nil
  }

  private mutating func add(_ order: Position) -> Int {
    orders.append(Order(position: order, isWhole: false))
    return orders.count - 1
  }

  private mutating func grow(_ row: Int, to words: Int) {
    let count = max(words, 2 * orders[row].bits.count)
    orders[row].bits.append(
      contentsOf: repeatElement(0, count: count - orders[row].bits.count))
  }
}
