import Glibc
import Platform
import Testing

@testable import Daemon

/// Clients that are slow, greedy or out of their mind; others never wait for them.
@Suite struct HTTPHostileTests {
  private static func isServed(_ door: HTTPDoor) throws -> Bool {
    let client = try RawClient(door.port)
    client.get("/state")
    return client.reply()?.status == 200
  }

  @Test(arguments: [
    "", "GET /sta", "GET /state HTTP/1.1\r\nHost: x\r\nX: ",
    "POST /notify HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n",
    "POST /notify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n",
  ])
  func `Who sends a byte now and then is told that it takes too long`(_ beginning: String) throws {
    let door = try HTTPDoor.open { $0.stageMilliseconds = 300 }
    defer { door.stop() }
    let slow = try RawClient(door.port)
    slow.send(beginning)
    #expect(try HTTPHostileTests.isServed(door))
    #expect(slow.drip(0x61))
    let reply = try #require(slow.reply())
    #expect(reply.status == 408)
    #expect(reply.code == "too-slow")
    #expect(try HTTPHostileTests.isServed(door))
  }

  @Test func `A connection that has had its answer and is idle is closed without a word`() throws {
    let door = try HTTPDoor.open { $0.stageMilliseconds = 100 }
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.get("/state")
    #expect(client.reply()?.status == 200)
    #expect(client.isAtEnd())
  }

  @Test func `Who half-closes behind a whole request is answered, whoever else is connected`()
    throws
  {
    let door = try HTTPDoor.open { $0.stageMilliseconds = 60_000 }
    defer { door.stop() }
    let half = try RawClient(door.port)
    half.send("GET /state HTTP/1.1\r\nHo")
    half.endSending()
    let idle = try RawClient(door.port)
    for number in 0..<100 {
      if number % 10 == 0 {
        idle.get("/state")
        #expect(idle.reply()?.status == 200)
      }
      let client = try RawClient(door.port)
      client.get("/state")
      client.endSending()
      #expect(client.reply()?.status == 200)
      #expect(client.isAtEnd())
    }
  }

