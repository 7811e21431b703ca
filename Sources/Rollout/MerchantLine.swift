// The order with those who joined behind it.

import Events
import Projections

/// Everyone who may be enabled: the frozen order, then who was not eligible when it was made, then
/// who registered later, both by number.
struct MerchantLine {
  let order: FrozenOrder
  let count: Int

  init(order: FrozenOrder, book: MerchantBook) {
    self.order = order
    count = order.count + order.outside.count + max(0, book.count - Int(order.registered))
  }

  subscript(place: Int) -> MerchantNumber {
    if place < order.count { return order.merchants[place] }
    let behind = place - order.count
    if behind < order.outside.count { return order.outside[behind] }
    return MerchantNumber(order.registered + UInt32(behind - order.outside.count) + 1)
  }

  /// Whether the merchant of a place was registered but not eligible when the order was made.
  func isOutside(_ place: Int) -> Bool {
    place >= order.count && place < order.count + order.outside.count
  }

  /// Where a merchant stands; nil for one that the registry did not have.
  func place(of merchant: MerchantNumber) -> Int? {
    if let place = order.place(of: merchant) { return place }
    if merchant.rawValue > order.registered {
      let place = order.count + order.outside.count + Int(merchant.rawValue - order.registered) - 1
      return place < count ? place : nil
    }
    var low = 0
    var high = order.outside.count
    while low < high {
      let middle = (low + high) / 2
      if order.outside[middle] < merchant { low = middle + 1 } else { high = middle }
    }
    guard low < order.outside.count, order.outside[low] == merchant else { return nil }
    return order.count + low
  }

  /// One past the last place of a wave; the last wave has everyone behind the order as well.
  func end(of wave: Int) -> Int { wave == order.waves ? count : order.starts[wave] }
}
