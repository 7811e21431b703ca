// The one strict reader of forms (`application/x-www-form-urlencoded`): whatever two decoders could
// read in two ways is refused.
//
// A form is fields between `&`, each a name and a value around its first `=`. A `+` is a space, and
// `%` with two hexadecimal digits is that byte. Refused are a field without `=` or without a name,
// a field of no bytes, a name that comes twice, a `%` without its two digits, a byte that a form
// must write as `%XX` (a space, a control character, everything above ASCII), U+0000, and text that
// is not well-formed UTF-8 once it is decoded. Digits above 9 are letters of one case throughout,
// as one program writes them: so a signed form of which one byte was changed is never the same form
// spelt in another way, unless it holds one such letter and no other.

/// A decoded form: its fields in their order, no name twice.
public struct Form: Sendable {
  /// A name and its value, as they were before anybody encoded them.
  public struct Field: Sendable {
    public let name: String
    public let value: String
  }

  public let fields: [Field]
  /// Where each name stands among the fields, by its bytes.
  private let places: [[UInt8]: Int]

  init(fields: [Field], places: [[UInt8]: Int]) {
    self.fields = fields
    self.places = places
  }

  /// The value of a field; nil where it is absent, empty where it stands without one.
  public subscript(name: String) -> String? { places[Array(name.utf8)].map { fields[$0].value } }
}

/// Decodes forms.
public enum FormReader {
  /// How long a form may be where the caller names no limit.
  public static let documentBytesMax = 256 * 1024
  public static let fieldsMax = 512

  /// The fields of a whole form; a form of no bytes has none.
  public static func read(
    _ bytes: Span<UInt8>, bytesMax: Int = documentBytesMax
  ) throws(TextFault) -> Form {
    guard bytes.count <= bytesMax else {
      throw .at(
        bytesMax, of: bytes, "the form has \(bytes.count) bytes", "Send at most \(bytesMax).")
    }
    var fields: [Form.Field] = []
    var places: [[UInt8]: Int] = [:]
    var offset = 0
    var letters: LetterCase?
    while offset < bytes.count || offset > 0 {
      guard fields.count < fieldsMax else {
        throw .at(offset, of: bytes, "the form has more than \(fieldsMax) fields")
      }
      let start = offset
      let name = try part(bytes, &offset, upTo: Byte.equals, &letters)
      guard !name.isEmpty, offset < bytes.count, bytes[offset] == Byte.equals else {
        throw .at(start, of: bytes, "a field of the form has no name or no =", "Write name=value.")
      }
      offset += 1
      let value = try part(bytes, &offset, upTo: ampersand, &letters)
      let field = Form.Field(
        name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
      guard places.updateValue(fields.count, forKey: name) == nil else {
        throw .at(
          start, of: bytes, "the field \"\(field.name)\" comes twice", "Keep one of them.")
      }
      fields.append(field)
      if offset == bytes.count { break }
      offset += 1
    }
    return Form(fields: fields, places: places)
  }

  public static func read(
    _ bytes: [UInt8], bytesMax: Int = documentBytesMax
  ) throws(TextFault) -> Form {
    try read(bytes.span, bytesMax: bytesMax)
  }

  private static let ampersand = UInt8(ascii: "&")

  /// Decodes a name or a value up to a mark or an `&`, at which the offset stands afterwards.
  private static func part(
    _ bytes: Span<UInt8>, _ offset: inout Int, upTo mark: UInt8, _ letters: inout LetterCase?
  ) throws(TextFault) -> [UInt8] {
    let start = offset
    var decoded: [UInt8] = []
    while offset < bytes.count, bytes[offset] != mark, bytes[offset] != ampersand {
      let byte = bytes[offset]
      switch byte {
      case Byte.plus: decoded.append(Byte.space)
      case Byte.percent:
        decoded.append(try escaped(bytes, at: offset, &letters))
        offset += 2
      case 0x21..<Byte.delete: decoded.append(byte)
      default:
        throw .at(
          offset, of: bytes, "\(Byte.name(byte)) stands in the form", "Write it as %XX.")
      }
      offset += 1
    }
    if decoded.contains(0) { throw .at(start, of: bytes, "the form holds U+0000") }
    guard UTF8Check.firstIllFormed(decoded.span) == nil else {
      throw .at(start, of: bytes, "the form is not well-formed UTF-8", "Send it in UTF-8.")
    }
    return decoded
  }

  /// The byte of a `%` and its two digits.
  private static func escaped(
    _ bytes: Span<UInt8>, at offset: Int, _ letters: inout LetterCase?
  ) throws(TextFault) -> UInt8 {
    guard offset + 2 < bytes.count, let high = digit(bytes[offset + 1]),
      let low = digit(bytes[offset + 2])
    else { throw .at(offset, of: bytes, "two hexadecimal digits must stand behind %") }
    for place in offset + 1...offset + 2 {
      guard let letter = LetterCase(bytes[place]) else { continue }
      guard letters == nil || letters == letter else {
        throw .at(
          offset, of: bytes, "the hexadecimal digits of the form are of both cases",
          "Write all of them in upper case.")
      }
      letters = letter
    }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case Byte.zero...Byte.nine: byte - Byte.zero
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

/// How the hexadecimal digits above 9 are written.
private enum LetterCase {
  case lower
  case upper

  /// Nil for a digit that is no letter.
  init?(_ digit: UInt8) {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self = .upper
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self = .lower
    default: return nil
    }
  }
}
