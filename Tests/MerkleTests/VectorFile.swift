// The published vectors, as JSON.

import Platform
import Support
import Testing
import Text

/// One file of the shared vectors.
struct VectorFile {
  let value: JSONValue

  init(_ name: String) throws {
    var file = try InputFile(try #require(SharedData.path("data/vectors/\(name)")))
    value = try JSONReader.read(try file.readAll(limit: 1 << 20))
  }

  func text(_ path: String...) throws -> String {
    var found: JSONValue? = value
    for key in path { found = found?[key] }
    return try #require(found?.string)
  }

  func list(_ key: String) throws -> [JSONValue] { try #require(value[key]?.list) }
}

extension JSONValue {
  var string: String? {
    if case .string(let text) = self { text } else { nil }
  }
  var list: [JSONValue]? {
    if case .array(let values) = self { values } else { nil }
  }
  var integer: Int? {
    if case .number(let number) = self { number.integer.map { Int($0) } } else { nil }
  }
}
