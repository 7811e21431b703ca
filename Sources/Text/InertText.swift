// Texts from outside as files of plain text show them: nothing in them moves a cursor, turns a line
// around, ends it, or is a part of a character that is none.
//
//   \     becomes  \\
//   a control character, a line or paragraph separator, a direction control: \u and four digits
//   a byte that is no part of well-formed UTF-8: \x and two digits
//
// Digits are hexadecimal, in lower case. So every text can be had back: a reader looks for
// backslashes and nothing else. What JSON escapes is the same set (`JSONWriter`).

/// Makes texts harmless to show, so that they can be had back.
public enum InertText {
  /// Whether a text stands for itself.
  public static func isInert(_ bytes: Span<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      let step = UTF8Check.step(bytes, at: index)
      guard isInert(step) else { return false }
      index += step.length
    }
    return true
  }

  /// A text with what is not inert in it escaped.
  public static func escaped(_ bytes: Span<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + 16)
    var index = 0
    while index < bytes.count {
      let step = UTF8Check.step(bytes, at: index)
      let length = max(step.length, 1)
      if isInert(step) {
        out.append(bytes, index..<index + length)
      } else if step.length == 0 {
        append("x", UInt32(bytes[index]), digits: 2, to: &out)
      } else if step.scalar == UInt32(Byte.backslash) {
        out.append(Byte.backslash)
        out.append(Byte.backslash)
      } else {
        append("u", step.scalar, digits: 4, to: &out)
      }
      index += length
    }
    return out
  }

  /// A text with what is not inert in it escaped.
  public static func escaped(_ text: String) -> String {
    String(decoding: escaped(Array(text.utf8).span), as: UTF8.self)
  }

  private static func isInert(_ step: UTF8Check.Step) -> Bool {
    step.length > 0 && step.scalar != UInt32(Byte.backslash)
      && !UTF8Check.isDeceptive(step.scalar)
  }

  /// Appends an escape; what is deceptive is of the basic plane.
  static func append(
    _ letter: Unicode.Scalar, _ value: UInt32, digits: UInt32, to out: inout [UInt8]
  ) {
    out.append(Byte.backslash)
    out.append(UInt8(ascii: letter))
    for place in (0..<digits).reversed() {
      let digit = UInt8(value >> (place * 4) & 0xF)
      out.append(digit < 10 ? Byte.zero + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
