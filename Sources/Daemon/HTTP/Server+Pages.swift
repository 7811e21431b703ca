// The pages that the daemon shows by HTTP: its figures are made here, of its own projections, the
// page for people on the thread that publishes.

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
    if let old = fresh(page, now) { return old }
    let response = make()
    put(page, now, response)
    return response
  }

  /// A page that is still good.
  func fresh(_ page: Page, _ now: Int64) -> HTTPResponse? {
    guard let old = pages[page], now - old.at < page.freshNanoseconds else { return nil }
    return old.response
  }

  mutating func put(_ page: Page, _ now: Int64, _ response: HTTPResponse) {
    pages[page] = (now, response)
  }
}

extension Server {
  /// Answers who asks for a page, or has it made.
  func showPages() {
    for question in pages.take() {
      let now = machine.monotonicNanoseconds()
      switch question.page {
      case .metrics: question.answer(shelf.page(.metrics, now) { metrics(now) })
      case .dashboard: show(question, now)
      }
    }
    askForPage()
  }

  private func show(_ question: PageQueue.Question, _ now: Int64) {
    if let page = shelf.fresh(.dashboard, now) {
      question.answer(page)
    } else if let waiting = publishing?.questions.count, waiting < PageQueue.questionsMax {
      publishing?.questions.append(question)
    } else {
      question.answer(HTTPRefusal.tooManyWaiting.response)
    }
  }

  /// The page that was made, good from now on.
  func keepPage(_ bytes: [UInt8]) -> HTTPResponse {
    let response = HTTPResponse(200, headers: Server.pageHeaders, body: bytes)
    shelf.put(.dashboard, machine.monotonicNanoseconds(), response)
    return response
  }

  private func metrics(_ now: Int64) -> HTTPResponse {
    let bytes = MetricDump.bytes(runtime.model, context.place(runtime), daemon: figures(now))
    return HTTPResponse(200, type: MetricDump.contentType, body: bytes)
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
