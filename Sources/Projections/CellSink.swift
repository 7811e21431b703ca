// A sink that takes one cell at a time: for readers of small tables, who need no speed.

public import Events

/// Something that takes a table cell by cell.
///
/// A cell that is absent is `null`, whatever its column.
public protocol CellSink: RowSink {
  mutating func text(_ value: String)
  mutating func integer(_ value: Int64)
  mutating func instant(_ value: Timestamp)
  mutating func day(_ value: BeijingDay)
  mutating func flag(_ value: Bool)
  mutating func digest(_ value: Digest)
  mutating func null()
  mutating func endRow()
}

extension CellSink {
  public mutating func take(_ rows: inout RowBlock) {
    let cells = rows.cells
    for index in cells.indices {
      let cell = cells[index]
      switch cell.kind {
      case .null: null()
      case .word, .text: text(String(decoding: rows.bytes(of: cell), as: UTF8.self))
      case .integer: integer(cell.value)
      case .instant: instant(Timestamp(nanoseconds: cell.value))
      case .day: day(BeijingDay(Int32(cell.value)))
      case .flag: flag(cell.value != 0)
      case .digest: digest(rows.digest(of: cell))
      }
      if (index + 1) % rows.columns.count == 0 { endRow() }
    }
  }
}

extension RowBlock {
  /// The bytes of a text or a word.
  public func bytes(of cell: Cell) -> [UInt8] {
    let words = words
    return (0..<Int(cell.count)).map { index in
      let word = UInt64(littleEndian: words[Int(cell.value) + index >> 3])
      return UInt8(truncatingIfNeeded: word >> UInt64((index & 7) * 8))
    }
  }

  public func digest(of cell: Cell) -> Digest {
    let words = words
    func word(_ index: Int) -> UInt64 { UInt64(littleEndian: words[Int(cell.value) + index]) }
    return Digest(words: (word(0), word(1), word(2), word(3)))
  }
}
