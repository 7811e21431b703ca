// Whole numbers as decimal digits, eight at a time and without a String in between.

/// The bytes that 64 bits can need: a sign and twenty digits.
private let decimalBytesMax = 21

/// The value of eight ASCII zeros.
@inline(__always)
public var eightZeros: UInt64 { 0x3030_3030_3030_3030 }

public func appendDecimal(_ value: UInt64, to out: inout [UInt8]) {
  out.append(room: decimalBytesMax) { appendDecimal(value, to: &$0) }
}

public func appendDecimal(_ value: Int64, to out: inout [UInt8]) {
  out.append(room: decimalBytesMax) { appendDecimal(value, to: &$0) }
}

public func appendDecimal(_ value: Int, to out: inout [UInt8]) {
  appendDecimal(Int64(value), to: &out)
}

/// Appends the decimal digits of a value of at most 64 bits.
///
/// The widths above have functions of their own: a generic one is not specialised across modules.
public func appendDecimal(_ value: some BinaryInteger, to out: inout [UInt8]) {
  if value < 0 {
    appendDecimal(Int64(value), to: &out)
  } else {
    appendDecimal(UInt64(value), to: &out)
  }
}

/// Appends the digits of a value, with zeros before them up to a width of at most eight.
public func appendDigits(_ value: UInt64, width: Int, to out: inout [UInt8]) {
  precondition(width <= 8 || value >= 100_000_000, "digits are written wider than eight")
  out.append(room: decimalBytesMax) { cursor in
    if value >= 100_000_000 {
      appendDecimal(value, to: &cursor)
    } else {
      let digits = eightDigits(UInt32(value))
      let length = max(width, digitCount(digits))
      cursor.append(digits >> UInt64((8 - length) * 8), length)
    }
  }
}

@inline(__always)
public func appendDecimal(_ value: Int64, to cursor: inout ByteCursor) {
  if value < 0 { cursor.append(UInt8(ascii: "-")) }
  appendDecimal(value.magnitude, to: &cursor)
}

@inline(__always)
public func appendDecimal(_ value: UInt64, to cursor: inout ByteCursor) {
  if value < 100_000_000 {
    let digits = eightDigits(UInt32(truncatingIfNeeded: value))
    let length = digitCount(digits)
    cursor.append(digits >> UInt64((8 &- length) &* 8), length)
  } else {
    appendLongDecimal(value, to: &cursor)
  }
}

/// Appends a value of more than eight digits.
public func appendLongDecimal(_ value: UInt64, to cursor: inout ByteCursor) {
  let high = value / 100_000_000
  appendDecimal(high, to: &cursor)
  cursor.append(eightDigits(UInt32(truncatingIfNeeded: value &- high &* 100_000_000)), 8)
}

/// Eight ASCII digits of a value below 100,000,000, the first in the lowest place.
///
/// The value is cut into halves of four digits, of two and of one; a division by 100 or 10 is a
/// multiplication and a shift, and both or all four halves are divided at once.
@inline(__always)
public func eightDigits(_ value: UInt32) -> UInt64 {
  let high = value / 10_000
  let fours = UInt64(high) | UInt64(value &- high &* 10_000) << 32
  let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
  let pairs = (fours &- hundreds &* 100) << 16 | hundreds
  let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
  return ((pairs &- tens &* 10) << 8 | tens) &+ eightZeros
}

/// How many of eight digits are left when the zeros before them go; one of nothing but zeros.
@inline(__always)
public func digitCount(_ digits: UInt64) -> Int {
  max(1, 8 &- (digits ^ eightZeros).trailingZeroBitCount >> 3)
}
