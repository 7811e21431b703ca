// A row as a JSON object: what the two JSON formats share.

import Events
import Projections
import Text

/// Writes the cells of a row as the fields of an object, the columns' names as its keys.
///
/// An absent cell is null; a flag is true or false; an instant is RFC 3339 with +08:00; a day is
/// YYYY-MM-DD; money is whole fen.
struct JSONRow: Sendable {
  private var instants = InstantWriter(offsetSeconds: RFC3339.beijingOffset)
  /// What stands before each value: the brace or the comma, the key and the colon.
  private var keys = PackedTexts()
  /// A string with its escapes.
  private var escaped: [UInt8] = []

  private static let quote = UInt8(ascii: "\"")
  private static let null: UInt64 = 0x6C6C_756E
  private static let yes: UInt64 = 0x6575_7274
  private static let no: UInt64 = 0x65_736C_6166

  mutating func begin(_ columns: [Column]) {
    keys = PackedTexts()
    for (index, column) in columns.enumerated() {
      var key = Array((index == 0 ? "{" : ",").utf8)
      JSONWriter.append(Array(column.name.utf8).span, to: &key)
      key.append(UInt8(ascii: ":"))
      keys.append(key)
    }
  }

  func lengthMax(_ rows: borrowing RowBlock) -> Int {
    // A byte of a text may become an escape of six; a row has a brace and a line end of two bytes.
    rows.cells.count * cellLengthMax + rows.count * (keys.length + 4) + rows.textLength * 6
  }

  /// Prints the row whose cells begin at an index.
  @inline(__always)
  mutating func print(
    _ cells: Span<Cell>, from start: Int, _ words: Span<UInt64>, to out: inout ByteCursor
  ) {
    for column in 0..<keys.count {
      let cell = cells[start &+ column]
      keys.print(column, to: &out)
      switch cell.kind {
      case .null: out.append(JSONRow.null, 4)
      case .word:
        out.append(JSONRow.quote)
        out.append(words, Int(cell.value), Int(cell.count))
        out.append(JSONRow.quote)
      case .text: print(text: cell, words, to: &out)
      case .integer: appendDecimal(cell.value, to: &out)
      case .instant:
        out.append(JSONRow.quote)
        instants.append(Timestamp(nanoseconds: cell.value), to: &out)
        out.append(JSONRow.quote)
      case .flag:
        if cell.value != 0 { out.append(JSONRow.yes, 4) } else { out.append(JSONRow.no, 5) }
      case .day:
        out.append(JSONRow.quote)
        out.append(day: cell.value)
        out.append(JSONRow.quote)
      case .digest:
        out.append(JSONRow.quote)
        out.append(digest(cell, words))
        out.append(JSONRow.quote)
      }
    }
    out.append(UInt8(ascii: "}"))
  }

  @inline(__always)
  private mutating func print(
    text cell: Cell, _ words: Span<UInt64>, to out: inout ByteCursor
  ) {
    out.append(JSONRow.quote)
    if out.append(text: cell, of: words, JSONRow.doubt) != 0 {
      out.removeLast(Int(cell.count) + 1)
      escape(cell, words)
      out.append(escaped)
    } else {
      out.append(JSONRow.quote)
    }
  }

  private mutating func escape(_ cell: Cell, _ words: Span<UInt64>) {
    escaped.removeAll(keepingCapacity: true)
    JSONWriter.append(bytes(of: cell, words).span, to: &escaped)
  }

  /// Not 0 where one of eight bytes may have to be escaped; `JSONWriter` decides.
  @inline(__always)
  private static func doubt(_ word: UInt64) -> UInt64 {
    anyBelow(0x20, word) | anyEqual(quote, word) | anyEqual(UInt8(ascii: "\\"), word)
      | anyEqual(0x7F, word) | word & eightTimes(0x80)
  }
}

/// Texts made once and printed many times, each in whole words.
struct PackedTexts: Sendable {
  private var words: [UInt64] = []
  private var starts: [(word: Int, length: Int)] = []
  /// Bytes of all of them.
  private(set) var length = 0

  var count: Int { starts.count }

  mutating func append(_ text: [UInt8]) {
    starts.append((words.count, text.count))
    length += text.count
    var word: UInt64 = 0
    for (index, byte) in text.enumerated() {
      word |= UInt64(byte) << UInt64((index & 7) * 8)
      if index & 7 == 7 || index == text.count - 1 {
        words.append(word.littleEndian)
        word = 0
      }
    }
  }

  @inline(__always)
  func print(_ index: Int, to out: inout ByteCursor) {
    let place = starts[index]
    out.append(words.span, place.word, place.length)
  }
}
