// A rollout that operators, shops and the clock treat as they like, by a seed.

import Events
import Orchestrator
import Platform
import Projections

/// Runs a story and shows every event with how many were on before and after it.
struct RolloutStory {
  private static let merchants = 30
  private static let p = RolloutState.plan

  private let desk: Desk
  private var random: SeededRandom
  private(set) var switches = 0
  private(set) var rollbacks = 0

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    desk = try Desk.with(merchants: 0)
    for number in 1...RolloutStory.merchants {
      try desk.register(
        "m\(number)", tier: Tier.allCases[1 + number % 6],
        category: number % 3 == 0 ? "games" : "books")
    }
    try desk.send(
      .announce(
        document: Desk.plan(
          perHour: 4, after: seed.isMultiple(of: 2) ? "hold" : "continue",
          coolingOff: seed.isMultiple(of: 3) ? 20 : nil)))
    try desk.send(.start(plan: RolloutStory.p))
    try desk.goTo(hour: 8)
  }

  /// Takes so many steps of the story, then carries out what was ordered.
  mutating func run(
    steps: Int, _ check: (_ event: Event, _ before: Int, _ after: Int) throws -> Void
  ) throws {
    for step in 0..<steps {
      desk.clock.set(desk.clock.now().advanced(bySeconds: Int64(random.below(900))))
      if random.below(3) > 0 { disturb() }
      if random.below(4) > 0 { desk.runtime.tick() }
      try desk.flush()
      if step % 40 == 39 { try desk.restart() }
    }
    try desk.settle()
    var state = DecisionState()
    for event in try desk.events() {
      let before = state.book.standing(RolloutNumber(1))?.countOn ?? 0
      try state.apply(event)
      let after = state.book.standing(RolloutNumber(1))?.countOn ?? 0
      if MerchantSwitch(event) != nil { switches += 1 }
      if event.kind == .rollbackCompleted { rollbacks += 1 }
      try check(event, before, after)
    }
  }

  private mutating func disturb() {
    let merchant = Desk.text("m\(random.below(RolloutStory.merchants) + 1)")
    let p = RolloutStory.p
    let scopes: [Command.Scope] = [
      .all, .wave(WaveNumber(UInt16(random.below(2) + 1))),
      .tier(Tier.allCases[1 + random.below(6)]), .category(Desk.text("games")),
      .merchant(merchant),
    ]
    let scope = scopes[random.below(scopes.count)]
    let bodies: [Command.Body] = [
      .rollBack(plan: p, scope, Desk.reason), .reinstate(plan: p, scope, Desk.reason),
      .reinstate(plan: p, scope, Desk.reason), .reinstateMerchant(merchant, plan: p),
      .excludeMerchant(merchant, plan: p, Desk.reason), .pause(plan: p, Desk.reason),
      .resume(plan: p, Desk.reason), .resume(plan: p, Desk.reason),
      .stepClock(ClockStepped(step: 1)), .confirmClock, .confirmClock,
      .registerMerchant(
        MerchantRegistered(
          platform: .tmall, tier: Tier.allCases[1 + random.below(6)], dailyPayments: 5,
          external: merchant, category: Desk.text(random.below(2) == 0 ? "games" : "tea"),
          city: Desk.text("city"))),
    ]
    // Many of them are refused as things stand.
    _ = desk.refusal(bodies[random.below(bodies.count)])
  }
}
