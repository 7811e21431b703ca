// The words of JSON (RFC 8259, sections 2, 6 and 7), read strictly: the one lexer under JSONReader
// and FlatObjectScanner, so that both refuse the same strings and the same numbers.

/// A string of a document: a run of the document itself, or of the buffer of decoded strings.
struct JSONText {
  var range: Range<Int>
  var isDecoded: Bool
}

/// A number of a document, checked against the grammar.
struct JSONDigits {
  var range: Range<Int>
  /// Its value where it has neither fraction nor exponent and fits.
  var integer: Int64?
}

/// A place in a document, moved forward token by token.
struct JSONCursor: ~Escapable {
  static let numberBytesMax = 64

  let bytes: Span<UInt8>
  private(set) var offset = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  /// The byte at the offset; 0, which no token begins with, at the end.
  @inline(__always)
  var current: UInt8 { offset < bytes.count ? bytes[offset] : 0 }
  var isAtEnd: Bool { offset == bytes.count }

  func fault(at offset: Int, _ reason: String, _ hint: String = "") -> TextFault {
    .at(offset, of: bytes, reason, hint)
  }

  /// The fault that something else stands at the offset than what must.
  @inline(never)
  func unexpected(_ wanted: String) -> TextFault {
    if isAtEnd {
      return fault(
        at: offset, "the document ends where \(wanted) must stand", "See that it is complete.")
    }
    if offset == 0, current == 0xEF {
      return fault(
        at: 0, "the document begins with a byte order mark or another character outside ASCII",
        "Save it as UTF-8 without a byte order mark.")
    }
    return fault(at: offset, "\(Byte.name(current)) stands where \(wanted) must stand")
  }

  @inline(__always)
  mutating func skipSpace() {
    // No space at all is the common case: every space is a byte up to 0x20.
    if offset < bytes.count, bytes[offset] > Byte.space { return }
    skipSpaces()
  }

  private mutating func skipSpaces() {
    while offset < bytes.count {
      switch bytes[offset] {
      case Byte.space, Byte.lineFeed, Byte.carriageReturn, Byte.tab: offset &+= 1
      default: return
      }
    }
  }

  /// Goes over one byte where it is the given one.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    offset &+= 1
    return true
  }

  /// Goes over as many bytes as the caller has read by itself.
  mutating func advance(by count: Int) { offset &+= count }

  /// Goes over `null`, `true` or `false`.
  mutating func word(_ word: StaticString) throws(TextFault) {
    for index in 0..<word.utf8CodeUnitCount {
      let wanted = unsafe word.utf8Start[index]
      guard current == wanted else {
        throw unexpected("the next letter of \(word)")
      }
      offset &+= 1
    }
  }
}

// MARK: - Numbers

extension JSONCursor {
  mutating func number() throws(TextFault) -> JSONDigits {
    let start = offset
    let isNegative = take(Byte.minus)
    let whole = offset
    // Negative values go down to Int64.min, so the value is gathered below zero.
    var value: Int64 = 0
    var fits = true
    while Byte.isDigit(current) {
      let (tenfold, isOver) = value.multipliedReportingOverflow(by: 10)
      let (next, isUnder) = tenfold.subtractingReportingOverflow(Int64(current &- Byte.zero))
      if isOver || isUnder { fits = false }
      value = next
      offset &+= 1
    }
    if offset == whole { throw unexpected("a digit") }
    if bytes[whole] == Byte.zero, offset > whole + 1 {
      throw fault(at: whole, "a number begins with a zero", "Write it without leading zeros.")
    }
    if take(Byte.point) {
      fits = false
      try digits()
    }
    if current | 0x20 == 0x65 {
      fits = false
      offset &+= 1
      if !take(Byte.plus) { _ = take(Byte.minus) }
      try digits()
    }
    guard offset - start <= JSONCursor.numberBytesMax else {
      throw fault(
        at: start, "a number has \(offset - start) bytes",
        "Write at most \(JSONCursor.numberBytesMax).")
    }
    if !isNegative, value == Int64.min { fits = false }
    let range = start..<offset
    return JSONDigits(range: range, integer: fits ? (isNegative ? value : -value) : nil)
  }

  /// One digit or more.
  private mutating func digits() throws(TextFault) {
    guard Byte.isDigit(current) else { throw unexpected("a digit") }
    while Byte.isDigit(current) { offset &+= 1 }
  }
}

// MARK: - Strings

