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
  private var offset = 0
  private var count = 0
  /// The client has closed its side; what it sent is still handled.
  private(set) var hasEnded = false
  /// The last line was looked at, the one without an end too.
  private(set) var isFinished = false
  /// Nothing can be read any more.
  private(set) var isBroken = false

  init(socket: consuming Descriptor, user: UInt32) {
    self.socket = socket
    requests = RequestReader(user: user)
  }

  /// Whether bytes lie here that were not looked at yet.
  var hasInput: Bool { offset < count }
  /// Whether `fill` has something to look at.
  var canFill: Bool { hasInput || (hasEnded && !isFinished) }

  /// Whether a line has begun whose end has not come, and nothing lies here.
  var isInLine: Bool { !hasInput && !hasEnded && lines.isInLine }
  /// The number of the line found last.
  var lineNumber: Int { lines.lineNumber }

  /// Takes nothing more, as if the client had closed its side and begun no line.
  func giveUp() {
    hasEnded = true
    isFinished = true
    (offset, count) = (0, 0)
  }

  /// Takes what the socket has, once, where everything that was taken before was looked at.
  ///
  /// - Returns: how many bytes came.
  @discardableResult
  func receive() -> Int {
    guard !hasInput, !hasEnded, !isBroken else { return 0 }
    do {
      switch try UnixSocket.read(socket, into: &input) {
      case .count(let length):
        offset = 0
        count = length
        return length
      case .wouldBlock: break
      case .closed: hasEnded = true
      }
    } catch {
      isBroken = true
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
    let isUsedUp = LineReader.fill(
      block, upTo: lines, bytes.span.extracting(0..<count), &offset, &self.lines, &requests,
      hasEnded: hasEnded, stopsAtOther: stopsAtOther)
    if isUsedUp, hasEnded { isFinished = true }
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
    while block.count < most, !stopsAtOther || !block.hasOther {
      let step =
        offset < input.count
        ? lines.next(in: input, at: &offset) : hasEnded ? lines.finish() : .needsBytes
      switch step {
      case .needsBytes:
        offset = input.count
        return true
      case .refused(let fault):
        let wrong = WireFault("", fault.reason, hint: fault.hint)
        block.add(.failure(wrong), line: lines.lineNumber)
      case .whole(let range):
        read(input.extracting(range), lines.lineNumber, &requests, block, group)
      case .joined: read(lines.joined, lines.lineNumber, &requests, block, group)
      }
    }
    return false
  }

  @inline(__always)
  private static func read(
    _ text: Span<UInt8>, _ line: Int, _ requests: inout RequestReader, _ block: LineBlock,
    _ group: PaymentGroup
  ) {
    do throws(WireFault) {
      if let notice = try requests.readNotice(text, into: group.nextDraft) {
        group.add(notice, line: line)
      } else {
        block.add(.success(try requests.readOther(text)), line: line)
      }
    } catch {
      block.add(.failure(error), line: line)
    }
  }
}
