// Writes compact JSON: the keys in the order given, every character printable and in order.
//
// Beside what JSON demands, escaped are DEL and the C1 controls, U+2028 and U+2029, and the
// direction controls: a line that is shown to a person reads as what it is.

public import Events

/// Appends one document after another to a buffer; it knows where commas belong.
public struct JSONWriter: Sendable {
  public static let depthMax = 62

  /// One bit for each open array or object, the innermost lowest: whether it has a value already.
  private var filled: UInt64 = 0
  private var depth = 0
  private var isBehindKey = false

  public init() {}

  public mutating func beginObject(to out: inout [UInt8]) { open(Byte.braceOpen, &out) }
  public mutating func endObject(to out: inout [UInt8]) { close(Byte.braceClose, &out) }
  public mutating func beginArray(to out: inout [UInt8]) { open(Byte.bracketOpen, &out) }
  public mutating func endArray(to out: inout [UInt8]) { close(Byte.bracketClose, &out) }

  public mutating func key(_ name: String, to out: inout [UInt8]) {
    precondition(depth > 0 && !isBehindKey, "a key is written where a value must stand")
    separate(&out)
    JSONWriter.append(name, to: &out)
    out.append(Byte.colon)
    isBehindKey = true
  }

  public mutating func string(_ text: String, to out: inout [UInt8]) {
    separate(&out)
    JSONWriter.append(text, to: &out)
  }

  /// A string of bytes; what is not well-formed UTF-8 becomes U+FFFD.
  public mutating func string(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
    separate(&out)
    JSONWriter.append(bytes, to: &out)
  }

  public mutating func string(_ id: ExternalID, to out: inout [UInt8]) {
    separate(&out)
    JSONWriter.append(id.bytes.span, to: &out)
  }

  public mutating func integer(_ value: Int, to out: inout [UInt8]) {
    separate(&out)
    appendDecimal(value, to: &out)
  }

  public mutating func integer(_ value: Int64, to out: inout [UInt8]) {
    separate(&out)
    appendDecimal(value, to: &out)
  }

  public mutating func integer(_ value: UInt64, to out: inout [UInt8]) {
    separate(&out)
    appendDecimal(value, to: &out)
  }

  public mutating func integer(_ value: some BinaryInteger, to out: inout [UInt8]) {
    separate(&out)
    appendDecimal(value, to: &out)
  }

  public mutating func number(_ number: JSONNumber, to out: inout [UInt8]) {
    separate(&out)
    out.append(contentsOf: number.text.utf8)
  }

  public mutating func boolean(_ flag: Bool, to out: inout [UInt8]) {
    separate(&out)
    out.append(contentsOf: flag ? "true".utf8 : "false".utf8)
  }

  public mutating func null(to out: inout [UInt8]) {
    separate(&out)
    out.append(contentsOf: "null".utf8)
  }

  /// An instant as a string of RFC 3339.
  public mutating func time(_ time: Timestamp, offsetSeconds: Int = 0, to out: inout [UInt8]) {
    separate(&out)
    out.append(Byte.quote)
    RFC3339.append(time, offsetSeconds: offsetSeconds, to: &out)
    out.append(Byte.quote)
  }

  public mutating func value(_ value: JSONValue, to out: inout [UInt8]) {
    switch value {
    case .null: null(to: &out)
    case .bool(let flag): boolean(flag, to: &out)
    case .number(let number): self.number(number, to: &out)
    case .string(let text): string(text, to: &out)
    case .array(let elements):
      beginArray(to: &out)
      for element in elements { self.value(element, to: &out) }
      endArray(to: &out)
    case .object(let fields):
      beginObject(to: &out)
      for field in fields {
        key(field.key, to: &out)
        self.value(field.value, to: &out)
      }
      endObject(to: &out)
    }
  }
}

// MARK: - Commas

extension JSONWriter {
  /// Puts the comma before a key, or before a value without one.
  private mutating func separate(_ out: inout [UInt8]) {
    if isBehindKey {
      isBehindKey = false
      return
    }
    if filled & 1 == 1, depth > 0 { out.append(Byte.comma) }
    filled |= 1
  }

  private mutating func open(_ bracket: UInt8, _ out: inout [UInt8]) {
    precondition(depth < JSONWriter.depthMax, "JSON is written deeper than its limit")
    separate(&out)
    out.append(bracket)
    filled <<= 1
    depth += 1
  }

  private mutating func close(_ bracket: UInt8, _ out: inout [UInt8]) {
    precondition(depth > 0 && !isBehindKey, "JSON is closed where nothing is open")
    out.append(bracket)
    filled >>= 1
    depth -= 1
  }
}

// MARK: - Strings

extension JSONWriter {
  private static func append(_ text: String, to out: inout [UInt8]) {
    var text = text
    text.makeContiguousUTF8()
    append(text.utf8Span.span, to: &out)
  }

  /// Appends a string with its quotes; what is not well-formed UTF-8 becomes U+FFFD.
  public static func append(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
    out.append(Byte.quote)
    var done = 0
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte >= 0x20, byte < Byte.delete, byte != Byte.quote, byte != Byte.backslash {
        index &+= 1
        continue
      }
      let step = UTF8Check.step(bytes, at: index)
      let length = max(step.length, 1)
      if byte >= 0x80, step.length > 0, !UTF8Check.isDeceptive(step.scalar) {
        index += length
        continue
      }
      out.append(bytes, done..<index)
      appendEscape(step.length > 0 ? step.scalar : 0xFFFD, to: &out)
      index += length
      done = index
    }
    out.append(bytes, done..<bytes.count)
    out.append(Byte.quote)
  }

  /// Appends the escape of a scalar of the basic plane.
  private static func appendEscape(_ scalar: UInt32, to out: inout [UInt8]) {
    out.append(Byte.backslash)
    switch scalar {
    case 0x22, 0x5C: out.append(UInt8(scalar))
    case 0x08: out.append(UInt8(ascii: "b"))
    case 0x0C: out.append(UInt8(ascii: "f"))
    case 0x0A: out.append(UInt8(ascii: "n"))
    case 0x0D: out.append(UInt8(ascii: "r"))
    case 0x09: out.append(UInt8(ascii: "t"))
    default:
      out.append(UInt8(ascii: "u"))
      for shift in [UInt32(12), 8, 4, 0] {
        let digit = UInt8(scalar >> shift & 0xF)
        out.append(digit < 10 ? Byte.zero + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }
}
