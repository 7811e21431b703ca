// Where an event of a log differs from what the rules lead to, field by field.

import Dumps
import Events
import Text

enum EventDifference {
  /// How many fields are told of.
  private static let fieldsMax = 4
  private static let textMax = 120

  /// The rule, named after the first field that differs, and what each says.
  static func list(_ kept: Event, _ decided: Event) -> (rule: String, text: String) {
    guard kept.kind == decided.kind else {
      return ("kind", "the rules lead to \(decided.kind.name) here")
    }
    let fields = differences(kept, decided)
    let text = fields.prefix(fieldsMax).map { field in
      "\(field.name) is \(short(field.kept)) and should be \(short(field.decided))"
    }
    let more = fields.count > fieldsMax ? "; \(fields.count - fieldsMax) more fields differ" : ""
    return (fields.first?.name ?? "bytes", text.joined(separator: "; ") + more)
  }

  private static func differences(
    _ kept: Event, _ decided: Event
  ) -> [(name: String, kept: String, decided: String)] {
    let (left, right) = (values(kept), values(decided))
    var found: [(name: String, kept: String, decided: String)] = []
    for (name, value) in left {
      let other = right.first { $0.name == name }?.value ?? "absent"
      if value != other { found.append((name, value, other)) }
    }
    for (name, value) in right where !left.contains(where: { $0.name == name }) {
      found.append((name, "absent", value))
    }
    return found
  }

  /// Every field of an event as it is printed, with those of its kind behind those of every event.
  private static func values(_ event: Event) -> [(name: String, value: String)] {
    let line = Array(EventPrinter.line(event, at: .zero).utf8)
    guard case .object(let pairs)? = try? JSONReader.read(line) else { return [] }
    var values: [(name: String, value: String)] = []
    for (name, value) in pairs {
      if name == "fields", case .object(let fields) = value {
        values += fields.map { ($0.key, text($0.value)) }
      } else {
        values.append((name, text(value)))
      }
    }
    return values
  }

  private static func text(_ value: JSONValue) -> String {
    var writer = JSONWriter()
    var bytes: [UInt8] = []
    writer.value(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func short(_ text: String) -> String {
    text.count <= textMax ? text : "\(text.prefix(textMax))..."
  }
}
