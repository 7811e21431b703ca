// Whole numbers as decimal digits, written without a String in between.

/// The bytes that 64 bits can need: a sign and twenty digits.
private let decimalBytesMax = 21

package func appendDecimal(_ value: UInt64, to out: inout [UInt8]) {
  appendDigits(value, width: 1, to: &out)
}

package func appendDecimal(_ value: Int64, to out: inout [UInt8]) {
  if value < 0 { out.append(Byte.minus) }
  appendDigits(value.magnitude, width: 1, to: &out)
}

package func appendDecimal(_ value: Int, to out: inout [UInt8]) {
  appendDecimal(Int64(value), to: &out)
}

/// Appends the decimal digits of a value of at most 64 bits.
///
/// The widths above have functions of their own: a generic one is not specialised across modules.
package func appendDecimal(_ value: some BinaryInteger, to out: inout [UInt8]) {
  if value < 0 {
    appendDecimal(Int64(value), to: &out)
  } else {
    appendDecimal(UInt64(value), to: &out)
  }
}

/// Appends the digits of a value, with zeros before them up to a width.
package func appendDigits(_ value: UInt64, width: Int, to out: inout [UInt8]) {
  var digits = InlineArray<21, UInt8>(repeating: Byte.zero)
  var rest = value
  var count = 0
  while rest > 0 || count < width {
    let tenth = rest / 10
    digits[count] = Byte.zero + UInt8(truncatingIfNeeded: rest - tenth * 10)
    rest = tenth
    count += 1
    precondition(count < decimalBytesMax, "a number is written wider than 64 bits need")
  }
  while count > 0 {
    count -= 1
    out.append(digits[count])
  }
}
