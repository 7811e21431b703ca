// The thread that signs heads: a signature is quick, and the file that must be durable before
// anybody sees it is not.

import EventLog
import Merkle
import Platform

/// A head to be signed.
struct HeadTask: Sendable {
  var head: TreeHead
  /// Whether it is that of a fixed moment.
  var isKept: Bool
}

/// Runs a `SignedHeads` on a thread of its own.
final class SignThread: Sendable {
  private let tasks = Mailbox<HeadTask>()
  private let results = Mailbox<HeadResult>()
  private let wakeUp: WakeUp

  /// What became of a task.
  struct HeadResult: Sendable {
    var task: HeadTask
    /// Why it is not signed; nil where it is.
    var fault: HeadFault?
  }

  init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

  /// Starts the thread; it ends once `end` was called and what it was given is done.
  func start<D: Disk>(_ heads: SignedHeads<D>) throws(Fault) -> Worker {
    try Worker("sign") { [self] in
      var heads = heads
      while let task = tasks.take() {
        var fault: HeadFault?
        do throws(HeadFault) { try heads.sign(task.head, isKept: task.isKept) } catch {
          fault = error
        }
        guard results.put(HeadResult(task: task, fault: fault)) else { return }
        wakeUp.signal()
      }
      results.close()
    }
  }

  /// Hands a head over; one at a time: the front waits for a result before the next.
  func give(_ task: HeadTask) { _ = tasks.put(task) }

  func takeResult() -> HeadResult? { results.takeIfPresent() }

  /// Waits for the result of what was given.
  func waitForResult() -> HeadResult? { results.take() }

  func end() { tasks.close() }
}
