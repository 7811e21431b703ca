// How a session stands: what every turn asks of every session, in one value. A class asks at each
// access to a field of its own who else is at it, and a turn would ask two dozen times.

import Events
import Orchestrator
import Platform

/// How a turn leaves a session.
enum SessionOutcome {
  /// Nothing is left to be said.
  case done
  /// The poller has to wait for something else than before.
  case wants(Interest)
  case asBefore
}

/// Of one connection what is not with its reader.
struct SessionState {
  /// The reader is with the other thread: nothing of it may be looked at.
  var isLent = false
  /// What was read ahead and is not handled yet, in its order.
  var ahead: [LineBlock] = []
  /// Whether the client sent much at once when it was last looked at.
  var isBulky = false
  var answers = AnswerQueue()
  var output: [UInt8] = []
  var sent = 0
  /// Nothing can be written any more.
  var cannotAnswer = false
  /// The line that was begun and not ended: how many were before it, and since when it is known.
  var begun: (after: Int, since: Int64)?
  /// When the connection was given up.
  var givenUpAt: Int64?
  /// What the poller waits for.
  var interest: Interest = .readable
}

// What follows from it and from how its reader stands; of a reader that is lent nothing is looked
// at.
extension SessionState {
  func isBroken(_ reader: LineReader) -> Bool {
    cannotAnswer || (!isLent && reader.standing.isBroken)
  }

  /// Whether the answer to one more line has room behind those to some that are not taken yet.
  func mayTake(behind lines: Int) -> Bool {
    answers.count + lines < Session.answersMax
      && output.count - sent + answers.byteCount < Session.outputMax
  }

  func wantsInput(_ reader: LineReader) -> Bool {
    !isLent && ahead.isEmpty && reader.standing.canReceive && mayAnswer(reader)
  }

  func wantsOutput(_ reader: LineReader) -> Bool { sent < output.count && !isBroken(reader) }

  func canGoOn(_ reader: LineReader) -> Bool {
    let hasLines = !ahead.isEmpty || (!isLent && reader.standing.hasInput)
    return hasLines && mayAnswer(reader)
  }

  func isAnswered(_ reader: LineReader) -> Bool {
    isBroken(reader) || (answers.count == 0 && sent == output.count)
  }

  func isUnsaid(_ reader: LineReader) -> Bool { !isAnswered(reader) && !wantsOutput(reader) }

  func isDone(_ reader: LineReader) -> Bool {
    !isLent
      && (isBroken(reader)
        || (ahead.isEmpty && reader.standing.isFinished && isAnswered(reader)))
  }

  /// Whether the answer to one more line has room and may leave.
  func mayAnswer(_ reader: LineReader) -> Bool { mayTake(behind: 0) && !isBroken(reader) }

  /// Whether lines may be read and handled now.
  func canFill(_ reader: LineReader) -> Bool {
    !isLent && reader.standing.canFill && mayAnswer(reader)
  }

  func mayReadAhead(_ reader: LineReader) -> Bool {
    isBulky && !isLent && ahead.count < 2 && !reader.standing.hasEnded && mayAnswer(reader)
  }

  func mayHaveLines(_ reader: LineReader) -> Bool {
    !ahead.isEmpty || isBulky || (!isLent && reader.standing.canFill)
  }

  /// Whether a line was begun and not ended in time; as `Session.look`.
  mutating func isOverdue(_ reader: LineReader, _ now: Int64, _ patience: Int64) -> Bool {
    if let givenUpAt {
      if now - givenUpAt >= patience { cannotAnswer = true }
      return false
    }
    guard wantsInput(reader), reader.isInLine else {
      begun = nil
      return false
    }
    guard let line = begun, line.after == reader.lineNumber else {
      begun = (reader.lineNumber, now)
      return false
    }
    return now - line.since >= patience
  }

  /// What the poller has to wait for; nil where it does so already.
  mutating func takeInterest(_ reader: LineReader, _ isStopping: Bool) -> Interest? {
    var wanted: Interest = []
    if !isStopping, wantsInput(reader) { wanted.insert(.readable) }
    if wantsOutput(reader) { wanted.insert(.writable) }
    guard wanted != interest else { return nil }
    interest = wanted
    return wanted
  }
}

// Sending.
extension SessionState {
  private func send(_ socket: borrowing Descriptor) throws(Fault) -> Transfer {
    try UnixSocket.write(socket, unsafe output.span.bytes.extracting(sent..<output.count))
  }

  /// Sends what may be sent.
  mutating func flush(durable: Position, _ reader: LineReader) {
    if answers.count == 0, output.isEmpty { return }
    answers.flush(durable: durable, to: &output, upTo: sent + Session.outputMax)
    sending: while wantsOutput(reader) {
      do {
        let transfer = try send(reader.socket)
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
