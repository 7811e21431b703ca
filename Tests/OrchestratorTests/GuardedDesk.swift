import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Rollout
import Testing

/// A desk whose rollout has guardrails: shoppers try to pay, and the clock goes block by block.
final class GuardedDesk {
  static let merchants: UInt32 = 40
  static let number = RolloutNumber(1)
  /// Midnight of the day of effect.
  static let effect = Desk.midnight.advanced(bySeconds: 10 * Desk.day)

  let desk: Desk
  private var orders = 0

  /// A rollout that has started at 07:00 of its day of effect: a canary of 10 merchants at 08:00,
  /// 20 more at 12:00, the rest at 18:00.
  convenience init(
    _ guardrails: String = GuardedDesk.guardrails, windowDays: Int = 2
  ) throws {
    try self.init(document: GuardedDesk.plan(guardrails, windowDays: windowDays))
  }

  /// The same under another plan of that id.
  init(document: [UInt8]) throws {
    desk = try Desk(segmentCapacity: 1 << 17)
    try desk.send(.createLog(Desk.created, openToAll: [.alipay]))
    for number in 1...GuardedDesk.merchants { try desk.register("m\(number)") }
    try desk.send(.announce(document: document))
    try desk.goTo(hour: 7)
    try desk.send(.start(plan: Desk.text("p")))
    try desk.flush()
  }

  static let guardrails = """
    {"block_minutes": 10, "answer_minutes": 5, "alpha": "1%",
    "checkout": {"tolerated_ratio": "1.25", "on_breach": "roll-back-wave"},
    "institution": {"tolerated_ratio": "2", "on_breach": "pause"},
    "limit": {"failures": "10%", "on_breach": "pause"},
    "merchant": {"failures": "20%", "alpha": "0.01%"},
    "min_orders": 20, "silent_blocks": 3}
    """

  static func plan(
    _ guardrails: String, holdBack: String = "5%", version: Int = 1, windowDays: Int = 2
  ) -> [UInt8] {
    Array(
      """
      {"plan": "p", "version": \(version), "institution": "wechat-pay",
      "effective_at": "2024-09-12T00:00:00+08:00", "window_days": \(windowDays),
      "order": {"hash_version": 1, "seed": "s", "largest_last": "0%"}, "hold_back": "\(holdBack)",
      "waves": [
      {"name": "one", "day": 1, "opens": "08:00", "share": "25%", "canary": true},
      {"name": "two", "day": 1, "opens": "12:00", "share": "50%"},
      {"name": "three", "day": 1, "opens": "18:00", "share": "rest"}],
      "caps": {"merchants_per_hour": 10000, "merchants_per_day": 10000,
      "payments_per_hour": 100000, "payments_per_day": 100000},
      "approvals": 0, "after_window": "hold", "guardrails": \(guardrails)}
      """.utf8)
  }

  var rollout: Rollout { desk.state.board.rollouts[0] }
  var evidence: ClosedEvidence { rollout.evidence }
  var now: Timestamp { desk.runtime.currentTime() }

  func on(_ merchant: UInt32) -> Bool { desk.standing(merchant).isOn }
  /// Who is on; the state is looked at once.
  var allOn: Set<UInt32> {
    let book = desk.state.book
    return Set(
      (1...GuardedDesk.merchants).filter { book.state(MerchantNumber($0), GuardedDesk.number).isOn }
    )
  }
  var countOn: Int { allOn.count }

  /// What it waits for as a whole.
  var gate: RolloutGate {
    let state = desk.state
    return Scheduler.gate(
      rollout, plan: state.plan(GuardedDesk.number), watch: state.watch(GuardedDesk.number),
      isClockHeld: state.isClockHeld, isAnyoneOn: countOn > 0, now: now)
  }

  /// Kills the daemon, and starts another some minutes later.
  func down(minutes: Int64) throws {
    try desk.flush()
    desk.clock.set(now.advanced(bySeconds: minutes * 60))
    try desk.restart()
    try desk.send(
      .startDaemon(DaemonStarted(incarnation: 2, release: Desk.text("test"), downtime: 0)))
  }

