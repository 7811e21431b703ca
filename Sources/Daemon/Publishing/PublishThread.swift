// The thread that makes pages and writes what the daemon publishes: each file beside its old self,
// made durable and renamed over it, so that who reads one never sees a part.

import Dumps
import Orchestrator
import Platform
import Synchronization

/// A file of what is published.
struct PublishedFile: Sendable {
  var name: String
  var bytes: [UInt8]
}

/// What the thread is given; a place is one of the log whose events are durable.
enum PublishTask: Sendable {
  /// To make the page and hand it back.
  case page(LogContext)
  /// To write the page and the tables into the folder.
  case write(LogContext)
  /// To see whether the files that were written last still stand.
  case check
}

/// What became of it.
enum PublishResult: Sendable {
  case page([UInt8])
  case written
  /// The folder cannot be written.
  case failed(Fault)
  /// Files that were written before are gone.
  case gone
  /// They all stand.
  case stands
  /// The log cannot be folded.
  case unread(FollowFault)
}

/// Makes pages out of the log, and writes files into a folder.
final class PublishThread: Sendable {
  private let tasks = Mailbox<PublishTask>()
  private let results = Mailbox<PublishResult>()
  private let isEnding = Atomic(false)
  private let wakeUp: WakeUp
  private let publication: Publication
  private let log: String

  /// - Parameters:
  ///   - publication: its folder is made where it is missing.
  ///   - log: the folder of the log.
  init(_ publication: Publication, log: String, wakeUp: WakeUp) {
    self.publication = publication
    self.log = log
    self.wakeUp = wakeUp
  }

  /// Starts the thread; it ends once `end` was called and what it was given is done.
  func start() throws(Fault) -> Worker {
    try Worker("publish") { [self] in
      CurrentThread.yieldToOthers()
      var press = PagePress(log: log, language: publication.language)
      // The names of the files that were written last.
      var written: [String] = []
      while let task = tasks.take() {
        guard results.put(work(task, &press, &written)) else { return }
        wakeUp.signal()
      }
      results.close()
    }
  }

  private func work(
    _ task: PublishTask, _ press: inout PagePress, _ written: inout [String]
  ) -> PublishResult {
    func hurries() -> Bool { isEnding.load(ordering: .relaxed) }
    do throws(FollowFault) {
      switch task {
      case .page(let place): return .page(try press.page(at: place, isEnding: hurries))
      case .check: return isComplete(written) ? .stands : .gone
      case .write(let place):
        let files = try press.files(at: place, isEnding: hurries)
        written = files.map(\.name)
        return write(files)
      }
    } catch { return .unread(error) }
  }

  /// Whether all of these files stand in the folder.
  private func isComplete(_ names: [String]) -> Bool {
    guard let folder = publication.folder else { return true }
    return names.allSatisfy { (try? SystemDisk().exists("\(folder)/\($0)")) ?? false }
  }

  private func write(_ files: [PublishedFile]) -> PublishResult {
    guard let folder = publication.folder else { return .written }
    do throws(Fault) {
      // What is published is for others: the group of the folder may read it.
      let disk = SystemDisk(isGroupReadable: true)
      if !(try disk.exists(folder)) { try disk.makeDirectory(folder) }
      for file in files {
        let span = file.bytes.span
        try disk.replaceFile("\(folder)/\(file.name)", with: unsafe span.bytes)
      }
      return .written
    } catch { return .failed(error) }
  }

  /// Hands a task over; one at a time: the front waits for a result before the next.
  func give(_ task: PublishTask) { _ = tasks.put(task) }

  func takeResult() -> PublishResult? { results.takeIfPresent() }

  /// Waits for the result of what was given.
  func waitForResult() -> PublishResult? { results.take() }

  /// What is being folded is of no use any more: it is given up after the batch it is at.
  func hurry() { isEnding.store(true, ordering: .relaxed) }

  func end() { tasks.close() }
}
