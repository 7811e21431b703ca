// Who was rolled back stays off for a while: nobody is given back earlier, whatever is asked.

import Events
import Orchestrator
import Platform
import Projections
import Testing

@Suite struct CoolingOffTests {
  private static let p = Desk.text("p")
  private static let m1 = Desk.text("m1")
  private static let m2 = Desk.text("m2")

  /// Two merchants that are on at ten; thirty minutes are the time off.
  private static func desk(_ coolingOff: Int? = 30) throws -> Desk {
    let desk = try Desk.with(
      until: .running, plan: Desk.plan(perHour: 100, coolingOff: coolingOff))
    try desk.run(from: 8, to: 10)
    try desk.goTo(hour: 10)
    return desk
  }

  private static func rollBack(_ desk: Desk, _ scope: Command.Scope) throws {
    try desk.send(.rollBack(plan: p, scope, Desk.reason))
    try desk.settle()
  }

  /// When a merchant was rolled back.
  private static func off(_ desk: Desk, _ number: UInt32) throws -> Timestamp {
    try #require(desk.state.book.standing(RolloutNumber(1)))
      .rolledBackAt(MerchantNumber(number))
  }

  enum Way: CaseIterable, Sendable {
    case byHand, scoped, excludedMeanwhile

    var body: Command.Body {
      switch self {
      case .byHand, .excludedMeanwhile: .reinstateMerchant(m1, plan: p)
      case .scoped: .reinstate(plan: p, .merchant(m1), Desk.reason)
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `subtlety 27: nobody is given back a nanosecond before the time is over`(way: Way) throws {
    let desk = try CoolingOffTests.desk()
    try CoolingOffTests.rollBack(desk, .merchant(CoolingOffTests.m1))
    if way == .excludedMeanwhile {
      try desk.send(.excludeMerchant(CoolingOffTests.m1, plan: CoolingOffTests.p, Desk.reason))
      try desk.flush()
    }
    let free = try CoolingOffTests.off(desk, 1).advanced(bySeconds: 1_800)
    #expect(desk.refusal(way.body) == .coolingOff(until: free))
    desk.clock.set(free.advanced(byNanoseconds: -1))
    #expect(desk.refusal(way.body) == .coolingOff(until: free))
    desk.clock.set(free)
    try desk.send(way.body)
    try desk.settle()
    #expect(desk.standing(1) == .reinstated)
  }

  @Test func `a plan without the time gives back at once`() throws {
    let desk = try CoolingOffTests.desk(nil)
    try CoolingOffTests.rollBack(desk, .all)
    try desk.send(.reinstate(plan: CoolingOffTests.p, .all, Desk.reason))
    try desk.settle()
    #expect(desk.countOn == 2)
  }

  @Test func `a scope is given back whole or not at all, and a narrower one may be free`() throws {
    let desk = try CoolingOffTests.desk()
    try CoolingOffTests.rollBack(desk, .merchant(CoolingOffTests.m1))
    try desk.goTo(hour: 10, minute: 20)
    try CoolingOffTests.rollBack(desk, .merchant(CoolingOffTests.m2))
    let all = Command.Body.reinstate(plan: CoolingOffTests.p, .all, Desk.reason)
    try desk.goTo(hour: 10, minute: 40)
    let free = try CoolingOffTests.off(desk, 2).advanced(bySeconds: 1_800)
    #expect(desk.refusal(all) == .coolingOff(until: free))
    try desk.send(
      .reinstate(plan: CoolingOffTests.p, .merchant(CoolingOffTests.m1), Desk.reason))
    try desk.settle()
    #expect(desk.standing(1) == .reinstated && desk.standing(2) == .rolledBack)
    desk.clock.set(free)
    try desk.send(all)
    try desk.settle()
    #expect(desk.countOn == 2)
  }

  @Test func `who comes into the scope of a reinstatement too early is not given back`() throws {
    let desk = try CoolingOffTests.desk()
    try desk.register("m1", tier: .t1)
    try CoolingOffTests.rollBack(desk, .merchant(CoolingOffTests.m1))
    try desk.goTo(hour: 10, minute: 40)
    try CoolingOffTests.rollBack(desk, .merchant(CoolingOffTests.m2))
    try desk.send(.reinstate(plan: CoolingOffTests.p, .tier(.t1), Desk.reason))
    try desk.register("m2", tier: .t1)
    try desk.settle()
    #expect(desk.standing(1) == .reinstated && desk.standing(2) == .rolledBack)
    #expect(desk.rollout.orders.last?.switched == 1 && desk.rollout.runningOrder == nil)
  }

  @Test func `a clock that steps back makes the time longer and never shorter`() throws {
    let desk = try CoolingOffTests.desk()
    try CoolingOffTests.rollBack(desk, .all)
    let free = try CoolingOffTests.off(desk, 1).advanced(bySeconds: 1_800)
    desk.clock.set(desk.clock.now().advanced(bySeconds: -7_200))
    let back = Command.Body.reinstateMerchant(CoolingOffTests.m1, plan: CoolingOffTests.p)
    #expect(desk.refusal(back) == .coolingOff(until: free))
    try desk.restart()
    #expect(desk.refusal(back) == .coolingOff(until: free))
  }
}
