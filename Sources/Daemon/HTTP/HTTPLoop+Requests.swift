// A request on its way through the HTTP door; called by the library, part by part.

import Platform

extension HTTPLoop {
  /// The line of a request has come.
  func begin(_ connection: HTTPConnection, target: [UInt8]) {
    connection.stage = .begun
    connection.since = now
    connection.target = target
  }

  /// The headers have come; whatever can be refused is refused now, before the body is read.
  ///
  /// - Returns: false where the connection is to be dropped; so do the others.
  func takeHead(_ connection: HTTPConnection, _ head: HTTPHead) -> Bool {
    do throws(HTTPRefusal) {
      if isStopping { throw .stopping }
      if let wait = rates.take(connection.peer.network, now: now) {
        throw .tooOften(seconds: Int((wait + 999_999_999) / 1_000_000_000))
      }
      connection.request = try head.request(limits, routes, peer: connection.peer.text)
      connection.stage = .body
      return true
    } catch {
      let response = error.response
      if head.hasBody || response.isLast {
        connection.lingers = true
        return send(connection, response)
      }
      // An answer that comes before the request's end closes the connection. Where nothing follows
      // the end is a moment away.
      connection.stage = .refused(response)
      return true
    }
  }

  /// Refuses a length that is no number, before the library does.
  ///
  /// It would say the head of its answer, and then the whole answer where the body should be.
  func refuseLength(_ connections: some Sequence<HTTPConnection>) {
    for connection in connections {
      // Every other request whose head is whole has come to `takeHead`.
      guard case .begun = connection.stage, connection.handle.hasHead else { continue }
      let refusal = HTTPRefusal.malformed("Content-Length is no number.")
      TCPSocket.say(connection.handle.socket, refusal.response.lastWords)
      TCPSocket.endWriting(connection.handle.socket)
      connection.lingers = true
      connection.stage = .ended
    }
  }

  /// A part of the body has come.
  func takeBody(_ connection: HTTPConnection, _ bytes: RawSpan) -> Bool {
    guard case .body = connection.stage, let count = connection.request?.body.count else {
      return false
    }
    guard count + bytes.byteCount <= limits.bodyBytes else {
      // In the middle of a body the library takes no answer.
      let refusal = HTTPRefusal.bodyTooLong(limits.bodyBytes)
      TCPSocket.say(connection.handle.socket, refusal.response.lastWords)
      connection.lingers = true
      connection.stage = .ended
      return false
    }
    unsafe bytes.withUnsafeBytes { unsafe connection.request?.body.append(contentsOf: $0) }
    return true
  }

  /// The request is whole; or its answer is there, and the library asks for it.
  func takeEnd(_ connection: HTTPConnection) -> Bool {
    switch connection.stage {
    case .body: return submit(connection)
    case .refused(let response): return refuse(connection, response)
    case .answered(let response): return send(connection, response)
    case .waiting: return true
    case .idle, .begun, .sending, .ended: return false
    }
  }

  private func submit(_ connection: HTTPConnection) -> Bool {
    guard let request = connection.request.take() else { return false }
    guard waiting.count < limits.waiting else {
      return refuse(connection, HTTPRefusal.tooManyWaiting.response)
    }
    lastRequest += 1
    let answering = HTTPAnswering(lastRequest, desk)
    waiting[lastRequest] = (connection, answering)
    connection.stage = .waiting(lastRequest)
    connection.since = now
    connection.handle.suspend()
    handler(request, answering)
    return true
  }

  /// Answers a whole request with a refusal, after which the connection may go on.
  ///
  /// The library forgets a half-close that came together with the request, and would keep the
  /// connection until its time is over; it looks again at one that has been suspended.
  private func refuse(_ connection: HTTPConnection, _ response: HTTPResponse) -> Bool {
    connection.handle.suspend()
    answer(connection, response)
    return true
  }

  /// Answers a request that waits.
  func answer(_ connection: HTTPConnection, _ response: HTTPResponse) {
    connection.stage = .answered(response)
    connection.since = now
    connection.handle.looksFirst(true)
    connection.handle.resume()
    hasResumed = true
  }

  private func send(_ connection: HTTPConnection, _ response: HTTPResponse) -> Bool {
    var response = response
    response.isLast = response.isLast || isStopping
    connection.stage = .sending
    connection.since = now
    return connection.handle.queue(response)
      || connection.handle.queue(HTTPRefusal.answerBroken.response)
  }

  /// The answer has left, or the connection ends without it.
  func complete(_ connection: HTTPConnection) {
    if case .waiting(let number) = connection.stage { waiting[number] = nil }
    connection.stage = .idle
    connection.since = now
    connection.handle.looksFirst(false)
    connection.requests += 1
    connection.request = nil
  }
}
