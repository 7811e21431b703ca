// The guardrails under people who mean it ill, or who are only careless: what hides a breach, makes
// one, or keeps one from being acted upon.

import Events
import Orchestrator
import Platform
@testable import Projections
import Rollout
import Testing

@Suite struct GuardrailAttackTests {
  private func closeOrder(_ desk: GuardedDesk, _ merchant: UInt32, _ order: String, _ n: Int) throws
  {
    var command = desk.desk.command(
      .recordPayment(
        Payment(
          outcome: .closed, orderedAt: desk.now, orderAmount: Money(fen: 100),
          paidAmount: Money(fen: 0), institution: .weChatPay, failureClass: .none,
          merchantTier: .unknown, buyerTier: .t5, transaction: Desk.text("c\(n)"),
          order: Desk.text(order), external: Desk.text("m\(merchant)"))),
      actor: Actor(.cashier, id: 7))
    command.occurredAt = desk.now
    _ = try desk.desk.runtime.submit(command)
  }

  @Test(arguments: [false, true])
  func `an order that is closed after a failure has failed all the same`(_ closes: Bool) throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    var n = 0
    try desk.shop(untilHour: 11) { desk in
      let on = desk.allOn
      for merchant in 1...GuardedDesk.merchants {
        n += 1
        if on.contains(merchant) {
          try desk.attempt(merchant, .weChatPay, .timedOut, order: "x\(n)")
          if closes { try closeOrder(desk, merchant, "x\(n)", n) }
        }
        try desk.attempt(merchant)
      }
    }
    #expect(!desk.evidence.breaches.isEmpty)
  }

  @Test func `a payment that is noticed before its attempt is known is no failure`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    var n = 0
    try desk.shop(untilHour: 11) { desk in
      let on = desk.allOn
      for merchant in 1...GuardedDesk.merchants {
        n += 1
        let institution: Institution = on.contains(merchant) ? .weChatPay : .alipay
        var command = desk.desk.command(
          .recordPayment(
            Payment(
              outcome: .captured, orderedAt: desk.now, orderAmount: Money(fen: 100),
              paidAmount: Money(fen: 100), institution: institution, failureClass: .none,
              merchantTier: .unknown, buyerTier: .t5, transaction: Desk.text("y\(n)"),
              order: Desk.text("y\(n)"), external: Desk.text("m\(merchant)"))),
          actor: Actor(.cashier, id: 7))
        command.occurredAt = desk.now
        _ = try desk.desk.runtime.submit(command)
        try desk.attempt(merchant, institution, .open, order: "y\(n)")
      }
    }
    #expect(desk.evidence.breaches.isEmpty)
  }

  @Test func `a wave in which nobody is on any more is not rolled back again and again`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    var isDone = false
    var stuck = false
    try desk.shop(untilHour: 11) { desk in
      try GuardedDesk.broken(.failed(.integration))(desk)
      if !isDone {
        isDone = true
        for m in desk.allOn.sorted() {
          try desk.desk.send(
            .excludeMerchant(Desk.text("m\(m)"), plan: Desk.text("p"), Desk.reason))
        }
      }
    }
    let state = desk.desk.state
    let next = Scheduler.nextDue(
      plan: try #require(state.plan(GuardedDesk.number)),
      order: try #require(state.order(GuardedDesk.number)),
      rollout: desk.rollout, book: state.book, watch: state.watch(GuardedDesk.number),
      cursor: Scheduler.Cursor(), now: desk.now)
    stuck = next == desk.now
    #expect(!desk.evidence.breaches.isEmpty)
    #expect(!stuck)
  }

  @Test func `subtlety 23: a mistake at all merchants reaches the limit, however many they are`()
    throws
  {
    let rules = Guardrails(
      blockSeconds: 600, answerSeconds: 300, alpha: Share(partsPerMillion: 10000), checkout: nil,
      institution: nil,
      limit: .init(failures: Share(partsPerMillion: 100000), action: .pause),
      merchant: .init(failures: Share(partsPerMillion: 200000), alpha: Share(partsPerMillion: 100)),
      widen: nil, ordersMin: 1,
      silentBlocksMax: 3)
    var open = OpenEvidence(rules, institution: .weChatPay)
    for m in 1...UInt32(40_000) {
      var order = AttemptedOrder(
        block: 0, merchant: MerchantNumber(m), stratum: Stratum(tier: .t3, dailyPayments: 10),
        isTreated: true)
      open.take(.begun, .weChatPay, &order)
      open.take(.failed(.merchant), .weChatPay, &order)
    }
    let block = ClosedEvidence.Block(
      position: Position(5), from: Timestamp(seconds: 0), to: Timestamp(seconds: 600), gap: .none,
      rows: open.rows(from: Timestamp(seconds: 0)),
      merchants: open.merchants(from: Timestamp(seconds: 0)) { _ in false })
    var judge = GuardrailJudge(rules)
    for _ in 0..<100 { judge.take(block) }
    #expect(judge.verdicts.contains { $0.kind == .limit && $0.isBreached })
  }

  @Test func `subtlety 25: without one attempt through the institution no further wave opens`()
    throws
  {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 20) { desk in
      for merchant in 1...GuardedDesk.merchants {
        for _ in 0..<2 { try desk.attempt(merchant, .alipay) }
      }
    }
    #expect(desk.rollout.waves.count == 1)
  }

  @Test func `a payer who is still at it counts for nothing`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 11, GuardedDesk.broken(.failed(.pending)))
    #expect(desk.evidence.breaches.isEmpty)
  }

  @Test func `subtlety 28: three breaches order one roll-back of a wave`() throws {
    let rules = GuardedDesk.guardrails.replacing(
      "\"tolerated_ratio\": \"2\", \"on_breach\": \"pause\"",
      with: "\"tolerated_ratio\": \"1.25\", \"on_breach\": \"roll-back-wave\""
    )
    .replacing(
      "\"10%\", \"on_breach\": \"pause\"", with: "\"10%\", \"on_breach\": \"roll-back-wave\"")
    let desk = try GuardedDesk(rules)
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 9, minute: 30) { desk in
      let on = desk.allOn
      for m in 1...GuardedDesk.merchants {
        for n in 0..<12 {
          if on.contains(m), n % 2 == 0 {
            try desk.attempt(m, .weChatPay, .failed(.integration))
          } else {
            try desk.attempt(m)
          }
        }
      }
    }
    let count = try desk.events(.rollbackOrdered).count
    #expect(count == 1)
  }

  @Test func `the wave that was harmed is rolled back, not the one that has just opened`() throws {
    let desk = try GuardedDesk(GuardedDesk.guardrails.replacing("\"1.25\"", with: "\"1\""))
    try desk.shop(untilHour: 11, minute: 50, GuardedDesk.healthy)
    // The last block before wave two opens at 12:00: all that goes through WeChat Pay breaks.
    let one = desk.allOn
    try desk.shop(untilHour: 12) { desk in
      for m in 1...GuardedDesk.merchants {
        for _ in 0..<10 {
          if one.contains(m) {
            try desk.attempt(m, .weChatPay, .failed(.integration))
          } else {
            try desk.attempt(m)
          }
        }
      }
    }
    try desk.go(10)
    #expect(!desk.evidence.breaches.isEmpty)
    #expect(desk.allOn.intersection(one).isEmpty)
  }

  @Test func `a completed rollout is watched to the last block of its window`() throws {
    let desk = try GuardedDesk(GuardedDesk.guardrails, windowDays: 1)
    try desk.shop(untilHour: 20, GuardedDesk.healthy)
    #expect(desk.rollout.phase == .completed)
    try desk.shop(untilHour: 23, GuardedDesk.healthy)
    try desk.shop(untilHour: 23, minute: 50, GuardedDesk.healthy)
    try desk.shop(untilHour: 25) { desk in try GuardedDesk.broken(.failed(.integration))(desk) }
    #expect(desk.evidence.closedUntil >= desk.rollout.windowEnd)
  }

  @Test func `a reinstatement changes nothing of what is closed`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    let bad = try #require(desk.allOn.sorted().first)
    try desk.shop(untilHour: 10) { desk in
      let on = desk.allOn
      for m in 1...GuardedDesk.merchants {
        try desk.attempt(m)
        if on.contains(m) { try desk.attempt(m, .weChatPay, m == bad ? .failed(.merchant) : .paid) }
      }
    }
    let before = desk.evidence.blocks.reduce(UInt64(0)) {
      $0 + UInt64($1.attempts(ownApart: true).failures)
    }
    #expect(desk.evidence.isBreached(.merchant, MerchantNumber(bad)))
    #expect(!desk.on(bad))
    try desk.desk.send(
      .reinstate(plan: Desk.text("p"), .merchant(Desk.text("m\(bad)")), Desk.reason))
    try desk.settle()
    #expect(desk.on(bad))
    let after = desk.evidence.blocks.reduce(UInt64(0)) {
      $0 + UInt64($1.attempts(ownApart: true).failures)
    }
    #expect(before == after)
  }

  @Test func `a roll-back that cannot be keeps no other one waiting`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 11, minute: 50, GuardedDesk.healthy)
    let one = desk.allOn
    try desk.shop(untilHour: 12, minute: 10, GuardedDesk.healthy)
    #expect(desk.countOn == 30)
    for m in desk.allOn.subtracting(one).sorted() {
      try desk.desk.send(.excludeMerchant(Desk.text("m\(m)"), plan: Desk.text("p"), Desk.reason))
    }
    try desk.shop(untilHour: 14) { desk in
      for m in 1...GuardedDesk.merchants {
        for n in 0..<6 {
          if one.contains(m), n % 2 == 0 {
            try desk.attempt(m, .weChatPay, .failed(.integration))
          } else {
            try desk.attempt(m)
          }
        }
      }
    }
    #expect(desk.evidence.isBreached(.checkout))
    #expect(desk.countOn == 10)
    let bad = one.sorted()[0]
    try desk.shop(untilHour: 17) { desk in
      for m in one {
        for _ in 0..<3 { try desk.attempt(m, .weChatPay, m == bad ? .failed(.merchant) : .paid) }
      }
    }
    #expect(desk.evidence.isBreached(.merchant, MerchantNumber(bad)))
    #expect(!desk.on(bad))
  }

  @Test func `trouble at the others hides no broken wave`() throws {
    let desk = try GuardedDesk(
      """
      {"block_minutes": 10, "answer_minutes": 5, "alpha": "1%",
      "limit": {"failures": "10%", "on_breach": "roll-back-wave"},
      "min_orders": 20, "silent_blocks": 3}
      """)
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 10) { desk in
      let on = desk.allOn
      for m in 1...GuardedDesk.merchants {
        if on.contains(m) { try desk.attempt(m, .weChatPay, .failed(.integration)) }
        for n in 0..<4 {
          try desk.attempt(m, .alipay, !on.contains(m) && n == 0 ? .timedOut : .paid)
        }
      }
    }
    #expect(desk.countOn == 0)
  }

  @Test func `two merchants may have orders of one id`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    let on = try #require((1...GuardedDesk.merchants).first { desk.on($0) })
    let off = try #require((1...GuardedDesk.merchants).first { !desk.on($0) })
    let start = desk.now
    try desk.attempt(on, .weChatPay, .failed(.integration), order: "1001")
    try desk.attempt(off, .alipay, .paid, order: "1001")
    try desk.go(10)
    try desk.go(10)
    let block = try #require(desk.evidence.blocks.first { $0.from <= start && start < $0.to })
    let row = try #require(block.rows.first)
    #expect(row.treated == ArmCount(orders: 1, failures: 1))
    #expect(row.control == ArmCount(orders: 1, failures: 0))
  }
}
