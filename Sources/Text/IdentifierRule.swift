// Which bytes may be the id of a shop, an order or a transaction.

package import Events

/// The rule for ids that come from outside.
package enum IdentifierRule {
  /// An id of these bytes: 1 to 64 bytes of well-formed UTF-8, no control character, no line
  /// separator, no direction control, no noncharacter, no space at either end.
  package static func externalID(_ bytes: Span<UInt8>) throws(TextFault) -> ExternalID {
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
    guard let id = ExternalID(bytes) else {
      throw .at(0, of: bytes, "an id has too many bytes")
    }
    return id
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
  package static func externalID(_ text: String) throws(TextFault) -> ExternalID {
    try externalID(Array(text.utf8).span)
  }
}
