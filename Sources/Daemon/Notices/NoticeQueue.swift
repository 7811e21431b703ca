// Deliveries that wait for the front thread, and for the disk, on their way back to a door.

public import Institutions
public import Orchestrator
import Events
import Platform
import Synchronization

/// What a delivery leads to, and who waits to hear of it.
public struct NoticeErrand: Sendable {
  public var commands: [Command]
  /// What the institution hears once all of it is durable, and where it could not be recorded.
  public var accepted: Acknowledgement
  public var refused: Acknowledgement
  /// Called once, on any thread.
  public var answer: @Sendable (Acknowledgement) -> Void

  public init(
    _ commands: [Command], accepted: Acknowledgement, refused: Acknowledgement,
    answer: @escaping @Sendable (Acknowledgement) -> Void
  ) {
    self.commands = commands
    self.accepted = accepted
    self.refused = refused
    self.answer = answer
  }
}

/// Errands from doors on other threads to the front thread.
public final class NoticeQueue: Sendable {
  /// How many wait at most.
  public static let errandsMax = 1024

  private struct Waiting {
    var errands: [NoticeErrand] = []
    var isClosed = false
  }

  private let waiting = Mutex(Waiting())
  private let wakeUp: WakeUp

  init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

  /// Hands an errand over; false, and nothing is done, where too many wait or the daemon stops.
  public func put(_ errand: NoticeErrand) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard !waiting.isClosed, waiting.errands.count < NoticeQueue.errandsMax else { return false }
      waiting.errands.append(errand)
      return true
    }
    if isTaken { wakeUp.signal() }
    return isTaken
  }

  /// The errands that came first, so many at most.
  func take(_ count: Int) -> [NoticeErrand] {
    waiting.withLock { waiting in
      let taken = Array(waiting.errands.prefix(count))
      waiting.errands.removeFirst(taken.count)
      return taken
    }
  }

  var isEmpty: Bool { count == 0 }
  var count: Int { waiting.withLock { $0.errands.count } }

  /// Takes nothing more.
  func close() { waiting.withLock { $0.isClosed = true } }
}

/// Errands whose events are on their way to the disk.
struct NoticeErrands {
  private var waiting: [(needs: Position, errand: NoticeErrand)] = []

  var isEmpty: Bool { waiting.isEmpty }
  var count: Int { waiting.count }

  mutating func add(_ errand: NoticeErrand, needs: Position) { waiting.append((needs, errand)) }

  /// Answers those whose events are durable.
  mutating func answer(durable: Position) {
    guard !waiting.isEmpty else { return }
    waiting.removeAll { needs, errand in
      guard needs <= durable else { return false }
      errand.answer(errand.accepted)
      return true
    }
  }

  /// Tells all others that nothing of them is sure.
  mutating func refuse() {
    for (_, errand) in waiting { errand.answer(errand.refused) }
    waiting.removeAll()
  }
}
