// Roll-backs as operators order them: every scope in every phase, last in first out, and what they
// leave alone.

import Events
import Orchestrator
import Platform
import Projections
import Rollout
import Testing

@Suite struct RollbackTests {
  private static let p = Desk.text("p")
  private static let one = RolloutNumber(1)

  enum Scope: String, CaseIterable, Sendable {
    case all, wave, tier, category, merchant

    var scope: Command.Scope {
      switch self {
      case .all: .all
      case .wave: .wave(WaveNumber(1))
      case .tier: .tier(.t1)
      case .category: .category(Desk.text("games"))
      case .merchant: .merchant(Desk.text("m2"))
      }
    }

    /// Whether it concerns a merchant, by what was registered.
    func holds(_ number: UInt32, _ state: DecisionState) -> Bool {
      switch self {
      case .all: true
      case .wave: state.book.wave(MerchantNumber(number), one).rawValue == 1
      case .tier: number % 2 == 0
      case .category: number % 3 == 0
      case .merchant: number == 2
      }
    }
  }

  /// Nil is running and paused.
  private static let phases: [RolloutPhase?] = [nil, .running, .aborted, .completed]

  /// Eight merchants of two tiers and two categories, all of them on.
  private static func desk(_ coolingOff: Int? = nil) throws -> Desk {
    let desk = try Desk.with(merchants: 0)
    for number in 1...8 {
      try desk.register(
        "m\(number)", tier: number % 2 == 0 ? .t1 : .t3,
        category: number % 3 == 0 ? "games" : "books")
    }
    try desk.send(.announce(document: Desk.plan(perHour: 100, coolingOff: coolingOff)))
    try desk.send(.start(plan: p))
    return desk
  }

  @Test(arguments: Scope.allCases, phases.indices)
  func `a roll-back reaches all of its scope and nobody else, in every phase`(
    scope: Scope, phase: Int
  ) throws {
    let desk = try RollbackTests.desk()
    let phase = RollbackTests.phases[phase]
    try desk.goTo(hour: 8, minute: 59)
    try desk.settle()
    // Completed, all of them are on; else half of them.
    if phase == .completed { try desk.run(from: 9, to: 11) }
    if phase == nil { try desk.send(.pause(plan: RollbackTests.p, Desk.reason)) }
    if phase == .aborted { try desk.send(.abort(plan: RollbackTests.p, Desk.reason)) }
    #expect(desk.rollout.phase == phase ?? .running)
    let before = (1...8 as ClosedRange<UInt32>).map { desk.standing($0) }
    let first = desk.state.next
    let concerned = (1...8 as ClosedRange<UInt32>).filter {
      before[Int($0) - 1].isOn && scope.holds($0, desk.state)
    }
    let body = Command.Body.rollBack(plan: RollbackTests.p, scope.scope, Desk.reason)
    guard !concerned.isEmpty else {
      #expect(desk.refusal(body) == .nothingToRollBack)
      return
    }
    try desk.send(body)
    try desk.settle()
    for number in 1...8 as ClosedRange<UInt32> {
      let isConcerned = concerned.contains(number)
      let state = desk.standing(number)
      #expect(isConcerned ? state == .rolledBack : state.isOn == before[Int(number) - 1].isOn)
    }
    let events = try desk.events(from: first)
    let off = events.count { $0.kind == .merchantRolledBack }
    #expect(off == concerned.count)
    let completed = events.compactMap { event -> ScopedOrderCompleted? in
      if case .rollbackCompleted(let fields) = event.payload { fields } else { nil }
    }
    #expect(completed.map(\.stillOn) == [0])
    #expect(completed.map(\.merchants) == [UInt32(concerned.count)])
  }

  @Test func `the last in is the first out: late ones and those who came back as well`() throws {
    let desk = try RollbackTests.desk()
    let order = try #require(desk.state.order(RollbackTests.one))
    func name(_ place: Int) -> ExternalID { Desk.text("m\(order.merchants[place].rawValue)") }
    // The first of the line is kept out of its wave and comes in with the next.
    try desk.send(.excludeMerchant(name(0), plan: RollbackTests.p, Desk.reason))
    try desk.goTo(hour: 8, minute: 59)
    try desk.settle()
    try desk.send(.reinstateMerchant(name(0), plan: RollbackTests.p))
    // The second leaves and comes back before anybody else is let in.
    try desk.send(.rollBack(plan: RollbackTests.p, .merchant(name(1)), Desk.reason))
    try desk.settle()
    try desk.send(.reinstate(plan: RollbackTests.p, .merchant(name(1)), Desk.reason))
    try desk.settle()
    try desk.goTo(hour: 9, minute: 59)
    try desk.settle()
    // One of the last leaves and comes back by hand: now it is the last of all.
    try desk.send(.rollBack(plan: RollbackTests.p, .merchant(name(5)), Desk.reason))
    try desk.settle()
    try desk.send(.reinstateMerchant(name(5), plan: RollbackTests.p))
    #expect(desk.countOn == 8)
    let places = [2, 3, 1, 0, 4, 6, 7, 5]
    let first = desk.state.next
    try desk.send(.rollBack(plan: RollbackTests.p, .all, Desk.reason))
    try desk.settle()
    let off = try desk.events(from: first).filter { $0.kind == .merchantRolledBack }
    #expect(off.map(\.header.merchant) == places.reversed().map { order.merchants[$0] })
  }

