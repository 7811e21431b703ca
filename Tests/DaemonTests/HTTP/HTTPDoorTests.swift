import Glibc
import Platform
import Testing

@testable import Daemon

/// Requests and answers, as everybody sends them.
@Suite struct HTTPDoorTests {
  @Test func `A request comes to the handler as it was sent`() throws {
    let door = try HTTPDoor.open()
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.send(
      "POST /n%6Ftify?a=1&b=%2F HTTP/1.1\r\nHost: x\r\nB:  2 \t\r\nA: 1\r\nb: 3\r\n"
        + "Content-Length: 6\r\n\r\n\0\r\n\r\nz")
    let reply = try #require(client.reply())
    #expect(reply.status == 200)
    #expect(
      reply.body == "POST /notify a=1&b=%2F 127.0.0.1\nHost=x\nB=2\nA=1\nb=3\nContent-Length=6\n\n"
        + "\0\r\n\r\nz")
  }

  @Test func `A connection carries a thousand requests, one after the other`() throws {
    let door = try HTTPDoor.open()
    defer { door.stop() }
    let client = try RawClient(door.port)
    for number in 0..<1_000 {
      client.post("/notify", "\(number)")
      #expect(client.reply()?.body.hasSuffix("\n\n\(number)") == true)
    }
  }

  @Test func `Requests that are sent at once are answered in their order`() throws {
    let door = try HTTPDoor.open()
    defer { door.stop() }
    let client = try RawClient(door.port)
    for number in 0..<200 {
      if number % 3 == 0 { client.get("/nowhere") } else { client.post("/notify", "\(number)") }
    }
    for number in 0..<200 {
      let reply = try #require(client.reply())
      #expect(reply.status == (number % 3 == 0 ? 404 : 200))
      #expect(number % 3 == 0 || reply.body.hasSuffix("\n\n\(number)"))
    }
  }

  @Test func `A body in chunks is put together`() throws {
    let door = try HTTPDoor.open()
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.send("POST /notify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for byte in Array("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n".utf8) { client.send([byte]) }
    #expect(client.reply()?.body.hasSuffix("\n\nhello world") == true)
    client.get("/state")
    #expect(client.reply()?.status == 200)
  }

  @Test func `Who asks before it sends is told to go on, or why not`() throws {
    let door = try HTTPDoor.open { $0.bodyBytes = 10 }
    defer { door.stop() }
    func ask(_ length: Int, _ path: String = "/notify") throws -> RawClient {
      let client = try RawClient(door.port)
      client.send(
        "POST \(path) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
          + "Content-Length: \(length)\r\n\r\n")
      return client
    }
    let client = try ask(3)
    #expect(client.reply()?.status == 100)
    client.send("abc")
    #expect(client.reply()?.body.hasSuffix("\n\nabc") == true)
    #expect(try ask(11).reply()?.status == 413)
    #expect(try ask(3, "/nowhere").reply()?.status == 404)
  }

  @Test func `HEAD is answered as GET without the body`() throws {
    let door = try HTTPDoor.open()
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.send("HEAD /state HTTP/1.1\r\nHost: x\r\n\r\n")
    let reply = try #require(client.reply(isHead: true))
    #expect(reply.status == 200)
    #expect(Int(reply["content-length"] ?? "") ?? 0 > 0)
    client.get("/state")
    #expect(client.reply()?.body.hasPrefix("GET /state") == true)
  }

  @Test func `Answers come from any thread, in any order, once`() throws {
    let keeper = Keeper()
    let door = try HTTPDoor.open({ _ in }, { keeper.take($1) })
    defer { door.stop() }
    let clients = try (0..<8).map { _ in try RawClient(door.port) }
    for (number, client) in clients.enumerated() {
      client.post("/notify", "")
      _ = try keeper.wait(for: number + 1)
    }
    let kept = try keeper.wait(for: clients.count)
    for (number, answering) in kept.enumerated().reversed() {
      let worker = try Worker("answer") {
        #expect(answering.answer(HTTPResponse(200, body: Array("\(number)".utf8))))
      }
      worker.join()
      #expect(answering.answer(HTTPResponse(500)) == false)
      #expect(clients[number].reply()?.body == "\(number)")
    }
  }

  @Test func `An answer to who has gone is nobody's, and the next is served`() throws {
    let keeper = Keeper()
    let door = try HTTPDoor.open({ _ in }, { keeper.take($1) })
    defer { door.stop() }
    let gone = try RawClient(door.port)
    gone.post("/notify", "")
    let first = try keeper.wait(for: 1)[0]
    gone.hangUp()
    #expect(first.answer(HTTPResponse(200)))
    let client = try RawClient(door.port)
    client.post("/notify", "")
    #expect(try keeper.wait(for: 2)[1].answer(HTTPResponse(204)))
    #expect(client.reply()?.status == 204)
  }

  @Test func `An answer that cannot be written is an internal error and not silence`() throws {
    let door = try HTTPDoor.open({ _ in }) { _, answering in
      answering.answer(HTTPResponse(200, headers: [.init("X", "a\r\nSet-Cookie: b")]))
    }
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.post("/notify", "")
    let reply = try #require(client.reply())
    #expect(reply.status == 500)
    #expect(reply["set-cookie"] == nil)
  }

  @Test func `A stop answers who waits, lets nobody in and leaves the port free`() throws {
    let keeper = Keeper()
    let door = try HTTPDoor.open({ _ in }, { keeper.take($1) })
    let waiting = try RawClient(door.port)
    waiting.post("/notify", "")
    let idle = try RawClient(door.port)
    let half = try RawClient(door.port)
    half.send("POST /notify HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
    let kept = try keeper.wait(for: 1)
    door.stop()
    door.stop()
    let reply = try #require(waiting.reply())
    #expect(reply.status == 503)
    #expect(reply.code == "stopping")
    #expect(reply["retry-after"] != nil)
    // Its head may have come when the door was being closed.
    let refused = half.reply()
    #expect(refused == nil || refused?.code == "stopping")
    for client in [waiting, idle, half] { #expect(client.isAtEnd()) }
    #expect(kept[0].answer(HTTPResponse(200)) == false)
    #expect(door.fault == nil)
    let again = try #require(HTTPAddress("127.0.0.1:\(door.port)"))
    try HTTPDoor(at: again, routes: HTTPRoutes(), handler: HTTPDoor.echo).stop()
  }

  @Test func `A door that cannot be opened says why`() throws {
    let door = try HTTPDoor.open()
    defer { door.stop() }
    let taken = try #require(HTTPAddress("127.0.0.1:\(door.port)"))
    #expect(throws: Fault.self) {
      try HTTPDoor(at: taken, routes: HTTPRoutes(), handler: HTTPDoor.echo)
    }
    let named = try #require(HTTPAddress("localhost:0"))
    let fault = #expect(throws: Fault.self) {
      try HTTPDoor(at: named, routes: HTTPRoutes(), handler: HTTPDoor.echo)
    }
    #expect(fault?.hint.contains("127.0.0.1") == true)
  }

  @Test(
    arguments: [
      ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("", nil, 0),
      ("1.2.3.4", nil, 0),
      ("1.2.3.4:", nil, 0), ("1.2.3.4:+1", nil, 0), ("1.2.3.4:65536", nil, 0), ("::1:80", nil, 0),
      (":80", nil, 0), ("[]:80", nil, 0), ("[1.2.3.4]:80", nil, 0),
    ] as [(String, String?, UInt16)])
  func `An address is a literal and a port`(_ text: String, _ host: String?, _ port: UInt16) {
    let address = HTTPAddress(text)
    #expect(address?.host == host)
    #expect((address?.port ?? 0) == port)
  }
}
