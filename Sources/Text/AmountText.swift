// Amounts, shares and durations as text: exact, never through a floating-point number.

public import Events

/// Whether a minus sign may stand before an amount.
public enum SignRule: Sendable {
  case refused
  case minusAllowed
}

/// Reads and writes amounts of money.
public enum AmountText {
  public static let bytesMax = 40

  /// Reads yuan: `0.10`, `12`.
  ///
  /// Further decimals than two must be zeros.
  public static func parseYuan(
    _ bytes: Span<UInt8>, sign: SignRule = .refused
  ) throws(TextFault) -> Money {
    try parse(bytes, decimals: 2, sign, "Write yuan as 12 or 0.10.")
  }

  /// Reads fen: a whole number.
  public static func parseFen(
    _ bytes: Span<UInt8>, sign: SignRule = .refused
  ) throws(TextFault) -> Money {
    try parse(bytes, decimals: nil, sign, "Write fen as a whole number.")
  }

  public static func parseYuan(
    _ text: String, sign: SignRule = .refused
  ) throws(TextFault) -> Money {
    try parseYuan(Array(text.utf8).span, sign: sign)
  }

  public static func parseFen(
    _ text: String, sign: SignRule = .refused
  ) throws(TextFault) -> Money {
    try parseFen(Array(text.utf8).span, sign: sign)
  }

  private static func parse(
    _ bytes: Span<UInt8>, decimals: Int?, _ sign: SignRule, _ form: String
  ) throws(TextFault) -> Money {
    guard bytes.count <= bytesMax else {
      throw .at(bytesMax, of: bytes, "the amount has more than \(bytesMax) bytes", form)
    }
    var cursor = DigitCursor(bytes)
    let isNegative = sign == .minusAllowed && cursor.take(Byte.minus)
    var value = try cursor.wholeBelowZero("the amount")
    if let decimals { value = try cursor.decimals(decimals, behind: value, "the amount") }
    guard cursor.isAtEnd else {
      throw cursor.fault("\(Byte.name(cursor.current)) stands in the amount", form)
    }
    if isNegative { return Money(fen: value) }
    guard value != Int64.min else { throw cursor.fault("the amount is too large") }
    return Money(fen: -value)
  }

  /// Appends yuan with two decimals: `-12.05`.
  public static func appendYuan(_ money: Money, to out: inout [UInt8]) {
    if money.rawValue < 0 { out.append(Byte.minus) }
    let fen = money.rawValue.magnitude
    appendDigits(fen / 100, width: 1, to: &out)
    out.append(Byte.point)
    appendDigits(fen % 100, width: 2, to: &out)
  }

  public static func yuan(_ money: Money) -> String {
    var bytes: [UInt8] = []
    appendYuan(money, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Reads and writes shares as percent, kept as parts per million.
public enum DecimalShare {
  public static let bytesMax = 16
  /// 100 % in parts per million.
  public static let whole: Int64 = 1_000_000

  /// Reads `3%`, `0.5%`, `12.25%`; the fourth decimal is one part per million.
  public static func parse(
    _ bytes: Span<UInt8>, max: Int64 = whole
  ) throws(TextFault) -> Int64 {
    guard bytes.count <= bytesMax else {
      throw .at(bytesMax, of: bytes, "the share has more than \(bytesMax) bytes")
    }
    var cursor = DigitCursor(bytes)
    let wholePercent = try cursor.wholeBelowZero("the share")
    let share = -(try cursor.decimals(4, behind: wholePercent, "the share"))
    guard cursor.take(Byte.percent), cursor.isAtEnd else {
      throw cursor.fault("the share must end with one % sign", "Write it as 12.25%.")
    }
    guard share <= max else {
      throw .at(0, of: bytes, "the share is above \(text(max))", "Give at most \(text(max)).")
    }
    return share
  }

  public static func parse(_ text: String, max: Int64 = whole) throws(TextFault) -> Int64 {
    try parse(Array(text.utf8).span, max: max)
  }

  /// The share as percent, without zeros at the end: `12.25%`.
  public static func text(_ partsPerMillion: Int64) -> String {
    var bytes: [UInt8] = []
    if partsPerMillion < 0 { bytes.append(Byte.minus) }
    let parts = partsPerMillion.magnitude
    appendDigits(parts / 10_000, width: 1, to: &bytes)
    if parts % 10_000 != 0 {
      bytes.append(Byte.point)
      appendDigits(parts % 10_000, width: 4, to: &bytes)
      while bytes.last == Byte.zero { bytes.removeLast() }
    }
    bytes.append(Byte.percent)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Reads and writes durations of one unit: `90s`, `15m`, `2h`, `7d`.
public enum DurationText {
  public static let bytesMax = 24

  /// The units, the longest first, in seconds.
  private static let units: [(letter: UInt8, seconds: Int64)] = [
    (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3600), (UInt8(ascii: "m"), 60),
    (UInt8(ascii: "s"), 1),
  ]

  /// The duration in nanoseconds.
  public static func parse(_ bytes: Span<UInt8>) throws(TextFault) -> Int64 {
    guard bytes.count <= bytesMax else {
      throw .at(bytesMax, of: bytes, "the duration has more than \(bytesMax) bytes")
    }
    var cursor = DigitCursor(bytes)
    let count = try cursor.wholeBelowZero("the duration")
    for unit in units where cursor.take(unit.letter) {
      let nanoseconds = unit.seconds * Timestamp.nanosecondsPerSecond
      let (product, isOver) = count.multipliedReportingOverflow(by: -nanoseconds)
      guard !isOver else { throw cursor.fault("the duration is too long") }
      guard cursor.isAtEnd else { break }
      return product
    }
    throw cursor.fault("the duration must end with one of s, m, h, d", "Write 90s, 15m, 2h or 7d.")
  }

  public static func parse(_ text: String) throws(TextFault) -> Int64 {
    try parse(Array(text.utf8).span)
  }

  /// The duration in the longest unit that leaves no rest; what is below a second is dropped.
  public static func text(_ nanoseconds: Int64) -> String {
    let seconds = nanoseconds / Timestamp.nanosecondsPerSecond
    for unit in units where seconds != 0 && seconds % unit.seconds == 0 {
      return "\(seconds / unit.seconds)\(Character(UnicodeScalar(unit.letter)))"
    }
    return "0s"
  }
}
