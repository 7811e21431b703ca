// Rows as one JSON document, for programs that read a document whole.
//
// This output must not change: published digests are of these bytes. The first line is
// `{"manifest":{…},"rows":[`, then each row stands on its own line, all but the last followed by a
// comma, and the last line is `]}`. This format prints the lines between; they are what the
// manifest's digest covers: `sed '1d;$d' FILE | sha256sum`.

package import Projections

/// The rows of a JSON document.
package struct JSONFormat: DumpFormat {
  private var row = JSONRow()
  private var isFirst = true

  package init() {}

  package mutating func begin(_ columns: [Column], to out: inout [UInt8]) { row.begin(columns) }

  package mutating func cell(_ cell: Cell, to out: inout [UInt8]) {
    if isOpening {
      if !isFirst { out.append(contentsOf: ",\n".utf8) }
      isFirst = false
      isOpening = false
    }
    row.cell(cell, to: &out)
  }

  package mutating func endRow(to out: inout [UInt8]) {
    row.end(to: &out)
    isOpening = true
  }

  package mutating func end(to out: inout [UInt8]) {
    if !isFirst { out.append(UInt8(ascii: "\n")) }
  }

  /// Whether the next cell is the first of its row.
  private var isOpening = true
}
