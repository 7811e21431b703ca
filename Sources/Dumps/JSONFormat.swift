// Rows as one JSON document, for programs that read a document whole.
//
// This output must not change: published digests are of these bytes. The first line is
// `{"manifest":{…},"rows":[`, then each row stands on its own line, all but the last followed by a
// comma, and the last line is `]}`. This format prints the lines between; they are what the
// manifest's digest covers: `sed '1d;$d' FILE | sha256sum`.

public import Projections
public import Text

/// The rows of a JSON document.
public struct JSONFormat: DumpFormat {
  private var row = JSONRow()
  private var isFirst = true

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
      if !isFirst {
        out.append(UInt8(ascii: ","))
        out.append(UInt8(ascii: "\n"))
      }
      isFirst = false
      row.print(cells, from: number &* width, words, to: &out)
    }
  }

  public mutating func end() -> [UInt8] { isFirst ? [] : [UInt8(ascii: "\n")] }
}
