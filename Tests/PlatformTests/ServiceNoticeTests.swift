import Glibc
import Testing

@testable import Platform

@Suite struct ServiceNoticeTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func notice(_ variables: [String: String]) -> ServiceNotice? {
    ServiceNotice(process: 77) { variables[$0] }
  }

  @Test(
    arguments: [
      ("/run/notify", Array("/run/notify".utf8)), ("@name", [0] + Array("name".utf8)),
      ("", nil), ("@", nil), ("/", nil), ("run/notify", nil), ("vsock:2:1", nil),
      (
        "/" + String(repeating: "x", count: 107),
        Array(("/" + String(repeating: "x", count: 107)).utf8)
      ),
      ("/" + String(repeating: "x", count: 108), nil),
    ] as [(String, [UInt8]?)])
  func `A socket is a path or an abstract name, and nothing else`(address: String, name: [UInt8]?) {
    #expect(notice(["NOTIFY_SOCKET": address])?.name == name)
  }

  @Test(
    arguments: [
      (["WATCHDOG_USEC": "3000000"], 3_000_000_000),
      (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "77"], 3_000_000_000),
      (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "78"], nil),
      (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "us"], nil),
      (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "-5"], nil),
      (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_USEC": "9223372036854775807"], nil), ([:], nil),
    ] as [([String: String], Int64?)])
  func `A watchdog has a number of microseconds and is meant for this process`(
    variables: [String: String], watchdog: Int64?
  ) {
    let notice = notice(variables.merging(["NOTIFY_SOCKET": "/n"]) { $1 })
    #expect(notice != nil)
    #expect(notice?.watchdog == watchdog)
  }

  @Test func `Nobody to be told is no notice`() {
    #expect(notice([:]) == nil)
    #expect(notice(["WATCHDOG_USEC": "3000000"]) == nil)
  }

  /// A datagram socket under a name as the kernel takes it, that never waits.
  private func listen(_ name: [UInt8]) throws -> Descriptor {
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    let socket = Descriptor(number)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(number, $0, socklen_t(2 + name.count))
      }
    }
    try #require(bound == 0)
    return socket
  }

  private func take(_ socket: borrowing Descriptor) -> String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe recv(socket.number, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  @Test func `Lines arrive as one datagram, at a path and at an abstract name`() throws {
    for address in [scratch("n"), "@sluice-test-\(getpid())"] {
      let notice = try #require(self.notice(["NOTIFY_SOCKET": address]))
      #expect(!notice.send(["READY=1"]))
      let manager = try listen(notice.name)
      #expect(notice.send(["READY=1", "STATUS=all is well"]))
      #expect(take(manager) == "READY=1\nSTATUS=all is well")
    }
  }

  @Test func `A manager that takes nothing does not hold us up`() throws {
    let notice = try #require(self.notice(["NOTIFY_SOCKET": scratch("n")]))
    let manager = try listen(notice.name)
    var sent = 0
    while sent < 100_000, notice.send(["WATCHDOG=1"]) { sent += 1 }
    #expect(sent < 100_000)
    #expect(take(manager) == "WATCHDOG=1")
  }
}
