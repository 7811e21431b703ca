// What the HTTP door knows of one connection.

import Platform

/// A connection from its first byte to its end.
///
/// ```
///   idle ── line ──▶ begun ── headers ──▶ body ── its end ──▶ waiting ── answer ──▶ answered
///    ▲                 └─── refused ─────────────────────────────────┐                  │
///    └────────────────────────────────── sending ◀───────────────────┴──────────────────┘
/// ```
final class HTTPConnection {
  enum Stage {
    /// No line of a request has come.
    case idle
    case begun
    /// What is left to come is of no interest but for where it ends.
    case refused(HTTPResponse)
    case body
    /// The library looks at it no more until it is answered.
    case waiting(UInt64)
    case answered(HTTPResponse)
    case sending
    /// Both directions are closed, and the library will see it.
    case ended
  }

  let number: UInt64
  let peer: TCPPeer
  let handle: HTTPHandle
  var stage = Stage.idle
  /// When it came to its stage; of a request's body, when its line came.
  var since: Int64
  /// Requests that are over.
  var requests = 0
  /// Whether the other end may be sending still when the library closes the socket.
  var lingers = false
  var target: [UInt8] = []
  /// Where the target lies in memory, while its head is read.
  var targetPlace: UInt = 0
  /// The request whose body comes in.
  var request: HTTPRequest?

  init(_ number: UInt64, _ peer: TCPPeer, _ handle: HTTPHandle, now: Int64) {
    self.number = number
    self.peer = peer
    self.handle = handle
    since = now
  }

  /// Whether a request has come whole whose answer has not left.
  var isOwing: Bool {
    switch stage {
    case .waiting, .answered, .sending: true
    case .idle, .begun, .refused, .body, .ended: false
    }
  }
}