  @Test func `who comes into the scope while a roll-back goes on is withdrawn with it`() throws {
    let desk = try RollbackTests.desk()
    try desk.run(from: 8, to: 11)
    let first = desk.state.next
    try desk.send(.rollBack(plan: RollbackTests.p, .category(Desk.text("games")), Desk.reason))
    try desk.register("m1", category: "games")
    try desk.register("m3", category: "books")
    try desk.settle()
    let off = try desk.events(from: first).filter { $0.kind == .merchantRolledBack }
    #expect(Set(off.map(\.header.merchant.rawValue)) == [1, 6])
    #expect(desk.rollout.orders.map(\.switched) == [2])
  }

  @Test func `a roll-back during a reinstatement withdraws what that gave back`() throws {
    let desk = try RollbackTests.desk()
    try desk.run(from: 8, to: 11)
    try desk.send(.rollBack(plan: RollbackTests.p, .all, Desk.reason))
    try desk.settle()
    try desk.send(.reinstate(plan: RollbackTests.p, .all, Desk.reason))
    try desk.send(.rollBack(plan: RollbackTests.p, .all, Desk.reason))
    try desk.settle()
    #expect(desk.countOn == 0)
    #expect(desk.rollout.orders.map(\.switched) == [8, 8, 8])
  }

  @Test(arguments: [true, false])
  func `no door leads to an enablement while an order is carried out`(isRollback: Bool) throws {
    let desk = try RollbackTests.desk()
    try desk.goTo(hour: 8, minute: 59)
    try desk.settle()
    let order = try #require(desk.state.order(RollbackTests.one))
    let scope = Command.Scope.merchant(Desk.text("m\(order.merchants[0].rawValue)"))
    try desk.send(.rollBack(plan: RollbackTests.p, scope, Desk.reason))
    if !isRollback {
      try desk.settle()
      try desk.send(.reinstate(plan: RollbackTests.p, scope, Desk.reason))
    }
    try desk.goTo(hour: 9)
    try desk.send(
      .schedule(
        RollbackTests.one,
        .openWave(WaveNumber(2), plannedAt: desk.clock.now(), merchants: 4)), actor: .scheduler)
    let step = ScheduledStep.enable(
      order.merchants[5], WaveNumber(2), plannedAt: desk.clock.now())
    #expect(
      desk.refusal(.schedule(RollbackTests.one, step), actor: .scheduler)
        == .stepStale("an order is carried out first"))
    try desk.settle()
    #expect(desk.rollout.runningOrder == nil && desk.countOn >= 4)
  }

  @Test func `what is counted by wave, tier and category is the same after a restart`() throws {
    let desk = try RollbackTests.desk()
    try desk.run(from: 8, to: 11)
    try desk.send(.rollBack(plan: RollbackTests.p, .tier(.t1), Desk.reason))
    try desk.settle()
    try desk.restart()
    try desk.send(.rollBack(plan: RollbackTests.p, .all, Desk.reason))
    try desk.settle()
    #expect(desk.countOn == 0 && desk.rollout.orders.map(\.switched) == [4, 4])
  }
}

// Orders that were placed before.
extension RollbackTests {
  private static func payment(
    _ outcome: Outcome, _ name: String, _ hour: Int64, _ minute: Int64 = 0, refund: String = ""
  ) -> Command.Body {
    .recordPayment(
      Payment(
        outcome: outcome,
        orderedAt: Desk.midnight.advanced(
          bySeconds: 10 * Desk.day + hour * 3_600 + minute * 60),
        orderAmount: Money(fen: 100), paidAmount: Money(fen: 100), institution: .weChatPay,
        currency: Payment.yuan, transaction: Desk.text(name), order: Desk.text(name),
        refund: Desk.text(refund), external: Desk.text("m2")))
  }

  enum Leaving: CaseIterable, Sendable {
    case merchant, all, exclusion, closing
  }

  @Test(arguments: Leaving.allCases)
  func `subtlety 1: an order placed while the method was open keeps it, and refunds always work`(
    leaving: Leaving
  ) throws {
    let desk = try RollbackTests.desk()
    try desk.run(from: 8, to: 11)
    try desk.goTo(hour: 12)
    let merchant = Desk.text("m2")
    let p = RollbackTests.p
    switch leaving {
    case .merchant: try desk.send(.rollBack(plan: p, .merchant(merchant), Desk.reason))
    case .all: try desk.send(.rollBack(plan: p, .all, Desk.reason))
    case .exclusion: try desk.send(.excludeMerchant(merchant, plan: p, Desk.reason))
    case .closing: try desk.send(.closeMerchant(merchant, Desk.reason))
    }
    try desk.settle()
    try desk.goTo(hour: 13)
    func flags(_ body: Command.Body) throws -> PolicyFlags {
      let receipt = try desk.send(body, actor: Actor(.institution))
      return try #require(try desk.events(from: receipt.first).first).header.flags
    }
    #expect(try flags(RollbackTests.payment(.captured, "before", 11, 59)) == [])
    #expect(try flags(RollbackTests.payment(.captured, "after", 12, 1)) == .notOpen)
    for name in ["before", "after"] {
      #expect(try flags(RollbackTests.payment(.refunded, name, 11, refund: "r-\(name)")) == [])
    }
    let attempt = OrderAttempted(
      institution: .weChatPay, merchantTier: .unknown, buyerTier: .t5,
      orderedAt: Desk.midnight.advanced(bySeconds: 10 * Desk.day + 11 * 3_600),
      orderAmount: Money(fen: 100), order: Desk.text("before"), external: merchant)
    #expect(try flags(.attemptOrder(attempt)) == [])
  }
}
