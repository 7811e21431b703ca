// A thread that reads ahead: for a client that sends more than is handled at once, the next lines
// are read while the front thread decides the ones before.
//
//   front    decides a block of lines ─────── decides the next ────────────── ...
//                  │ reader, free block       ▲ reader, full block
//   reader         └─ socket, lines, ids ─────┘
//
// It serves one client at a time; the lines of all others are read by the front thread itself, so
// that who sends little waits for no one.

import Orchestrator
import Platform

/// A reader and a block on their way from one thread to the other.
struct ReadLoan: @unchecked Sendable {
  /// Whose they are.
  let tag: UInt64
  let reader: LineReader
  let block: LineBlock
}

/// Runs `LineReader.readAhead` on a thread of its own.
final class ReadThread: Sendable {
  private let tasks = Mailbox<ReadLoan>()
  private let results = Mailbox<ReadLoan>()
  private let wakeUp: WakeUp

  init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

  func start() throws(Fault) -> Worker {
    try Worker("read") { [self] in
      while let loan = tasks.take() {
        loan.reader.readAhead(loan.block)
        guard results.put(loan) else { return }
        wakeUp.signal()
      }
    }
  }

  /// Hands a reader over.
  ///
  /// One at a time: the front waits for it before the next.
  func give(_ loan: ReadLoan) { _ = tasks.put(loan) }

  func takeResult() -> ReadLoan? { results.takeIfPresent() }

  func end() {
    tasks.close()
    results.close()
  }
}

/// What the front knows of the thread that reads ahead.
struct ReadAhead {
  /// Lines that are read ahead at once: as many as a socket's buffer holds, and more.
  private static let blockLines = 1_024
  /// One is read, one is handled, one waits.
  private static let blocks = 3

  let thread: ReadThread
  let worker: Worker
  private var spare = (0..<blocks).map { _ in LineBlock(capacity: blockLines) }
  private var isBusy = false

  init(wakeUp: WakeUp) throws(Fault) {
    thread = ReadThread(wakeUp: wakeUp)
    worker = try thread.start()
  }

  /// Lets the reader of a client that may read ahead do so, if the thread is free and a block is.
  ///
  /// - Parameter hashes: what notices are hashed with as of now.
  mutating func lend(_ session: Session, _ hashes: NoticeHashes) {
    guard !isBusy, let block = spare.popLast() else { return }
    isBusy = true
    block.group.hashes = hashes
    thread.give(session.lendReader(block))
  }

  /// The reader that has come back, with what it read.
  mutating func takeResult() -> ReadLoan? {
    guard let loan = thread.takeResult() else { return nil }
    isBusy = false
    return loan
  }

  /// Takes back a block whose lines are handled, or nobody's.
  mutating func takeBack(_ block: LineBlock) {
    block.removeAll()
    spare.append(block)
  }
}
