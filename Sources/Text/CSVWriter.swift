// Writes comma-separated values (RFC 4180) that a spreadsheet opens without running anything.
//
// Three rules for text cells, undone in the opposite order:
//
//   1. What is not inert is escaped (`InertText`): a control character, a direction control, a
//      backslash. So no cell holds a line end, a tab or a zero.
//   2. A semicolon with the beginning of a formula behind it becomes \u003b: where a spreadsheet
//      takes semicolons for separators, a cell would begin there.
//   3. A text that begins with = + - @, with one of their full-width forms or with an apostrophe
//      gets an apostrophe in front; so a reader takes one away from each text that has one.
//
// Numbers are typed by the caller and never get one. Lines end with LF. Version 1 of these rules,
// which published digests are of, knew the third alone, for = + - @ TAB and CR.

public import Events

/// Appends rows to a buffer: the cells in order, then `endRow`.
public struct CSVWriter: Sendable {
  private var cells = 0
  private var rowStart = 0

  public init() {}

  public mutating func text(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
    let start = beginCell(&out)
    out.append(bytes, 0..<bytes.count)
    settle(&out, from: start)
  }

  public mutating func text(_ text: String, to out: inout [UInt8]) {
    let start = beginCell(&out)
    out.append(contentsOf: text.utf8)
    settle(&out, from: start)
  }

  public mutating func text(_ id: ExternalID, to out: inout [UInt8]) {
    let start = beginCell(&out)
    out.append(room: ExternalID.lengthMax) { cursor in
      for index in 0..<(Int(id.count) + 7) >> 3 { cursor.append(id.word(index), 8) }
      cursor.removeLast(cursor.count - start - Int(id.count))
    }
    settle(&out, from: start)
  }

  public mutating func integer(_ value: Int, to out: inout [UInt8]) {
    _ = beginCell(&out)
    appendDecimal(value, to: &out)
  }

  public mutating func integer(_ value: Int64, to out: inout [UInt8]) {
    _ = beginCell(&out)
    appendDecimal(value, to: &out)
  }

  public mutating func integer(_ value: UInt64, to out: inout [UInt8]) {
    _ = beginCell(&out)
    appendDecimal(value, to: &out)
  }

  public mutating func integer(_ value: some BinaryInteger, to out: inout [UInt8]) {
    _ = beginCell(&out)
    appendDecimal(value, to: &out)
  }

  /// An amount in yuan with two decimals: a number.
  public mutating func yuan(_ money: Money, to out: inout [UInt8]) {
    _ = beginCell(&out)
    AmountText.appendYuan(money, to: &out)
  }

  /// An instant as RFC 3339.
  public mutating func time(
    _ time: Timestamp, offsetSeconds: Int = 0, to out: inout [UInt8]
  ) {
    _ = beginCell(&out)
    RFC3339.append(time, offsetSeconds: offsetSeconds, to: &out)
  }

  public mutating func empty(to out: inout [UInt8]) { _ = beginCell(&out) }

  public mutating func endRow(to out: inout [UInt8]) {
    precondition(cells > 0, "a row without cells is written")
    if cells == 1, out.count == rowStart {
      // A line of no bytes is no row to any reader.
      out.append(Byte.quote)
      out.append(Byte.quote)
    }
    out.append(Byte.lineFeed)
    cells = 0
  }

  private mutating func beginCell(_ out: inout [UInt8]) -> Int {
    if cells > 0 { out.append(Byte.comma) } else { rowStart = out.count }
    cells += 1
    return out.count
  }

  /// Whether a text that begins with this byte of ASCII gets an apostrophe.
  public static func takesApostrophe(_ byte: UInt8) -> Bool {
    switch byte {
    case Byte.equals, Byte.plus, Byte.minus, Byte.at, Byte.apostrophe: true
    default: false
    }
  }

  /// Whether a spreadsheet takes what begins at an index for a formula.
  private static func beginsFormula(_ cell: [UInt8], at index: Int) -> Bool {
    guard index < cell.count else { return false }
    switch cell[index] {
    case Byte.equals, Byte.plus, Byte.minus, Byte.at: return true
    case 0xEF:
      // The full-width forms stand in one row: U+FF1D, U+FF0B, U+FF0D, U+FF20.
      return index + 2 < cell.count && cell[index + 1] == 0xBC
        && [0x9D, 0x8B, 0x8D, 0xA0].contains(cell[index + 2])
    default: return false
    }
  }

  /// Makes the cell written last one that a spreadsheet takes for text.
  private func settle(_ out: inout [UInt8], from start: Int) {
    guard start < out.count, CSVWriter.isDoubtful(out.span.extracting(start...)) else { return }
    let cell = InertText.escaped(out.span.extracting(start...))
    out.removeSubrange(start...)
    let needsQuotes = cell.contains { $0 == Byte.quote || $0 == Byte.comma }
    if needsQuotes { out.append(Byte.quote) }
    if CSVWriter.beginsFormula(cell, at: 0) || cell[0] == Byte.apostrophe {
      out.append(Byte.apostrophe)
    }
    for (index, byte) in cell.enumerated() {
      if byte == Byte.semicolon, CSVWriter.beginsFormula(cell, at: index + 1) {
        InertText.append("u", UInt32(byte), digits: 4, to: &out)
        continue
      }
      if byte == Byte.quote { out.append(Byte.quote) }
      out.append(byte)
    }
    if needsQuotes { out.append(Byte.quote) }
  }

  /// Appends a text as version 1 of the rules had it.
  public mutating func textOfVersion1(_ text: [UInt8], to out: inout [UInt8]) {
    _ = beginCell(&out)
    let needsQuotes = text.contains { byte in
      byte == Byte.quote || byte == Byte.comma || byte == Byte.lineFeed
        || byte == Byte.carriageReturn
    }
    if needsQuotes { out.append(Byte.quote) }
    switch text.first {
    case Byte.equals, Byte.plus, Byte.minus, Byte.at, Byte.tab, Byte.carriageReturn:
      out.append(Byte.apostrophe)
    default: break
    }
    for byte in text {
      if byte == Byte.quote { out.append(Byte.quote) }
      out.append(byte)
    }
    if needsQuotes { out.append(Byte.quote) }
  }

  /// Whether a cell may be another than its text.
  private static func isDoubtful(_ cell: Span<UInt8>) -> Bool {
    if takesApostrophe(cell[0]) { return true }
    for index in cell.indices {
      switch cell[index] {
      case 0..<0x20, 0x7F..., Byte.quote, Byte.comma, Byte.semicolon, Byte.backslash: return true
      default: break
      }
    }
    return false
  }
}
