// The tree of merchants that the daemon commits at its moments.

import EventLog
import Events
import Glibc
import Orchestrator
import Platform
import Testing
import Text

@testable import Daemon

@Suite struct TreeOfMerchantsTests {
  private static let plan = """
    {"plan": "p", "version": 1, "institution": "wechat-pay",
     "effective_at": "2099-09-12T00:00:00+08:00", "window_days": 1,
     "order": {"hash_version": 1, "seed": "s", "largest_last": "10%"}, "hold_back": "0%",
     "waves": [{"name": "one", "day": 1, "opens": "08:00", "share": "50%", "canary": true},
               {"name": "two", "day": 1, "opens": "09:00", "share": "rest"}],
     "caps": {"merchants_per_hour": 1, "merchants_per_day": 100, "payments_per_hour": 100000,
              "payments_per_day": 100000}, "approvals": 1, "after_window": "hold"}
    """

  private static var quoted: String {
    plan.map { $0 == "\"" ? "\\\"" : $0 == "\n" ? " " : String($0) }.joined()
  }

  /// The trees that a log commits, with the positions of their events.
  private static func trees(_ folder: String) throws -> [(Position, MerchantTreeCommitted)] {
    var found: [(Position, MerchantTreeCommitted)] = []
    try LogReader(SystemDisk(), folder).read(from: .zero) { batch in
      for index in 0..<batch.count {
        guard case .merchantTreeCommitted(let fields) = try batch.event(index).payload else {
          continue
        }
        found.append((batch.position(index), fields))
      }
    }
    return found
  }

  /// Asks until the log commits so many trees; the daemon makes them beside its work.
  private static func wait(
    for count: Int, _ folder: String, _ caller: Caller
  ) throws -> [(Position, MerchantTreeCommitted)] {
    for _ in 0..<2_000 {
      let found = try trees(folder)
      if found.count >= count { return found }
      _ = try caller.ask("{\"query\":\"clock\"}")
      usleep(5_000)
    }
    return try trees(folder)
  }

  private static func announceAndAbort(_ caller: Caller, _ end: String = "") throws {
    let announced = try caller.ask(
      "{\"command\":\"announce\",\"id\":\"a\",\"document\":\"\(quoted)\"}")
    #expect(announced["accepted"] != nil, "\(announced)")
    let abort = "{\"command\":\"abort\",\"id\":\"b\",\"plan\":\"p\",\"reason\":\"r\"}"
    #expect(try caller.ask(abort + end)["accepted"] != nil)
  }

  @Test func `a daemon that stops at a moment leaves its tree to the next, and that makes one`()
    throws
  {
    let scratch = try Scratch()
    let first = try Door(scratch.path)
    let caller = try Caller(first.socket)
    try Self.announceAndAbort(caller, "\n{\"command\":\"stop\"}")
    #expect(first.wait().hasPrefix("stopped"))
    #expect(try Self.trees(scratch.path).isEmpty)
    for _ in 0..<2 {
      let next = try Door(scratch.path)
      let caller = try Caller(next.socket)
      #expect(try Self.wait(for: 1, scratch.path, caller).count == 1)
      for _ in 0..<20 { _ = try caller.ask("{\"query\":\"clock\"}") }
      _ = try caller.ask("{\"command\":\"stop\"}")
      #expect(next.wait().hasPrefix("stopped"))
    }
    #expect(try Self.trees(scratch.path).count == 1, "what was made up for is not made again")
  }

  @Test func `a tree is committed behind the end of a rollout, and once`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    for shop in ["m1", "m2", "m3"] {
      let line = "{\"command\":\"merchant\",\"merchant\":\"\(shop)\",\"platform\":\"tmall\","
      #expect(try caller.ask(line + "\"tier\":\"T1\"}")["accepted"] != nil)
    }
    #expect(try caller.ask(payment("x"))["accepted"] != nil)
    #expect(try Self.trees(scratch.path).isEmpty)
    try Self.announceAndAbort(caller)
    let found = try Self.wait(for: 1, scratch.path, caller)
    _ = try caller.ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
    let (position, tree) = try #require(found.first)
    #expect(try Self.trees(scratch.path).count == 1)
    #expect(tree.merchants == 4, "three that are registered, and the one that was paid")
    #expect(tree.size <= position.rawValue)
    var maker = MerchantTreeMaker(SystemDisk(), scratch.path)
    #expect(try maker.commit(at: Position(tree.size)) == tree)
  }
}