  @Test func `Who never reads its answer is closed, and others are served meanwhile`() throws {
    let size = 64 << 20
    let door = try HTTPDoor.open({ $0.stageMilliseconds = 300 }) { request, answering in
      let isGreedy = request.method == "POST"
      answering.answer(
        HTTPResponse(200, body: [UInt8](repeating: 0x78, count: isGreedy ? size : 1)))
    }
    defer { door.stop() }
    let greedy = try RawClient(door.port)
    greedy.post("/notify", "")
    for _ in 0..<20 { #expect(try HTTPHostileTests.isServed(door)) }
    #expect(greedy.knockUntilClosed())
    #expect(greedy.rest().count < size)
    #expect(try HTTPHostileTests.isServed(door))
  }

  @Test func `A request that nobody answers is told so, and its late answer is nobody's`() throws {
    let keeper = Keeper()
    let door = try HTTPDoor.open({ $0.stageMilliseconds = 100 }) { request, answering in
      if request.method == "POST" {
        keeper.take(answering)
      } else {
        HTTPDoor.echo(request, answering)
      }
    }
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.post("/notify", "")
    let reply = try #require(client.reply())
    #expect(reply.status == 503)
    #expect(reply.code == "no-answer")
    #expect(reply["retry-after"] != nil)
    #expect(try keeper.wait(for: 1)[0].answer(HTTPResponse(200)) == false)
    client.get("/state")
    #expect(client.reply()?.status == 200)
  }

  @Test func `Who comes when all places are taken is told, and let in once one is free`() throws {
    let door = try HTTPDoor.open { $0.connections = 4 }
    defer { door.stop() }
    var inside = try (0..<4).map { _ in try RawClient(door.port) }
    for client in inside {
      client.get("/state")
      #expect(client.reply()?.status == 200)
    }
    let fifth = try #require(try RawClient(door.port).reply())
    #expect(fifth.status == 503)
    #expect(fifth.code == "full")
    #expect(fifth["retry-after"] != nil)
    inside.removeLast().hangUp()
    var isIn = false
    for _ in 0..<3_000 where !isIn {
      isIn = (try? HTTPHostileTests.isServed(door)) == true
      if !isIn { usleep(10_000) }
    }
    #expect(isIn)
  }

  @Test func `One address has so many connections and no more`() throws {
    let door = try HTTPDoor.open { $0.connectionsOfAddress = 3 }
    defer { door.stop() }
    let inside = try (0..<3).map { _ in try RawClient(door.port) }
    for client in inside {
      client.get("/state")
      #expect(client.reply()?.status == 200)
    }
    let fourth = try #require(try RawClient(door.port).reply())
    #expect(fourth.status == 429)
    #expect(fourth.code == "too-many-connections")
    inside[0].get("/state")
    #expect(inside[0].reply()?.status == 200)
  }

  @Test func `Who asks too often is told when to come back, and stays connected`() throws {
    let door = try HTTPDoor.open { limits in
      limits.requestsOfAddress = 1
      limits.burstOfAddress = 3
      limits.stageMilliseconds = 60_000
    }
    defer { door.stop() }
    let client = try RawClient(door.port)
    var refused: RawReply?
    // A second may go by between two of them; not between each two.
    for _ in 0..<1_000 where refused == nil {
      client.get("/state")
      let reply = try #require(client.reply())
      if reply.status != 200 { refused = reply }
    }
    let reply = try #require(refused)
    #expect(reply.status == 429)
    #expect(reply.code == "too-often")
    #expect(reply["retry-after"] == "1")
    client.get("/state")
    #expect(client.reply() != nil)
  }

  @Test func `So many requests wait for an answer and no more`() throws {
    let keeper = Keeper()
    let door = try HTTPDoor.open({ $0.waiting = 1 }, { keeper.take($1) })
    defer { door.stop() }
    let first = try RawClient(door.port)
    first.post("/notify", "")
    let answering = try keeper.wait(for: 1)[0]
    let second = try RawClient(door.port)
    second.post("/notify", "")
    #expect(second.reply()?.code == "busy")
    answering.answer(HTTPResponse(200))
    #expect(first.reply()?.status == 200)
    second.post("/notify", "")
    try keeper.wait(for: 2)[1].answer(HTTPResponse(200))
    #expect(second.reply()?.status == 200)
  }

  @Test(arguments: 0..<8)
  func `Random bytes end nothing but their own connection`(_ seed: UInt64) throws {
    let door = try HTTPDoor.open { limits in
      limits.stageMilliseconds = 2_000
      limits.headBytes = 2_000
      limits.bodyBytes = 2_000
    }
    defer { door.stop() }
    var dice = Dice(seed)
    for _ in 0..<50 {
      let client = try RawClient(door.port)
      client.send(dice.nonsense())
      if dice.roll(3) == 0 { client.hangUp() } else { client.endSending() }
      if dice.roll(4) == 0 { _ = client.reply() }
    }
    #expect(try HTTPHostileTests.isServed(door))
    #expect(door.fault == nil)
  }
}

/// Chance by seed (splitmix64).
private struct Dice {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func roll(_ sides: Int) -> Int { Int(next() % UInt64(sides)) }

  /// Bytes of no sense at all, or requests in which some bytes are others.
  mutating func nonsense() -> [UInt8] {
    if roll(3) == 0 { return (0..<roll(6_000)).map { _ in UInt8(truncatingIfNeeded: next()) } }
    let samples = [
      "POST /notify HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
      "POST /notify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "GET http://x/state?a=%20 HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nExpect: 100-continue\r\n\r\n",
    ]
    var bytes: [UInt8] = []
    for _ in 0...roll(4) { bytes += Array(samples[roll(samples.count)].utf8) }
    for _ in 0...roll(6) {
      let place = roll(bytes.count)
      switch roll(3) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
      case 1: bytes.insert(contentsOf: [0x0D, 0x0A, 0, 0x3A][roll(4)...], at: place)
      default: bytes.removeSubrange(place..<min(bytes.count - 1, place + roll(9)))
      }
      if bytes.isEmpty { bytes = [0] }
    }
    return bytes
  }
}
