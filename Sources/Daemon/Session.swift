// One connection: bytes in, lines, requests, answers in order, bytes out. Everything is bounded: a
// client that sends faster than the log takes, or reads slower than it is answered, waits.

import Events
import Orchestrator
import Platform
import Text

/// A client's connection.
///
/// Only the front thread touches it.
final class Session {
  /// How many bytes are taken from the socket at once.
  static let inputMax = 256 * 1024
  /// How many answers may wait for the disk.
  static let answersMax = 65_536
  /// How many bytes of answers may wait for the client; no more is read from it beyond.
  static let outputMax = 1 << 20

  let socket: Descriptor
  let tag: UInt64
  private var reader: RequestReader
  private var lines = NDJSONLines()
  private var input: [UInt8]
  private var inputOffset = 0
  private var inputCount = 0
  private var answers = AnswerQueue()
  private var output: [UInt8] = []
  private var sent = 0
  /// The client has closed its side; what it sent is still answered.
  private(set) var hasEnded = false
  /// The last line was looked at, the one without an end too.
  private var isFinished = false
  /// The connection is broken: nothing can be answered any more.
  private(set) var isBroken = false

  init(socket: consuming Descriptor, tag: UInt64, user: UInt32) {
    self.socket = socket
    self.tag = tag
    reader = RequestReader(user: user)
    input = [UInt8](repeating: 0, count: Session.inputMax)
  }

  /// Whether the session would take bytes from its socket.
  var wantsInput: Bool { !hasEnded && !isBroken && !hasInput && mayTake }
  var wantsOutput: Bool { sent < output.count && !isBroken }
  /// Whether bytes lie here that were not looked at yet.
  var hasInput: Bool { inputOffset < inputCount }
  /// Whether lines lie here and their answers have room.
  var canGoOn: Bool { hasInput && mayTake && !isBroken }
  /// Whether every answer has left.
  var isAnswered: Bool { isBroken || (answers.count == 0 && sent == output.count) }
  /// Whether nothing is left to be said.
  var isDone: Bool { isBroken || (isFinished && isAnswered) }
  private var mayTake: Bool { mayTake(behind: 0) }

  /// Whether the answer to one more line has room behind those to some that are not taken yet.
  private func mayTake(behind lines: Int) -> Bool {
    answers.count + lines < Session.answersMax
      && output.count - sent + answers.byteCount < Session.outputMax
  }

  /// Takes what the socket has, once.
  func receive() {
    guard wantsInput else { return }
    do {
      switch try UnixSocket.read(socket, into: &input) {
      case .count(let count):
        inputOffset = 0
        inputCount = count
      case .wouldBlock: break
      case .closed: hasEnded = true
      }
    } catch {
      isBroken = true
    }
  }

  /// The other side has gone: where nothing more is taken from it, nobody is there to be answered.
  func hangUp() {
    if !wantsInput && !canGoOn { isBroken = true }
  }

  /// Handles lines until the input, the batch or the bounds end it.
  ///
  /// Payment notices are taken by the group; any other line ends a group, so that everything is
  /// handled in the order in which it came.
  ///
  /// - Parameters:
  ///   - group: empty before and after.
  ///   - refusal: why no payment is taken now; nil where they are.
  ///   - handle: takes any other request and gives its answer.
  func pump(
    _ runtime: Runtime, _ group: PaymentGroup, refusal: Refusal?, _ handle: (Request) -> Reply
  ) {
    while mayTake(behind: group.count), runtime.hasRoom(behind: group.count), !isBroken {
      let step = nextLine()
      switch step {
      case .needsBytes:
        inputOffset = inputCount
        take(group, runtime, refusal)
        if hasEnded { isFinished = true }
        return
      case .refused(let fault):
        take(group, runtime, refusal)
        let wrong = WireFault("", fault.reason, hint: fault.hint)
        answers.add(AnswerText.error(wrong, line: lines.lineNumber), needs: .zero)
      case .whole, .joined:
        take(step, runtime, group, refusal, handle)
      }
    }
    take(group, runtime, refusal)
  }

