// One connection to the daemon: bytes out, lines in, nothing ever blocks.

import Events
import Platform
import Simulation
import Text

/// A connected socket with what waits to be written to it.
final class DriveConnection {
  /// No more lines are built while so many bytes wait.
  static let outputMax = 1 << 18
  private static let inputMax = 1 << 18

  private let socket: Descriptor
  private var output: [UInt8] = []
  private var sent = 0
  private var input = [UInt8](repeating: 0, count: DriveConnection.inputMax)
  private var lines = DriveLines()
  /// The daemon has gone.
  private(set) var isClosed = false

  init(_ path: String) throws(Fault) {
    let socket = try UnixSocket.connect(path)
    try UnixSocket.setNonblocking(socket)
    self.socket = socket
    output.reserveCapacity(2 * DriveConnection.outputMax)
  }

  var number: Int32 { socket.number }
  var hasOutput: Bool { sent < output.count }
  var hasRoom: Bool { output.count - sent < DriveConnection.outputMax }

  /// Lets `body` append lines.
  func append(_ body: (inout [UInt8]) -> Void) { body(&output) }

  /// Writes what the socket takes.
  func flush() throws(Fault) {
    let bytes = output
    var isBlocked = false
    while sent < bytes.count, !isClosed, !isBlocked {
      let span = bytes.span
      switch try UnixSocket.write(socket, unsafe span.bytes.extracting(sent..<bytes.count)) {
      case .count(let count): sent += count
      case .wouldBlock: isBlocked = true
      case .closed: isClosed = true
      }
    }
  }

  /// Forgets what is written; apart from `flush`, where the bytes are still held.
  func trim() {
    if sent == output.count {
      output.removeAll(keepingCapacity: true)
      sent = 0
    } else if sent > DriveConnection.outputMax {
      output.removeSubrange(..<sent)
      sent = 0
    }
  }

  /// Reads what has come and hands over each line.
  func receive(_ body: (Span<UInt8>) throws -> Void) throws {
    while !isClosed {
      let count = try read()
      guard count > 0 else { return }
      let bytes = input
      try lines.split(bytes.span.extracting(0..<count), body)
    }
  }

  private func read() throws(Fault) -> Int {
    switch try UnixSocket.read(socket, into: &input) {
    case .count(let count): return count
    case .wouldBlock: return 0
    case .closed:
      isClosed = true
      return 0
    }
  }
}

/// The lines of the daemon, put together from chunks.
private struct DriveLines: ~Copyable {
  private var lines = NDJSONLines(lineBytesMax: ShopperAnswer.bytesMax)

  mutating func split(
    _ chunk: Span<UInt8>, _ body: (Span<UInt8>) throws -> Void
  ) throws {
    var offset = 0
    while true {
      switch lines.next(in: chunk, at: &offset) {
      case .whole(let range): try body(chunk.extracting(range))
      case .joined: try body(lines.joined)
      case .refused(let fault):
        throw DriveFault(exitCode: 1, description: "the daemon's answer: \(fault)")
      case .needsBytes: return
      }
    }
  }
}
