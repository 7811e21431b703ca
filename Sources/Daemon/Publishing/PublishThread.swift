// The thread that writes what the daemon publishes: each file beside its old self, made durable and
// renamed over it, so that who reads one never sees a part.

import Dumps
import EventLog
import Events
import Platform
import Projections

/// A file of what is published.
struct PublishedFile: Sendable {
  var name: String
  var bytes: [UInt8]
}

/// What the thread is given.
enum PublishTask: Sendable {
  /// Files in the order in which they are written; the last tells what the others are.
  case write([PublishedFile])
  /// Events that a page names, to be read out of the log.
  case look([Position])
  /// Names of files that were written before, which may be gone by now.
  case check([String])
}

/// What became of it.
enum PublishResult: Sendable {
  case written
  case failed(Fault)
  /// Those that could be read.
  case found([Position: Payload])
  /// Files that were written before are gone.
  case gone
  /// They all stand.
  case stands
}

/// Writes files into a folder, and reads single events for pages.
final class PublishThread: Sendable {
  private let tasks = Mailbox<PublishTask>()
  private let results = Mailbox<PublishResult>()
  private let wakeUp: WakeUp
  /// Nil where nothing is written.
  private let folder: String?
  private let log: String

  /// - Parameters:
  ///   - folder: where files go; made where it is missing.
  ///   - log: the folder of the log, for events that a page names.
  init(folder: String?, log: String, wakeUp: WakeUp) {
    self.folder = folder
    self.log = log
    self.wakeUp = wakeUp
  }

  /// Starts the thread; it ends once `end` was called and what it was given is done.
  func start() throws(Fault) -> Worker {
    try Worker("publish") { [self] in
      CurrentThread.yieldToOthers()
      while let task = tasks.take() {
        guard results.put(work(task)) else { return }
        wakeUp.signal()
      }
      results.close()
    }
  }

  private func work(_ task: PublishTask) -> PublishResult {
    switch task {
    case .look(let positions): return .found(look(positions))
    case .check(let names): return isComplete(names) ? .stands : .gone
    case .write(let files):
      guard let folder else { return .written }
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
  }

  /// Whether all of these files stand in the folder.
  private func isComplete(_ names: [String]) -> Bool {
    guard let folder else { return true }
    return names.allSatisfy { (try? SystemDisk().exists("\(folder)/\($0)")) ?? false }
  }

  /// What cannot be read is left out: the page then says it as the projections do.
  private func look(_ positions: [Position]) -> [Position: Payload] {
    var found: [Position: Payload] = [:]
    guard let reader = try? LogReader(SystemDisk(), log) else { return found }
    for position in positions {
      found[position] = try? reader.event(at: position).payload
    }
    return found
  }

  /// Hands a task over; one at a time: the front waits for a result before the next.
  func give(_ task: PublishTask) { _ = tasks.put(task) }

  func takeResult() -> PublishResult? { results.takeIfPresent() }

  /// Waits for the result of what was given.
  func waitForResult() -> PublishResult? { results.take() }

  func end() { tasks.close() }
}
