// The pages that the daemon shows by HTTP, made of its own projections.

import Dumps
import Events
import Orchestrator
import Platform
import Projections

/// Pages that were made, each with the machine's instant.
struct PageShelf {
  private var pages: [Page: (at: Int64, response: HTTPResponse)] = [:]

  /// A page, made anew where the one that lies here is no longer good.
  mutating func page(_ page: Page, _ now: Int64, _ make: () -> HTTPResponse) -> HTTPResponse {
    if let old = pages[page], now - old.at < page.freshNanoseconds { return old.response }
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
    case .dashboard:
      // What it does not find now, it says in its own words the next time.
      _ = lookForEvents()
      return HTTPResponse(200, headers: Server.pageHeaders, body: dashboard())
    case .metrics:
      let bytes = MetricDump.bytes(
        runtime.model, context.place(runtime), daemon: figures(now))
      return HTTPResponse(200, type: MetricDump.contentType, body: bytes)
    }
  }

  /// What keeps a browser from doing more with the page than showing it.
  private static var pageHeaders: [HTTPResponse.Header] {
    [
      .init("Content-Type", "text/html; charset=utf-8"),
      .init("Content-Security-Policy", DashboardPage.policy + "; frame-ancestors 'none'"),
      .init("X-Content-Type-Options", "nosniff"), .init("X-Frame-Options", "DENY"),
      .init("Referrer-Policy", "no-referrer"), .init("Cache-Control", "no-store"),
      .init("Cross-Origin-Opener-Policy", "same-origin"),
      .init("Cross-Origin-Resource-Policy", "same-origin"),
    ]
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
