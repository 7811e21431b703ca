// End to end: lines of 300 bytes and more through the socket of a daemon that decides, records,
// synchronizes and answers; the client on the same machine, one line in a hundred a repeat.

import Glibc
import Platform
import Text

struct BenchSocket {
  let folder: BenchFolder
  let lines: Int
  private static let runs = 3
  /// Of the pipelined client: in the first the daemon takes its memory from the host.
  private static let longRuns = 5
  private static let clients = 64

  func run() throws {
    let path = folder.path("socket")
    _ = try ChildProcess(["init", "--data", path, "--origin", "bench"]).end(waiting: true)
    let daemon = try ChildProcess(["serve", "--data", path, "--quiet"])
    let pipe = try BenchPipe.waiting(for: path, daemon)
    var registrations: [UInt8] = []
    for number in 1...BenchPayments.merchants {
      BenchPayments.appendRegistration(number, to: &registrations)
    }
    _ = try pipe.send(registrations, answers: BenchPayments.merchants)
    say("\nthrough the socket, durable, at least 300 bytes a line, 1 % repeats\n")
    var payments = BenchPayments()
    var figures = BenchFigures()
    let before = CurrentProcess.threadTimes(of: daemon.identifier)
    var client = BenchCost()
    for _ in 0..<BenchSocket.longRuns {
      let text = payments.lines(lines)
      try figures.measure { try client.measure { _ = try pipe.send(text, answers: lines) } }
    }
    BenchFigures.row("  one client, pipelined", figures.rate(lines))
    BenchFigures.row("    of a core a line, by thread", times(daemon, since: before, client))
    let memory = CurrentProcess.memoryPeak(of: daemon.identifier) ?? 0
    BenchFigures.row("  peak memory of the daemon", "\(memory >> 20) MiB")
    var single = BenchFigures()
    let alone = max(1, min(10_000, lines / 100))
    for _ in 0..<BenchSocket.runs {
      let text = payments.lines(alone)
      try single.measure { try pipe.sendOneByOne(text) }
    }
    BenchFigures.row("  one client, one at a time", single.rate(alone))
    var crowded = BenchFigures()
    let crowd = try BenchCrowd(Client.defaultSocket(path), clients: BenchSocket.clients)
    let many = max(BenchSocket.clients, lines / 10)
    for _ in 0..<BenchSocket.runs {
      let text = payments.lines(many)
      try crowded.measure { try crowd.send(text) }
    }
    BenchFigures.row("  \(BenchSocket.clients) clients, each one at a time", crowded.rate(many))
    _ = try pipe.send(Array("{\"command\":\"stop\"}\n".utf8), answers: 0)
    _ = daemon.end(waiting: true)
  }
}

extension BenchSocket {
  /// How long each thread of a daemon, and its client, have kept a core busy for each line of all
  /// runs.
  private func times(
    _ daemon: ChildProcess, since before: [(name: String, nanoseconds: Int64)],
    _ client: BenchCost
  ) -> String {
    var ran = zip(CurrentProcess.threadTimes(of: daemon.identifier), before).map { now, then in
      // The first thread has the name of the program's file.
      let name = now.name == before.first?.name ? "front" : now.name
      return (name, now.nanoseconds - then.nanoseconds)
    }
    ran.append(("client", client.nanoseconds))
    let sent = Int64(lines * BenchSocket.longRuns)
    return ran.map { name, ran in "\(name) \(ran / sent) ns" }.joined(separator: ", ")
  }
}

/// A client that spends as little of the machine as it can: it shares two cores with the daemon.
final class BenchPipe {
  private static let pieceLength = 1 << 18
  private let socket: Descriptor
  private var poller: Poller
  /// What the poller waits for now.
  private var interest: Interest = [.readable, .writable]
  private var input = [UInt8](repeating: 0, count: 1 << 16)
  /// The number that is being read of an answer, and how far its word has been.
  private var count = 0
  private var state = 0

  init(_ path: String) throws {
    socket = try UnixSocket.connect(path)
    try UnixSocket.setNonblocking(socket)
    poller = try Poller()
    try poller.add(socket.number, tag: 0, interest)
  }

  /// Connects to a daemon once it listens.
  static func waiting(for path: String, _ daemon: ChildProcess) throws -> BenchPipe {
    while true {
      do {
        return try BenchPipe(Client.defaultSocket(path))
      } catch {
        guard daemon.end(waiting: false) == nil else { throw error }
        usleep(2_000)
      }
    }
  }

  /// Sends everything and waits for so many answers.
  func send(_ text: [UInt8], answers: Int) throws -> Int {
    var sent = 0
    var answered = 0
    while sent < text.count || answered < answers {
      try wait(for: sent < text.count ? [.readable, .writable] : .readable)
      if sent < text.count {
        let end = min(text.count, sent + BenchPipe.pieceLength)
        let piece = unsafe text.span.extracting(sent..<end).bytes
        if case .count(let taken) = try UnixSocket.write(socket, piece) { sent += taken }
      }
      // What is not waited for is not read: the answer to a stop counts nothing.
      if answers > 0 { answered += try receive() }
    }
    return answered
  }

  /// Sends line by line, each after the answer to the one before.
  func sendOneByOne(_ text: [UInt8]) throws {
    var start = 0
    for index in text.indices where text[index] == UInt8(ascii: "\n") {
      let line = unsafe text.span.extracting(start..<index + 1).bytes
      _ = try UnixSocket.write(socket, line)
      start = index + 1
      var answered = 0
      while answered == 0 {
        try wait(for: .readable)
        answered = try receive()
      }
    }
  }

  private func wait(for wanted: Interest) throws {
    if wanted != interest {
      interest = wanted
      try poller.modify(socket.number, tag: 0, wanted)
    }
    try poller.wait(milliseconds: 100)
  }

  /// Reads what is there and adds up what its answers count.
  private func receive() throws -> Int {
    let length: Int
    switch try UnixSocket.read(socket, into: &input) {
    case .count(let read): length = read
    case .wouldBlock: return 0
    case .closed:
      throw CommandFailure(
        .fault, "the daemon ended in the middle of the bench",
        hint: "Report it: the program is at fault")
    }
    var answered = 0
    for index in 0..<length {
      let byte = input[index]
      switch state {
      case 0:
        // Only the first number of a line counts: of {"accepted":N and {"repeated":N.
        if byte == UInt8(ascii: ":") { (state, count) = (1, 0) }
      case 1:
        if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
          count = count * 10 + Int(byte - UInt8(ascii: "0"))
        } else {
          guard count > 0 else {
            throw CommandFailure(
              .fault, "the daemon refused a line",
              hint: "Report it: the program is at fault")
          }
          answered += count
          state = 2
        }
      default: if byte == UInt8(ascii: "\n") { state = 0 }
      }
    }
    return answered
  }
}
