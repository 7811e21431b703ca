// A JSON document that is put together value by value and printed for people to read.

import Text

/// A value of a schema.
enum SchemaTree {
  case text(String)
  case number(Int)
  case yes
  case no
  case list([SchemaTree])
  case fields([(key: String, value: SchemaTree)])

  static func texts(_ texts: [String]) -> SchemaTree { .list(texts.map { .text($0) }) }

  /// The document, two spaces a level; lists of short texts stand in one line.
  var document: [UInt8] {
    var out: [UInt8] = []
    write(indent: 0, to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }

  private func write(indent: Int, to out: inout [UInt8]) {
    switch self {
    case .text(let text): JSONWriter.append(Array(text.utf8).span, to: &out)
    case .number(let number): out.append(contentsOf: "\(number)".utf8)
    case .yes: out.append(contentsOf: "true".utf8)
    case .no: out.append(contentsOf: "false".utf8)
    case .list(let values):
      out.append(contentsOf: "[".utf8)
      for (index, value) in values.enumerated() {
        if index > 0 { out.append(contentsOf: ", ".utf8) }
        value.write(indent: indent, to: &out)
      }
      out.append(contentsOf: "]".utf8)
    case .fields(let pairs):
      let margin = String(repeating: " ", count: indent + 2)
      out.append(contentsOf: "{".utf8)
      for (index, (key, value)) in pairs.enumerated() {
        out.append(contentsOf: "\(index > 0 ? "," : "")\n\(margin)".utf8)
        JSONWriter.append(Array(key.utf8).span, to: &out)
        out.append(contentsOf: ": ".utf8)
        value.write(indent: indent + 2, to: &out)
      }
      out.append(contentsOf: "\n\(margin.dropLast(2))}".utf8)
    }
  }
}

extension SchemaTree {
  /// The pattern of an instant in UTC with nine digits, as events have it.
  static let utcInstant = #"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z$"#
  /// The pattern of an instant in Beijing, as dumps have it.
  static let beijingInstant =
    #"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.(\d{3}|\d{6}|\d{9}))?\+08:00$"#

  static func type(_ name: String, _ more: [(key: String, value: SchemaTree)] = []) -> SchemaTree {
    .fields([("type", .text(name))] + more)
  }

  static func optional(_ name: String, _ more: [(key: String, value: SchemaTree)] = [])
    -> SchemaTree
  {
    .fields([("type", .texts([name, "null"]))] + more)
  }

  static func pattern(_ pattern: String) -> [(key: String, value: SchemaTree)] {
    [("pattern", .text(pattern))]
  }

  /// The same with a description.
  func described(_ text: String) -> SchemaTree {
    guard case .fields(let pairs) = self else { return self }
    return .fields(pairs + [("description", .text(text))])
  }

  /// An object of these fields and no others, all of them needed but for some.
  static func object(
    _ fields: [(key: String, value: SchemaTree)], optional: Set<String> = []
  ) -> [(key: String, value: SchemaTree)] {
    [
      ("type", .text("object")), ("properties", .fields(fields)),
      ("required", .texts(fields.map(\.key).filter { !optional.contains($0) })),
      ("additionalProperties", .no),
    ]
  }
}
