// One request line with its fields in their places.

import Events
import Text

/// Why a line is no request.
package struct WireFault: Error, Hashable, Sendable {
  /// The field that is wrong; empty where the line as a whole is.
  package var field: String
  package var reason: String
  package var hint: String

  init(_ field: String, _ reason: String, hint: String = "") {
    self.field = field
    self.reason = reason
    self.hint = hint
  }

  init(_ fault: TextFault) {
    self.init("", "offset \(fault.offset): \(fault.reason)", hint: fault.hint)
  }
}

extension WireFault: CustomStringConvertible {
  package var description: String {
    let place = field.isEmpty ? "" : "field \(field): "
    return place + reason + (hint.isEmpty ? "" : ". \(hint)")
  }
}

/// The scanner of a connection and the fields of the line it scanned last.
///
/// Senders repeat the order of their keys: which field stands where is found once a shape and kept.
struct WireLine: ~Copyable {
  private var scanner = FlatObjectScanner()
  private var shape = -1
  private var places: [WireField?] = []
  private var indices = [Int](repeating: -1, count: WireField.count)
  private var present = WireFields(rawValue: 0)
  private var unknown: String?

  /// Scans a line; after a fault it has no fields.
  mutating func scan(_ line: Span<UInt8>) throws(WireFault) {
    do {
      try scanner.scan(line)
    } catch {
      throw WireFault(error)
    }
    if scanner.shapeNumber != shape { learn(line) }
    if let unknown {
      throw WireFault(
        unknown, "it is not a field of any request",
        hint: "The fields are: \(WireFields(WireField.allCases).names)")
    }
  }

  private mutating func learn(_ line: Span<UInt8>) {
    shape = scanner.shapeNumber
    unknown = nil
    present = WireFields(rawValue: 0)
    for index in indices.indices { indices[index] = -1 }
    for index in 0..<scanner.count {
      guard let field = field(index, line) else {
        unknown = name(index, line)
        return
      }
      indices[Int(field.rawValue)] = index
      present.insert(field)
    }
  }

  private func field(_ index: Int, _ line: Span<UInt8>) -> WireField? {
    ExternalID(scanner.bytes(scanner[index].key, of: line)).flatMap { WireField.byName[$0] }
  }

  /// The key as it was sent, cut to what a fault can show.
  private func name(_ index: Int, _ line: Span<UInt8>) -> String {
    let key = scanner.bytes(scanner[index].key, of: line)
    return String(decoding: (0..<min(key.count, 64)).map { key[$0] }, as: UTF8.self)
  }

  func has(_ field: WireField) -> Bool { indices[Int(field.rawValue)] >= 0 }

  /// Refuses fields that do not belong to this kind of request.
  func allow(_ fields: WireFields) throws(WireFault) {
    let others = WireFields(rawValue: present.rawValue & ~fields.rawValue)
    guard others.rawValue != 0 else { return }
    throw WireFault(
      others.names, "it does not belong to this request",
      hint: "This request takes: \(fields.names)")
  }

  func optional(_ field: WireField) -> FlatValue? {
    let index = indices[Int(field.rawValue)]
    guard index >= 0 else { return nil }
    if case .null = scanner[index].value { return nil }
    return scanner[index].value
  }

  private func missing(_ field: WireField) -> WireFault {
    WireFault(field.name, "it is missing")
  }

  func integer(
    _ field: WireField, in range: ClosedRange<Int64>, or fallback: Int64? = nil
  ) throws(WireFault) -> Int64 {
    guard let value = optional(field) else {
      guard let fallback else { throw missing(field) }
      return fallback
    }
    guard case .integer(let number) = value else {
      throw WireFault(field.name, "it is not a whole number", hint: "Give it without quotes.")
    }
    guard range.contains(number) else {
      throw WireFault(
        field.name, "\(number) is not within \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Lets `body` see the bytes of a string field; nil where the field is absent.
  func withText<Result>(
    _ field: WireField, of line: Span<UInt8>,
    _ body: (Span<UInt8>) throws(WireFault) -> Result
  ) throws(WireFault) -> Result? {
    guard let value = optional(field) else { return nil }
    guard case .string(let text) = value else { throw notText(field) }
    return try body(scanner.bytes(text, of: line))
  }

  /// An id: checked for length, UTF-8 and control characters.
  func identifier(
    _ field: WireField, of line: Span<UInt8>, optional isOptional: Bool = false
  ) throws(WireFault) -> ExternalID {
    let found = try withText(field, of: line) { text throws(WireFault) in
      if text.count == 0, isOptional { return ExternalID.none }
      do throws(TextFault) {
        return try IdentifierRule.externalID(text)
      } catch {
        throw WireFault(field.name, error.reason, hint: error.hint)
      }
    }
    guard let found else {
      if isOptional { return .none }
      throw missing(field)
    }
    return found
  }

  /// The bytes of an id, checked as `identifier` checks them; none where it is absent.
  @inline(__always)
  @_lifetime(borrow self)
  func text(
    _ field: WireField, of line: Span<UInt8>, optional isOptional: Bool = false
  ) throws(WireFault) -> RawSpan {
    guard let value = optional(field) else {
      if isOptional { return RawSpan() }
      throw missing(field)
    }
    guard case .string(let text) = value else { throw notText(field) }
    if text.count == 0, isOptional { return RawSpan() }
    do throws(TextFault) {
      try IdentifierRule.check(scanner.bytes(text, of: line))
    } catch {
      throw WireFault(field.name, error.reason, hint: error.hint)
    }
    // A text stands in the line or in the scanner: both live as long as this span.
    let bytes = unsafe scanner.bytes(text, of: line).bytes
    return unsafe _overrideLifetime(bytes, borrowing: self)
  }

  private func notText(_ field: WireField) -> WireFault {
    WireFault(field.name, "it is not a string", hint: "Put it in quotes.")
  }

  func instant(
    _ field: WireField, of line: Span<UInt8>, or fallback: Timestamp? = nil
  ) throws(WireFault) -> Timestamp {
    let found = try withText(field, of: line) { text throws(WireFault) in
      do throws(TextFault) {
        return try RFC3339.parse(text)
      } catch {
        throw WireFault(field.name, error.reason, hint: error.hint)
      }
    }
    if let found { return found }
    guard let fallback else { throw missing(field) }
    return fallback
  }

  func bytes(_ field: WireField, of line: Span<UInt8>) throws(WireFault) -> [UInt8] {
    let found = try withText(field, of: line) { text throws(WireFault) in
      (0..<text.count).map { text[$0] }
    }
    guard let found else { throw missing(field) }
    return found
  }

  /// A word of a closed list.
  @inline(__always)
  func word<Value>(
    _ field: WireField, of line: Span<UInt8>, _ words: WireWords<Value>,
    or fallback: Value? = nil
  ) throws(WireFault) -> Value {
    guard let value = optional(field) else {
      guard let fallback else { throw missing(field) }
      return fallback
    }
    guard case .string(let text) = value else { throw notText(field) }
    if let found = words.find(unsafe scanner.bytes(text, of: line).bytes) { return found }
    throw WireFault(field.name, "it is not one of \(words.names)")
  }
}
