// The thread that makes the tree of merchants: a day's events are folded in a second, and nobody
// waits for it.

import EventLog
import Events
import Orchestrator
import Platform
import Synchronization

/// Runs a `MerchantTreeMaker` on a thread of its own.
///
/// What it makes follows from the log: the thread may end anywhere.
final class TreeThread: Sendable {
  private let tasks = Mailbox<Position>()
  private let results = Mailbox<TreeResult>()
  private let isEnding = Atomic(false)
  private let wakeUp: WakeUp

  /// What became of a task.
  enum TreeResult: Sendable {
    case made(MerchantTreeCommitted)
    case failed(TreeFault)
  }

  init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

  func start<D: Disk>(_ maker: MerchantTreeMaker<D>) throws(Fault) -> Worker {
    try Worker("tree") { [self] in
      CurrentThread.yieldToOthers()
      var maker = maker
      while let end = tasks.take() {
        let result: TreeResult
        do throws(TreeFault) {
          result = .made(
            try maker.commit(at: end) { isEnding.load(ordering: .relaxed) })
        } catch { result = .failed(error) }
        guard results.put(result) else { return }
        wakeUp.signal()
      }
    }
  }

  /// Asks for the tree over the events before a position; one at a time.
  func ask(_ end: Position) { _ = tasks.put(end) }

  func takeResult() -> TreeResult? { results.takeIfPresent() }

  /// The thread ends after the batch it is at.
  func end() {
    isEnding.store(true, ordering: .relaxed)
    tasks.close()
    results.close()
  }
}
