// Takes an object's fields by name, and refuses what nobody asked for.

/// The fields of one JSON object; every fault names the path of the field it is about.
///
/// A field that may be absent is left out; null is a value, and no field here is null.
public struct FieldReader: Sendable {
  /// Where the object stands in its document: `waves[2]`; empty for the document itself.
  public let path: String
  private let fields: [(key: String, value: JSONValue)]
  /// The names asked for so far, in the order of asking.
  private var known: [String] = []

  public init(_ value: JSONValue, path: String = "") throws(TextFault) {
    guard case .object(let fields) = value else {
      let place = path.isEmpty ? "the document" : path
      throw .field("\(place) must be an object and is \(value.kind)")
    }
    self.path = path
    self.fields = fields
  }

  /// The path of a field of this object.
  public func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// A fault about a field, for a rule that the caller checks.
  public func fault(_ name: String, _ reason: String, hint: String = "") -> TextFault {
    .field("\(path(of: name)) \(reason)", hint)
  }

  /// The value of a field whatever it is; nil where it is absent.
  public mutating func optionalValue(_ name: String) -> JSONValue? {
    if !known.contains(where: { sameBytes($0, name) }) { known.append(name) }
    return fields.first { sameBytes($0.key, name) }?.value
  }

  public mutating func value(_ name: String) throws(TextFault) -> JSONValue {
    guard let value = optionalValue(name) else { throw absent(name) }
    return value
  }

  /// Refuses the keys that nobody asked for.
  public func finish() throws(TextFault) {
    let unknown = fields.map(\.key).filter { key in
      !known.contains { sameBytes($0, key) }
    }
    guard !unknown.isEmpty else { return }
    let place = path.isEmpty ? "the document" : path
    throw .field(
      "\(place) has no field \(unknown.map { "\"\($0)\"" }.joined(separator: ", "))",
      "Its fields are \(known.joined(separator: ", ")).")
  }

  private func absent(_ name: String) -> TextFault { fault(name, "is missing") }

  private func wrong(_ name: String, _ value: JSONValue, _ wanted: String) -> TextFault {
    fault(name, "must be \(wanted) and is \(value.kind)")
  }
}

// MARK: - Texts, numbers, booleans

extension FieldReader {
  public mutating func optionalString(_ name: String) throws(TextFault) -> String? {
    switch optionalValue(name) {
    case nil: return nil
    case .string(let text)?: return text
    case let value?: throw wrong(name, value, "a string")
    }
  }

  public mutating func string(_ name: String) throws(TextFault) -> String {
    guard let text = try optionalString(name) else { throw absent(name) }
    return text
  }

  public mutating func optionalInteger(
    _ name: String, in range: ClosedRange<Int64> = .min ... .max
  ) throws(TextFault) -> Int64? {
    switch optionalValue(name) {
    case nil: return nil
    case .number(let number)?:
      guard let integer = number.integer else {
        throw fault(name, "must be a whole number and is \(number.text)")
      }
      guard range.contains(integer) else {
        throw fault(
          name, "is \(integer)", hint: "Give \(range.lowerBound) to \(range.upperBound).")
      }
      return integer
    case let value?: throw wrong(name, value, "a whole number")
    }
  }

  public mutating func integer(
    _ name: String, in range: ClosedRange<Int64> = .min ... .max
  ) throws(TextFault) -> Int64 {
    guard let integer = try optionalInteger(name, in: range) else { throw absent(name) }
    return integer
  }

  public mutating func optionalBoolean(_ name: String) throws(TextFault) -> Bool? {
    switch optionalValue(name) {
    case nil: return nil
    case .bool(let flag)?: return flag
    case let value?: throw wrong(name, value, "true or false")
    }
  }

  public mutating func boolean(_ name: String) throws(TextFault) -> Bool {
    guard let flag = try optionalBoolean(name) else { throw absent(name) }
    return flag
  }
}

// MARK: - Arrays and objects

extension FieldReader {
  public mutating func optionalArray(_ name: String) throws(TextFault) -> [JSONValue]? {
    switch optionalValue(name) {
    case nil: return nil
    case .array(let elements)?: return elements
    case let value?: throw wrong(name, value, "an array")
    }
  }

  public mutating func array(_ name: String) throws(TextFault) -> [JSONValue] {
    guard let elements = try optionalArray(name) else { throw absent(name) }
    return elements
  }

  /// The strings of an array.
  public mutating func strings(_ name: String) throws(TextFault) -> [String] {
    var texts: [String] = []
    for (index, element) in try array(name).enumerated() {
      guard case .string(let text) = element else {
        throw wrong("\(name)[\(index)]", element, "a string")
      }
      texts.append(text)
    }
    return texts
  }

  /// The objects of an array, each with its path.
  public mutating func objects(_ name: String) throws(TextFault) -> [FieldReader] {
    var readers: [FieldReader] = []
    for (index, element) in try array(name).enumerated() {
      readers.append(try FieldReader(element, path: path(of: "\(name)[\(index)]")))
    }
    return readers
  }

  public mutating func optionalObject(_ name: String) throws(TextFault) -> FieldReader? {
    guard let value = optionalValue(name) else { return nil }
    return try FieldReader(value, path: path(of: name))
  }

  public mutating func object(_ name: String) throws(TextFault) -> FieldReader {
    guard let reader = try optionalObject(name) else { throw absent(name) }
    return reader
  }
}
