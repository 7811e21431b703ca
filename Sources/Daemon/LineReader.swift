// The reading half of a connection: bytes from the socket, lines, requests. It decides nothing, so
// it may be at work on one thread while another handles what it has read before.

import Orchestrator
import Platform
import Text

/// Reads the requests of one client.
///
/// One thread at a time has it.
final class LineReader: @unchecked Sendable {
  /// How many bytes are taken from the socket at once.
  static let inputMax = 256 * 1024
  /// How many bytes are read ahead at most: lines that fill no block, as empty ones, would hold the
  /// reader for ever.
  private static let aheadMax = 4 * inputMax

  let socket: Descriptor
  private var requests: RequestReader
  private var lines = NDJSONLines()
  private var input = [UInt8](repeating: 0, count: LineReader.inputMax)
  private(set) var standing = Standing()

  /// How far it is, in one value: a class asks at each access to a field who else is at it.
  struct Standing: BitwiseCopyable {
    /// What lies in the input.
    fileprivate var offset = 0
    fileprivate var count = 0
    /// The client has closed its side; what it sent is still handled.
    fileprivate(set) var hasEnded = false
    /// The last line was looked at, the one without an end too.
    fileprivate(set) var isFinished = false
    /// Nothing can be read any more.
    fileprivate(set) var isBroken = false

    /// Whether bytes lie here that were not looked at yet.
    var hasInput: Bool { offset < count }
    /// Whether `fill` has something to look at.
    var canFill: Bool { hasInput || (hasEnded && !isFinished) }
    /// Whether more may be taken from the socket.
    var canReceive: Bool { !hasInput && !hasEnded && !isBroken }
  }

  init(socket: consuming Descriptor, user: UInt32) {
    self.socket = socket
    requests = RequestReader(user: user)
  }

  /// Whether a line has begun whose end has not come, and nothing lies here.
  var isInLine: Bool { !standing.hasInput && !standing.hasEnded && lines.isInLine }
  /// The number of the line found last.
  var lineNumber: Int { lines.lineNumber }

  /// Takes nothing more, as if the client had closed its side and begun no line.
  func giveUp() {
    standing.hasEnded = true
    standing.isFinished = true
    (standing.offset, standing.count) = (0, 0)
  }

  /// Takes what the socket has, once, where everything that was taken before was looked at.
  ///
  /// - Returns: how many bytes came.
  @discardableResult
  func receive() -> Int {
    guard standing.canReceive else { return 0 }
    do {
      switch try UnixSocket.read(socket, into: &input) {
      case .count(let length):
        standing.offset = 0
        standing.count = length
        return length
      case .wouldBlock: break
      case .closed: standing.hasEnded = true
      }
    } catch {
      standing.isBroken = true
    }
    return 0
  }

  /// Reads the lines that lie here.
  ///
  /// - Parameters:
  ///   - lines: how many the block may hold then, at most as many as it takes.
  ///   - stopsAtOther: whether a line that is no notice is the last one.
  func fill(_ block: LineBlock, upTo lines: Int, stopsAtOther: Bool) {
    // A local copy of the reference: lines are cut while the buffer stays as it is.
    let bytes = input
    let hasEnded = standing.hasEnded
    let isUsedUp = LineReader.fill(
      block, upTo: lines, bytes.span.extracting(0..<standing.count), &standing.offset, &self.lines,
      &requests, hasEnded: hasEnded, stopsAtOther: stopsAtOther)
    if isUsedUp, hasEnded { standing.isFinished = true }
  }

  /// Reads lines and takes more from the socket, until the block is full or nothing is there.
  func readAhead(_ block: LineBlock) {
    var taken = 0
    while true {
      fill(block, upTo: block.capacity, stopsAtOther: false)
      guard block.count < block.capacity, taken < LineReader.aheadMax else { return }
      let length = receive()
      if length == 0 { return }
      taken += length
    }
  }
}

// What is worked on is lent as a whole: a class asks at each access who else is at a field.
extension LineReader {
  /// Reads lines into a block; whether nothing is left of them.
  private static func fill(
    _ block: LineBlock, upTo most: Int, _ input: Span<UInt8>, _ offset: inout Int,
    _ lines: inout NDJSONLines, _ requests: inout RequestReader, hasEnded: Bool, stopsAtOther: Bool
  ) -> Bool {
    let group = block.group
    var others = block.otherCount
    while group.count + others < most, !stopsAtOther || others == 0 {
      let step =
        offset < input.count
        ? lines.next(in: input, at: &offset) : hasEnded ? lines.finish() : .needsBytes
      var other: Result<Request, WireFault>?
      switch step {
      case .needsBytes:
        offset = input.count
        return true
      case .refused(let fault):
        other = .failure(WireFault("", fault.reason, hint: fault.hint))
      case .whole(let range):
        other = read(input.extracting(range), lines.lineNumber, &requests, group)
      case .joined: other = read(lines.joined, lines.lineNumber, &requests, group)
      }
      if let other {
        block.add(other, line: lines.lineNumber)
        others += 1
      }
    }
    return false
  }

  /// Reads a line; nil where it is a notice, which is in the group then.
  @inline(__always)
  private static func read(
    _ text: Span<UInt8>, _ line: Int, _ requests: inout RequestReader, _ group: PaymentGroup
  ) -> Result<Request, WireFault>? {
    do throws(WireFault) {
      guard let notice = try requests.readNotice(text, into: group.nextDraft) else {
        return .success(try requests.readOther(text))
      }
      group.add(notice, line: line)
      return nil
    } catch {
      return .failure(error)
    }
  }
}
