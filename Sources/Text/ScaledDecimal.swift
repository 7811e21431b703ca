// Decimal numbers as whole numbers of their last place: exact, never through a floating-point one.

/// Reads numbers of a fixed count of decimals.
public enum ScaledDecimal {
  public static let bytesMax = 40

  /// Reads `0.01`, `12`, `0.60000` as so many units of the last of `decimals` places.
  ///
  /// Further decimals must be zeros: nothing is rounded.
  public static func parse(
    _ bytes: Span<UInt8>, decimals: Int, sign: SignRule = .refused
  ) throws(TextFault) -> Int64 {
    guard bytes.count <= bytesMax else {
      throw .at(bytesMax, of: bytes, "the number has more than \(bytesMax) bytes")
    }
    var cursor = DigitCursor(bytes)
    let isNegative = sign == .minusAllowed && cursor.take(Byte.minus)
    let whole = try cursor.wholeBelowZero("the number")
    let value = try cursor.decimals(decimals, behind: whole, "the number")
    guard cursor.isAtEnd else {
      throw cursor.fault("\(Byte.name(cursor.current)) stands in the number")
    }
    if isNegative { return value }
    guard value != Int64.min else { throw cursor.fault("the number is too large") }
    return -value
  }
}
