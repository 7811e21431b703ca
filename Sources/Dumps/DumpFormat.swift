// How a table becomes bytes: a format prints blocks of rows, and one printer drives every format.

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

/// Drives a format with the rows of a projection and passes its bytes on in pieces.
public struct RowPrinter<Format: DumpFormat, Failure: Error>: RowSink {
  /// Bytes that gather before a piece is passed on.
  public static var pieceLength: Int { 1 << 20 }

  public private(set) var rows = 0
  private var format: Format
  /// Zeros behind what is printed already.
  private var buffer: [UInt8]
  private var filled = 0
  private var failure: Failure?
  private let pass: (Span<UInt8>) throws(Failure) -> Void

  /// `pass` gets the pieces in order; the first error it throws ends the printing at `finish`.
  public init(_ format: Format, _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void) {
    self.format = format
    self.pass = pass
    buffer = [UInt8](repeating: 0, count: RowPrinter.pieceLength + (1 << 18))
  }

  public mutating func begin(_ columns: [Column]) { append(format.begin(columns)) }

  public mutating func take(_ block: borrowing RowBlock) {
    reserve(format.lengthMax(block))
    filled = RowPrinter.print(block, &format, &buffer, at: filled)
    rows += block.count
    if filled >= RowPrinter.pieceLength { passOn() }
  }

  private static func print(
    _ block: borrowing RowBlock, _ format: inout Format, _ buffer: inout [UInt8], at start: Int
  ) -> Int {
    var elements = buffer.mutableSpan
    var cursor = unsafe ByteCursor(elements.mutableBytes, at: start)
    format.print(block, to: &cursor)
    return cursor.count
  }

  /// Prints the end and passes on what is left.
  public mutating func finish() throws(Failure) {
    append(format.end())
    passOn()
    if let failure { throw failure }
  }

  private mutating func append(_ bytes: [UInt8]) {
    reserve(bytes.count)
    buffer.replaceSubrange(filled..<filled + bytes.count, with: bytes)
    filled += bytes.count
  }

  private mutating func reserve(_ length: Int) {
    let missing = filled + length + ByteCursor.slack - buffer.count
    if missing > 0 { buffer.append(contentsOf: repeatElement(0, count: missing)) }
  }

  private mutating func passOn() {
    defer { filled = 0 }
    guard failure == nil, filled > 0 else { return }
    do throws(Failure) { try pass(buffer.span.extracting(0..<filled)) } catch { failure = error }
  }
}