  /// Sends one attempt and what became of it; the other way round where the end is early.
  func attempt(
    _ merchant: UInt32, _ institution: Institution = .alipay, _ end: AttemptEnd = .paid,
    order: String? = nil, at time: Timestamp? = nil, fen: Int64 = 100, paid: Int64? = nil,
    currency: UInt16 = Payment.yuan, isEarly: Bool = false
  ) throws {
    orders += 1
    let id = Desk.text(order ?? "o\(orders)")
    let external = Desk.text("m\(merchant)")
    let attempt = Command.Body.attemptOrder(
      OrderAttempted(
        institution: institution, merchantTier: .unknown, buyerTier: .t5, orderedAt: now,
        orderAmount: Money(fen: fen), order: id, external: external))
    if !isEarly { try send(attempt, at: time ?? now) }
    defer { if isEarly { try? send(attempt, at: time ?? now) } }
    switch end {
    case .paid, .refused:
      try send(
        .recordPayment(
          Payment(
            outcome: end == .paid ? .captured : .failed, orderedAt: now,
            orderAmount: Money(fen: paid ?? fen), paidAmount: Money(fen: paid ?? fen),
            institution: institution, failureClass: end == .paid ? .none : .institution,
            merchantTier: .unknown, buyerTier: .t5, currency: currency,
            transaction: Desk.text("t\(orders)"),
            order: id, external: external)), at: now)
    case .failed(let failureClass):
      try send(
        .failOrder(
          OrderFailed(
            institution: institution, failureClass: failureClass, order: id,
            code: Desk.text("X"), external: external)), at: now)
    case .timedOut:
      try send(
        .timeOutOrder(OrderTimedOut(institution: institution, order: id, external: external)),
        at: now)
    case .open: break
    }
  }

  enum AttemptEnd: Hashable {
    case paid, refused, timedOut, open
    case failed(FailureClass)
  }

  private func send(_ body: Command.Body, at time: Timestamp) throws {
    var command = desk.command(body, actor: Actor(.cashier, id: 7))
    command.occurredAt = time
    _ = try desk.runtime.submit(command)
  }

  /// Moves the clock and lets the scheduler do all that is due.
  func go(_ minutes: Int64) throws {
    try desk.flush()
    desk.clock.set(now.advanced(bySeconds: minutes * 60))
    try settle()
  }

  func settle() throws {
    for _ in 0..<1_000 {
      let taken = desk.runtime.tick()
      try desk.flush()
      if taken == 0 { return }
    }
    Issue.record("the scheduler never comes to an end")
  }

  /// Goes on to an hour of the day of effect, ten minutes at a time, with shoppers in each block.
  ///
  /// - Parameter shop: is called in the middle of each block.
  func shop(untilHour hour: Int64, minute: Int64 = 0, _ shop: (GuardedDesk) throws -> Void) throws {
    let end = GuardedDesk.effect.advanced(bySeconds: hour * 3600 + minute * 60)
    while now < end {
      try shop(self)
      try go(10)
    }
  }

  /// An order at every merchant, all paid, and where it is on another one through WeChat Pay.
  static func healthy(_ desk: GuardedDesk) throws {
    let on = desk.allOn
    for merchant in 1...merchants {
      for number in 0..<(on.contains(merchant) ? 2 : 1) {
        let institution: Institution =
          on.contains(merchant) && number % 2 == 0 ? .weChatPay : .alipay
        try desk.attempt(merchant, institution)
      }
    }
  }

  /// The same, and what is tried through WeChat Pay ends in another way.
  static func broken(_ end: AttemptEnd) -> (GuardedDesk) throws -> Void {
    { desk in
      let on = desk.allOn
      for merchant in 1...merchants {
        for number in 0..<(on.contains(merchant) ? 2 : 1) {
          if on.contains(merchant), number % 2 == 0 {
            try desk.attempt(merchant, .weChatPay, end)
          } else {
            try desk.attempt(merchant)
          }
        }
      }
    }
  }

  /// Why a merchant is not in yet.
  func whyPending(_ merchant: UInt32) throws -> PendingReason? {
    Scheduler.whyPending(
      MerchantNumber(merchant), plan: try #require(desk.state.plan(GuardedDesk.number)),
      order: desk.state.order(GuardedDesk.number), rollout: rollout, book: desk.state.book,
      watch: desk.state.watch(GuardedDesk.number), cursor: Scheduler.Cursor(), now: now)
  }

  /// Every event of a kind, in their order.
  func events(_ kind: EventKind) throws -> [Event] {
    var found: [Event] = []
    try desk.carrier.read(from: .zero, to: desk.carrier.durableEnd) {
      (batch: borrowing EventBatch) in
      for index in 0..<batch.count where batch.kind(index) == kind.rawValue {
        found.append(try batch.event(index))
      }
    }
    return found
  }
}

extension String {
  /// The same with one text in place of another, where it stands first.
  func replacing(_ old: String, with new: String) -> String {
    guard let start = indices.first(where: { self[$0...].hasPrefix(old) }) else { return self }
    return String(self[..<start]) + new + String(self[start...].dropFirst(old.count))
  }
}
