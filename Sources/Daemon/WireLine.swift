// One request line with its fields in their places.

import Events
import Text

/// Why a line is no request.
public struct WireFault: Error, Hashable, Sendable {
  /// The field that is wrong; empty where the line as a whole is.
  public var field: String
  public var reason: String
  /// What to do about it, in one sentence.
  public var hint: String

  init(_ field: String, _ reason: String, hint: String) {
    self.field = field
    self.reason = reason
    self.hint = hint
  }

  init(_ fault: TextFault) {
    self.init(
      "", "offset \(fault.offset): \(fault.reason)",
      hint: fault.hint.isEmpty
        ? "A request is one flat JSON object on a line of its own." : fault.hint)
  }

  /// What a text of a field is not, with the form that it must have.
  init(_ field: WireField, _ fault: TextFault, form: String) {
    self.init(field.name, fault.reason, hint: fault.hint.isEmpty ? form : fault.hint)
  }
}

extension WireFault: CustomStringConvertible {
  public var description: String {
    let place = field.isEmpty ? "" : "field \(field): "
    return place + reason + (hint.isEmpty ? "" : ". \(hint)")
  }
}

/// The scanner of a connection and the fields of the line it scanned last.
///
/// Senders repeat the order of their keys: which field stands where is found once a shape and kept
/// for the shapes met last.
@safe struct WireLine: ~Copyable {
  private static let shapesMax = 8
  // A shape's memory: the index of each field, then which fields there are, then its number.
  static let presentPlace = WireField.count
  private static let numberPlace = WireField.count + 1
  private static let width = 64

  private var scanner = FlatObjectScanner()
  private let shapes: UnsafeMutablePointer<Int>
  /// The memory of the shape of this line.
  private var shape: UnsafeMutablePointer<Int>
  /// For each shape the key that is no field, if it has one.
  private var unknown = [String?](repeating: nil, count: WireLine.shapesMax)
  private var hasUnknown = false

  init() {
    precondition(WireLine.numberPlace < WireLine.width, "a shape has no room for its fields")
    let count = WireLine.shapesMax * WireLine.width
    unsafe shapes = .allocate(capacity: count)
    unsafe shapes.initialize(repeating: -1, count: count)
    unsafe shape = shapes
    for field in 0..<WireField.count { unsafe shape[field] = FlatPlaces.nowhere }
    unsafe shape[WireLine.presentPlace] = 0
  }

  deinit { unsafe shapes.deallocate() }

  /// The fields of this line in their usual form.
  var usual: UsualNotice { unsafe UsualNotice(places: scanner.places, shape: shape) }

  private var present: WireFields {
    unsafe WireFields(rawValue: UInt64(bitPattern: Int64(shape[WireLine.presentPlace])))
  }

  /// Scans a line; after a fault it has no fields.
  @inline(__always)
  mutating func scan(_ line: Span<UInt8>) throws(WireFault) {
    do {
      try scanner.scan(line)
    } catch {
      throw WireFault(error)
    }
    let number = scanner.shapeNumber
    if unsafe number != shape[WireLine.numberPlace] {
      let place = number & (WireLine.shapesMax - 1)
      unsafe shape = shapes + place &* WireLine.width
      if unsafe number != shape[WireLine.numberPlace] { learn(line, place) }
      hasUnknown = unknown[place] != nil
    }
    if hasUnknown { throw notField() }
  }

  private func notField() -> WireFault {
    let place = scanner.shapeNumber & (WireLine.shapesMax - 1)
    return WireFault(
      unknown[place] ?? "", "it is not a field of any request",
      hint: "The fields are: \(WireFields(WireField.allCases).names)")
  }

  private mutating func learn(_ line: Span<UInt8>, _ place: Int) {
    unknown[place] = nil
    for field in 0..<WireField.count { unsafe shape[field] = FlatPlaces.nowhere }
    var present = WireFields(rawValue: 0)
    for index in 0..<scanner.count {
      guard let field = field(index, line) else {
        unknown[place] = name(index, line)
        break
      }
      unsafe shape[Int(field.rawValue)] = index
      present.insert(field)
    }
    unsafe shape[WireLine.presentPlace] = Int(Int64(bitPattern: present.rawValue))
    unsafe shape[WireLine.numberPlace] = scanner.shapeNumber
  }

  private func field(_ index: Int, _ line: Span<UInt8>) -> WireField? {
    ExternalID(scanner.bytes(scanner[index].key, of: line)).flatMap { WireField.byName[$0] }
  }

  /// The key as it was sent, cut to what a fault can show.
  private func name(_ index: Int, _ line: Span<UInt8>) -> String {
    let key = scanner.bytes(scanner[index].key, of: line)
    return String(decoding: (0..<min(key.count, 64)).map { key[$0] }, as: UTF8.self)
  }

  /// The index of a field in the line; `nowhere` where it is absent.
  @inline(__always)
  private func index(_ field: WireField) -> Int { unsafe shape[Int(field.rawValue)] }

  @inline(__always)
  func has(_ field: WireField) -> Bool { index(field) != FlatPlaces.nowhere }

  /// Refuses fields that do not belong to this kind of request.
  func allow(_ fields: WireFields) throws(WireFault) {
    let others = WireFields(rawValue: present.rawValue & ~fields.rawValue)
    guard others.rawValue != 0 else { return }
    throw WireFault(
      others.names, "it does not belong to this request",
      hint: "This request takes: \(fields.names)")
  }

  func optional(_ field: WireField) -> FlatValue? {
    let index = index(field)
    guard scanner.places.kind(index) != FlatKind.null else { return nil }
    return scanner[index].value
  }

  private func missing(_ field: WireField) -> WireFault {
    WireFault(
      field.name, "it is missing",
      hint: field == .command
        ? "Say what is asked for, one of \(Words.verbs.names); or ask with the field query."
        : "Give the request a field \(field.name); a row of a table, a cell in that column.")
  }

  func integer(
    _ field: WireField, in range: ClosedRange<Int64>, or fallback: Int64? = nil
  ) throws(WireFault) -> Int64 {
    guard let value = optional(field) else {
      guard let fallback else { throw missing(field) }
      return fallback
    }
    guard case .integer(let number) = value else {
      throw notInteger(field, value)
    }
    guard range.contains(number) else {
      throw WireFault(
        field.name, "\(number) is not within \(range.lowerBound) to \(range.upperBound)",
        hint: number < 0 && range.lowerBound == 0
          ? "Give it without a minus sign: which way money goes, the request says."
          : "Give a number within these bounds.")
    }
    return number
  }

  private func notInteger(_ field: WireField, _ value: FlatValue) -> WireFault {
    let hint =
      switch value {
      case .string: "Give it without quotes."
      case .number: "Write its digits alone, without a point or an exponent, at most 18 of them."
      default: "Give a number, such as 1250."
      }
    return WireFault(field.name, "it is not a whole number", hint: hint)
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
        throw WireFault(field, error, form: WireLine.identifierForm)
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
      throw WireFault(field, error, form: WireLine.identifierForm)
    }
    // A text stands in the line or in the scanner: both live as long as this span.
    let bytes = unsafe scanner.bytes(text, of: line).bytes
    return unsafe _overrideLifetime(bytes, borrowing: self)
  }

  private static let identifierForm =
    "An id is 1 to \(ExternalID.lengthMax) bytes of UTF-8 without control characters."

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
        throw WireFault(field, error, form: "Write it as 2024-09-12T10:00:00+08:00.")
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
    throw WireFault(
      field.name, "it is not one of \(words.names)",
      hint: "Write one of them, letter by letter.")
  }
}
