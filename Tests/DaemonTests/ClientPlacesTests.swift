// Who is let in at the command socket, and for how long.

import Platform
import Testing
import Text

@testable import Daemon

@Suite(.serialized) struct ClientPlacesTests {
  private static func places(_ clients: [(user: UInt32, count: Int)]) -> ClientPlaces {
    var places = ClientPlaces(house: [0, 1001])
    for (user, count) in clients { for _ in 0..<count { places.enter(user) } }
    return places
  }

  @Test func `a uid has its part of the places, and the house has all of them`() {
    let places = ClientPlacesTests.places([(2001, ClientPlaces.ofUser)])
    #expect(places.fault(for: 2001)?.reason.contains("64 clients of uid 2001") == true)
    for user: UInt32 in [2002, 0, 1001] { #expect(places.fault(for: user) == nil) }
    let house = ClientPlacesTests.places([(1001, ClientPlaces.all - 1)])
    #expect(house.fault(for: 0) == nil && house.fault(for: 1001) == nil)
    let full = ClientPlacesTests.places([(1001, ClientPlaces.all)])
    for user: UInt32 in [0, 1001, 2001] {
      #expect(full.fault(for: user)?.reason == "256 clients are connected")
    }
  }

  @Test func `the last places are kept for the house`() {
    let part = ClientPlaces.ofUser
    var places = ClientPlacesTests.places([(1, part), (2, part), (3, part), (4, 32)])
    #expect(places.count == ClientPlaces.all - ClientPlaces.kept)
    #expect(places.fault(for: 5)?.reason.contains("kept") == true)
    #expect(places.fault(for: 1001) == nil && places.fault(for: 0) == nil)
    places.leave(4)
    #expect(places.fault(for: 5) == nil)
    places.leave(1)
    #expect(places.fault(for: 1) == nil)
  }

  @Test func `a uid that is not of the house gets a part of a real socket`() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/roles.json"
    let roles = "{\"operator\": [\(CurrentProcess.user)]}"
    try SystemDisk().replaceFile(path, with: unsafe Array(roles.utf8).span.bytes)
    var doorkeeper = try Doorkeeper(file: path)
    doorkeeper.house = []
    let door = try Door(scratch.path, doorkeeper: doorkeeper)
    let guests = try (0..<ClientPlaces.ofUser).map { _ in try Caller(door.socket) }
    for guest in guests { #expect(try guest.ask("{\"query\":\"clock\"}")["clock"] != nil) }
    let late = try Caller(door.socket)
    let answer = try late.line()
    #expect(text(answer, "error", "reason").hasPrefix("64 clients of uid"))
    #expect(number(answer, "error", "line") == 0)
    #expect(try late.line() == nil)
    _ = try guests[0].ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }

  @Test(arguments: ["{\"command\":", String(repeating: "x", count: 70_000)])
  func `a line that does not end is told so and its connection closed, an idle one stays`(
    _ beginning: String
  ) throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path, linePatience: 20_000_000)
    let idle = try Caller(door.socket)
    #expect(try idle.ask("{\"query\":\"clock\"}")["clock"] != nil)
    let slow = try Caller(door.socket)
    try slow.send("{\"query\":\"clock\"}\n" + beginning)
    #expect(try slow.line()?["clock"] != nil)
    var answer = try slow.line()
    // A line that is too long is told so first.
    if number(answer, "error", "line") == 2 { answer = try slow.line() }
    #expect(text(answer, "error", "reason").contains("begun and not ended"))
    #expect(number(answer, "error", "line") == 0)
    #expect(try slow.line() == nil)
    #expect(try idle.ask("{\"query\":\"clock\"}")["clock"] != nil)
    _ = try idle.ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }

  @Test func `the time of a line is that of its own beginning, and an idle client has no end`()
    throws
  {
    let scratch = try Scratch()
    let listener = try UnixSocket.listen(scratch.path + "/s")
    let client = try UnixSocket.connect(scratch.path + "/s")
    guard let socket = try UnixSocket.accept(listener) else {
      Issue.record("nobody knocks")
      return
    }
    let session = Session(socket: socket, tag: 1, user: 1)
    let block = LineBlock(capacity: 8)
    func take(_ text: String) throws {
      let bytes = Array(text.utf8)
      _ = try UnixSocket.write(client, unsafe bytes.span.bytes)
      session.receive()
      session.reader.fill(block, upTo: 8, stopsAtOther: false)
      block.removeAll()
    }
    session.look(0, patience: 100)
    session.look(1_000_000, patience: 100)
    #expect(session.wantsInput)
    try take("{")
    session.look(1_000_000, patience: 100)
    try take("\"")
    session.look(1_000_099, patience: 100)
    #expect(session.wantsInput)
    try take("\n{")
    session.look(1_000_100, patience: 100)
    session.look(1_000_199, patience: 100)
    #expect(session.wantsInput)
    try take("\n")
    session.look(1_000_200, patience: 100)
    session.look(9_000_000, patience: 100)
    #expect(session.wantsInput)
    try take("{")
    session.look(9_000_000, patience: 100)
    session.look(9_000_100, patience: 100)
    #expect(!session.wantsInput && !session.isAnswered && !session.isDone)
    session.look(9_000_200, patience: 100)
    #expect(session.isDone)
  }
}
