// The client of the daemon's socket. It reads while it writes: a daemon that cannot get rid of its
// answers takes no more requests, and two sides that both wait to write would wait for ever.

import Events
import Platform

/// A connection to a daemon.
final class Client {
  /// How many bytes may wait to be sent before the caller has to pump.
  static let outputMax = 1 << 20
  /// An answer line longer than this is none.
  static let lineMax = 1 << 24

  let path: String
  private let socket: Descriptor
  private var poller: Poller
  private var interest: Interest = .readable
  private var output: [UInt8] = []
  private var sent = 0
  private var input: [UInt8] = []
  private var taken = 0
  private var chunk = [UInt8](repeating: 0, count: 1 << 18)
  private(set) var isClosed = false

  init(_ path: String) throws {
    self.path = path
    do throws(Fault) {
      socket = try UnixSocket.connect(path)
    } catch {
      switch error.errno {
      case .noEntry, .connectionRefused: throw Client.nobody(path)
      default: throw error
      }
    }
    try UnixSocket.setNonblocking(socket)
    poller = try Poller()
    try poller.add(socket.number, tag: 0, .readable)
  }

  static func nobody(_ path: String) -> CommandFailure {
    CommandFailure(
      .fault, "no daemon listens on \(path)", hint: "Start it with `sluice serve --data DIR`.")
  }

  /// The daemon's socket as the options name it.
  static func socketPath(_ arguments: Arguments) throws(UsageFault) -> String {
    if let path = arguments.value("socket") { return path }
    guard let folder = arguments.value("data") else {
      throw UsageFault(
        what: "--data is missing", hint: "Name the log's folder with --data, or --socket PATH")
    }
    return defaultSocket(folder)
  }

  static func defaultSocket(_ folder: String) -> String { "\(folder)/sluice.sock" }

  convenience init(_ arguments: Arguments) throws {
    try self.init(try Client.socketPath(arguments))
  }

  // MARK: Sending

  var hasRoom: Bool { output.count - sent < Client.outputMax }

  /// Puts a line, with its line feed, behind what waits to be sent.
  func put(_ line: [UInt8]) { output.append(contentsOf: line) }

  /// Sends and receives what goes now, waiting at most so long for either to be possible.
  func pump(milliseconds: Int32?) throws {
    try flush()
    try setInterest()
    try poller.wait(milliseconds: milliseconds)
    for ready in poller.ready {
      if ready.readable || ready.hangup { try receive() }
      if ready.writable { try flush() }
    }
  }

  private func flush() throws {
    while sent < output.count, !isClosed {
      let waiting = output
      let bytes = unsafe waiting.span.bytes
      switch try UnixSocket.write(socket, bytes.extracting(sent..<waiting.count)) {
      case .count(let count): sent += count
      case .wouldBlock: return
      case .closed: isClosed = true
      }
    }
    output.removeAll(keepingCapacity: true)
    sent = 0
  }

  private func setInterest() throws {
    let wanted: Interest = sent < output.count ? [.readable, .writable] : .readable
    guard wanted != interest else { return }
    interest = wanted
    try poller.modify(socket.number, tag: 0, wanted)
  }

  private func receive() throws {
    while true {
      let transfer = try UnixSocket.read(socket, into: &chunk)
      switch transfer {
      case .count(let count): input.append(contentsOf: chunk[..<count])
      case .wouldBlock: return
      case .closed:
        isClosed = true
        return
      }
    }
  }

  // MARK: Answers

  /// The next whole answer among the bytes received; nil where there is none.
  func takeAnswer() throws -> ClientAnswer? {
    guard let end = input[taken...].firstIndex(of: UInt8(ascii: "\n")) else {
      guard input.count - taken <= Client.lineMax else {
        throw CommandFailure(
          .fault, "the daemon's answer has no end",
          hint: "See that daemon and program are of one release")
      }
      return nil
    }
    let answer = try ClientAnswer(Array(input[taken..<end]))
    taken = end + 1
    compact()
    return answer
  }

  /// Waits for the next answer.
  func answer() throws -> ClientAnswer {
    while true {
      if let answer = try takeAnswer() { return answer }
      if isClosed { throw lost }
      try pump(milliseconds: nil)
    }
  }

  /// The bytes that follow the answer of a dump, handed on as they come.
  func takeBytes(_ count: Int, _ body: ([UInt8]) throws -> Void) throws {
    var left = count
    while left > 0 {
      if taken < input.count {
        let end = min(input.count, taken + left)
        try body(Array(input[taken..<end]))
        left -= end - taken
        taken = end
        compact()
        continue
      }
      if isClosed { throw lost }
      try pump(milliseconds: nil)
    }
  }

  private func compact() {
    guard taken == input.count || taken > 1 << 20 else { return }
    input.removeSubrange(..<taken)
    taken = 0
  }

  var lost: CommandFailure {
    CommandFailure(
      .fault, "the daemon on \(path) ended the connection",
      hint: "See its last lines; what it has not answered may be sent again")
  }

  /// Sends one request and waits for its answer.
  func ask(_ line: [UInt8]) throws -> ClientAnswer {
    put(line)
    return try answer()
  }
}
