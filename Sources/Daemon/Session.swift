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
  private var state = SessionState()

  init(socket: consuming Descriptor, tag: UInt64, user: UInt32) {
    self.tag = tag
    self.user = user
    reader = LineReader(socket: socket, user: user)
  }

  /// Whether its reader is with the other thread.
  var isLent: Bool { state.isLent }
  /// Whether the session would take bytes from its socket.
  var wantsInput: Bool { state.wantsInput(reader) }
  /// Whether lines lie here and their answers have room.
  var canGoOn: Bool { state.canGoOn(reader) }
  /// Whether every answer has left.
  var isAnswered: Bool { state.isAnswered(reader) }
  /// Whether answers wait, and nothing in the output does.
  var isUnsaid: Bool { state.isUnsaid(reader) }
  /// Whether nothing is left to be said.
  var isDone: Bool { state.isDone(reader) }

  /// Takes what the socket has, once.
  func receive() {
    guard wantsInput else { return }
    state.isBulky = reader.receive() >= Session.bulkBytes
  }

  /// The other side has gone: where nothing more is taken from it, nobody is there to be answered.
  func hangUp() {
    if !isLent && !wantsInput && !canGoOn { state.cannotAnswer = true }
  }

  /// Whether lines may lie here, or be read ahead.
  var mayHaveLines: Bool { state.mayHaveLines(reader) }
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
    guard state.isOverdue(reader, now, patience) else { return }
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
    guard state.givenUpAt == nil else { return true }
    state.answers.add(line, needs: .zero)
    reader.giveUp()
    state.givenUpAt = now
    return true
  }
}

// Reading ahead.
extension Session {
  /// Whether its lines may be read on another thread now.
  var mayReadAhead: Bool { state.mayReadAhead(reader) }

  func lendReader(_ block: LineBlock) -> ReadLoan {
    state.isLent = true
    return ReadLoan(tag: tag, reader: reader, block: block)
  }

  /// Takes its reader back and, where lines were read, their block.
  ///
  /// - Returns: whether the block was taken.
  func takeReader(_ block: LineBlock) -> Bool {
    state.isLent = false
    // A block that was not filled has seen the end of what was there.
    state.isBulky = block.count >= Session.bulkLines
    guard block.count > 0 else { return false }
    state.ahead.append(block)
    return true
  }

  /// Gives up the blocks of a session that is done.
  func takeBlocks() -> [LineBlock] {
    defer { state.ahead.removeAll() }
    return state.ahead
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
    if let first = state.ahead.first {
      guard take(first, isMeasured: false, runtime, refusal, handle) else { return nil }
      return state.ahead.removeFirst()
    }
    while state.canFill(reader), runtime.hasRoom {
      // Room for a whole block and for another command behind its notices, or for a line alone.
      let isWide =
        state.mayTake(behind: block.capacity) && runtime.hasRoom(behind: block.capacity)
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
      guard isMeasured || (runtime.hasRoom && state.mayAnswer(reader)) else { return false }
      let isWide = isMeasured || runtime.hasRoom(behind: Session.noticesMax)
      let most = isWide ? Session.noticesMax : 1
      let notices = block.nextNotices(max: most)
      if notices.isEmpty {
        let other = block.nextOther()
        switch other.request {
        case .success(let request): answer(handle(request), other.line)
        case .failure(let fault):
          state.answers.add(AnswerText.error(fault, line: other.line), needs: .zero)
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
    case .receipt(let receipt, let isRepeat): state.answers.accept(receipt, isRepeat: isRepeat)
    case .refusal(let refusal):
      state.answers.add(AnswerText.refused(refusal, line: line), needs: .zero)
    case .text(let bytes, let needs): state.answers.add(bytes, needs: needs)
    case .late(let needs, let write): state.answers.add(write, needs: needs)
    case .wrong(let fault):
      state.answers.add(AnswerText.error(fault, line: line), needs: .zero)
    }
  }

  private func take(
    _ notices: Range<Int>, of group: PaymentGroup, _ runtime: Runtime, _ refusal: Refusal?
  ) {
    if let refusal {
      for place in notices {
        state.answers.add(AnswerText.refused(refusal, line: group.line(place)), needs: .zero)
      }
      return
    }
    runtime.submit(group, notices)
    state.answers.accept(group, notices)
  }

  /// Sends what may be sent.
  ///
  /// - Parameter isStopping: whether nothing more is taken from anybody.
  func flush(durable: Position, isStopping: Bool) -> SessionOutcome {
    state.flush(durable: durable, reader)
    if state.isDone(reader) { return .done }
    return state.takeInterest(reader, isStopping).map { .wants($0) } ?? .asBefore
  }
}

/// What a request came to.
enum Reply {
  case receipt(Receipt, isRepeat: Bool)
  case refusal(Refusal)
  /// An answer that may leave once every event before a position is durable.
  case text([UInt8], needs: Position)
  /// The same, written when it leaves; it asks no session anything, for one is being flushed.
  case late(needs: Position, () -> [UInt8])
  /// It asks for something that does not exist.
  case wrong(WireFault)
}
