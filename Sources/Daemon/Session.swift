// One connection: requests in, answers in order, bytes out. Everything is bounded: a client that
// sends faster than the log takes, or reads slower than it is answered, waits.

import Events
import Orchestrator
import Platform

/// A client's connection.
///
/// Only the front thread touches it; its reader may be lent to the thread that reads ahead.
final class Session {
  /// How many answers may wait for the disk.
  static let answersMax = 65_536
  /// How many bytes of answers may wait for the client; no more is read from it beyond.
  static let outputMax = 1 << 20
  /// From so many bytes at once, or so many lines read ahead, a client is one that lines are read
  /// ahead for.
  private static let bulkBytes = 64 * 1024
  private static let bulkLines = 256
  /// How many notices are decided in one go.
  private static let noticesMax = 256

  let tag: UInt64
  /// The uid at the other end, as the system says.
  let user: UInt32
  let reader: LineReader
  /// The reader is with the other thread: nothing of it may be looked at.
  private(set) var isLent = false
  /// What was read ahead and is not handled yet, in its order.
  private var ahead: [LineBlock] = []
  /// Whether the client sent much at once when it was last looked at.
  private var isBulky = false
  private var answers = AnswerQueue()
  private var output: [UInt8] = []
  private var sent = 0
  /// Nothing can be written any more.
  private var cannotAnswer = false
  /// The line that was begun and not ended: how many were before it, and since when it is known.
  private var begun: (after: Int, since: Int64)?
  /// When the connection was given up.
  private var givenUpAt: Int64?

  init(socket: consuming Descriptor, tag: UInt64, user: UInt32) {
    self.tag = tag
    self.user = user
    reader = LineReader(socket: socket, user: user)
  }

  /// Whether the session would take bytes from its socket.
  var wantsInput: Bool {
    !isLent && ahead.isEmpty && !reader.hasEnded && !isBroken && !reader.hasInput && mayTake
  }
  var wantsOutput: Bool { sent < output.count && !isBroken }
  /// Whether lines lie here and their answers have room.
  var canGoOn: Bool { hasLines && mayTake && !isBroken }
  /// Whether every answer has left.
  var isAnswered: Bool { isBroken || (answers.count == 0 && sent == output.count) }
  /// Whether nothing is left to be said.
  var isDone: Bool {
    !isLent && (isBroken || (ahead.isEmpty && reader.isFinished && isAnswered))
  }
  /// The connection is broken: nothing can be answered any more.
  private var isBroken: Bool { cannotAnswer || (!isLent && reader.isBroken) }
  private var hasLines: Bool { !ahead.isEmpty || (!isLent && reader.hasInput) }
  private var mayTake: Bool { mayTake(behind: 0) }

  /// Whether the answer to one more line has room behind those to some that are not taken yet.
  private func mayTake(behind lines: Int) -> Bool {
    answers.count + lines < Session.answersMax
      && output.count - sent + answers.byteCount < Session.outputMax
  }

  /// Takes what the socket has, once.
  func receive() {
    guard wantsInput else { return }
    isBulky = reader.receive() >= Session.bulkBytes
  }

  /// The other side has gone: where nothing more is taken from it, nobody is there to be answered.
  func hangUp() {
    if !isLent && !wantsInput && !canGoOn { cannotAnswer = true }
  }
}

// Giving up.
extension Session {
  /// Ends a connection whose line was begun and not ended in time.
  ///
  /// The time counts while the session takes bytes: whom the daemon makes wait has all of it again.
  ///
  /// - Parameters:
  ///   - now: nanoseconds of a clock that never goes back.
  ///   - patience: how many of them a line may take, and afterwards the word that it took too long.
  func look(_ now: Int64, patience: Int64) {
    if let givenUpAt {
      if now - givenUpAt >= patience { cannotAnswer = true }
      return
    }
    guard wantsInput, reader.isInLine else {
      begun = nil
      return
    }
    guard let line = begun, line.after == reader.lineNumber else {
      begun = (reader.lineNumber, now)
      return
    }
    guard now - line.since >= patience else { return }
    let seconds = patience / 1_000_000_000
    let fault = WireFault(
      "", "a line was begun and not ended within \(seconds) s",
      hint: "Connect again, and end each line with a line feed.")
    dismiss(AnswerText.error(fault, line: 0), now)
  }

  /// Says a last line and takes nothing more; false where another thread has the reader.
  @discardableResult
  func dismiss(_ line: [UInt8], _ now: Int64) -> Bool {
    guard !isLent else { return false }
    guard givenUpAt == nil else { return true }
    answers.add(line, needs: .zero)
    reader.giveUp()
    givenUpAt = now
    return true
  }
}

