// Rows as comma-separated values (RFC 4180), for spreadsheets and databases.
//
// This output must not change: published digests are of these bytes. A header line, then a line a
// row, each ended by LF. An absent cell is empty; a flag is yes or no; an instant is RFC 3339 with
// +08:00; a day is YYYY-MM-DD; money is whole fen. A text cell is harmless in a spreadsheet and on
// a terminal, and can be had back: `CSVWriter` has the rules. The manifest is written beside the
// file, not in it.

public import Projections
public import Text
import Events

/// Comma-separated values.
public struct CSVFormat: DumpFormat {
  private var instants = InstantWriter(offsetSeconds: RFC3339.beijingOffset)
  /// A cell with its quotes and its apostrophe.
  private var quoted: [UInt8] = []

  private static let comma = UInt8(ascii: ",")
  private static let lineEnd = UInt8(ascii: "\n")
  private static let yes: UInt64 = 0x73_6579
  private static let no: UInt64 = 0x6F6E

  private let isOfVersion1: Bool

  /// - Parameter isOfVersion1: as releases before printed it.
  public init(isOfVersion1: Bool = false) { self.isOfVersion1 = isOfVersion1 }

  public mutating func begin(_ columns: [Column]) -> [UInt8] {
    var out: [UInt8] = []
    var writer = CSVWriter()
    for column in columns { writer.text(column.name, to: &out) }
    writer.endRow(to: &out)
    return out
  }

  public func lengthMax(_ rows: borrowing RowBlock) -> Int {
    // Each byte of a text may be a quote, which is doubled.
    rows.cells.count * (cellLengthMax + 1) + rows.textLength * 2
  }

  public mutating func print(_ rows: borrowing RowBlock, to out: inout ByteCursor) {
    let cells = rows.cells
    let words = rows.words
    let width = rows.columns.count
    var index = 0
    while index < cells.count {
      let end = index &+ width
      while index < end {
        print(cells[index], words, to: &out)
        out.append(CSVFormat.comma)
        index &+= 1
      }
      out.removeLast(1)
      out.append(CSVFormat.lineEnd)
    }
  }

  public mutating func end() -> [UInt8] { [] }

  @inline(__always)
  private mutating func print(_ cell: Cell, _ words: Span<UInt64>, to out: inout ByteCursor) {
    switch cell.kind {
    case .null: break
    case .word: out.append(words, Int(cell.value), Int(cell.count))
    case .text: print(text: cell, words, to: &out)
    case .integer: appendDecimal(cell.value, to: &out)
    case .instant: instants.append(Timestamp(nanoseconds: cell.value), to: &out)
    case .flag:
      if cell.value != 0 { out.append(CSVFormat.yes, 3) } else { out.append(CSVFormat.no, 2) }
    case .day: out.append(day: cell.value)
    case .digest: out.append(digest(cell, words))
    }
  }

  @inline(__always)
  private mutating func print(
    text cell: Cell, _ words: Span<UInt64>, to out: inout ByteCursor
  ) {
    guard cell.count > 0 else { return }
    let first = UInt8(truncatingIfNeeded: UInt64(littleEndian: words[Int(cell.value)]))
    let doubts = out.append(text: cell, of: words, CSVFormat.doubt)
    if isOfVersion1 || doubts & CSVFormat.certain != 0 || CSVWriter.takesApostrophe(first)
      || doubts != 0 && !hasOnlyIdeographs(cell, words)
    {
      out.removeLast(Int(cell.count))
      quote(cell, words)
      out.append(quoted)
    }
  }

  private mutating func quote(_ cell: Cell, _ words: Span<UInt64>) {
    var writer = CSVWriter()
    quoted.removeAll(keepingCapacity: true)
    let text = bytes(of: cell, words)
    if isOfVersion1 {
      writer.textOfVersion1(text, to: &quoted)
    } else {
      writer.text(text.span, to: &quoted)
    }
  }

  /// Bits of `doubt` that a byte of ASCII has set.
  private static let certain = eightTimes(0x80)

  /// Not 0 where one of eight bytes may make a cell another than its text; `CSVWriter` decides.
  @inline(__always)
  private static func doubt(_ word: UInt64) -> UInt64 {
    anyBelow(0x20, word) | anyEqual(UInt8(ascii: "\""), word) | anyEqual(comma, word)
      | anyEqual(UInt8(ascii: ";"), word) | anyEqual(UInt8(ascii: "\\"), word)
      | anyEqual(0x7F, word) | (word & eightTimes(0x80)) &>> 7
  }
}
