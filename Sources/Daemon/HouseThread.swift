// The third thread: it makes what is derived of sealed segments, and hands it to the front.

import EventLog
import Orchestrator
import Platform
import Synchronization

/// What the housekeeper has to say.
enum HouseNews: Sendable {
  /// The index covers more, or the same by other files.
  case index(LogIndex)
  /// Nothing is left to do until another segment is sealed.
  case done
  case failed(LogFault)
}

/// Runs a `Housekeeper` on a thread of its own.
///
/// It is asked once a segment was sealed. What it makes is derived: the thread may end anywhere.
final class HouseThread: Sendable {
  private let tasks = Mailbox<Bool>()
  private let news = Mailbox<HouseNews>()
  private let isEnding = Atomic(false)
  /// A segment was sealed that the thread has not looked for yet.
  private let hasWork = Atomic(false)
  private let wakeUp: WakeUp
  /// Whose disk must keep room for the log.
  private let folder: String

  init(wakeUp: WakeUp, folder: String) {
    self.wakeUp = wakeUp
    self.folder = folder
  }

  /// What is derived never takes the last room of a disk from the events.
  private var hasRoom: Bool {
    guard let disk = try? FileSystem(at: folder) else { return true }
    return disk.bytesFree > disk.bytesTotal / 16
  }

  func start<D: Disk>(_ housekeeper: Housekeeper<D>) throws(Fault) -> Worker {
    try Worker("house") { [self] in
      CurrentThread.yieldToOthers()
      var housekeeper = housekeeper
      while tasks.take() != nil, tell(HouseThread.work(&housekeeper, self)) {}
    }
  }

  private static func work<D: Disk>(
    _ housekeeper: inout Housekeeper<D>, _ thread: HouseThread
  ) -> HouseNews {
    do throws(LogFault) {
      thread.hasWork.store(false, ordering: .relaxed)
      try housekeeper.refresh()
      while !thread.isEnding.load(ordering: .relaxed), thread.hasRoom {
        // Between two pieces of long work as well: a segment's own index comes first.
        if thread.hasWork.exchange(false, ordering: .acquiring) { try housekeeper.refresh() }
        let known = housekeeper.index
        guard try housekeeper.step() else { break }
        guard housekeeper.index === known || thread.tell(.index(housekeeper.index)) else { break }
      }
      return .done
    } catch { return .failed(error) }
  }

  private func tell(_ what: HouseNews) -> Bool {
    guard news.put(what) else { return false }
    wakeUp.signal()
    return true
  }

  /// A segment was sealed: a thread at work looks for it soon, any other once it is asked.
  func note() { hasWork.store(true, ordering: .releasing) }

  /// Whether there is a segment that it has not looked for.
  var isNoted: Bool { hasWork.load(ordering: .relaxed) }

  /// Asks for what is missing; not again before `done` or `failed`.
  func ask() { _ = tasks.put(true) }

  func takeNews() -> HouseNews? { news.takeIfPresent() }

  /// The thread ends after the step it is at.
  func end() {
    isEnding.store(true, ordering: .relaxed)
    tasks.close()
    news.close()
  }
}
