// End to end: lines of 300 bytes and more through the socket of a daemon that decides, records,
// synchronizes and answers; the client on the same machine, one line in a hundred a repeat.

import Events
import Glibc
import Platform

struct BenchSocket {
  let folder: BenchFolder
  let lines: Int
  /// How many requests may be unanswered.
  private static let window = 60_000

  func run() throws {
    let path = folder.path("socket")
    _ = try ChildProcess(["init", "--data", path, "--origin", "bench"]).end(waiting: true)
    let daemon = try ChildProcess(["serve", "--data", path, "--quiet"])
    let client = try waitForDaemon(path)
    var text: [UInt8] = []
    var ends: [Int] = []
    fill(&text, &ends)
    var figures = BenchFigures()
    var answered = 0
    try figures.measure { answered = try send(text, ends, client) }
    say("\nthrough the socket, durable, \(text.count / lines) bytes a line, 1 % repeats\n")
    BenchFigures.row("  one client, pipelined", figures.rate(answered))
    var single = BenchFigures()
    let alone = max(1, min(2_000, lines / 100))
    var more: [UInt8] = []
    var payments = BenchPayments()
    for _ in 0..<lines { _ = payments.next() }
    try single.measure {
      for _ in 0..<alone {
        more.removeAll(keepingCapacity: true)
        payments.appendLine(to: &more)
        _ = try client.ask(more)
      }
    }
    BenchFigures.row("  one client, one at a time", single.rate(alone))
    _ = try client.ask(Array("{\"command\":\"stop\"}\n".utf8))
    _ = daemon.end(waiting: true)
  }

  private func waitForDaemon(_ path: String) throws -> Client {
    let clock = WallClock()
    let start = clock.monotonicNanoseconds()
    while true {
      do {
        return try Client(Client.defaultSocket(path))
      } catch {
        guard clock.monotonicNanoseconds() - start < 30_000_000_000 else { throw error }
        usleep(20_000)
      }
    }
  }

  private func fill(_ text: inout [UInt8], _ ends: inout [Int]) {
    var payments = BenchPayments()
    text.reserveCapacity(lines * 380)
    for index in 0..<lines {
      if index % 100 == 99, ends.count > 1 {
        // A copy first: an array that is appended a slice of itself is copied whole.
        let repeated = Array(text[ends[ends.count - 2]..<ends[ends.count - 1]])
        text.append(contentsOf: repeated)
      } else {
        payments.appendLine(to: &text)
      }
      ends.append(text.count)
    }
  }

  /// Sends everything and counts the answers.
  private func send(_ text: [UInt8], _ ends: [Int], _ client: Client) throws -> Int {
    var sent = 0
    var answered = 0
    while answered < ends.count {
      while sent < ends.count, sent - answered < BenchSocket.window, client.hasRoom {
        let next = min(ends.count, sent + 500)
        client.put(Array(text[(sent == 0 ? 0 : ends[sent - 1])..<ends[next - 1]]))
        sent = next
      }
      try client.pump(milliseconds: 100)
      while let answer = try client.takeAnswer() {
        switch answer {
        case .accepted(let count, _, _), .repeated(let count, _, _): answered += count
        default: throw CommandFailure(.fault, "the daemon answered \(answer)")
        }
      }
    }
    return answered
  }
}
