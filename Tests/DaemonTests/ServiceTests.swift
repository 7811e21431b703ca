// The daemon and its service manager, over a real socket.

import Events
import Platform
import Synchronization
import Testing
import Text

@testable import Daemon

@Suite(.serialized) struct ServiceTests {
  private static func notice(_ path: String, watchdog: String? = nil) throws -> ServiceNotice {
    try #require(
      ServiceNotice(process: 1) {
        ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": watchdog][$0].flatMap { $0 }
      })
  }

  @Test func `ready, status, signs of life and stopping come in order`() throws {
    let scratch = try Scratch()
    let manager = ManagerSocket(scratch.path + "/notify")
    let door = try Door(
      scratch.path, notice: Self.notice(scratch.path + "/notify", watchdog: "200000"))
    let first = manager.take()
    #expect(first.first == "READY=1" && first.last == "WATCHDOG=1")
    #expect(first.contains { $0.hasPrefix("STATUS=serving; position ") })
    #expect(try Caller(door.socket).ask(payment("x"))["accepted"] != nil)
    #expect(manager.take(until: "WATCHDOG").last == "WATCHDOG=1")
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
    let rest = manager.take(until: "STOPPING")
    #expect(rest.last == "STOPPING=1")
    #expect(!rest.contains("READY=1"))
  }

  @Test func `SIGHUP ends nothing and makes the daemon say how it stands`() throws {
    let scratch = try Scratch()
    let manager = ManagerSocket(scratch.path + "/notify")
    let lines = Mutex<[String]>([])
    let door = try Door(
      scratch.path, notice: Self.notice(scratch.path + "/notify"), hangUps: 1
    ) { severity, text in lines.withLock { $0.append("\(severity): \(text)") } }
    let said = manager.take(until: "MONOTONIC_USEC") + manager.take()
    #expect(
      said.filter { $0.hasPrefix("READY") || $0.hasPrefix("RELOADING") }
        == ["READY=1", "RELOADING=1", "READY=1"])
    #expect(try Caller(door.socket).ask(payment("x"))["accepted"] != nil)
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
    let told = lines.withLock { $0 }
    #expect(told.count == 1)
    #expect(told.first?.hasPrefix("notice: SIGHUP: serving; position ") == true)
    #expect(told.first?.hasSuffix(" MiB free on its disk") == true)
  }

  @Test func `a log without its reserve begins as on a full disk and goes on by itself`() throws {
    let scratch = try Scratch()
    let manager = ManagerSocket(scratch.path + "/notify")
    let lines = Mutex<[String]>([])
    let door = try Door(
      scratch.path, hasReserve: false, notice: Self.notice(scratch.path + "/notify")
    ) { severity, text in lines.withLock { $0.append("\(severity): \(text)") } }
    #expect(manager.take(until: "STATUS").last?.hasPrefix("STATUS=disk full") == true)
    #expect(manager.take(until: "STATUS").last?.hasPrefix("STATUS=serving") == true)
    #expect(try Caller(door.socket).ask(payment("x"))["accepted"] != nil)
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
    #expect(lines.withLock { $0 } == ["notice: the disk has room again"])
  }

  @Test func `a manager that is not there harms nobody`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path, notice: Self.notice(scratch.path + "/nobody"), hangUps: 1)
    #expect(try Caller(door.socket).ask(payment("x"))["accepted"] != nil)
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }
}
