// Takes the fields of a plan's document one by one and gathers what is wrong with them.

public import Events
import Text

/// The fields of one object of the document; a fault is kept, and the reading goes on.
struct PlanFields {
  private var reader: FieldReader
  var faults: [PlanFault] = []

  init(_ reader: FieldReader) { self.reader = reader }

  func path(of name: String) -> String { reader.path(of: name) }

  mutating func fault(_ name: String, _ value: String, _ reason: String, _ advice: String) {
    faults.append(
      PlanFault(path: path(of: name), value: value, reason: reason, advice: advice))
  }

  /// Refuses the keys that nobody asked for.
  mutating func finish() {
    do throws(TextFault) { try reader.finish() } catch {
      let place = reader.path.isEmpty ? "the document" : reader.path
      faults.append(PlanFault(path: place, reason: error.reason, advice: error.hint))
    }
  }

  mutating func optional(_ name: String) -> JSONValue? { reader.optionalValue(name) }

  mutating func value(_ name: String, _ wanted: String) -> JSONValue? {
    guard let value = reader.optionalValue(name) else {
      fault(name, "", "is missing", "Give \(wanted).")
      return nil
    }
    return value
  }

  mutating func string(_ name: String, _ wanted: String) -> String? {
    guard let value = value(name, wanted) else { return nil }
    return string(name, value, wanted)
  }

  mutating func string(_ name: String, _ value: JSONValue, _ wanted: String) -> String? {
    guard case .string(let text) = value else {
      fault(name, PlanFields.text(value), "is \(value.kind)", "Give \(wanted), in quotes.")
      return nil
    }
    return text
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
    let wanted = "a whole number, \(range.lowerBound) to \(range.upperBound)"
    guard let value = value(name, wanted) else { return nil }
    return integer(name, value, in: range)
  }

  mutating func optionalInteger(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
    guard let value = optional(name) else { return nil }
    return integer(name, value, in: range)
  }

  private mutating func integer(
    _ name: String, _ value: JSONValue, in range: ClosedRange<Int64>
  ) -> Int64? {
    let wanted = "a whole number, \(range.lowerBound) to \(range.upperBound)"
    guard case .number(let number) = value, let integer = number.integer, range.contains(integer)
    else {
      fault(name, PlanFields.text(value), "is no number of that range", "Give \(wanted).")
      return nil
    }
    return integer
  }

  mutating func array(_ name: String, _ wanted: String) -> [JSONValue]? {
    guard let value = value(name, wanted) else { return nil }
    guard case .array(let elements) = value else {
      fault(name, PlanFields.text(value), "is \(value.kind)", "Give \(wanted).")
      return nil
    }
    return elements
  }

  mutating func object(_ name: String) -> PlanFields? {
    guard let value = value(name, "an object") else { return nil }
    return object(name, value)
  }

  mutating func object(_ name: String, _ value: JSONValue) -> PlanFields? {
    do throws(TextFault) {
      return PlanFields(try FieldReader(value, path: path(of: name)))
    } catch {
      fault(name, PlanFields.text(value), "is \(value.kind)", "Give an object.")
      return nil
    }
  }

  /// A scalar as it was written, for a fault.
  static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .number(let number): number.text
    case .string(let text): text
    case .array(let elements): "\(elements.count) elements"
    case .object(let fields): "\(fields.count) fields"
    }
  }
}

// MARK: - The values that plans are made of

extension PlanFields {
  /// An id of 1 to 64 bytes.
  mutating func identifier(_ name: String) -> ShortText? {
    guard let text = string(name, "a name of 1 to 64 bytes") else { return nil }
    return identifier(name, text)
  }

  mutating func identifier(_ name: String, _ text: String) -> ShortText? {
    do throws(TextFault) { return try IdentifierRule.externalID(text) } catch {
      fault(name, text, error.reason, error.hint)
      return nil
    }
  }

  mutating func instant(_ name: String) -> Timestamp? {
    let wanted = "an instant such as 2024-09-12T00:00:00+08:00"
    guard let text = string(name, wanted) else { return nil }
    do throws(TextFault) { return try RFC3339.parse(text) } catch {
      fault(name, text, error.reason, error.hint.isEmpty ? "Give \(wanted)." : error.hint)
      return nil
    }
  }

  mutating func optionalDay(_ name: String) -> BeijingDay? {
    let wanted = "a day of Beijing such as 2024-09-05"
    guard let value = optional(name), let text = string(name, value, wanted) else { return nil }
    do throws(TextFault) { return try RFC3339.parseDay(text) } catch {
      fault(name, text, error.reason, "Give \(wanted).")
      return nil
    }
  }

  /// The seconds after midnight of `08:30`.
  mutating func timeOfDay(_ name: String) -> Int64? {
    let wanted = "a time of day in Beijing, 00:00 to 23:59"
    guard let text = string(name, wanted) else { return nil }
    guard let seconds = PlanFields.clock(text), seconds < BeijingDay.secondsPerDay else {
      fault(name, text, "is no time of day", "Give \(wanted).")
      return nil
    }
    return seconds
  }

