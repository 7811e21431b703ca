// Rows as comma-separated values (RFC 4180), for spreadsheets and databases.
//
// This output must not change: published digests are of these bytes. A header line, then a line a
// row, each ended by LF. An absent cell is empty; a flag is yes or no; an instant is RFC 3339 with
// +08:00; a day is YYYY-MM-DD; money is whole fen. A text cell that a spreadsheet would take for a
// formula begins with an apostrophe. The manifest is written beside the file, not in it.

package import Projections
import Merkle
import Text

/// Comma-separated values.
package struct CSVFormat: DumpFormat {
  private var writer = CSVWriter()

  package init() {}

  package mutating func begin(_ columns: [Column], to out: inout [UInt8]) {
    for column in columns { writer.text(column.name, to: &out) }
    writer.endRow(to: &out)
  }

  package mutating func cell(_ cell: Cell, to out: inout [UInt8]) {
    switch cell {
    case .null: writer.empty(to: &out)
    case .id(let id): writer.text(id, to: &out)
    case .word(let text): writer.text(text, to: &out)
    case .integer(let value): writer.integer(value, to: &out)
    case .instant(let time):
      writer.time(time, offsetSeconds: RFC3339.beijingOffset, to: &out)
    case .day(let day): writer.text(day.text, to: &out)
    case .flag(let flag): writer.text(flag ? "yes" : "no", to: &out)
    case .digest(let digest): writer.text(digest.hex, to: &out)
    }
  }

  package mutating func endRow(to out: inout [UInt8]) { writer.endRow(to: &out) }

  package mutating func end(to out: inout [UInt8]) {}
}
