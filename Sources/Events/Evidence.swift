// What a closed block of time says of the orders that were attempted in it.

/// The orders of one side and how many of them failed in the end.
///
/// Failed is who met a broken integration, institution or merchant, or no answer in time; a payer
/// who could not or would not pay is an order that did not fail.
public struct ArmCount: Hashable, Sendable, BitwiseCopyable {
  public var orders: UInt32
  /// Never more than the orders.
  public var failures: UInt32

  public init(orders: UInt32 = 0, failures: UInt32 = 0) {
    self.orders = orders
    self.failures = failures
  }

  public mutating func add(failed: Bool) {
    orders += 1
    if failed { failures += 1 }
  }

  public static func += (left: inout ArmCount, right: ArmCount) {
    left.orders += right.orders
    left.failures += right.failures
  }
}

/// Merchants that may be compared: of one tier and of about one size.
public struct Stratum: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var tier: Tier
  /// How many bits the merchant's usual daily payments have: 0 where none are stated, 1 for 1, 2
  /// for 2 and 3, and so on, so that no merchant is twice as large as another of its class.
  public var size: UInt8

  public static let sizeMax: UInt8 = 32

  public static func < (left: Stratum, right: Stratum) -> Bool {
    (left.tier.rawValue, left.size) < (right.tier.rawValue, right.size)
  }

  public init(tier: Tier, size: UInt8) {
    self.tier = tier
    self.size = size
  }

  /// How many strata there are.
  public static let places = Tier.allCases.count * (Int(sizeMax) + 1)

  /// Its place among all strata, in their order.
  @inline(__always)
  public var place: Int { Int(tier.rawValue) * (Int(Stratum.sizeMax) + 1) + Int(size) }

  /// The stratum of a place below `places`.
  public init(place: Int) {
    let sizes = Int(Stratum.sizeMax) + 1
    self.init(
      tier: Tier(rawValue: UInt8(place / sizes)) ?? .unknown, size: UInt8(place % sizes))
  }

  public init(tier: Tier, dailyPayments: UInt32) {
    self.tier = tier
    size = UInt8(UInt32.bitWidth - dailyPayments.leadingZeroBitCount)
  }
}

/// One stratum in one closed block.
public struct EvidenceRow: Hashable, Sendable, BitwiseCopyable {
  public var stratum: Stratum
  /// Orders at merchants that were on, through whichever institution.
  public var treated: ArmCount
  /// Orders at merchants that were not yet enabled, through whichever institution.
  public var control: ArmCount
  /// Attempts at merchants that were on, of orders that were first tried through the rollout's
  /// institution.
  public var institution: ArmCount
  /// The same of orders that were first tried through another institution: what falls back to one
  /// because the first has failed says nothing of it.
  public var others: ArmCount
  /// Of the attempts through the rollout's institution: how many failed for their merchant's sake.
  public var own: UInt32

  public init(
    stratum: Stratum, treated: ArmCount = ArmCount(), control: ArmCount = ArmCount(),
    institution: ArmCount = ArmCount(), others: ArmCount = ArmCount(), own: UInt32 = 0
  ) {
    self.stratum = stratum
    self.treated = treated
    self.control = control
    self.institution = institution
    self.others = others
    self.own = own
  }
}
