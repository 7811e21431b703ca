// Many clients of one daemon, each of which waits for its answer before it says the next line.

import Platform

/// One client: a socket that an array can hold.
private final class BenchCaller {
  let socket: Descriptor
  init(_ path: String) throws {
    socket = try UnixSocket.connect(path)
    try UnixSocket.setNonblocking(socket)
  }
}

/// Clients that share one thread.
final class BenchCrowd {
  private let callers: [BenchCaller]
  private var poller: Poller
  private var input = [UInt8](repeating: 0, count: 1 << 12)

  init(_ path: String, clients: Int) throws {
    var callers: [BenchCaller] = []
    poller = try Poller()
    for tag in 0..<clients {
      let caller = try BenchCaller(path)
      try poller.add(caller.socket.number, tag: UInt64(tag), .readable)
      callers.append(caller)
    }
    self.callers = callers
  }

  /// Shares lines out as clients become free; returns when each has its answer.
  func send(_ text: [UInt8]) throws {
    var start = 0
    var waiting = 0
    for tag in callers.indices where try sendNext(of: text, at: &start, to: tag) { waiting += 1 }
    while waiting > 0 {
      try poller.wait(milliseconds: 1_000)
      for ready in poller.ready {
        guard try isAnswered(Int(ready.tag)) else { continue }
        if try !sendNext(of: text, at: &start, to: Int(ready.tag)) { waiting -= 1 }
      }
    }
  }

  private func sendNext(of text: [UInt8], at start: inout Int, to tag: Int) throws -> Bool {
    guard let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) else { return false }
    // A socket whose last answer has been read takes a line whole.
    _ = try UnixSocket.write(
      callers[tag].socket, unsafe text.span.extracting(start..<end + 1).bytes)
    start = end + 1
    return true
  }

  /// Whether a whole answer has come, which is one small piece.
  private func isAnswered(_ tag: Int) throws -> Bool {
    guard
      case .count(let length) = try UnixSocket.read(callers[tag].socket, into: &input)
    else {
      return false
    }
    return input[length - 1] == UInt8(ascii: "\n")
  }
}
