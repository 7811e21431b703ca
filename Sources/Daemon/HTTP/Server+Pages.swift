// The pages that the daemon shows by HTTP, made of its own projections.

import Dumps
import Events
import Orchestrator
import Platform
import Projections

/// Pages that were made, each with the machine's instant.
struct PageShelf {
  /// How long a page is good.
  static let freshNanoseconds: Int64 = 1_000_000_000

  private var pages: [Page: (at: Int64, response: HTTPResponse)] = [:]

  /// A page, made anew where the one that lies here is no longer good.
  mutating func page(_ page: Page, _ now: Int64, _ make: () -> HTTPResponse) -> HTTPResponse {
    if let old = pages[page], now - old.at < PageShelf.freshNanoseconds { return old.response }
    let response = make()
    pages[page] = (now, response)
    return response
  }
}

extension Server {
  /// Answers who asks for a page.
  func showPages() {
    for question in pages.take() {
      let now = machine.monotonicNanoseconds()
      question.answer(shelf.page(question.page, now) { make(question.page, now) })
    }
  }

  private func make(_ page: Page, _ now: Int64) -> HTTPResponse {
    switch page {
    case .metrics:
      let bytes = MetricDump.bytes(
        runtime.model, context.place(runtime), daemon: figures(now))
      return HTTPResponse(200, type: MetricDump.contentType, body: bytes)
    }
  }

  /// What the daemon says of itself.
  private func figures(_ now: Int64) -> DaemonFigures {
    var figures = DaemonFigures()
    figures.uptime = now - began
    figures.position = runtime.state.next
    figures.durable = runtime.durableEnd
    figures.noticesQueued = queue.count
    figures.noticesUnanswered = errands.count
    figures.clients = sessions.count
    figures.isDiskFull = isDiskFull
    figures.isClockHeld = runtime.state.isClockHeld
    if let signed = signing?.signed {
      figures.signed = (Position(signed.size), now - signed.at)
    }
    return figures
  }
}
