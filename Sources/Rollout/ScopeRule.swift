// Which merchants a roll-back or a reinstatement concerns, asked of one merchant after the other.

public import Events
public import Projections

/// The scope of an order, with what is the same for every merchant looked up once.
public struct ScopeRule {
  private let order: ScopedOrder
  private let merchant: MerchantNumber
  /// Of the category that the scope names; nil where no merchant was ever in it.
  private let category: UInt16?

  /// - Parameter merchant: whom the scope `merchant` names.
  public init(_ order: ScopedOrder, merchant: MerchantNumber, book: MerchantBook) {
    self.order = order
    self.merchant = merchant
    category = order.scope == .category ? book.categoryNumber(order.category ?? .none) : nil
  }

  /// A tier and a category are the merchant's as it stands now.
  @inline(__always)
  public func holds(_ number: MerchantNumber, _ standing: Standing, _ book: MerchantBook) -> Bool {
    switch order.scope {
    case .all: true
    case .merchant: number == merchant
    case .tier: book.tier(number) == order.tier
    case .wave: standing.wave(number) == order.wave
    case .category: book.categoryNumber(of: number) == category
    }
  }
}
