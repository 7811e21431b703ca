// What a client of the HTTP door may take of the daemon.

/// The limits of the HTTP door.
///
/// Together they bound its memory: a connection has about two heads and a body, so the usual ones
/// come to 84 MiB where all of them are used to the full. Behind a front proxy every request comes
/// from the proxy's address, and the limits of an address are what the proxy may do.
public struct HTTPLimits: Hashable, Sendable {
  /// Bytes of a request's line and headers.
  public var headBytes = 32 * 1024
  /// Bytes of a request's body.
  public var bodyBytes = 256 * 1024
  /// How long a request may take to come in, an answer to be found, and an answer to be taken, each
  /// in milliseconds; and how long a connection may be idle.
  public var stageMilliseconds = 10_000
  /// Connections at once.
  public var connections = 256
  /// Connections of one address at once; of IPv6, of one network of 64 bits.
  public var connectionsOfAddress = 32
  /// Requests of one address a second, in the long run.
  public var requestsOfAddress = 100
  /// How many it may send at once after it was silent.
  public var burstOfAddress = 200
  /// Requests that wait for an answer.
  public var waiting = 1024

  public init() {}

  var stageNanoseconds: Int64 { Int64(stageMilliseconds) * 1_000_000 }

  /// What the library has for a connection, in bytes.
  ///
  /// The head as it came, what is noted of its headers, and the head of the answer. It begins to
  /// read with half of it.
  var memory: Int { 2 * headBytes + 8 * 1024 }

  func check() {
    let all = [
      headBytes, stageMilliseconds, connections, connectionsOfAddress, requestsOfAddress,
      burstOfAddress, waiting,
    ]
    precondition(all.allSatisfy { 1...Int(Int32.max) ~= $0 } && bodyBytes >= 0, "a limit is none")
  }
}
