// The back thread: it owns the log and makes one batch after the other durable.

import EventLog
import Events
import Orchestrator
import Platform
import Synchronization

/// What the back thread is asked to do.
enum CommitTask: Sendable {
  case commit(CommitJob)
  case mark(Timestamp)
  /// See whether a full disk has room again.
  case prepare
  case close(Timestamp)
}

/// What became of it.
enum CommitResult: Sendable {
  case committed(CommitJob)
  case marked
  case prepared
  case closed
  case failed(LogFault, CommitJob?)
}

/// Runs a `Committer` on a thread of its own.
final class CommitThread<Storage: Carrier & Sendable>: Sendable {
  private let tasks = Mailbox<CommitTask>()
  private let results = Mailbox<CommitResult>()
  private let wakeUp: WakeUp

  init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

  /// Starts the thread; it ends after `.close`, or when the log has failed.
  func start(_ carrier: Storage) throws(Fault) -> Worker {
    try Worker("commit") { [self] in
      var committer = Committer(carrier: carrier)
      while let task = tasks.take() {
        let result = CommitThread.perform(task, &committer)
        guard results.put(result) else { return }
        wakeUp.signal()
        if case .closed = result { return }
      }
    }
  }

  private static func perform(
    _ task: CommitTask, _ committer: inout Committer<Storage>
  ) -> CommitResult {
    switch task {
    case .commit(let job):
      do {
        try committer.commit(job)
        return .committed(job)
      } catch { return .failed(error, job) }
    case .mark(let time):
      do {
        try committer.mark(at: time)
        return .marked
      } catch { return .failed(error, nil) }
    case .prepare:
      do {
        try committer.prepare()
        return .prepared
      } catch { return .failed(error, nil) }
    case .close(let time):
      do {
        try committer.close(at: time)
        return .closed
      } catch { return .failed(error, nil) }
    }
  }

  /// Hands a task over.
  ///
  /// One at a time: the front waits for a result before the next.
  func give(_ task: CommitTask) { _ = tasks.put(task) }

  func takeResult() -> CommitResult? { results.takeIfPresent() }
}
