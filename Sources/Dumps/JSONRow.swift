// A row as a JSON object: what the two JSON formats share.

import Merkle
import Projections
import Text

/// Writes the cells of a row as the fields of an object, the columns' names as its keys.
///
/// An absent cell is null; a flag is true or false; an instant is RFC 3339 with +08:00; a day is
/// YYYY-MM-DD; money is whole fen.
struct JSONRow: Sendable {
  private var writer = JSONWriter()
  private var names: [String] = []
  private var column = 0

  mutating func begin(_ columns: [Column]) { names = columns.map(\.name) }

  mutating func cell(_ cell: Cell, to out: inout [UInt8]) {
    if column == 0 { writer.beginObject(to: &out) }
    precondition(column < names.count, "a row has more cells than its table has columns")
    writer.key(names[column], to: &out)
    column += 1
    switch cell {
    case .null: writer.null(to: &out)
    case .id(let id): writer.string(id, to: &out)
    case .word(let text): writer.string(text, to: &out)
    case .integer(let value): writer.integer(value, to: &out)
    case .instant(let time):
      writer.time(time, offsetSeconds: RFC3339.beijingOffset, to: &out)
    case .day(let day): writer.string(day.text, to: &out)
    case .flag(let flag): writer.boolean(flag, to: &out)
    case .digest(let digest): writer.string(digest.hex, to: &out)
    }
  }

  mutating func end(to out: inout [UInt8]) {
    precondition(column == names.count, "a row has fewer cells than its table has columns")
    writer.endObject(to: &out)
    writer = JSONWriter()
    column = 0
  }
}
