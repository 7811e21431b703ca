// Cuts a stream of chunks into lines, with bounded memory.

private import Glibc

/// What `NDJSONLines.next` found.
public enum LineStep: Sendable {
  /// A line that lies whole in the chunk: this range of it, without its end.
  case whole(Range<Int>)
  /// A line that began in an earlier chunk: `NDJSONLines.joined`.
  case joined
  /// A line longer than the limit; it is skipped to its end.
  case refused(TextFault)
  /// The chunk is used up.
  case needsBytes
}

/// The lines of a stream, ended by LF or CR LF.
///
/// An empty line is passed over but counted.
///
/// Call `next` with the same chunk until it says `needsBytes`, then with the next chunk from offset
/// 0; call `finish` at the end, for the last line may have no end.
public struct NDJSONLines: ~Copyable {
  public static let lineBytesMax = 64 * 1024

  /// The number of the line found last, from 1.
  public private(set) var lineNumber = 0
  private let bytesMax: Int
  private var carried: [UInt8] = []
  private var isJoined = false
  private var isSkipping = false
  /// How many bytes of the stream have been looked at.
  private var consumed = 0

  public init(lineBytesMax bytesMax: Int = lineBytesMax) { self.bytesMax = bytesMax }

  /// Whether a line has begun whose end has not come.
  public var isInLine: Bool { isSkipping || (!carried.isEmpty && !isJoined) }

  /// The line of the step `.joined`, without its end.
  public var joined: Span<UInt8> {
    @_lifetime(borrow self)
    get { carried.span }
  }

  public mutating func next(in chunk: Span<UInt8>, at offset: inout Int) -> LineStep {
    if isJoined {
      isJoined = false
      carried.removeAll(keepingCapacity: true)
    }
    while offset < chunk.count {
      let start = offset
      let end = NDJSONLines.lineFeed(in: chunk, from: start)
      offset = min(end + 1, chunk.count)
      consumed += offset - start
      guard end < chunk.count else {
        if isSkipping { return .needsBytes }
        // One byte over the limit may be the CR of the line's end.
        guard carried.count + (end - start) <= bytesMax + 1 else { return tooLong() }
        carried.append(chunk, start..<end)
        return .needsBytes
      }
      if isSkipping {
        isSkipping = false
        continue
      }
      if let step = line(chunk, start..<end) { return step }
    }
    return .needsBytes
  }

  /// The last line, where it has no end.
  public mutating func finish() -> LineStep {
    if isJoined {
      isJoined = false
      carried.removeAll(keepingCapacity: true)
    }
    guard !isSkipping, !carried.isEmpty else {
      isSkipping = false
      return .needsBytes
    }
    lineNumber += 1
    guard carried.count <= bytesMax else { return refusal() }
    isJoined = true
    return .joined
  }

  /// A line of the chunk, joined with what was carried; nil where it is empty.
  private mutating func line(_ chunk: Span<UInt8>, _ range: Range<Int>) -> LineStep? {
    lineNumber += 1
    if carried.isEmpty {
      var end = range.upperBound
      if end > range.lowerBound, chunk[end - 1] == Byte.carriageReturn { end -= 1 }
      guard end - range.lowerBound <= bytesMax else { return refusal() }
      return end == range.lowerBound ? nil : .whole(range.lowerBound..<end)
    }
    guard carried.count + range.count <= bytesMax + 1 else { return refusal() }
    carried.append(chunk, range)
    if carried.last == Byte.carriageReturn { carried.removeLast() }
    guard carried.count <= bytesMax else { return refusal() }
    if carried.isEmpty { return nil }
    isJoined = true
    return .joined
  }

  private mutating func tooLong() -> LineStep {
    isSkipping = true
    lineNumber += 1
    return refusal()
  }

  private mutating func refusal() -> LineStep {
    carried.removeAll(keepingCapacity: true)
    return .refused(
      TextFault(
        offset: consumed, line: lineNumber, reason: "the line has more than \(bytesMax) bytes",
        hint: "It was passed over; send shorter lines."))
  }

  /// The offset of the first LF; the chunk's length where there is none.
  private static func lineFeed(in chunk: Span<UInt8>, from start: Int) -> Int {
    unsafe chunk.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count else { return bytes.count }
      // The C library looks at as many bytes at once as the processor can.
      let found = unsafe memchr(base + start, Int32(Byte.lineFeed), bytes.count - start)
      return unsafe found.map { unsafe UnsafeRawPointer($0) - base } ?? bytes.count
    }
  }
}
