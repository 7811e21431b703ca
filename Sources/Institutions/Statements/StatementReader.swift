// Reads a statement from chunks of any size, with memory for one line.

public import Events
import Text

/// Cuts a statement into lines and has them read by their institution's format.
///
/// Give every chunk to `read`, then call `finish`. After an error it is of no more use.
public struct StatementReader: ~Copyable {
  /// More lines than an institution has of a platform in a day; every sum of them fits 64 bits.
  public static let linesMax = 50_000_000
  private static let byteOrderMark: InlineArray<3, UInt8> = [0xEF, 0xBB, 0xBF]

  private var format: any StatementFormat
  private var lines = NDJSONLines()
  private var isAtStart = true

  public init(_ institution: Institution) { format = institution.statementFormat }

  /// Calls `body` with what each line of a chunk says of a payment.
  public mutating func read(
    _ chunk: Span<UInt8>, _ body: (StatementLine) -> Void
  ) throws(StatementFault) {
    var offset = 0
    while true {
      let step = lines.next(in: chunk, at: &offset)
      if case .needsBytes = step { return }
      try take(step, chunk, body)
    }
  }

  /// The last line, where it has no end; and whether the totals came.
  public mutating func finish(_ body: (StatementLine) -> Void) throws(StatementFault) {
    let step = lines.finish()
    if case .needsBytes = step {} else { try take(step, Span(), body) }
    try format.finish()
  }

  private mutating func take(
    _ step: LineStep, _ chunk: Span<UInt8>, _ body: (StatementLine) -> Void
  ) throws(StatementFault) {
    guard lines.lineNumber <= StatementReader.linesMax else {
      throw StatementFault(
        line: lines.lineNumber, "the file has more than \(StatementReader.linesMax) lines",
        hint: "Give the statement of one day.")
    }
    let said: StatementLine?
    switch step {
    case .needsBytes: return
    case .refused(let fault):
      throw StatementFault(
        line: lines.lineNumber, fault.reason, hint: "See whether it is a CSV file.")
    case .whole(let range): said = try take(chunk.extracting(range))
    case .joined:
      let joined = Array(copying: lines.joined)
      said = try take(joined.span)
    }
    if let said { body(said) }
  }

  /// A line, without the byte order mark of the file.
  private mutating func take(_ line: Span<UInt8>) throws(StatementFault) -> StatementLine? {
    let isFirst = isAtStart
    isAtStart = false
    guard isFirst, StatementReader.beginsWithMark(line) else {
      return try format.take(line, lines.lineNumber)
    }
    if line.count == 3 { return nil }
    return try format.take(line.extracting(3..<line.count), lines.lineNumber)
  }

  private static func beginsWithMark(_ line: Span<UInt8>) -> Bool {
    guard line.count >= byteOrderMark.count else { return false }
    for index in byteOrderMark.indices where line[index] != byteOrderMark[index] { return false }
    return true
  }
}

extension Array where Element == UInt8 {
  /// The bytes of a span.
  init(copying span: Span<UInt8>) {
    self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
  }
}
