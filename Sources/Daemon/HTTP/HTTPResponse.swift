// What the HTTP door answers.

import Text

/// An answer: a status, headers and a body.
public struct HTTPResponse: Hashable, Sendable {
  public struct Header: Hashable, Sendable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// 200 to 599.
  public var status: Int
  /// Beside `Content-Length`, `Date` and `Connection`, which the door writes.
  public var headers: [Header]
  public var body: [UInt8]
  /// Whether the connection ends behind it.
  var isLast = false

  public init(_ status: Int, headers: [Header] = [], body: [UInt8] = []) {
    precondition(200...599 ~= status, "a status is none")
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer with a body of a kind, such as `text/plain`.
  public init(_ status: Int, type: String, body: [UInt8]) {
    self.init(status, headers: [Header("Content-Type", type)], body: body)
  }

  /// The same as the last words of a connection, as bytes.
  ///
  /// For whom the library does not speak: who is not let in, or has not said all of its request.
  var lastWords: [UInt8] {
    var text = "HTTP/1.1 \(status) Refused\r\n"
    for header in headers { text += "\(header.name): \(header.value)\r\n" }
    text += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    return Array(text.utf8) + body
  }
}

/// Why the HTTP door does not hand a request on.
///
/// Nothing of the request stands in it.
enum HTTPRefusal: Error, Hashable, Sendable {
  case malformed(String)
  case notFound
  case methodNotAllowed([String])
  case tooSlow
  case lengthRequired
  case bodyTooLong(Int)
  case headTooLong(Int)
  /// Too many requests of the address; seconds until the next may come.
  case tooOften(seconds: Int)
  case tooManyOfAddress(Int)
  case codingUnknown
  case doorFull
  case tooManyWaiting
  /// The request is for another host.
  case misdirected
  case noAnswerYet
  case stopping
  /// Somebody here made an answer that is none.
  case answerBroken

  var response: HTTPResponse {
    let (status, code, message) = words
    var body: [UInt8] = []
    var writer = JSONWriter()
    writer.beginObject(to: &body)
    writer.key("code", to: &body)
    writer.string(code, to: &body)
    writer.key("message", to: &body)
    writer.string(message, to: &body)
    writer.endObject(to: &body)
    var response = HTTPResponse(status, type: "application/json", body: body)
    response.headers += headers
    response.isLast = isLast
    return response
  }

  /// Whether nobody knows where the next request would begin, or none is wanted.
  private var isLast: Bool {
    switch self {
    case .malformed, .tooSlow, .lengthRequired, .bodyTooLong, .headTooLong, .codingUnknown,
      .tooManyOfAddress, .doorFull, .stopping:
      true
    case .notFound, .methodNotAllowed, .tooOften, .tooManyWaiting, .misdirected, .noAnswerYet,
      .answerBroken:
      false
    }
  }

  private var headers: [HTTPResponse.Header] {
    switch self {
    case .methodNotAllowed(let methods): [.init("Allow", methods.joined(separator: ", "))]
    case .tooOften(let seconds): [.init("Retry-After", "\(seconds)")]
    case .tooManyOfAddress, .doorFull, .tooManyWaiting, .noAnswerYet, .stopping:
      [.init("Retry-After", "5")]
    default: []
    }
  }

  private var words: (Int, String, String) {
    switch self {
    case .malformed(let what): (400, "malformed", what)
    case .notFound: (404, "not-found", "Nothing is at this path.")
    case .methodNotAllowed(let methods):
      (405, "method-not-allowed", "This path takes \(methods.joined(separator: ", ")).")
    case .tooSlow: (408, "too-slow", "The request took too long to come in.")
    case .lengthRequired: (411, "length-required", "Send Content-Length, or the body in chunks.")
    case .bodyTooLong(let bytes): (413, "body-too-long", "A body has at most \(bytes) bytes.")
    case .misdirected:
      (
        421, "misdirected",
        "This is shown to this machine alone: ask for localhost or 127.0.0.1. A proxy in front "
          + "must let in whom it trusts and send Host: localhost."
      )
    case .tooOften(let seconds):
      (429, "too-often", "This address asks too often; ask again in \(seconds) s.")
    case .tooManyOfAddress(let count):
      (429, "too-many-connections", "An address has at most \(count) connections.")
    case .headTooLong(let bytes):
      (431, "head-too-long", "The request's line and headers have at most \(bytes) bytes.")
    case .answerBroken: (500, "internal", "The answer could not be written.")
    case .codingUnknown: (501, "coding-unknown", "The one transfer coding known is chunked.")
    case .doorFull: (503, "full", "All connections are taken; try again later.")
    case .tooManyWaiting: (503, "busy", "Too many requests wait for their answer; try again later.")
    case .noAnswerYet: (503, "no-answer", "There is no answer yet; ask again later.")
    case .stopping: (503, "stopping", "The daemon is stopping; ask again once it is back.")
    }
  }
}
