// A registry and a rollout without a log: steps become events, events are folded at once.

import Events
import Projections
import Testing

@testable import Rollout

typealias StoryRollout = Projections.Rollout

/// One enablement as the recount sees it.
struct Enablement: Hashable {
  var merchant: MerchantNumber
  var wave: WaveNumber
  var at: Timestamp
  var dailyPayments: UInt32
}

/// What a test drives.
struct StoryWorld {
  static let number = RolloutNumber(1)
  var plan: Plan
  var book = MerchantBook()
  var board = RolloutBoard()
  var order: FrozenOrder?
  var cursor = Scheduler.Cursor()
  var position = Position(0)
  var now = Timestamp.none
  var enablements: [Enablement] = []
  var steps: [(at: Timestamp, step: ScheduledStep)] = []

  init(_ plan: Plan) { self.plan = plan }

  /// 2024-09-`day` in Beijing.
  static func at(_ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Timestamp {
    Timestamp(seconds: 1_725_811_200 + Int64(day - 9) * 86_400)
      .advanced(bySeconds: Int64(hour * 3600 + minute * 60))
  }

  var rollout: StoryRollout {
    guard let rollout = board.rollout(StoryWorld.number) else {
      preconditionFailure("the story begins with an announcement")
    }
    return rollout
  }

  mutating func apply(
    _ payload: Payload, _ merchant: MerchantNumber = .none, cause: Position = .none
  ) throws {
    let event = Event(EventHeader(logTime: now, cause: cause, merchant: merchant), payload)
    try board.prove(event, book)
    try book.apply(event, at: position)
    try board.apply(
      event, at: position,
      dailyPayments: merchant == .none ? 0 : book.dailyPayments(merchant))
    position = position.advanced(by: 1)
  }

  mutating func register(
    tier: Tier = .t3, dailyPayments: UInt32 = 10, category: String = "food"
  ) throws {
    let number = MerchantNumber(UInt32(book.count + 1))
    try apply(
      .merchantRegistered(
        MerchantRegistered(
          platform: .taobao, tier: tier, dailyPayments: dailyPayments,
          external: try #require(ExternalID("shop-\(number.rawValue)")),
          category: try #require(ShortText(category)), city: .none)), number)
  }

  mutating func announce(at instant: Timestamp = StoryWorld.at(5, 9)) throws {
    now = instant
    try apply(
      .rolloutAnnounced(
        RolloutAnnounced(
          rollout: StoryWorld.number, planVersion: 1, institution: plan.institution,
          effectiveAt: plan.effectiveAt, windowEnd: plan.windowEnd, digest: .zero, plan: plan.id,
          document: [])))
  }

  mutating func start(at instant: Timestamp = StoryWorld.at(11, 9)) throws {
    now = instant
    let order = FrozenOrder(plan: plan, book: book, rollout: StoryWorld.number)
    self.order = order
    try apply(
      .rolloutStarted(
        RolloutStarted(
          rollout: StoryWorld.number, planVersion: 1, hashVersion: 1,
          waves: UInt16(order.waves), merchants: UInt32(order.count), registryPosition: position,
          orderDigest: order.digest)))
  }

  private var reason: RolloutStep {
    RolloutStep(
      rollout: StoryWorld.number, planVersion: 1, reason: .none, reasonReference: .zero)
  }
  mutating func pause() throws { try apply(.rolloutPaused(reason)) }
  mutating func resume() throws { try apply(.rolloutResumed(reason)) }
  mutating func abort() throws { try apply(.rolloutAborted(reason)) }

  mutating func exclude(_ merchant: MerchantNumber) throws {
    try apply(
      .merchantExcluded(
        MerchantExcluded(
          rollout: StoryWorld.number, planVersion: 1, reason: .none, reasonReference: .zero)),
      merchant)
  }

  mutating func reinstate(_ merchant: MerchantNumber) throws {
    try apply(
      .merchantReinstated(
        MerchantSwitched(rollout: StoryWorld.number, planVersion: 1, wave: .none)), merchant)
  }

  mutating func close(_ merchant: MerchantNumber) throws {
    try apply(.merchantClosed(Reason(reason: .none, reasonReference: .zero)), merchant)
  }

  mutating func order(
    rollback: Bool, _ scope: OrderScope, tier: Tier = .unknown, wave: UInt16 = 0,
    merchant: MerchantNumber = .none, category: String = ""
  ) throws {
    let order = ScopedOrder(
      rollout: StoryWorld.number, planVersion: 1, scope: scope, tier: tier,
      wave: WaveNumber(wave), merchants: 0, reason: .none, reasonReference: .zero,
      category: ShortText(category) ?? ShortText.none)
    try apply(rollback ? .rollbackOrdered(order) : .reinstatementOrdered(order), merchant)
  }

  /// What is due now, with the cursor that is kept or with an empty one.
  func due(
    cursor: inout Scheduler.Cursor, limit: Int = 100_000
  ) throws -> [ScheduledStep] {
    var steps: [ScheduledStep] = []
    Scheduler.due(
      plan: plan, order: try #require(order), rollout: rollout, book: book, cursor: &cursor,
      now: now, limit: limit, into: &steps)
    return steps
  }

  func due(limit: Int = 100_000) throws -> [ScheduledStep] {
    var empty = Scheduler.Cursor()
    return try due(cursor: &empty, limit: limit)
  }

  /// Carries out what is due at an instant, until nothing is.
  @discardableResult
  mutating func tick(_ instant: Timestamp, limit: Int = 100_000) throws -> [ScheduledStep] {
    now = instant
    var found: [ScheduledStep] = []
    while true {
      let steps = try due(cursor: &cursor, limit: limit)
      if steps.isEmpty { return found }
      for step in steps { try carryOut(step) }
      found += steps
      try #require(found.count < 1_000_000, "the scheduler never comes to an end")
    }
  }

  /// Ticks every minute (or more) until an instant, not including it.
  mutating func run(until end: Timestamp, everySeconds: Int64 = 60) throws {
    while now.advanced(bySeconds: everySeconds) < end {
      try tick(now.advanced(bySeconds: everySeconds))
    }
    now = end.advanced(bySeconds: -everySeconds)
  }

  mutating func carryOut(_ step: ScheduledStep) throws {
    steps.append((now, step))
    let rollout = StoryWorld.number
    switch step {
    case .openWave(let wave, let plannedAt, let merchants):
      try apply(
        .waveOpened(
          WaveOpened(
            rollout: rollout, planVersion: 1, wave: wave, merchants: merchants,
            plannedAt: plannedAt)))
    case .enable(let merchant, let wave, let plannedAt):
      enablements.append(
        Enablement(
          merchant: merchant, wave: wave, at: now, dailyPayments: book.dailyPayments(merchant)))
      try apply(
        .merchantEnabled(
          MerchantEnabled(rollout: rollout, planVersion: 1, wave: wave, plannedAt: plannedAt)),
        merchant)
    case .completeWave(let wave, let enabled, let skipped):
      try apply(
        .waveCompleted(
          WaveCompleted(
            rollout: rollout, planVersion: 1, wave: wave, enabled: enabled, skipped: skipped)))
    case .endWindow(let enabled, let pending):
      try apply(
        .windowEnded(
          WindowEnded(rollout: rollout, planVersion: 1, enabled: enabled, pending: pending)))
    case .complete(let enabled, let skipped):
      try apply(
        .rolloutCompleted(
          RolloutCompleted(rollout: rollout, planVersion: 1, enabled: enabled, skipped: skipped)))
    case .switchOff(let merchant, let wave, let order):
      try apply(
        .merchantRolledBack(MerchantSwitched(rollout: rollout, planVersion: 1, wave: wave)),
        merchant, cause: order)
    case .switchOn(let merchant, let wave, let order):
      try apply(
        .merchantReinstated(MerchantSwitched(rollout: rollout, planVersion: 1, wave: wave)),
        merchant, cause: order)
    case .completeOrder(let order, let switched):
      let isRollback = self.rollout.orders.first { $0.position == order }?.isRollback ?? true
      let completed = ScopedOrderCompleted(
        rollout: rollout, planVersion: 1, merchants: switched, stillOn: isRollback ? 0 : nil)
      try apply(
        isRollback ? .rollbackCompleted(completed) : .reinstatementCompleted(completed),
        cause: order)
    case .closeEvidence, .breach, .pauseFor, .orderRollback:
      Issue.record("a story without guardrails has evidence")
    }
  }
}

extension ScheduledStep {
  var enabledMerchant: MerchantNumber? {
    if case .enable(let merchant, _, _) = self { merchant } else { nil }
  }
}
