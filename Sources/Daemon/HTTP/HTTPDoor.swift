// The HTTP door of the daemon, by libmicrohttpd.
//
// It speaks plain HTTP/1.1 to a front proxy or to the machine itself: TLS, certificates and who is
// let near are the proxy's. One thread holds all connections (`HTTPLoop`); the library cuts bytes
// into requests and writes answers, and everything else stands here: who is let in, how long each
// stage may take, how much may come, and when an answer leaves. A head that the library cannot cut
// at all (no request line, a header without colon, far too long) it answers itself, by 400, 414,
// 431 or 505 with a short page, and closes; all other refusals are JSON with a code and a message.
//
// Nothing of a request is ever written anywhere by the door: no log, no error, no refusal.

public import Platform
import Synchronization

/// Where an HTTP door listens.
public struct HTTPAddress: Hashable, Sendable {
  /// An IPv4 or IPv6 literal.
  public let host: String
  /// 0 is any that is free.
  public let port: UInt16

  /// Reads `127.0.0.1:8080` or `[::1]:8080`; nil where it is neither.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      let port = UInt16(digits)
    else { return nil }
    var host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, isBracketed == host.contains(":") else { return nil }
    self.host = String(host)
    self.port = port
  }

  /// Whether nobody reaches it but from this machine.
  public var isLoopback: Bool { TCPSocket.isLoopback(host) }
}

/// An HTTP server that answers later.
///
/// The handler is called with each whole request on the door's thread and must return at once; its
/// `HTTPAnswering` may be used once, later, from any thread. A request that nobody answers in time
/// is told so by 503 with `Retry-After`.
public final class HTTPDoor: Sendable {
  /// The port it listens at.
  public let port: UInt16
  private let desk: HTTPDesk
  private let worker: Mutex<Worker?>
  private let failure: Failure

  /// What the thread leaves behind.
  private final class Failure: Sendable {
    let fault = Mutex<Fault?>(nil)
  }

  /// Binds the address and starts the thread.
  ///
  /// - Throws: `Fault` where the address is no literal or is not to be had.
  public init(
    at address: HTTPAddress, limits: HTTPLimits = HTTPLimits(), routes: HTTPRoutes,
    handler: @escaping @Sendable (HTTPRequest, HTTPAnswering) -> Void
  ) throws(Fault) {
    limits.check()
    let desk = try HTTPDesk()
    let loop = try HTTPLoop(at: address, limits, routes, desk, handler)
    let failure = Failure()
    self.desk = desk
    port = loop.port
    self.failure = failure
    worker = Mutex(
      try Worker("http") {
        do throws(Fault) { try loop.run() } catch { failure.fault.withLock { $0 = error } }
      })
  }

  /// What ended the door before it was told to stop; nil while it serves.
  public var fault: Fault? { failure.fault.withLock { $0 } }

  /// Answers all that wait with 503, closes every connection and ends the thread.
  ///
  /// Not from the handler. Twice is as good as once.
  public func stop() {
    desk.stop()
    worker.withLock { $0.take() }?.join()
  }

  deinit { stop() }
}
