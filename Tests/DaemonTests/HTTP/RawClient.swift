// A client of the HTTP door that sends what it is told, byte for byte.

import Daemon
import Glibc
import Synchronization
import Testing

/// A TCP connection to this machine.
///
/// Waiting has an end, as a fuse alone.
final class RawClient {
  private static let fuseSeconds = 60
  private let file: Int32
  private var input: [UInt8] = []

  init(_ port: UInt16) throws {
    file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var patience = timeval(tv_sec: RawClient.fuseSeconds, tv_usec: 0)
    let length = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, length)
    unsafe setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, length)
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
  }

  deinit { hangUp() }

  private var isOpen = true
  func hangUp() {
    if isOpen { close(file) }
    isOpen = false
  }

  /// Says that nothing more comes.
  func endSending() { shutdown(file, Int32(SHUT_WR)) }

  /// Sends all of it; false where the other end has gone.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          file, $0.baseAddress.map { unsafe $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// One request with a body, on a connection that stays.
  func post(_ path: String, _ body: String) {
    send("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  func get(_ path: String) { send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n") }

  /// Reads more; false at the end.
  private func receive() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe recv(file, &chunk, chunk.count, 0)
    if count > 0 { input += chunk[..<count] }
    return count > 0
  }

  /// Sends a byte again and again until that fails or something comes back.
  func drip(_ byte: UInt8) -> Bool {
    for _ in 0..<3_000 {
      guard send([byte]) else { return true }
      var chunk: UInt8 = 0
      if unsafe recv(file, &chunk, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) >= 0 {
        return true
      }
      usleep(10_000)
    }
    return false
  }

  /// Sends a byte again and again until that fails, and reads nothing.
  func knockUntilClosed() -> Bool {
    for _ in 0..<3_000 {
      guard send([0x41]) else { return true }
      usleep(10_000)
    }
    return false
  }

  /// The next answer; nil where the connection ends before it.
  ///
  /// - Parameter isHead: of a HEAD, which has no body.
  func reply(isHead: Bool = false) -> RawReply? {
    let mark = Array("\r\n\r\n".utf8)
    var place = input.firstRange(of: mark)
    while place == nil {
      guard receive() else { return nil }
      place = input.firstRange(of: mark)
    }
    guard let place else { return nil }
    var reply = RawReply(String(decoding: input[..<place.lowerBound], as: UTF8.self))
    input.removeSubrange(..<place.upperBound)
    let length = isHead || reply.status == 100 ? 0 : Int(reply["content-length"] ?? "") ?? 0
    while input.count < length { guard receive() else { return nil } }
    reply.body = String(decoding: input[..<length], as: UTF8.self)
    input.removeSubrange(..<length)
    return reply
  }

  /// Whether nothing more comes, once the other end has closed.
  func isAtEnd() -> Bool { input.isEmpty && !receive() }

  /// All that comes until the end.
  func rest() -> [UInt8] {
    while receive() {}
    return input
  }
}

/// An answer as it came.
struct RawReply {
  var status = 0
  var headers: [String: String] = [:]
  var body = ""

  init(_ head: String) {
    let lines = head.split(separator: "\r\n")
    status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      headers[line[..<colon].lowercased()] = String(value)
    }
  }

  subscript(_ name: String) -> String? { headers[name] }

  /// The code of a refusal; nil where the body is none.
  var code: String? {
    guard body.hasPrefix("{\"code\":\"") else { return nil }
    return String(body.dropFirst(9).prefix { $0 != "\"" })
  }
}

extension HTTPDoor {
  /// A door on this machine: `/notify` takes POST, `/state` GET.
  static func open(
    _ change: (inout HTTPLimits) -> Void = { _ in },
    _ handler: @escaping @Sendable (HTTPRequest, HTTPAnswering) -> Void = HTTPDoor.echo
  ) throws -> HTTPDoor {
    var limits = HTTPLimits()
    limits.requestsOfAddress = 1_000_000
    limits.burstOfAddress = 1_000_000
    change(&limits)
    var routes = HTTPRoutes()
    routes.add("/notify", ["POST"])
    routes.add("/state", ["GET"])
    return try HTTPDoor(
      at: try #require(HTTPAddress("127.0.0.1:0")), limits: limits, routes: routes,
      handler: handler)
  }

  /// Answers with what the request was.
  static let echo: @Sendable (HTTPRequest, HTTPAnswering) -> Void = { request, answering in
    var lines = ["\(request.method) \(request.path) \(request.query) \(request.peer)"]
    lines += request.headers.map { "\($0.name)=\($0.value)" }
    let text = lines.joined(separator: "\n") + "\n\n"
    answering.answer(
      HTTPResponse(200, type: "text/plain", body: Array(text.utf8) + request.body))
  }
}

/// Keeps requests until somebody answers them.
final class Keeper: Sendable {
  private let kept = Mutex<[HTTPAnswering]>([])

  func take(_ answering: HTTPAnswering) { kept.withLock { $0.append(answering) } }

  /// The requests so far, once there are so many.
  func wait(for count: Int) throws -> [HTTPAnswering] {
    for _ in 0..<6_000 {
      let found = kept.withLock { $0 }
      if found.count >= count { return found }
      usleep(10_000)
    }
    throw KeeperFault()
  }

  struct KeeperFault: Error {}
}
