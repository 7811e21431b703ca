// A JSON document as values: numbers keep their text, objects keep their order.

/// A number exactly as it was written.
public struct JSONNumber: Hashable, Sendable {
  /// The text of the document, checked against the grammar.
  public let text: String
  /// Its value where it is written as a whole number, without fraction or exponent, and fits.
  public let integer: Int64?

  init(text: String, integer: Int64?) {
    self.text = text
    self.integer = integer
  }
}

/// A value of a JSON document.
public indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  /// The fields in the order of the document; no key comes twice.
  case object([(key: String, value: JSONValue)])

  /// What kind of value it is, as a fault says it.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The value of a key; nil where this is no object or has no such key.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let fields) = self else { return nil }
    return fields.first { sameBytes($0.key, key) }?.value
  }
}

extension JSONValue: Equatable {
  /// Equality of bytes and of order.
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): left.text == right.text
    case (.string(let left), .string(let right)): sameBytes(left, right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)):
      left.elementsEqual(right) { sameBytes($0.key, $1.key) && $0.value == $1.value }
    default: false
    }
  }
}
