// Idempotency, the scheduler inside, and the promise to readers.

import Events
import Merkle
import Platform
import Projections
import Testing

@testable import Orchestrator

@Suite struct RuntimeTests {
  @Test func `a repeat gets its first receipt, in the same batch and later`() throws {
    let desk = try Desk.with()
    let command = desk.command(.announce(document: Desk.plan()))
    let receipt = try desk.runtime.submit(command)
    let end = desk.state.next
    #expect(try desk.runtime.submit(command) == receipt)
    _ = desk.runtime.seal()
    #expect(try desk.runtime.submit(command) == receipt)
    #expect(desk.state.next == end)
    #expect(receipt.last >= desk.runtime.durableEnd)
  }

  @Test func `a refusal is not remembered`() throws {
    let desk = try Desk.with(until: .running)
    let resume = desk.command(.resume(plan: Desk.text("p"), Desk.reason))
    #expect(throws: Refusal.notPaused) { try desk.runtime.submit(resume) }
    try desk.send(.pause(plan: Desk.text("p"), Desk.reason))
    let receipt = try desk.runtime.submit(resume)
    #expect(receipt.first == receipt.last)
  }

  @Test func `a refused command leaves nothing behind`() throws {
    let desk = try Desk.with()
    let end = desk.state.next
    #expect(desk.refusal(.confirmClock) == .clockNotHeld)
    #expect(desk.state.next == end)
  }

  @Test func `a merchant is enabled once, however often the scheduler looks`() throws {
    let desk = try Desk.with(until: .running)
    try desk.goTo(hour: 8, minute: 30)
    #expect(desk.runtime.tick() > 0)
    #expect(desk.runtime.tick() == 0)
    try desk.goTo(hour: 10, minute: 30)
    desk.runtime.tick()
    #expect(desk.standing(1) == .enabled && desk.standing(2) == .enabled)
    #expect(desk.state.board.rollouts.first?.phase == .completed)
    #expect(desk.runtime.tick() == 0)
  }

  @Test(arguments: [true, false])
  func `nothing happens while the clock is held or the rollout is paused`(isHeld: Bool) throws {
    let desk = try Desk.with(until: .running)
    if isHeld {
      try desk.send(.stepClock(ClockStepped(step: 99)))
    } else {
      try desk.send(.pause(plan: Desk.text("p"), Desk.reason))
    }
    try desk.goTo(hour: 8, minute: 30)
    #expect(desk.runtime.tick() == 0)
    try desk.send(isHeld ? .confirmClock : .resume(plan: Desk.text("p"), Desk.reason))
    #expect(desk.runtime.tick() > 0)
  }

  @Test func `a roll-back goes on while the clock is held`() throws {
    let desk = try Desk.with(until: .running)
    try desk.goTo(hour: 8, minute: 30)
    desk.runtime.tick()
    try desk.send(.stepClock(ClockStepped(step: 99)))
    try desk.send(.rollBack(plan: Desk.text("p"), .all, Desk.reason))
    #expect(desk.runtime.tick() == 2)
    #expect([desk.standing(1), desk.standing(2)].contains(.rolledBack))
  }

  @Test func `no later event carries a time that a reader was told`() throws {
    let desk = try Desk.with()
    try desk.flush()
    let empty = desk.runtime.barrier()
    #expect(empty.position == desk.state.next)
    desk.clock.set(Desk.midnight.advanced(bySeconds: -3_600))
    try desk.register("m9")
    #expect(desk.state.logTime > empty.time)
    try desk.flush()
    try desk.register("m11")
    let gathering = desk.runtime.barrier()
    try desk.flush()
    try desk.register("m10")
    #expect(gathering.time < desk.state.logTime)
  }

  @Test func `a promise outlives the process`() throws {
    let promised = Desk.midnight.advanced(bySeconds: 60)
    let runtime = Runtime(
      after: Replay(hashesLeaves: false), root: .emptyRoot, promised: promised,
      time: ManualClock(Desk.midnight))
    #expect(runtime.currentTime() > promised)
  }

  enum Memory: CaseIterable {
    case all, index, restarted
  }

  @Test(arguments: Memory.allCases)
  func `nobody comes back by hand during a roll-back that covers it, and the roll-back ends`(
    memory: Memory
  ) throws {
    let desk = try Desk(
      segmentCapacity: memory == .all ? 1 << 20 : 400 << 10,
      generationEventsMax: memory == .all ? nil : 100)
    try desk.send(.createLog(Desk.created, openToAll: []))
    for number in 1...2_500 { try desk.register("m\(number)") }
    let caps = Array("\"merchants_per_hour\": 1, \"merchants_per_day\": 100,".utf8)
    var document = Desk.plan()
    let place = try #require(document.firstRange(of: caps))
    document.replaceSubrange(
      place, with: Array("\"merchants_per_hour\": 90000000, \"merchants_per_day\": 100000,".utf8))
    try desk.send(.announce(document: document))
    try desk.send(.start(plan: Desk.text("p")))
    try desk.goTo(hour: 10, minute: 50)
    while desk.runtime.tick() > 0 { try desk.flush() }
    #expect(desk.state.book.standing(RolloutNumber(1))?.count(.enabled) == 2_500)
    try desk.send(.rollBack(plan: Desk.text("p"), .all, Desk.reason))
    #expect(desk.runtime.tick() == Runtime.stepsPerTickMax)
    let off = try #require((1...2_500).first { desk.standing($0) == .rolledBack })
    if memory != .all {
      // Until the step that switched it off is sealed and in no table any more.
      try desk.flush()
      for number in 0..<4_000 {
        try desk.register("later\(number)")
        if number % 400 == 0 { try desk.flush() }
      }
      try desk.flush()
    }
    if memory == .restarted { try desk.restart() }
    let back = Command.Body.reinstateMerchant(Desk.text("m\(off)"), plan: Desk.text("p"))
    let order = try #require(desk.state.board.rollout(RolloutNumber(1))?.runningOrder)
    #expect(desk.refusal(back) == .rollbackRunning(order.position))
    #expect(desk.runtime.tick() == 501)
    let rollout = try #require(desk.state.board.rollout(RolloutNumber(1)))
    #expect(rollout.runningOrder == nil)
    #expect(rollout.orders.map(\.switched) == [2_500])
    #expect(desk.state.book.standing(RolloutNumber(1))?.count(.rolledBack) == 2_500)
    #expect(desk.runtime.tick() == 0)
    try desk.send(back)
    #expect(desk.standing(off) == .reinstated)
    #expect(desk.runtime.tick() == 0)
  }

  @Test func `one batch gathers a bounded number of steps while another is written`() throws {
    let desk = try Desk.with(merchants: 2, until: .running)
    try desk.goTo(hour: 8, minute: 30)
    desk.runtime.openSteps = (desk.state.next, Runtime.stepsPerBatchMax)
    #expect(desk.runtime.tick() == 0)
    desk.runtime.openSteps = (desk.state.next, Runtime.stepsPerBatchMax - 1)
    #expect(desk.runtime.tick() == 1)
    #expect(desk.runtime.tick() == 0)
    try desk.flush()
    #expect(desk.runtime.tick() > 0)
  }
}