  /// The seconds after midnight of `08:30`, up to `24:00`; nil for anything else.
  static func clock(_ text: some StringProtocol) -> Int64? {
    let digits = Array(text.utf8)
    let isForm =
      digits.count == 5 && digits[2] == UInt8(ascii: ":")
      && [0, 1, 3, 4].allSatisfy { (0x30...0x39).contains(digits[$0]) }
    guard isForm else { return nil }
    let hour = Int64(digits[0] - 0x30) * 10 + Int64(digits[1] - 0x30)
    let minute = Int64(digits[3] - 0x30) * 10 + Int64(digits[4] - 0x30)
    guard minute < 60, hour * 60 + minute <= 24 * 60 else { return nil }
    return hour * 3600 + minute * 60
  }

  /// A share above `least` and not above the whole.
  mutating func share(_ name: String, _ text: String, isZeroAllowed: Bool) -> Share? {
    guard let share = Share(text), isZeroAllowed || share > .none else {
      let least = isZeroAllowed ? "0%" : "0.0001%"
      fault(name, text, "is no share", "Give \(least) to 100%, with at most four decimals.")
      return nil
    }
    return share
  }

  mutating func share(_ name: String) -> Share? {
    guard let text = string(name, "a share such as 5%") else { return nil }
    return share(name, text, isZeroAllowed: true)
  }

  /// A number of merchants or payments, or a share of them.
  mutating func cap(_ name: String) -> Cap? {
    let wanted = "a whole number from 1, or a share such as 4%"
    guard let value = value(name, wanted) else { return nil }
    if case .number(let number) = value, let count = number.integer, count > 0 {
      return .count(UInt64(count))
    }
    guard case .string(let text) = value else {
      fault(name, PlanFields.text(value), "is no limit", "Give \(wanted).")
      return nil
    }
    return share(name, text, isZeroAllowed: false).map { .share($0) }
  }

  mutating func optionalCap(_ name: String) -> Cap? {
    optional(name) == nil ? nil : cap(name)
  }

  /// A code, as every reason is one: words may name people.
  mutating func code(_ name: String) -> ShortText? {
    let wanted = "a code of 1 to 64 of a-z, 0-9 and -, such as mid-autumn"
    guard let text = string(name, wanted) else { return nil }
    let isCode = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }
    guard isCode, let code = ShortText(text), !code.isEmpty else {
      fault(name, text, "is no code", "Give \(wanted).")
      return nil
    }
    return code
  }

  /// A list of different words of a closed list; nil where the field is absent.
  mutating func optionalWords<Word: Equatable>(
    _ name: String, _ words: [(name: String, word: Word)], isEmptyAllowed: Bool = false
  ) -> [Word]? {
    guard optional(name) != nil else { return nil }
    let wanted = "a list of \(words.map(\.name).joined(separator: ", "))"
    var found: [Word] = []
    let elements = array(name, wanted) ?? []
    for (index, element) in elements.enumerated() {
      let place = "\(name)[\(index)]"
      guard let text = string(place, element, wanted) else { continue }
      if let word = words.first(where: { $0.name == text })?.word, !found.contains(word) {
        found.append(word)
      } else {
        fault(place, text, "is not known, or comes twice", "Give \(wanted).")
      }
    }
    if elements.isEmpty, !isEmptyAllowed {
      fault(name, "", "names nothing", "Leave it out to take all of them.")
    }
    return found
  }

  /// A word of a closed list.
  mutating func word<Word>(
    _ name: String, _ words: [(name: String, word: Word)]
  ) -> Word? {
    let wanted = "one of \(words.map(\.name).joined(separator: ", "))"
    guard let text = string(name, wanted) else { return nil }
    guard let found = words.first(where: { $0.name == text }) else {
      fault(name, text, "is not known", "Give \(wanted).")
      return nil
    }
    return found.word
  }
}

extension Share {
  /// Reads `0.5%`; nil for anything else, more than four decimals or more than 100 %.
  public init?(_ text: String) {
    guard text.utf8.last == UInt8(ascii: "%"),
      let value = fixedDecimal(text.utf8.dropLast(), decimals: 4),
      value <= UInt64(Share.whole.rawValue)
    else { return nil }
    self.init(partsPerMillion: UInt32(value))
  }
}

/// The value of `1.25` in the last of so many decimals: 1250 of three.
///
/// - Returns: nil for what is no such number, has more decimals or more than seven digits.
func fixedDecimal(_ text: some Sequence<UInt8>, decimals decimalsMax: Int) -> UInt64? {
  var value: UInt64 = 0
  var decimals = -1
  var digits = 0
  for byte in text {
    if byte == UInt8(ascii: "."), decimals < 0, digits > 0 {
      decimals = 0
      continue
    }
    guard (0x30...0x39).contains(byte), decimals < decimalsMax, digits < 7 else { return nil }
    value = value * 10 + UInt64(byte - 0x30)
    digits += 1
    if decimals >= 0 { decimals += 1 }
  }
  guard digits > 0, decimals != 0 else { return nil }
  for _ in max(decimals, 0)..<decimalsMax { value *= 10 }
  return value
}
