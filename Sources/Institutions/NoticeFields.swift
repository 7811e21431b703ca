// The fields of a notification by their names: what is missing or wrong is a fault with its path.

import Events
import Text

/// One object of a notification, of JSON or of a form.
///
/// A field without a value is absent: null and the empty text. Fields nobody asks for are passed
/// over, for institutions add some at any time.
struct NoticeFields {
  /// Where it stands in the notification: `amount`, `sub_orders[2]`; empty for the whole.
  let path: String
  private let value: JSONValue

  /// - Throws: where the value is no object.
  init(_ value: JSONValue, path: String = "") throws(NoticeFault) {
    guard case .object = value else {
      throw .malformed(path.isEmpty ? "the document" : path, "it must be an object")
    }
    self.value = value
    self.path = path
  }

  /// The fields of a form, all of them texts.
  init(_ form: Form) {
    value = .object(form.fields.map { ($0.name, .string($0.value)) })
    path = ""
  }

  func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  func malformed(_ name: String, _ why: String) -> NoticeFault { .malformed(path(of: name), why) }
  func senseless(_ name: String, _ why: String) -> NoticeFault { .senseless(path(of: name), why) }

  private func found(_ name: String) -> JSONValue? {
    switch value[name] {
    case nil, .null?, .string("")?: nil
    case let value?: value
    }
  }

  private func required<Value>(_ name: String, _ value: Value?) throws(NoticeFault) -> Value {
    guard let value else { throw malformed(name, "it is missing") }
    return value
  }

  private func wrong(_ name: String, _ value: JSONValue, _ wanted: String) -> NoticeFault {
    malformed(name, "it must be \(wanted) and is \(value.kind)")
  }
}

// MARK: - Texts and ids

extension NoticeFields {
  func optionalText(_ name: String) throws(NoticeFault) -> String? {
    switch found(name) {
    case nil: return nil
    case .string(let text)?: return text
    case let value?: throw wrong(name, value, "a text")
    }
  }

  func text(_ name: String) throws(NoticeFault) -> String {
    try required(name, try optionalText(name))
  }

  /// An id by the rule for ids from outside.
  func optionalID(_ name: String) throws(NoticeFault) -> ExternalID? {
    guard let text = try optionalText(name) else { return nil }
    do {
      return try IdentifierRule.externalID(text)
    } catch { throw malformed(name, error.reason) }
  }

  func id(_ name: String) throws(NoticeFault) -> ExternalID {
    try required(name, try optionalID(name))
  }
}

// MARK: - Amounts

extension NoticeFields {
  /// A whole number of fen, or of the minor unit of the currency that stands beside it.
  func optionalFen(_ name: String) throws(NoticeFault) -> Money? {
    switch found(name) {
    case nil: return nil
    case .number(let number)?:
      guard let integer = number.integer else {
        throw senseless(name, "it must be a whole number of fen and is \(number.text)")
      }
      return try payable(Money(fen: integer), name)
    case let value?: throw wrong(name, value, "a whole number")
    }
  }

  func fen(_ name: String) throws(NoticeFault) -> Money {
    try required(name, try optionalFen(name))
  }

  /// Yuan in decimals, as a text.
  func optionalYuan(_ name: String) throws(NoticeFault) -> Money? {
    guard let text = try optionalText(name) else { return nil }
    do {
      return try payable(try AmountText.parseYuan(text, sign: .minusAllowed), name)
    } catch let fault as TextFault {
      // Digits that make no amount of money were meant as one all the same.
      let isNumber = text.utf8.allSatisfy { "0123456789.-".utf8.contains($0) }
      throw isNumber ? senseless(name, fault.reason) : malformed(name, fault.reason)
    } catch let fault as NoticeFault {
      throw fault
    } catch { throw malformed(name, "it is no amount") }
  }

  func yuan(_ name: String) throws(NoticeFault) -> Money {
    try required(name, try optionalYuan(name))
  }

  private func payable(_ money: Money, _ name: String) throws(NoticeFault) -> Money {
    guard money >= .zero else { throw senseless(name, "it is negative") }
    guard money <= .paymentMax else {
      throw senseless(name, "it is above \(Money.paymentMax.rawValue) fen, the most a payment has")
    }
    return money
  }

  /// The number of a currency that letters of ISO 4217 name; the yuan where none is named.
  func currency(_ name: String) throws(NoticeFault) -> UInt16 {
    guard let letters = try optionalText(name) else { return Payment.yuan }
    guard let number = Currency.number(letters: letters) else {
      throw senseless(name, "ISO 4217 has no such currency")
    }
    return number
  }
}

// MARK: - Instants

extension NoticeFields {
  /// An instant of RFC 3339 with any offset.
  func optionalInstant(_ name: String) throws(NoticeFault) -> Timestamp? {
    guard let text = try optionalText(name) else { return nil }
    // A bare date would be read as its midnight.
    guard text.utf8.count > 10 else { throw malformed(name, "it has no time of the day") }
    return try instant(text, name)
  }

  func instant(_ name: String) throws(NoticeFault) -> Timestamp {
    try required(name, try optionalInstant(name))
  }

  /// An instant that Beijing's clocks show as `2024-09-12 00:00:00`, with or without a fraction
  /// of a second; the notification names no zone.
  func optionalBeijingTime(_ name: String) throws(NoticeFault) -> Timestamp? {
    guard let text = try optionalText(name) else { return nil }
    let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 10, parts[1].count >= 8 else {
      throw malformed(name, "it must be written as 2024-09-12 00:00:00")
    }
    return try instant("\(Substring(parts[0]))T\(Substring(parts[1]))+08:00", name)
  }

  private func instant(_ text: String, _ name: String) throws(NoticeFault) -> Timestamp {
    let instant: Timestamp
    do {
      instant = try RFC3339.parse(text)
    } catch { throw malformed(name, error.reason) }
    // The log says with this instant that a source named none.
    guard instant > .none else { throw senseless(name, "it is the first instant of 1970") }
    return instant
  }
}

// MARK: - Objects

extension NoticeFields {
  func optionalObject(_ name: String) throws(NoticeFault) -> NoticeFields? {
    guard let value = found(name) else { return nil }
    return try NoticeFields(value, path: path(of: name))
  }

  func object(_ name: String) throws(NoticeFault) -> NoticeFields {
    try required(name, try optionalObject(name))
  }

  /// The objects of an array, each with its path; nil where there is no array.
  ///
  /// - Parameter countMax: a longer array is refused.
  func optionalObjects(
    _ name: String, countMax: Int
  ) throws(NoticeFault) -> [NoticeFields]? {
    guard let value = found(name) else { return nil }
    guard case .array(let elements) = value else { throw wrong(name, value, "an array") }
    guard elements.count <= countMax else {
      throw senseless(name, "it has \(elements.count) elements, of \(countMax) at most")
    }
    var objects: [NoticeFields] = []
    for (index, element) in elements.enumerated() {
      objects.append(try NoticeFields(element, path: path(of: "\(name)[\(index)]")))
    }
    return objects
  }

  /// The document that a text of JSON holds.
  static func document(_ bytes: [UInt8], _ name: String) throws(NoticeFault) -> JSONValue {
    do {
      return try JSONReader.read(bytes, bytesMax: documentBytesMax)
    } catch { throw .malformed(name, "\(error)") }
  }

  /// How long a notification may be, in bytes.
  static let documentBytesMax = 256 * 1024
}