extension JSONCursor {
  /// Reads the string whose opening quote stands at the offset.
  ///
  /// One with escapes is decoded to the end of `decoded`; any other stays where it is.
  mutating func string(decoding decoded: inout [UInt8]) throws(TextFault) -> JSONText {
    let start = offset &+ 1
    var index = try plainEnd(from: start)
    if bytes[index] == Byte.quote {
      offset = index &+ 1
      return JSONText(range: start..<index, isDecoded: false)
    }
    let begin = decoded.count
    decoded.append(bytes, start..<index)
    while bytes[index] != Byte.quote {
      let next = try escape(at: index, to: &decoded)
      index = try plainEnd(from: next)
      decoded.append(bytes, next..<index)
    }
    offset = index &+ 1
    return JSONText(range: begin..<decoded.count, isDecoded: true)
  }

  /// The offset of the first quote or backslash; everything before it is checked text.
  @inline(__always)
  private func plainEnd(from start: Int) throws(TextFault) -> Int {
    var index = start
    while true {
      while index &+ 8 <= bytes.count {
        let special = JSONCursor.special(bytes.word(at: index))
        if special == 0 {
          index &+= 8
          continue
        }
        index &+= special.trailingZeroBitCount >> 3
        break
      }
      guard index < bytes.count else {
        throw fault(at: start - 1, "a string has no end", "Close it with a quote.")
      }
      let byte = bytes[index]
      if byte == Byte.quote || byte == Byte.backslash { return index }
      if byte < 0x20 {
        throw fault(
          at: index, "\(Byte.name(byte)) stands bare in a string", "Write it as a \\u escape.")
      }
      let length = UTF8Check.step(bytes, at: index).length
      if length == 0 {
        throw fault(at: index, "a string is not well-formed UTF-8", "Save the text as UTF-8.")
      }
      index &+= length
    }
  }

  /// Marks the bytes of a word that end a plain run: below 0x20, quote, backslash, above 0x7F.
  ///
  /// A borrow can mark a byte wrongly only above one marked rightly, and the lowest mark is used.
  @inline(__always)
  static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (ones &* UInt64(Byte.quote))
    let backslashes = word ^ (ones &* UInt64(Byte.backslash))
    let below = (word &- ones &* 0x20) & ~word
    let hits = ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
    return (hits | below | word) & (ones &* 0x80)
  }

  /// Decodes the escape at a backslash and returns the offset behind it.
  private func escape(at index: Int, to decoded: inout [UInt8]) throws(TextFault) -> Int {
    let letter = index + 1 < bytes.count ? bytes[index + 1] : 0
    switch letter {
    case Byte.quote, Byte.backslash, Byte.slash: decoded.append(letter)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(Byte.lineFeed)
    case UInt8(ascii: "r"): decoded.append(Byte.carriageReturn)
    case UInt8(ascii: "t"): decoded.append(Byte.tab)
    case UInt8(ascii: "u"): return try unicodeEscape(at: index, to: &decoded)
    default:
      throw fault(
        at: index, "a backslash begins no escape of JSON",
        "Write a backslash itself as two of them.")
    }
    return index + 2
  }

  private func unicodeEscape(at index: Int, to decoded: inout [UInt8]) throws(TextFault) -> Int {
    let unit = try hexadecimal(at: index + 2, of: index)
    if unit == 0 {
      throw fault(at: index, "a string holds U+0000", "Take it out; no text here needs it.")
    }
    guard (0xD800...0xDFFF).contains(unit) else {
      UTF8Check.append(unit, to: &decoded)
      return index + 6
    }
    let isPaired =
      unit < 0xDC00 && index + 7 < bytes.count && bytes[index + 6] == Byte.backslash
      && bytes[index + 7] == UInt8(ascii: "u")
    let low = isPaired ? try hexadecimal(at: index + 8, of: index + 6) : 0
    guard (0xDC00...0xDFFF).contains(low) else {
      throw fault(at: index, "a surrogate escape stands alone", "Write both halves of the pair.")
    }
    UTF8Check.append(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), to: &decoded)
    return index + 12
  }

  /// Four hexadecimal digits.
  private func hexadecimal(at start: Int, of escape: Int) throws(TextFault) -> UInt32 {
    var value: UInt32 = 0
    for index in start..<start + 4 {
      let byte = index < bytes.count ? bytes[index] : 0
      switch byte {
      case Byte.zero...Byte.nine: value = value << 4 | UInt32(byte - Byte.zero)
      case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt32((byte & 0x0F) + 9)
      default: throw fault(at: escape, "a \\u escape has not four hexadecimal digits")
      }
    }
    return value
  }
}