  private func nextLine() -> LineStep {
    if hasInput {
      // A local copy of the reference: the lines are cut while the buffer stays as it is.
      let input = input
      return lines.next(in: input.span.extracting(0..<inputCount), at: &inputOffset)
    }
    return hasEnded ? lines.finish() : .needsBytes
  }

  private func take(
    _ step: LineStep, _ runtime: Runtime, _ group: PaymentGroup, _ refusal: Refusal?,
    _ handle: (Request) -> Reply
  ) {
    do {
      // A local copy of the reference: the line is read while the buffer stays as it is.
      let input = input
      let notice: PaymentNoticeHeader?
      switch step {
      case .whole(let range):
        notice = try reader.readNotice(input.span.extracting(range), into: group.nextDraft)
      default: notice = try reader.readNotice(lines.joined, into: group.nextDraft)
      }
      if let notice {
        group.add(notice, line: lines.lineNumber)
        if group.isFull { take(group, runtime, refusal) }
        return
      }
      take(group, runtime, refusal)
      let request: Request
      switch step {
      case .whole(let range): request = try reader.readOther(input.span.extracting(range))
      default: request = try reader.readOther(lines.joined)
      }
      answer(handle(request))
    } catch {
      take(group, runtime, refusal)
      answers.add(AnswerText.error(error, line: lines.lineNumber), needs: .zero)
    }
  }

  private func answer(_ reply: Reply) {
    switch reply {
    case .receipt(let receipt, let isRepeat): answers.accept(receipt, isRepeat: isRepeat)
    case .refusal(let refusal):
      answers.add(AnswerText.refused(refusal, line: lines.lineNumber), needs: .zero)
    case .text(let bytes, let needs): answers.add(bytes, needs: needs)
    case .late(let needs, let write): answers.add(write, needs: needs)
    case .wrong(let fault):
      answers.add(AnswerText.error(fault, line: lines.lineNumber), needs: .zero)
    }
  }

  /// Takes the notices that have gathered.
  private func take(_ group: PaymentGroup, _ runtime: Runtime, _ refusal: Refusal?) {
    guard !group.isEmpty else { return }
    if refusal == nil { runtime.submit(group) }
    for place in 0..<group.count {
      if refusal == nil, let (receipt, isRepeat) = group.receipt(place) {
        answers.accept(receipt, isRepeat: isRepeat)
      } else if let refusal = refusal ?? group.refusal(place) {
        answers.add(AnswerText.refused(refusal, line: group.line(place)), needs: .zero)
      }
    }
    group.removeAll()
  }

  /// Sends what may be sent.
  func flush(durable: Position) {
    answers.flush(durable: durable, to: &output, upTo: sent + Session.outputMax)
    sending: while wantsOutput {
      do {
        let output = output
        let rest = unsafe output.span.bytes
        let transfer = try UnixSocket.write(socket, rest.extracting(sent..<output.count))
        guard case .count(let count) = transfer else {
          isBroken = transfer == .closed
          break sending
        }
        sent += count
      } catch {
        isBroken = true
      }
    }
    if sent == output.count {
      output.removeAll(keepingCapacity: output.capacity <= 2 * Session.outputMax)
      sent = 0
    } else if sent > Session.outputMax {
      // A reader that is never quite done must not keep what it has read already.
      output.removeSubrange(..<sent)
      sent = 0
    }
  }
}

/// What a request came to.
enum Reply {
  case receipt(Receipt, isRepeat: Bool)
  case refusal(Refusal)
  /// An answer that may leave once every event before a position is durable.
  case text([UInt8], needs: Position)
  /// The same, written when it leaves.
  case late(needs: Position, () -> [UInt8])
  /// It asks for something that does not exist.
  case wrong(WireFault)
}