// Reading ahead.
extension Session {
  /// Whether its lines may be read on another thread now.
  var mayReadAhead: Bool {
    isBulky && !isLent && ahead.count < 2 && !isBroken && !reader.hasEnded && mayTake
  }

  func lendReader(_ block: LineBlock) -> ReadLoan {
    isLent = true
    return ReadLoan(tag: tag, reader: reader, block: block)
  }

  /// Takes its reader back and, where lines were read, their block.
  ///
  /// - Returns: whether the block was taken.
  func takeReader(_ block: LineBlock) -> Bool {
    isLent = false
    // A block that was not filled has seen the end of what was there.
    isBulky = block.count >= Session.bulkLines
    guard block.count > 0 else { return false }
    ahead.append(block)
    return true
  }

  /// Gives up the blocks of a session that is done.
  func takeBlocks() -> [LineBlock] {
    defer { ahead.removeAll() }
    return ahead
  }
}

// Handling.
extension Session {
  /// Handles lines until the input, the batch or the bounds end it.
  ///
  /// Payment notices are taken by the group; any other line ends a group, so that everything is
  /// handled in the order in which it came.
  ///
  /// - Parameters:
  ///   - block: for lines that are read now; empty before and after.
  ///   - refusal: why no payment is taken now; nil where they are.
  ///   - handle: takes any other request and gives its answer.
  /// - Returns: a block of lines read ahead that were all handled; call again after it.
  func pump(
    _ runtime: Runtime, _ block: LineBlock, refusal: Refusal?, _ handle: (Request) -> Reply
  ) -> LineBlock? {
    if let first = ahead.first {
      guard take(first, isMeasured: false, runtime, refusal, handle) else { return nil }
      return ahead.removeFirst()
    }
    guard !isLent else { return nil }
    while reader.canFill, mayTake, runtime.hasRoom, !isBroken {
      // Room for a whole block and for another command behind its notices, or for a line alone.
      let isWide = mayTake(behind: block.capacity) && runtime.hasRoom(behind: block.capacity)
      reader.fill(block, upTo: isWide ? block.capacity : 1, stopsAtOther: true)
      _ = take(block, isMeasured: true, runtime, refusal, handle)
      block.removeAll()
    }
    return nil
  }

  /// Handles the lines of a block; false where the batch or the bounds ended it before the last.
  ///
  /// - Parameter isMeasured: whether all of it was measured before it was read: then nothing ends
  ///   it, though its answers may be longer than the output should be.
  private func take(
    _ block: LineBlock, isMeasured: Bool, _ runtime: Runtime, _ refusal: Refusal?,
    _ handle: (Request) -> Reply
  ) -> Bool {
    while !block.isDone {
      guard isMeasured || (mayTake && runtime.hasRoom && !isBroken) else { return false }
      let isWide = isMeasured || runtime.hasRoom(behind: Session.noticesMax)
      let most = isWide ? Session.noticesMax : 1
      let notices = block.nextNotices(max: most)
      if notices.isEmpty {
        let other = block.nextOther()
        switch other.request {
        case .success(let request): answer(handle(request), other.line)
        case .failure(let fault):
          answers.add(AnswerText.error(fault, line: other.line), needs: .zero)
        }
      } else {
        take(notices, of: block.group, runtime, refusal)
        block.pass(notices)
      }
    }
    return true
  }

  private func answer(_ reply: Reply, _ line: Int) {
    switch reply {
    case .receipt(let receipt, let isRepeat): answers.accept(receipt, isRepeat: isRepeat)
    case .refusal(let refusal):
      answers.add(AnswerText.refused(refusal, line: line), needs: .zero)
    case .text(let bytes, let needs): answers.add(bytes, needs: needs)
    case .late(let needs, let write): answers.add(write, needs: needs)
    case .wrong(let fault): answers.add(AnswerText.error(fault, line: line), needs: .zero)
    }
  }

  private func take(
    _ notices: Range<Int>, of group: PaymentGroup, _ runtime: Runtime, _ refusal: Refusal?
  ) {
    if let refusal {
      for place in notices {
        answers.add(AnswerText.refused(refusal, line: group.line(place)), needs: .zero)
      }
      return
    }
    runtime.submit(group, notices)
    answers.accept(group, notices)
  }

  /// Sends what may be sent.
  func flush(durable: Position) {
    answers.flush(durable: durable, to: &output, upTo: sent + Session.outputMax)
    sending: while wantsOutput {
      do {
        let output = output
        let rest = unsafe output.span.bytes
        let transfer = try UnixSocket.write(reader.socket, rest.extracting(sent..<output.count))
        guard case .count(let count) = transfer else {
          cannotAnswer = transfer == .closed
          break sending
        }
        sent += count
      } catch {
        cannotAnswer = true
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
