import Testing

@testable import Daemon

/// A request and what comes back.
struct RefusalRow: Sendable, CustomTestStringConvertible {
  let name: String
  let request: String
  let status: Int
  /// Nil where the library answers by itself, or nothing is refused.
  let code: String?
  init(_ name: String, _ request: String, _ status: Int, _ code: String? = nil) {
    self.name = name
    self.request = request
    self.status = status
    self.code = code
  }
  var testDescription: String { name }
}

/// What the door refuses, and what it takes though others might not.
@Suite struct HTTPRefusalTests {
  private static func post(_ headers: String, _ body: String = "") -> String {
    "POST /notify HTTP/1.1\r\nHost: x\r\n\(headers)\r\n\(body)"
  }
  private static func get(_ target: String) -> String {
    "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n"
  }
  private static let smuggled = "GET /state HTTP/1.1\r\nHost: x\r\n\r\n"

  static let refused: [RefusalRow] = [
    .init("unknown path", get("/nowhere"), 404, "not-found"),
    .init("a path of another case", get("/State"), 404, "not-found"),
    .init("dots are no way up", get("/state/../state"), 404, "not-found"),
    .init("wrong method", get("/notify"), 405, "method-not-allowed"),
    .init("unknown method", "BREW /state HTTP/1.1\r\nHost: x\r\n\r\n", 405, "method-not-allowed"),
    .init("a method that is no token", "G{T /state HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed"),
    .init("no length", post(""), 411, "length-required"),
    .init("a length above the limit", post("Content-Length: 1001\r\n"), 413, "body-too-long"),
    .init(
      "a length above all numbers", post("Content-Length: 99999999999999999999\r\n"), 400,
      "malformed"),
    .init("a length that is no number", post("Content-Length: 5x\r\n", "abcde"), 400, "malformed"),
    .init("a negative length", post("Content-Length: -5\r\n", "abcde"), 400, "malformed"),
    .init(
      "two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "abcdef"), 400,
      "malformed"),
    .init(
      "a length of nothing and another",
      post("Content-Length: 0\r\nContent-Length: 45\r\n", smuggled),
      400, "malformed"),
    .init(
      "a list of lengths", post("Content-Length: 5, 5\r\n", "abcde"), 400, "malformed"),
    .init(
      "length and coding",
      post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled), 400,
      "malformed"),
    .init(
      "coding and length",
      post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + smuggled), 400,
      "malformed"),
    .init(
      "two codings",
      post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled),
      400, "malformed"),
    .init(
      "a list of codings", post("Transfer-Encoding: gzip, chunked\r\n", smuggled), 501,
      "coding-unknown"),
    .init(
      "an unknown coding", post("Transfer-Encoding: xchunked\r\n", smuggled), 501, "coding-unknown"),
    .init(
      "a coding in HTTP/1.0",
      "POST /notify HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400,
      "malformed"),
    .init(
      "a space before the colon", post("Content-Length : 45\r\n", smuggled), 400, "malformed"),
    .init("a chunk without size", post("Transfer-Encoding: chunked\r\n", "zz\r\nabc"), 400),
    .init(
      "a chunk longer than said",
      post("Transfer-Encoding: chunked\r\n", "3\r\nabcdef\r\n0\r\n\r\n"),
      400),
    .init("no host", "GET /state HTTP/1.1\r\n\r\n", 400, "malformed"),
    .init("a zero in a header's value", post("X: a\0b\r\nContent-Length: 0\r\n"), 400, "malformed"),
    .init("a zero in the last header", post("Content-Length: 0\r\nX: \0b\r\n"), 400, "malformed"),
    .init("a zero in the host", "GET /state HTTP/1.1\r\nHost: x\0.y\r\n\r\n", 400, "malformed"),
    .init("a zero in the target", get("/state\0evil"), 400, "malformed"),
    .init("a zero behind the target", get("/state\0"), 400, "malformed"),
    .init("a zero in the query", get("/state?a=b\0c"), 400, "malformed"),
    .init("a zero in the method", "GET\0X /state HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed"),
    .init(
      "a line of headers that begins with a zero", post("Content-Length: 0\r\n\0X: y\r\n"), 400,
      "malformed"),
    .init(
      "a line of headers without a name", post("Content-Length: 2\r\n: v\r\n", "hi"), 400,
      "malformed"),
    .init(
      "a value of two lines", post("X: a\r\n b\r\nContent-Length: 0\r\n"), 400, "malformed"),
    .init("two hosts", "GET /state HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "malformed"),
    .init("a header without colon", post("nothing\r\n"), 400),
    .init("a zero in a header's name", post("X\0Y: v\r\nContent-Length: 0\r\n"), 400),
    .init(
      "an escape in a header", post("X: a\u{1B}[2J\r\nContent-Length: 0\r\n"), 400, "malformed"),
    .init("a bare return in a header", post("X: a\rb\r\nContent-Length: 0\r\n"), 400, "malformed"),
    .init("a fragment", get("/state#x"), 400, "malformed"),
    .init("a space in the target", get("/state x"), 400, "malformed"),
    .init("no hexadecimal digits", get("/st%zzate"), 400, "malformed"),
    .init("half an escape", get("/state%4"), 400, "malformed"),
    .init("an encoded zero", get("/state%00"), 400, "malformed"),
    .init("an encoded slash", get("%2Fstate"), 400, "malformed"),
    .init("no UTF-8", get("/%FF"), 400, "malformed"),
    .init("a query with half an escape", get("/state?a=%4"), 400, "malformed"),
    .init("all of the server", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed"),
    .init("a tunnel", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed"),
    .init("another scheme", get("ftp://x/state"), 400, "malformed"),
    .init("HTTP/2", "GET /state HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    .init("HTTP/0.9", "GET /state\r\n\r\n", 400),
    .init("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1} \n\n", 400),
    .init(
      "a head above the limit", post("X: \(String(repeating: "x", count: 2_100))\r\n"), 431,
      "head-too-long"),
    .init("a head far above it", post("X: \(String(repeating: "x", count: 90_000))\r\n"), 431),
    .init("a line far above it", get("/" + String(repeating: "x", count: 90_000)), 414),
    .init("headers without end", post(String(repeating: "a: b\r\n", count: 20_000)), 431),
  ]

  @Test(arguments: refused)
  func `A request that is none is refused, and nothing behind it is taken for one`(
    _ row: RefusalRow
  ) throws {
    let door = try HTTPDoor.open { limits in
      limits.bodyBytes = 1_000
      limits.headBytes = 2_000
    }
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.send(row.request)
    client.endSending()
    let reply = try #require(client.reply())
    #expect(reply.status == row.status)
    #expect(reply.code == row.code)
    if row.status == 405 { #expect(reply["allow"]?.isEmpty == false) }
    // The library may say its own refusals twice over before it closes; no request follows.
    let rest = client.rest()
    #expect(rest.isEmpty || row.code == nil)
    #expect(rest.firstRange(of: Array(" 200 ".utf8)) == nil)
  }

  static let taken: [RefusalRow] = [
    .init("bare line feeds", "GET /state HTTP/1.1\nHost: x\n\n", 200),
    .init("empty lines before it", "\r\n\r\nGET /state HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    .init("HTTP/1.0 without host", "GET /state HTTP/1.0\r\n\r\n", 200),
    .init("a whole address", get("http://example.org:80/state?x"), 200),
    .init("a secure address", get("HTTPS://example.org/state"), 200),
    .init("an escaped letter", get("/%73tate"), 200),
    .init("nothing in the body", post("Content-Length: 0\r\n"), 200),
    .init(
      "exactly the limit", post("Content-Length: 1000\r\n", String(repeating: "b", count: 1_000)),
      200),
    .init("a coding of another case", post("transfer-encoding: Chunked\r\n", "0\r\n\r\n"), 200),
    .init("a trailer", post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nX: y\r\n\r\n"), 200),
    .init(
      "an extension of a chunk", post("Transfer-Encoding: chunked\r\n", "1;x=y\r\na\r\n0\r\n\r\n"),
      200),
    .init("a query", get("/state?a=b&c=%20&d"), 200),
    .init("spaces around values", post("X:\t a \t\r\nY:\r\nContent-Length:0\r\n"), 200),
    .init("a cookie", post("Cookie: a=b; c=\"d\"\r\nContent-Length: 0\r\n"), 200),
    .init("a name beyond ASCII", post("X: 淘宝\r\nContent-Length: 0\r\n"), 200),
  ]

  @Test(arguments: taken)
  func `What the standard allows, or the library takes without harm, is answered`(
    _ row: RefusalRow
  ) throws {
    let door = try HTTPDoor.open { $0.bodyBytes = 1_000 }
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.send(row.request)
    #expect(client.reply()?.status == row.status)
  }

  @Test func `A body in chunks is refused once it exceeds the limit, and is not read to its end`()
    throws
  {
    let door = try HTTPDoor.open { $0.bodyBytes = 1_000 }
    defer { door.stop() }
    let client = try RawClient(door.port)
    client.send("POST /notify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    let chunk = String(repeating: "c", count: 256)
    for _ in 0..<4 { client.send("100\r\n\(chunk)\r\n") }
    // The end never comes.
    let reply = try #require(client.reply())
    #expect(reply.status == 413)
    #expect(reply.code == "body-too-long")
    #expect(client.isAtEnd())
  }

  @Test func `No refusal repeats what was sent`() throws {
    let door = try HTTPDoor.open()
    defer { door.stop() }
    for target in ["/SECRET", "/SECRET%zz", "/state?SECRET=%"] {
      let client = try RawClient(door.port)
      client.send("GET \(target) HTTP/1.1\r\nHost: SECRET\r\nSECRET: SECRET\r\n\r\n")
      #expect(try #require(client.reply()).body.contains("SECRET") == false)
    }
  }
}
