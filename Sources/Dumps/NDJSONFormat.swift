// Rows as JSON lines, for streams and for tools that read line by line.
//
// This output must not change: published digests are of these bytes. The first line of a file is
// `{"manifest":{…}}`; then a line a row, each ended by LF. This format prints the rows; they are
// what the manifest's digest covers: `sed 1d FILE | sha256sum`.

public import Projections
public import Text

/// A JSON object a line.
public struct NDJSONFormat: DumpFormat {
  private var row = JSONRow()

  public init() {}

  public mutating func begin(_ columns: [Column]) -> [UInt8] {
    row.begin(columns)
    return []
  }

  public func lengthMax(_ rows: borrowing RowBlock) -> Int { row.lengthMax(rows) }

  public mutating func print(_ rows: borrowing RowBlock, to out: inout ByteCursor) {
    let cells = rows.cells
    let words = rows.words
    let width = rows.columns.count
    for number in 0..<rows.count {
      row.print(cells, from: number &* width, words, to: &out)
      out.append(UInt8(ascii: "\n"))
    }
  }

  public mutating func end() -> [UInt8] { [] }
}
