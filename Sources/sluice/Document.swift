// One JSON document in the making, its fields in the order they are put.

import Events
import Merkle
import Text

/// A JSON document or a request line.
struct Document {
  private var writer = JSONWriter()
  private(set) var bytes: [UInt8] = []

  /// A document that is one object, ended by a line feed.
  static func object(_ body: (inout Document) -> Void) -> [UInt8] {
    var document = Document()
    document.object(nil, body)
    document.bytes.append(UInt8(ascii: "\n"))
    return document.bytes
  }

  private mutating func name(_ key: String?) {
    if let key { writer.key(key, to: &bytes) }
  }

  mutating func object(_ key: String?, _ body: (inout Document) -> Void) {
    name(key)
    writer.beginObject(to: &bytes)
    body(&self)
    writer.endObject(to: &bytes)
  }

  mutating func array<Element>(
    _ key: String?, _ elements: some Sequence<Element>, _ body: (inout Document, Element) -> Void
  ) {
    name(key)
    writer.beginArray(to: &bytes)
    for element in elements { body(&self, element) }
    writer.endArray(to: &bytes)
  }

  mutating func put(_ key: String?, _ value: String) {
    name(key)
    writer.string(value, to: &bytes)
  }

  /// A text; null for nil.
  mutating func put(_ key: String?, _ value: String?) {
    guard let value else { return null(key) }
    put(key, value)
  }

  mutating func put(_ key: String?, _ value: ExternalID) {
    name(key)
    writer.string(value, to: &bytes)
  }

  mutating func put(_ key: String?, _ value: some BinaryInteger) {
    name(key)
    writer.integer(value, to: &bytes)
  }

  mutating func put(_ key: String?, _ value: Bool) {
    name(key)
    writer.boolean(value, to: &bytes)
  }

  /// An instant with Beijing's offset; null for none.
  mutating func put(_ key: String?, _ value: Timestamp) {
    name(key)
    if value == .none {
      writer.null(to: &bytes)
    } else {
      writer.time(value, offsetSeconds: RFC3339.beijingOffset, to: &bytes)
    }
  }

  /// A position; null for none.
  mutating func put(_ key: String?, _ value: Position) {
    name(key)
    if value == .none {
      writer.null(to: &bytes)
    } else {
      writer.integer(value.rawValue, to: &bytes)
    }
  }

  mutating func put(_ key: String?, _ value: Money) { put(key, value.rawValue) }
  mutating func put(_ key: String?, _ value: Digest) { put(key, value.hex) }

  mutating func null(_ key: String?) {
    name(key)
    writer.null(to: &bytes)
  }
}
