// Which bytes may be the id of a shop, an order or a transaction.

public import Events

/// The rule for ids that come from outside.
public enum IdentifierRule {
  /// An id of these bytes: 1 to 64 bytes of well-formed UTF-8, no control character, no line
  /// separator, no direction control, no noncharacter, no space at either end.
  public static func externalID(_ bytes: Span<UInt8>) throws(TextFault) -> ExternalID {
    try check(bytes)
    guard let id = ExternalID(bytes) else {
      throw .at(0, of: bytes, "an id has too many bytes")
    }
    return id
  }

  /// Holds bytes against the rule.
  @inline(__always)
  public static func check(_ bytes: Span<UInt8>) throws(TextFault) {
    // Letters, digits and signs of ASCII, as almost all ids have, eight at a time.
    if bytes.count > 0, bytes.count <= ExternalID.lengthMax, isPlain(unsafe bytes.bytes) { return }
    try checkEach(bytes)
  }

  /// Whether every byte is a visible character of ASCII.
  @inline(__always)
  private static func isPlain(_ bytes: RawSpan) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var offset = 0
    while offset < bytes.byteCount {
      let count = min(8, bytes.byteCount - offset)
      // What lies behind the end counts as a letter.
      let filler = count == 8 ? 0 : (ones &* 0x41) << UInt64(count << 3)
      let word = bytes.word(at: offset, count: count) | filler
      // Above 0x7e, or 0x20 and below, in any byte: each sum reaches the byte's highest bit.
      let isHigh = (word &+ ones) | word
      let isLow = (word &- ones &* 0x21) & ~word
      guard (isHigh | isLow) & (ones &* 0x80) == 0 else { return false }
      offset += 8
    }
    return true
  }

  private static func checkEach(_ bytes: Span<UInt8>) throws(TextFault) {
    guard bytes.count > 0 else {
      throw .at(0, of: bytes, "an id is empty", "Give 1 to \(ExternalID.lengthMax) bytes.")
    }
    guard bytes.count <= ExternalID.lengthMax else {
      throw .at(
        ExternalID.lengthMax, of: bytes, "an id has \(bytes.count) bytes",
        "Give at most \(ExternalID.lengthMax) bytes.")
    }
    if bytes[0] == Byte.space || bytes[bytes.count - 1] == Byte.space {
      throw .at(0, of: bytes, "an id begins or ends with a space", "Take the space away.")
    }
    try checkCharacters(bytes)
  }

  private static func checkCharacters(_ bytes: Span<UInt8>) throws(TextFault) {
    var index = 0
    while index < bytes.count {
      let step = UTF8Check.step(bytes, at: index)
      guard step.length > 0 else {
        throw .at(index, of: bytes, "an id is not well-formed UTF-8", "Send ids as UTF-8.")
      }
      if UTF8Check.isDeceptive(step.scalar) || UTF8Check.isNoncharacter(step.scalar) {
        throw .at(
          index, of: bytes, "an id holds U+\(String(step.scalar, radix: 16, uppercase: true))",
          "Control, direction and separator characters are no part of an id.")
      }
      index += step.length
    }
  }

  /// An id of a string.
  public static func externalID(_ text: String) throws(TextFault) -> ExternalID {
    try externalID(Array(text.utf8).span)
  }
}
