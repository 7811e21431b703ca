// How a table becomes bytes: a format writes cells, and one printer drives every format.

package import Events
package import Projections

/// A cell of a table.
package enum Cell: Sendable {
  case null
  case id(ExternalID)
  case word(String)
  case integer(Int64)
  case instant(Timestamp)
  case day(BeijingDay)
  case flag(Bool)
  case digest(Digest)
}

/// A way to print rows. The bytes are a function of the cells alone.
package protocol DumpFormat: Sendable {
  /// What stands before the first row.
  mutating func begin(_ columns: [Column], to out: inout [UInt8])
  /// One cell; the format counts them itself where it needs to.
  mutating func cell(_ cell: Cell, to out: inout [UInt8])
  mutating func endRow(to out: inout [UInt8])
  /// What stands behind the last row.
  mutating func end(to out: inout [UInt8])
}

/// Drives a format with the rows of a projection and passes its bytes on in pieces.
package struct RowPrinter<Format: DumpFormat, Failure: Error>: RowSink {
  /// Bytes that gather before a piece is passed on.
  package static var pieceLength: Int { 1 << 20 }

  package private(set) var rows = 0
  private var format: Format
  private var buffer: [UInt8] = []
  private var failure: Failure?
  private let pass: (Span<UInt8>) throws(Failure) -> Void

  /// `pass` gets the pieces in order; the first error it throws ends the printing at `finish`.
  package init(_ format: Format, _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void) {
    self.format = format
    self.pass = pass
    buffer.reserveCapacity(RowPrinter.pieceLength + (1 << 16))
  }

  package mutating func begin(_ columns: [Column]) { format.begin(columns, to: &buffer) }
  package mutating func text(_ value: ExternalID) { format.cell(.id(value), to: &buffer) }
  package mutating func text(_ value: String) { format.cell(.word(value), to: &buffer) }
  package mutating func integer(_ value: Int64) { format.cell(.integer(value), to: &buffer) }
  package mutating func fen(_ value: Int64) { format.cell(.integer(value), to: &buffer) }
  package mutating func instant(_ value: Timestamp) { format.cell(.instant(value), to: &buffer) }
  package mutating func day(_ value: BeijingDay) { format.cell(.day(value), to: &buffer) }
  package mutating func flag(_ value: Bool) { format.cell(.flag(value), to: &buffer) }
  package mutating func digest(_ value: Digest) { format.cell(.digest(value), to: &buffer) }
  package mutating func null() { format.cell(.null, to: &buffer) }

  package mutating func endRow() {
    format.endRow(to: &buffer)
    rows += 1
    if buffer.count >= RowPrinter.pieceLength { passOn() }
  }

  /// Prints the end and passes on what is left.
  package mutating func finish() throws(Failure) {
    format.end(to: &buffer)
    passOn()
    if let failure { throw failure }
  }

  private mutating func passOn() {
    defer { buffer.removeAll(keepingCapacity: true) }
    guard failure == nil, !buffer.isEmpty else { return }
    do throws(Failure) { try pass(buffer.span) } catch { failure = error }
  }
}
