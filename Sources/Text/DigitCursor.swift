// A place in a short text of digits and marks: what times, amounts and durations are read with.

struct DigitCursor: ~Escapable {
  let bytes: Span<UInt8>
  private(set) var offset = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  var current: UInt8 { offset < bytes.count ? bytes[offset] : 0 }
  var isAtEnd: Bool { offset == bytes.count }

  func fault(_ reason: String, _ hint: String = "") -> TextFault {
    .at(offset, of: bytes, reason, hint)
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset &+= 1
    return true
  }

  mutating func demand(_ byte: UInt8, _ hint: String) throws(TextFault) {
    guard take(byte) else { throw fault("\(Byte.name(byte)) must stand here", hint) }
  }

  /// A number of exactly this many digits, within a range.
  mutating func number(
    digits: Int, _ name: String, _ range: ClosedRange<Int>
  ) throws(TextFault) -> Int {
    let start = offset
    var value = 0
    for _ in 0..<digits {
      guard Byte.isDigit(current) else {
        throw fault("\(name) must have \(digits) digit\(digits == 1 ? "" : "s")")
      }
      value = value * 10 + Int(current - Byte.zero)
      offset += 1
    }
    guard range.contains(value) else {
      throw .at(
        start, of: bytes, "\(name) is \(value)",
        "It must be \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }

  /// A whole number without leading zeros, gathered below zero because Int64.min is further from
  /// zero than Int64.max.
  mutating func wholeBelowZero(_ name: String) throws(TextFault) -> Int64 {
    let start = offset
    var value: Int64 = 0
    while Byte.isDigit(current) {
      value = try append(current, to: value, name)
      offset += 1
    }
    if offset == start { throw fault("\(name) must begin with a digit") }
    if bytes[start] == Byte.zero, offset > start + 1 {
      throw .at(start, of: bytes, "\(name) begins with a zero", "Write it without leading zeros.")
    }
    return value
  }

  /// The digits behind a decimal point, appended to a whole number until it has `decimals` of them;
  /// further ones must be zeros.
  mutating func decimals(
    _ decimals: Int, behind whole: Int64, _ name: String
  ) throws(TextFault) -> Int64 {
    var value = whole
    var count = 0
    if take(Byte.point) {
      guard Byte.isDigit(current) else { throw fault("a digit must stand behind the point") }
      while Byte.isDigit(current) {
        if count < decimals {
          value = try append(current, to: value, name)
          count += 1
        } else if current != Byte.zero {
          throw fault("\(name) has more than \(decimals) decimals", "It is never rounded.")
        }
        offset += 1
      }
    }
    for _ in count..<decimals { value = try append(Byte.zero, to: value, name) }
    return value
  }

  private func append(
    _ digit: UInt8, to value: Int64, _ name: String
  ) throws(TextFault) -> Int64 {
    let (tenfold, isOver) = value.multipliedReportingOverflow(by: 10)
    let (next, isUnder) = tenfold.subtractingReportingOverflow(Int64(digit &- Byte.zero))
    guard !isOver, !isUnder else { throw fault("\(name) is too large") }
    return next
  }
}
