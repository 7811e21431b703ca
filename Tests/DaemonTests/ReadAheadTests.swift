// A client whose lines are read ahead on another thread: the same answers in the same order.

import Events
import Platform
import Testing
import Text

@testable import Daemon

@Suite(.serialized) struct ReadAheadTests {
  /// What a line of a story is, by its number from 1.
  private enum Kind: Equatable {
    case payment, wrong, query

    init(_ line: Int) {
      if line % 501 == 0 { self = .query } else { self = line % 97 == 0 ? .wrong : .payment }
    }
  }

  private func text(_ line: Int, _ name: String) -> String {
    switch Kind(line) {
    case .payment: payment("\(name)-\(line)")
    case .wrong: "nonsense \(line)\n"
    case .query: "{\"query\":\"clock\"}\n"
    }
  }

  private func stop(_ door: Door) throws {
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }

  /// Takes the answers to all lines and holds each against what stands in its place.
  private func check(_ lines: Int, from caller: Caller) throws {
    var line = 0
    while line < lines, let answer = try caller.line() {
      if let count = number(answer, "accepted") {
        for _ in 0..<count {
          line += 1
          try #require(Kind(line) == .payment, "line \(line)")
        }
        continue
      }
      line += 1
      if let named = number(answer, "error", "line") {
        try #require(Kind(line) == .wrong && named == Int64(line), "line \(line)")
      } else {
        try #require(Kind(line) == .query && answer["clock"] != nil, "line \(line)")
      }
    }
    #expect(line == lines)
  }

  @Test func `every line is answered in its place, and a small client need not wait`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    let small = try Caller(door.socket)
    let lines = 30_000
    var sent = 0
    while sent < lines {
      let end = min(sent + 5_000, lines)
      try caller.send((sent + 1...end).map { text($0, "a") }.joined())
      sent = end
      #expect(try number(small.ask(payment("small-\(sent)")), "accepted") == 1)
    }
    caller.finish()
    try check(lines, from: caller)
    #expect(try caller.line() == nil)
    try stop(door)
  }

  @Test func `the last line of a long text needs no end`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    let lines = 4_000
    var story = (1...lines).map { text($0, "b") }.joined()
    story.removeLast()
    try caller.send(story)
    caller.finish()
    try check(lines, from: caller)
    #expect(try caller.line() == nil)
    try stop(door)
  }

  @Test func `a client that goes away in the middle takes nobody with it`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let text = payments("c", 0..<4_000)
    for round in 0..<8 {
      let caller = try Caller(door.socket)
      // As much as the socket takes at once, ended anywhere; then it is closed.
      _ = try caller.offer(text, from: round * 101)
      _ = try caller.offer(text, from: 0)
    }
    let caller = try Caller(door.socket)
    try caller.send(payments("d", 0..<3_000))
    #expect(try Tally.take(3_000, from: caller).accepted == 3_000)
    try stop(door)
  }

  @Test func `a flood of empty lines keeps no daemon from its end`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let path = door.socket
    let flood = try Worker("flood") {
      let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 1 << 18)
      guard let caller = try? Caller(path) else { return }
      while !caller.isClosed { _ = try? caller.offer(lines) }
    }
    #expect(try number(Caller(path).ask(payment("beside")), "accepted") == 1)
    try stop(door)
    flood.join()
  }

  @Test func `refusals that nobody reads end no daemon`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    let first = payment("r").replacing("{", with: "{\"id\":\"n\",", maxReplacements: 1)
    #expect(try number(caller.ask(String(first.dropLast())), "accepted") == 1)
    // Lines that are measured together, the last of them no notice: nearly always it is one of the
    // refusals that makes the output longer than it should be.
    let refused = String(repeating: first.replacing("100", with: "101"), count: 31)
    // Less at once than is read ahead for, ended anywhere.
    let piece = Array(String(repeating: refused + "nonsense\n", count: 5).utf8)
    var (sent, idle, rounds) = (0, 0, 0)
    while idle < 50, rounds < 400 {
      let count = try caller.offer(piece, from: sent % piece.count)
      sent += count
      idle = count == 0 ? idle + 1 : 0
      rounds += 1
      #expect(try number(Caller(door.socket).ask(payment("p\(rounds)")), "accepted") == 1)
    }
    #expect(idle == 50, "the daemon reads on though nobody reads its answers")
    try caller.send(Array(piece[(sent % piece.count)...]))
    let lines = (sent / piece.count + 1) * 160
    let tally = try Tally.take(lines, from: caller)
    #expect(tally.refused == lines / 32 * 31 && tally.wrong == lines / 32)
    try stop(door)
  }

  @Test func `a daemon that is stopped answers what it has read and then ends`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    let text = payments("e", 0..<10_000)
    var sent = try caller.offer(text)
    let other = try Caller(door.socket)
    try other.send("{\"command\":\"stop\"}\n")
    while sent < text.count {
      let count = try caller.offer(text, from: sent)
      if count == 0 { break }
      sent += count
    }
    #expect(door.wait().hasPrefix("stopped"))
    // Every receipt came before the end, and none is for a line that was not sent.
    let whole = text[..<sent].count { $0 == UInt8(ascii: "\n") }
    let tally = try Tally.take(whole, from: caller)
    #expect(tally.accepted <= whole && tally.wrong + tally.refused + tally.repeated == 0)
    let second = try Door(scratch.path)
    let again = try Caller(second.socket)
    try again.send(text)
    let retold = try Tally.take(10_000, from: again)
    #expect(retold.repeated == tally.accepted && retold.accepted == 10_000 - tally.accepted)
    try stop(second)
  }
}
