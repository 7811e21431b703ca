// How a table becomes bytes: a format prints blocks of rows, and one printer drives every format.

import Platform
public import Projections
public import Text

/// A way to print rows.
///
/// The bytes are a function of the cells alone.
public protocol DumpFormat: Sendable {
  /// What stands before the first row.
  mutating func begin(_ columns: [Column]) -> [UInt8]
  /// The most bytes that `print` writes for these rows.
  func lengthMax(_ rows: borrowing RowBlock) -> Int
  /// Prints rows; there is room for `lengthMax` bytes.
  mutating func print(_ rows: borrowing RowBlock, to out: inout ByteCursor)
  /// What stands behind the last row.
  mutating func end() -> [UInt8]
}

/// A piece of a dump: what is printed, with zeros behind it.
struct Piece: Sendable {
  /// Bytes that gather before a piece is passed on.
  static let length = 1 << 20

  fileprivate(set) var buffer = [UInt8](repeating: 0, count: Piece.length + (1 << 18))
  fileprivate(set) var filled = 0

  var bytes: Span<UInt8> {
    @_lifetime(borrow self) get { buffer.span.extracting(0..<filled) }
  }

  /// Makes room for so many bytes more.
  fileprivate mutating func reserve(_ length: Int) {
    let missing = filled + length + ByteCursor.slack - buffer.count
    if missing > 0 { buffer.append(contentsOf: repeatElement(0, count: missing)) }
  }

  fileprivate mutating func append(_ bytes: [UInt8]) {
    reserve(bytes.count)
    buffer.replaceSubrange(filled..<filled + bytes.count, with: bytes)
    filled += bytes.count
  }

  fileprivate mutating func print(_ block: borrowing RowBlock, _ format: inout some DumpFormat) {
    reserve(format.lengthMax(block))
    filled = Piece.print(block, &format, &buffer, at: filled)
  }

  private static func print(
    _ block: borrowing RowBlock, _ format: inout some DumpFormat, _ buffer: inout [UInt8],
    at start: Int
  ) -> Int {
    var elements = buffer.mutableSpan
    var cursor = unsafe ByteCursor(elements.mutableBytes, at: start)
    format.print(block, to: &cursor)
    return cursor.count
  }

  fileprivate mutating func clear() { filled = 0 }
}

/// Drives a format with the rows of a projection and passes its bytes on in pieces, which are used
/// up beside the printing.
struct RowPrinter<Format: DumpFormat, State: Sendable, Failure: Error>: RowSink {
  private(set) var rows = 0
  private var format: Format
  private var piece = Piece()
  private let relay: Relay<Piece, State, Failure>
  private let progress: Dump.Progress

  /// - Parameters:
  ///   - progress: told of the rows now and then.
  ///   - use: gets the pieces in their order with a state that nobody else has; the first error it
  ///     throws ends the printing at `finish`.
  init(
    _ format: Format, _ state: State, _ progress: @escaping Dump.Progress,
    _ use: @escaping @Sendable (inout State, Span<UInt8>) throws(Failure) -> Void
  ) {
    self.format = format
    self.progress = progress
    relay = Relay("pieces", state) { (state, piece) throws(Failure) in
      try use(&state, piece.bytes)
    }
  }

  mutating func begin(_ columns: [Column]) { piece.append(format.begin(columns)) }

  mutating func take(_ block: inout RowBlock) {
    piece.print(block, &format)
    rows += block.count
    progress(rows)
    guard piece.filled >= Piece.length else { return }
    relay.hand(&piece) { _ in Piece() }
    piece.clear()
  }

  /// Prints the end, passes on what is left and gives back the state.
  mutating func finish() throws(Failure) -> State {
    piece.append(format.end())
    return try relay.finish(piece)
  }
}
