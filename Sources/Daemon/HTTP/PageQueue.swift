// Pages that the daemon shows by HTTP: asked for on the door's thread, answered on the front's.
//
// Figures are made of the live projections, which the front alone has, and look at no merchant. The
// page for people looks at every one, and is made on the thread that publishes, out of a fold of
// its own (`PagePress`). Each is made once for all who wait for it, and not again while it is
// fresh: whoever asks how often, figures once a second at most, and the page once in five.

import Platform
import Synchronization

/// What the daemon shows, by its path.
public enum Page: String, CaseIterable, Sendable {
  /// The page for people.
  case dashboard = "/"
  /// The figures for Prometheus.
  case metrics = "/metrics"

  /// How long one that was made is good, in nanoseconds.
  var freshNanoseconds: Int64 {
    switch self {
    case .dashboard: 5_000_000_000
    case .metrics: 1_000_000_000
    }
  }
}

/// Questions from the door to the front thread.
public final class PageQueue: Sendable {
  /// How many wait at most.
  public static let questionsMax = 256

  struct Question: Sendable {
    var page: Page
    var answer: @Sendable (HTTPResponse) -> Void
  }

  private struct Waiting {
    var questions: [Question] = []
    var isClosed = false
  }

  private let waiting = Mutex(Waiting())
  private let wakeUp: WakeUp

  init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

  /// Asks for a page; false, and nothing is done, where too many wait or the daemon stops.
  public func ask(_ page: Page, answer: @escaping @Sendable (HTTPResponse) -> Void) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard !waiting.isClosed, waiting.questions.count < PageQueue.questionsMax else {
        return false
      }
      waiting.questions.append(Question(page: page, answer: answer))
      return true
    }
    if isTaken { wakeUp.signal() }
    return isTaken
  }

  /// All that wait.
  func take() -> [Question] {
    waiting.withLock { waiting in
      defer { waiting.questions = [] }
      return waiting.questions
    }
  }

  /// Takes nothing more.
  func close() { waiting.withLock { $0.isClosed = true } }
}
