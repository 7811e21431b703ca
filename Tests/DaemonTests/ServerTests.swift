// The daemon behind its real socket: order, idempotency, bounds, and what becomes of garbage.

import Events
import Platform
import Synchronization
import Testing
import Text

@testable import Daemon

@Suite(.serialized) struct ServerTests {
  private func stop(_ door: Door) throws {
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }

  @Test func `twenty thousand lines in one breath are all answered`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    try caller.send(payments("p", 0..<20_000))
    var expected = Tally()
    expected.accepted = 20_000
    let tally = try Tally.take(20_000, from: caller)
    expected.last = tally.last
    #expect(tally == expected)
    try caller.send(payments("p", 0..<100))
    #expect(try Tally.take(100, from: caller).repeated == 100)
    try stop(door)
  }

  @Test func `clients in turn get their own answers`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let callers = try (0..<20).map { _ in try Caller(door.socket) }
    for round in 0..<10 {
      for (index, caller) in callers.enumerated() {
        try caller.send(payments("c\(index)", round * 7..<round * 7 + 7))
      }
    }
    for caller in callers { #expect(try Tally.take(70, from: caller).accepted == 70) }
    try stop(door)
  }

  @Test func `a second pause hears since when it is so, and appends nothing`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let plan = String(decoding: try HostileLogTests.plan(), as: UTF8.self)
      .replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ")
    let consulted = try Caller(door.socket).ask(
      "{\"command\":\"consult\",\"id\":\"c\",\"document\":\"\(plan)\"}")
    #expect(number(consulted, "accepted") == 1, "\(consulted)")
    func pause(_ id: String) throws -> JSONValue {
      try Caller(door.socket).ask(
        "{\"command\":\"pause\",\"id\":\"\(id)\",\"plan\":\"wechat-pay-2024-09\",\"reason\":\"r\"}")
    }
    let first = try pause("1")
    let position = number(first, "first")
    #expect(number(first, "accepted") == 1 && position != nil)
    for id in ["2", "3", "2"] {
      let again = try pause(id)
      #expect(number(again, "already", "position") == position)
      #expect(text(again, "already", "since").hasSuffix("+08:00"))
    }
    #expect(number(try pause("1"), "repeated") == 1, "the first one keeps its receipt")
    try stop(door)
  }

  @Test func `repeats get the first receipts, also after a restart`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let first = try Caller(door.socket).ask(payment("t"))
    let again = try Caller(door.socket).ask(payment("t"))
    #expect(number(again, "repeated") == 1)
    #expect(number(again, "first") == number(first, "first"))
    let other = try Caller(door.socket).ask(payment("t", amount: 7))
    #expect(text(other, "refused", "name") == "command-body-differs")
    try stop(door)
    let second = try Door(scratch.path)
    let later = try Caller(second.socket).ask(payment("t"))
    #expect(number(later, "repeated") == 1)
    #expect(number(later, "first") == number(first, "first"))
    try stop(second)
  }

  @Test func `empty lines, CR LF and a last line without its end`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    let line = payment("crlf").dropLast()
    try caller.send("\n\r\n\n" + line + "\r\nnonsense\n" + payment("half").dropLast())
    caller.finish()
    #expect(try number(caller.line(), "accepted") == 1)
    let wrong = try caller.line()
    #expect(number(wrong, "error", "line") == 5)
    #expect(text(wrong, "error", "reason").isEmpty == false)
    #expect(try number(caller.line(), "accepted") == 1)
    #expect(try caller.line() == nil)
    try stop(door)
  }

  @Test func `a line of a mebibyte is refused once and the rest goes on`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    try caller.send(payment("before"))
    try caller.send([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20) + [10])
    try caller.send(payment("after"))
    #expect(try number(caller.line(), "accepted") == 1)
    let wrong = try caller.line()?["error"]
    #expect(number(wrong, "line") == 2)
    #expect(text(wrong, "reason").contains("65536"))
    #expect(try number(caller.line(), "accepted") == 1)
    try stop(door)
  }

  @Test func `a client that leaves early takes nobody with it`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    for index in 0..<50 {
      let caller = try Caller(door.socket)
      try caller.send(payments("gone\(index)", 0..<20))
      try caller.send("{\"command\":\"pay")
    }
    let answer = try Caller(door.socket).ask(payment("here"))
    #expect(number(answer, "accepted") == 1)
    try stop(door)
  }

  @Test func `who never reads stalls nobody and is read from no more`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let silent = try Caller(door.socket)
    let flood = Array(String(repeating: "{\"query\":\"clock\"}\n", count: 4_000).utf8)
    var sent = 0
    var refusals = 0
    while refusals < 200, sent < 64 << 20 {
      let count = try silent.offer(flood)
      sent += count
      if count == 0 {
        refusals += 1
        _ = try Caller(door.socket).ask("{\"query\":\"clock\"}")
      }
    }
    // What one session holds at most, with the kernel's buffers on both sides.
    #expect(sent < 4 << 20)
    let answer = try Caller(door.socket).ask(payment("through"))
    #expect(number(answer, "accepted") == 1)
    try stop(door)
  }

  @Test func `many dumps and openings asked for at once come one after the other`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    let dump = "{\"query\":\"dump\",\"name\":\"mix\",\"format\":\"csv\"}\n"
    try caller.send(String(repeating: dump + "{\"query\":\"open\"}\n", count: 200))
    for _ in 0..<200 {
      let count = Int(number(try caller.line(), "dump", "bytes") ?? -1)
      #expect(try count > 0 && caller.skip(count) == count)
      #expect(try caller.line()?["open"] != nil)
    }
    let wrong = try caller.ask("{\"query\":\"dump\",\"name\":\"moods\",\"format\":\"csv\"}")[
      "error"]
    #expect(text(wrong, "field") == "name")
    #expect(number(wrong, "line") == 401)
    try stop(door)
  }

  @Test func `an answer about what is open draws a line in time`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    var since: Int64 = 0
    var asOf: Int64 = 0
    for round in 0..<30 {
      let line =
        "{\"command\":\"merchant\",\"merchant\":\"m\(round)\",\"platform\":\"tmall\","
        + "\"tier\":\"T1\"}\n{\"command\":\"close-merchant\",\"id\":\"c\(round)\","
        + "\"merchant\":\"m\(round)\",\"reason\":\"r\"}\n"
      try caller.send(line + "{\"query\":\"open\",\"since\":\(since)}\n")
      var answer = try caller.line()
      while let other = answer, other["open"] == nil { answer = try caller.line() }
      let open = try #require(answer?["open"])
      guard case .array(let changes)? = open["changes"] else { continue }
      for change in changes {
        guard case .array(let fields) = change else { continue }
        // What was not told before did not happen before the line that was drawn.
        #expect((number(fields[1]) ?? 0) > asOf)
      }
      asOf = try #require(number(open, "as_of_ns"))
      let next = try #require(number(open, "position"))
      #expect(next >= since)
      since = next
    }
    let all = try caller.ask("{\"query\":\"open\"}")
    guard case .array(let changes)? = all["open"]?["changes"] else { return }
    #expect(changes.count == 31)
    try stop(door)
  }

  @Test func `stop answers what was taken before it`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let silent = try Caller(door.socket)
    try silent.send(String(repeating: "{\"query\":\"clock\"}\n", count: 500))
    let caller = try Caller(door.socket)
    try caller.send(payments("s", 0..<500) + Array("{\"command\":\"stop\"}\n".utf8))
    let tally = try Tally.take(501, from: caller)
    #expect(tally.accepted == 500 && tally.other == 1)
    #expect(try caller.line() == nil)
    #expect(door.wait().hasPrefix("stopped"))
    #expect(try Tally.take(500, from: silent).other == 500)
    let again = try Door(scratch.path)
    let caller2 = try Caller(again.socket)
    try caller2.send(payments("s", 0..<500))
    #expect(try Tally.take(500, from: caller2).repeated == 500)
    try stop(again)
  }

  @Test func `a full house says so at the door`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let guests = try (0..<Server<NoCarrier>.clientsMax).map { _ in try Caller(door.socket) }
    for guest in guests { #expect(try guest.ask("{\"query\":\"clock\"}")["clock"] != nil) }
    let late = try Caller(door.socket)
    #expect(try text(late.line(), "error", "reason").contains("256"))
    #expect(try late.line() == nil)
    #expect(try guests[0].ask(payment("x"))["accepted"] != nil)
    _ = try guests[0].ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }

  @Test func `two daemons do not share a folder or a socket`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let second = #expect(throws: DoorFault.self) { try Door(scratch.path) }
    #expect(second?.reason.contains("open for writing") == true)
    let other = try Scratch()
    let third = #expect(throws: DoorFault.self) { try Door(other.path, socket: door.socket) }
    #expect(third?.reason.contains("EADDRINUSE") == true)
    #expect(try Caller(door.socket).ask(payment("x"))["accepted"] != nil)
    try stop(door)
  }

  @Test func `a socket left behind is replaced, a plain file is not`() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/left.sock"
    do { _ = try UnixSocket.listen(path) }
    let door = try Door(scratch.path, socket: path)
    #expect(try Caller(path).ask(payment("x"))["accepted"] != nil)
    try stop(door)
    let other = try Scratch()
    let plain = other.path + "/plain"
    _ = try SystemDisk().open(plain, .createNew)
    #expect(throws: DoorFault.self) { try Door(other.path, socket: plain) }
    #expect(try SystemDisk().exists(plain))
  }

  @Test func `a socket's path that is too long is a clear fault`() throws {
    let scratch = try Scratch()
    let long = scratch.path + "/" + String(repeating: "s", count: 100)
    let fault = #expect(throws: DoorFault.self) { try Door(scratch.path, socket: long) }
    #expect(fault?.reason.contains("107") == true, "\(fault?.reason ?? "nothing")")
  }
}

/// Stands in where only the type's own numbers are asked for.
typealias NoCarrier = DoorCarrier
