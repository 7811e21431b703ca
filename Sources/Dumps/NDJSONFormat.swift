// Rows as JSON lines, for streams and for tools that read line by line.
//
// This output must not change: published digests are of these bytes. The first line of a file is
// `{"manifest":{…}}`; then a line a row, each ended by LF. This format prints the rows; they are
// what the manifest's digest covers: `sed 1d FILE | sha256sum`.

package import Projections

/// A JSON object a line.
package struct NDJSONFormat: DumpFormat {
  private var row = JSONRow()

  package init() {}

  package mutating func begin(_ columns: [Column], to out: inout [UInt8]) { row.begin(columns) }

  package mutating func cell(_ cell: Cell, to out: inout [UInt8]) { row.cell(cell, to: &out) }

  package mutating func endRow(to out: inout [UInt8]) {
    row.end(to: &out)
    out.append(UInt8(ascii: "\n"))
  }

  package mutating func end(to out: inout [UInt8]) {}
}
