// Idempotency, the scheduler inside, and the promise to readers.

import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Testing

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
}
