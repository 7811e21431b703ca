// What the cashier says of an order, before any institution does.

/// The cashier showed a buyer these institutions for an order.
public struct OrderOffered: Hashable, Sendable {
  /// One bit an institution: 1 << number.
  public var institutions: UInt8
  public var buyerTier: Tier
  public var order: ExternalID
  /// Only where the merchant is not registered.
  public var external: ExternalID

  public init(institutions: UInt8, buyerTier: Tier, order: ExternalID, external: ExternalID) {
    self.institutions = institutions
    self.buyerTier = buyerTier
    self.order = order
    self.external = external
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("institutions", institutions)
    sink.u8("buyer_tier", buyerTier.rawValue)
    sink.text8("order", order)
    sink.text8("merchant", external)
  }

  public init(from source: inout FieldSource) {
    institutions = source.u8()
    buyerTier = source.u8("buyer_tier", or: .unknown)
    order = source.text8()
    external = source.text8()
  }
}

/// A buyer tried to pay an order through an institution.
public struct OrderAttempted: Hashable, Sendable {
  public var institution: Institution
  public var merchantTier: Tier
  public var buyerTier: Tier
  public var orderedAt: Timestamp
  public var orderAmount: Money
  public var order: ExternalID
  /// Only where the merchant is not registered.
  public var external: ExternalID

  public init(
    institution: Institution, merchantTier: Tier, buyerTier: Tier, orderedAt: Timestamp,
    orderAmount: Money, order: ExternalID, external: ExternalID
  ) {
    self.institution = institution
    self.merchantTier = merchantTier
    self.buyerTier = buyerTier
    self.orderedAt = orderedAt
    self.orderAmount = orderAmount
    self.order = order
    self.external = external
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("institution", institution.rawValue)
    sink.u8("merchant_tier", merchantTier.rawValue)
    sink.u8("buyer_tier", buyerTier.rawValue)
    sink.i64("ordered_at", orderedAt.rawValue)
    sink.i64("order_amount", orderAmount.rawValue)
    sink.text8("order", order)
    sink.text8("merchant", external)
  }

  public init(from source: inout FieldSource) {
    institution = source.u8("institution", or: .alipay)
    merchantTier = source.u8("merchant_tier", or: .unknown)
    buyerTier = source.u8("buyer_tier", or: .unknown)
    orderedAt = Timestamp(rawValue: source.i64())
    orderAmount = Money(rawValue: source.i64())
    order = source.text8()
    external = source.text8()
  }
}
