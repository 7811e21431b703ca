// How a refund's amount was reported, and where what it adds has to be counted.
//
// Some institutions tell of each refund (WeChat Pay), others of all refunds so far (Alipay). A
// report of the sum adds what it has more than the next smaller sum that is known. Reports come in
// any order: one that comes behind a larger one says that a part of what the larger one added had
// been refunded earlier. Its event then says from which hour that part is to be moved to its own,
// so that the sums of days and hours are the same for every order of the reports, and a fold needs
// nothing but the event.
//
//   value          an amount that is
//   0              of this refund alone; every other kind of payment has 0
//   1              what a sum adds to all that is known
//   2 to 65,535    the same, and to be taken off the hour that lies value - 32,769 hours behind
//                  (below zero: before) the hour of the event

/// The number that stands in a refund's event.
public struct RefundBasis: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  public var rawValue: UInt16
  @inline(__always)
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The institution tells of one refund.
  public static let single = RefundBasis(rawValue: 0)
  /// The institution tells of the sum so far: `paidAmount` of the payment holds it.
  public static let sum = RefundBasis(rawValue: 1)

  private static let bias: Int64 = 32_769

  /// A sum below one that was reported before, so many hours apart; nil where that is more than
  /// three years and eight months.
  public init?(movedHours: Int64) {
    let value = movedHours + RefundBasis.bias
    guard movedHours > -RefundBasis.bias, movedHours < RefundBasis.bias,
      value >= 2, value <= Int64(UInt16.max)
    else { return nil }
    rawValue = UInt16(value)
  }

  @inline(__always)
  public var isSum: Bool { rawValue != 0 }

  /// How many hours behind that of the event the hour lies that its amount is taken off; nil where
  /// it is taken off none.
  @inline(__always)
  public var movedHours: Int64? {
    rawValue < 2 ? nil : Int64(rawValue) - RefundBasis.bias
  }
}
