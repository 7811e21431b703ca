// A clock that steps: back it grants nothing again, and a large step holds the scheduler until an
// operator confirms.

import Events
import Orchestrator
import Platform
import Projections
import Testing

@Suite struct ClockTests {
  private static let p = Desk.text("p")

  /// One of four merchants is on, which is the cap of the hour.
  private static func desk() throws -> Desk {
    let desk = try Desk.with(merchants: 4, until: .running)
    try desk.goTo(hour: 8, minute: 30)
    try desk.settle()
    #expect(desk.countOn == 1)
    return desk
  }

  @Test(arguments: [60, 1_800, 3_600, 86_400, 40 * 86_400] as [Int64], [false, true])
  func `subtlety 14: a clock that steps back grants no cap again, through a restart neither`(
    seconds: Int64, restarts: Bool
  ) throws {
    let desk = try ClockTests.desk()
    let time = desk.state.logTime
    let quota = desk.rollout.quota
    desk.clock.set(desk.clock.now().advanced(bySeconds: -seconds))
    if restarts { try desk.restart() }
    for _ in 0..<20 {
      #expect(try desk.settle() == 0)
      try desk.register("other\(desk.state.next.rawValue)")
      try desk.flush()
    }
    #expect(desk.state.logTime > time && desk.rollout.quota == quota)
    // It goes on where it was, an hour of the log later and not an hour of the clock.
    try desk.goTo(hour: 8, minute: 59)
    #expect(try desk.settle() == 0)
    try desk.goTo(hour: 9, minute: 1)
    #expect(try desk.settle() > 0)
    #expect(desk.countOn == 2)
  }

  @Test(arguments: [-86_400, -61, 61, 86_400] as [Int64])
  func `a large step holds what opens until it is confirmed, and nothing that withdraws`(
    seconds: Int64
  ) throws {
    let desk = try ClockTests.desk()
    try desk.send(.stepClock(ClockStepped(step: seconds * 1_000_000_000)))
    try desk.goTo(hour: 10)
    #expect(try desk.settle() == 0)
    try desk.restart()
    try desk.goTo(hour: 11)
    #expect(try desk.settle() == 0, "a restart is no confirmation")
    try desk.send(.rollBack(plan: ClockTests.p, .all, Desk.reason))
    #expect(try desk.settle() == 2)
    #expect(desk.countOn == 0)
    try desk.send(.resume(plan: ClockTests.p, Desk.reason))
    #expect(try desk.settle() == 0, "a resume is no confirmation")
    try desk.send(.confirmClock)
    #expect(try desk.settle() > 0)
    #expect(desk.countOn == 1)
  }
}
