// The way of an answer from any thread back to the door's.

import Platform
import Synchronization

/// Where the answer to one request goes.
public final class HTTPAnswering: Sendable {
  let number: UInt64
  private let desk: HTTPDesk
  private let isTaken = Atomic(false)

  init(_ number: UInt64, _ desk: HTTPDesk) {
    self.number = number
    self.desk = desk
  }

  /// Answers the request; from any thread, without waiting.
  ///
  /// - Returns: false where it had been answered, or was told that there is no answer yet.
  @discardableResult
  public func answer(_ response: HTTPResponse) -> Bool {
    guard take() else { return false }
    desk.put(number, response)
    return true
  }

  /// Takes the right to answer, which there is once.
  func take() -> Bool {
    isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
      .exchanged
  }
}

/// What waits for the door's thread.
final class HTTPDesk: Sendable {
  struct Pile: Sendable {
    var answers: [(number: UInt64, response: HTTPResponse)] = []
    var isStopping = false
  }

  private let pile = Mutex(Pile())
  let wakeUp: WakeUp

  init() throws(Fault) { wakeUp = try WakeUp() }

  func put(_ number: UInt64, _ response: HTTPResponse) {
    let isFirst = pile.withLock { pile in
      pile.answers.append((number, response))
      return pile.answers.count == 1
    }
    if isFirst { wakeUp.signal() }
  }

  func stop() {
    pile.withLock { $0.isStopping = true }
    wakeUp.signal()
  }

  /// All that waits; the order to stop stays.
  func take() -> Pile {
    pile.withLock { pile in
      let taken = pile
      pile.answers = []
      return taken
    }
  }
}
