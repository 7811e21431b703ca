// How a projection hands out its rows: blocks of typed cells into a sink, which knows how they are
// printed.

/// What the cells of a column are.
public enum ColumnType: String, Sendable {
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
public struct Column: Hashable, Sendable {
  public var name: String
  public var type: ColumnType

  public init(_ name: String, _ type: ColumnType) {
    self.name = name
    self.type = type
  }
}

/// Something that takes a table: its columns once, then its rows in blocks, in their order.
public protocol RowSink {
  mutating func begin(_ columns: [Column])
  /// A block of whole rows, which are gone when the call returns; who needs them for longer takes
  /// the block and leaves another of the table in its place.
  mutating func take(_ rows: inout RowBlock)
}
