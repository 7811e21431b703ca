// What is behind the HTTP door: institutions' notifications, `POST /notify/wechat-pay` and so on,
// and the pages that the daemon shows, `GET /` and `GET /metrics`.

import Events
import Orchestrator
public import Platform
import Institutions

/// Receives notifications by HTTP and answers as each institution expects.
///
/// An institution hears that its notification was taken only once that is durable; until then, and
/// where anything is in the way, it hears what makes it send the notification again.
public enum NoticeDoor {
  /// A longer body could not be handed in again as one line.
  static let bodyBytesMax = 44 * 1024
  /// A front proxy brings everything from one address.
  private static let requestsPerSecond = 20_000

  /// Opens the door.
  ///
  /// - Parameters:
  ///   - desk: reads what institutions send; nil where nobody does: then it has the pages alone.
  ///   - time: the log's clock, by which a delivery is fresh or not.
  ///   - user: whose deliveries these are, in the head of their events.
  /// - Throws: `Fault` where the address is not to be had.
  public static func open(
    at address: HTTPAddress, _ desk: NoticeDesk?, _ queue: NoticeQueue, pages: PageQueue? = nil,
    time: any TimeSource, user: UInt32
  ) throws(Fault) -> HTTPDoor {
    var routes = HTTPRoutes()
    if desk != nil {
      for institution in Institution.allCases { routes.add(path(institution), ["POST"]) }
    }
    if pages != nil {
      for page in Page.allCases {
        routes.add(page.rawValue, ["GET"], isLocal: address.isLoopback)
      }
    }
    var limits = HTTPLimits()
    limits.bodyBytes = bodyBytesMax
    limits.connectionsOfAddress = limits.connections
    limits.requestsOfAddress = requestsPerSecond
    limits.burstOfAddress = requestsPerSecond
    return try HTTPDoor(at: address, limits: limits, routes: routes) { request, answering in
      if let page = Page(rawValue: request.path), let pages {
        if !pages.ask(page, answer: { answering.answer($0) }) {
          answering.answer(HTTPRefusal.tooManyWaiting.response)
        }
        return
      }
      guard let institution = Institution.allCases.first(where: { path($0) == request.path }),
        let desk
      else { preconditionFailure("the door lets a path in that is none") }
      let delivery = Delivery(headers: request.headers, body: request.body)
      let answer: @Sendable (Acknowledgement) -> Void = { answering.answer($0.response) }
      switch desk.take(delivery, from: institution, at: time.now(), user: user) {
      case .commands(let commands, let accepted):
        let refused = desk.refusal(institution, "it could not be recorded")
        let errand = NoticeErrand(commands, accepted: accepted, refused: refused, answer: answer)
        if !queue.put(errand) { answer(refused) }
      case .kept(_, let heard), .refused(_, let heard): answer(heard)
      case .unread(let reason): answer(desk.refusal(institution, reason))
      }
    }
  }

  static func path(_ institution: Institution) -> String { "/notify/\(institution.name)" }
}

extension Acknowledgement {
  var response: HTTPResponse {
    body.isEmpty
      ? HTTPResponse(status) : HTTPResponse(status, type: contentType, body: Array(body.utf8))
  }
}
