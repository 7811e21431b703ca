// The pages that the daemon shows by HTTP: its figures for Prometheus.

import Dumps
import Institutions
import Platform
import Testing

@testable import Daemon

extension RawClient {
  /// Asks as somebody on this machine does.
  fileprivate func look(_ path: String, host: String = "localhost") {
    send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
  }
}

@Suite(.serialized) struct PageTests {
  /// A daemon that shows its pages and reads no notices.
  private struct House {
    let scratch: Scratch
    let door: Door
    let http: HTTPDoor

    init(say: @escaping @Sendable (Severity, String) -> Void = { _, _ in }) throws {
      scratch = try Scratch()
      door = try Door(scratch.path + "/log", say: say)
      http = try NoticeDoor.open(
        at: try #require(HTTPAddress("127.0.0.1:0")), nil, door.queue, pages: door.pages,
        time: WallClock(), user: 0)
    }
  }

  private func sample(_ name: String, _ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .map { String($0.dropFirst(name.utf8.count + 1)) }
  }

  @Test func `The figures of the log and of the daemon stand at one path, to be read only`() throws
  {
    let house = try House()
    let client = try RawClient(house.http.port)
    client.look("/metrics")
    let reply = try #require(client.reply())
    #expect(reply.status == 200)
    #expect(reply["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(reply.body.contains("sluice_log_info{origin=\"door.test\""))
    let durable = try #require(sample("sluice_daemon_durable_position", reply.body))
    #expect(sample("sluice_log_events_total", reply.body) == durable)
    #expect(sample("sluice_daemon_notice_queue_length", reply.body) == "0")
    #expect(sample("sluice_daemon_disk_full", reply.body) == "0")
    #expect(Double(sample("sluice_daemon_uptime_seconds", reply.body) ?? "") != nil)
    client.send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    let head = try #require(client.reply(isHead: true))
    #expect(head.status == 200)
    for method in ["POST", "PUT", "DELETE"] {
      let other = try RawClient(house.http.port)
      other.send("\(method) /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
      #expect(other.reply()?.status == 405)
    }
    house.http.stop()
    #expect(house.door.terminate().contains("stopped"))
  }

  @Test func `The dashboard stands at the root, and a browser may do nothing but show it`() throws {
    let house = try House()
    let client = try RawClient(house.http.port)
    client.look("/")
    let reply = try #require(client.reply())
    #expect(reply.status == 200 && reply["content-type"] == "text/html; charset=utf-8")
    #expect(reply.body.hasPrefix("<!doctype html>") && reply.body.contains("door.test"))
    let policy = try #require(reply["content-security-policy"])
    #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
    #expect(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'none'"))
    #expect(reply["x-content-type-options"] == "nosniff")
    #expect(reply["cache-control"] == "no-store")
    #expect(reply["referrer-policy"] == "no-referrer")
    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    let head = try #require(client.reply(isHead: true))
    #expect(head.status == 200 && head["content-security-policy"] == policy)
    for method in ["POST", "PUT", "DELETE"] {
      let other = try RawClient(house.http.port)
      other.send("\(method) / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
      #expect(other.reply()?.status == 405)
    }
    client.look("/dashboard.html")
    #expect(client.reply()?.status == 404)
    house.http.stop()
    #expect(house.door.terminate().contains("stopped"))
  }

  @Test func `The page is of all that was answered before it was asked for, one for all who wait`()
    throws
  {
    let house = try House()
    let caller = try Caller(house.door.socket)
    try caller.send(payments("p", 0..<100))
    #expect(try Tally.take(100, from: caller).accepted == 100)
    let clients = try (0..<3).map { _ in try RawClient(house.http.port) }
    for client in clients { client.look("/") }
    let pages = try clients.map { try #require($0.reply()) }
    #expect(pages.allSatisfy { $0.status == 200 && $0.body == pages[0].body })
    let place = try #require(pages[0].body.split(separator: "--at ").dropFirst().first)
    #expect(try #require(Int(place.prefix { $0.isNumber })) > 100)
    house.http.stop()
    #expect(house.door.terminate().contains("stopped"))
  }

  @Test func `A log that cannot be read has no page for now, and the daemon goes on`() throws {
    let lines = Lines()
    let house = try House { lines.add("\($0) \($1)") }
    let log = house.scratch.path + "/log"
    let client = try RawClient(house.http.port)
    try SystemDisk().rename(log + "/segments", to: log + "/elsewhere", replacing: false)
    for _ in 0..<2 {
      client.look("/")
      #expect(client.reply()?.status == 503)
    }
    #expect(lines.count("no page can be made for now") == 1)
    let caller = try Caller(house.door.socket)
    try caller.send(payments("p", 0..<10))
    #expect(try Tally.take(10, from: caller).accepted == 10)
    try SystemDisk().rename(log + "/elsewhere", to: log + "/segments", replacing: false)
    client.look("/")
    #expect(client.reply()?.status == 200)
    house.http.stop()
    #expect(house.door.terminate().contains("stopped"))
  }

  @Test func `The pages of a door on this machine are shown to its own names alone`() throws {
    let house = try House()
    let client = try RawClient(house.http.port)
    for path in ["/", "/metrics"] {
      for host in ["localhost", "LOCALHOST:8443", "127.0.0.1", "127.9.8.7:1", "[::1]", "[::1]:80"] {
        client.look(path, host: host)
        #expect(client.reply()?.status == 200, "\(host)")
      }
      for host in [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.evil.example:8443",
        "128.0.0.1", "127.0.0.256", "127.0.1", "[::2]", "[::1].evil.example", "localhost:x", "",
        "user@localhost",
      ] {
        client.look(path, host: host)
        let reply = try #require(client.reply())
        #expect(reply.status == 421 && reply.code == "misdirected", "\(host)")
        #expect(reply.body.contains("localhost") && !reply.body.contains("evil"))
      }
      client.look("http://evil.example" + path)
      #expect(client.reply()?.status == 421)
      client.look("http://localhost" + path, host: "evil.example")
      #expect(client.reply()?.status == 200)
      let old = try RawClient(house.http.port)
      old.send("GET \(path) HTTP/1.0\r\n\r\n")
      #expect(old.reply()?.status == 200, "no browser leaves its host out")
    }
    house.http.stop()
    #expect(house.door.terminate().contains("stopped"))
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.3.2.1", true), ("::1", true), ("0:0::1", true), ("0.0.0.0", false),
    ("::", false), ("10.0.0.1", false), ("localhost", false), ("::ffff:127.0.0.1", false),
  ])
  func `An address is of this machine alone, or of more`(_ host: String, _ isSo: Bool) throws {
    let text = host.contains(":") ? "[\(host)]:1" : "\(host):1"
    #expect(try #require(HTTPAddress(text)).isLoopback == isSo)
  }

  @Test func `A door that others reach asks nobody for a host`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path + "/log")
    let http = try NoticeDoor.open(
      at: try #require(HTTPAddress("0.0.0.0:0")), nil, door.queue, pages: door.pages,
      time: WallClock(), user: 0)
    let client = try RawClient(http.port)
    client.look("/metrics", host: "sluice.example")
    #expect(client.reply()?.status == 200)
    http.stop()
    #expect(door.terminate().contains("stopped"))
  }

  @Test func `Where nobody reads notices there is no path for them`() throws {
    let house = try House()
    let client = try RawClient(house.http.port)
    client.post("/notify/alipay", "{}")
    #expect(client.reply()?.status == 404)
    house.http.stop()
    #expect(house.door.terminate().contains("stopped"))
  }

  @Test func `A page is made once for all who ask while it is fresh`() {
    var shelf = PageShelf()
    var made = 0
    func page(_ now: Int64) -> HTTPResponse {
      shelf.page(.metrics, now) {
        made += 1
        return HTTPResponse(200, type: "text/plain", body: Array("\(made)".utf8))
      }
    }
    let first = page(0)
    #expect(page(Page.metrics.freshNanoseconds - 1) == first)
    #expect(page(Page.metrics.freshNanoseconds) != first)
    #expect(made == 2)
  }

  @Test func `Who asks a daemon that has stopped is told so`() throws {
    let house = try House()
    #expect(house.door.terminate().contains("stopped"))
    #expect(!house.door.pages.ask(.metrics) { _ in })
    let client = try RawClient(house.http.port)
    client.look("/metrics")
    #expect(client.reply()?.status == 503)
    house.http.stop()
  }
}
