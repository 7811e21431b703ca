// How a projection hands out its rows: typed cells into a sink, which knows how they are printed.

package import Events

/// What the cells of a column are.
package enum ColumnType: String, Sendable {
  case text
  case integer
  /// An amount of money in fen.
  case fen
  case instant
  /// A day in Beijing.
  case day
  case flag
  /// 32 bytes of SHA-256.
  case digest
}

/// A column of a table.
package struct Column: Hashable, Sendable {
  package var name: String
  package var type: ColumnType

  package init(_ name: String, _ type: ColumnType) {
    self.name = name
    self.type = type
  }
}

/// Something that takes a table: its columns once, then the cells of each row in their order.
///
/// A cell that is absent is `null`, whatever its column.
package protocol RowSink {
  mutating func begin(_ columns: [Column])
  mutating func text(_ value: ExternalID)
  mutating func text(_ value: String)
  mutating func integer(_ value: Int64)
  mutating func fen(_ value: Int64)
  mutating func instant(_ value: Timestamp)
  mutating func day(_ value: BeijingDay)
  mutating func flag(_ value: Bool)
  mutating func digest(_ value: Digest)
  mutating func null()
  mutating func endRow()
}

// A value that the log marks as absent becomes an empty cell in one place.
extension RowSink {
  mutating func integer(_ value: some BinaryInteger) { integer(Int64(value)) }

  mutating func optional(_ value: ExternalID) {
    if value.isEmpty { null() } else { text(value) }
  }

  mutating func optional(_ value: Timestamp) {
    if value == .none { null() } else { instant(value) }
  }

  mutating func optional(_ value: Position) {
    if value == .none { null() } else { integer(Int64(value.rawValue)) }
  }

  mutating func optional(_ value: WaveNumber) {
    if value == .none { null() } else { integer(Int64(value.rawValue)) }
  }

  mutating func optional(_ value: RolloutNumber) {
    if value == .none { null() } else { integer(Int64(value.rawValue)) }
  }

  mutating func optional(_ value: Digest) {
    if value == .zero { null() } else { digest(value) }
  }

  mutating func position(_ value: Position) { integer(Int64(value.rawValue)) }
}
