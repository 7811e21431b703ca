// Writes comma-separated values (RFC 4180) that a spreadsheet opens without running anything.
//
// A text cell that begins with = + - @ TAB or CR would be taken for a formula; it gets an
// apostrophe in front. Numbers are typed by the caller and never get one. Lines end with LF.

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

  /// Whether a spreadsheet would take a text that begins with this byte for a formula.
  public static func beginsFormula(_ byte: UInt8) -> Bool {
    switch byte {
    case Byte.equals, Byte.plus, Byte.minus, Byte.at, Byte.tab, Byte.carriageReturn: true
    default: false
    }
  }

  /// Gives the cell written last its apostrophe and its quotes, where it needs them.
  private func settle(_ out: inout [UInt8], from start: Int) {
    guard start < out.count else { return }
    var needsQuotes = false
    for index in start..<out.count {
      switch out[index] {
      case Byte.quote, Byte.comma, Byte.lineFeed, Byte.carriageReturn: needsQuotes = true
      default: break
      }
    }
    let isFormula = CSVWriter.beginsFormula(out[start])
    guard needsQuotes || isFormula else { return }
    let cell = Array(out[start...])
    out.removeSubrange(start...)
    if needsQuotes { out.append(Byte.quote) }
    if isFormula { out.append(Byte.apostrophe) }
    for byte in cell {
      if byte == Byte.quote { out.append(Byte.quote) }
      out.append(byte)
    }
    if needsQuotes { out.append(Byte.quote) }
  }
}
