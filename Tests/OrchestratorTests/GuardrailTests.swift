import Events
import Orchestrator
import Projections
import Rollout
import Support
import Testing

@Suite struct GuardrailTests {
  @Test func `healthy shoppers see every wave open, and nothing is breached`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 20, GuardedDesk.healthy)
    #expect(desk.rollout.phase == .completed)
    #expect(desk.countOn == Int(GuardedDesk.merchants))
    #expect(desk.evidence.breaches.isEmpty)
    #expect(desk.evidence.blocks.count > 70)
  }

  @Test func `subtlety 24: a block counts final outcomes by the side the merchant stood on`() throws
  {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    #expect(desk.countOn == 10)
    let on = try #require((1...GuardedDesk.merchants).first { desk.on($0) })
    let off = try #require((1...GuardedDesk.merchants).first { !desk.on($0) })
    let start = desk.now
    // Failed through one institution, paid through another: the order holds, the attempt failed.
    try desk.attempt(on, .weChatPay, .failed(.integration), order: "a")
    try desk.attempt(on, .alipay, .paid, order: "a")
    try desk.attempt(on, .weChatPay, .refused)
    try desk.attempt(on, .weChatPay, .failed(.payer))
    try desk.attempt(on, .weChatPay, .failed(.unclassified))
    try desk.attempt(on, .weChatPay, .timedOut)
    try desk.attempt(on, .weChatPay, .open)
    try desk.attempt(off, .alipay, .open)
    try desk.attempt(off, .alipay, .paid)
    try desk.go(10)
    try desk.go(10)
    let block = try #require(desk.evidence.blocks.first { $0.from <= start && start < $0.to })
    #expect(block.rows.count == 1)
    let row = try #require(block.rows.first)
    #expect(row.stratum == Stratum(tier: .t3, dailyPayments: 10))
    #expect(row.treated == ArmCount(orders: 5, failures: 3))
    #expect(row.control == ArmCount(orders: 2, failures: 1))
    #expect(row.institution == ArmCount(orders: 5, failures: 4))
    #expect(row.others == ArmCount(), "what fell back says nothing of the others")
    #expect(desk.evidence.unclassified == 1)
  }

  @Test func `a broken integration breaches, pauses and rolls back the wave, once`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 11, GuardedDesk.broken(.failed(.integration)))
    let breaches = try desk.events(.guardrailBreached)
    #expect(Set(breaches.map(\.header.actor.kind)) == [.guardrail])
    #expect(desk.evidence.isBreached(.checkout))
    #expect(desk.rollout.isPaused)
    #expect(desk.rollout.pauseReason == Desk.text("checkout-harm"))
    #expect(desk.countOn == 0)
    #expect(try desk.events(.rolloutPaused).count == 1)
    #expect(try desk.events(.rollbackOrdered).count == 1)
    #expect(try desk.events(.rollbackCompleted).count == 1)
    // More of the same breaches nothing again.
    let known = breaches.count
    try desk.shop(untilHour: 13, GuardedDesk.broken(.failed(.integration)))
    #expect(try desk.events(.guardrailBreached).count == known)
    #expect(desk.countOn == 0)
  }

  @Test func `the breach holds its table and its log evidence, and they give each other`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 10, GuardedDesk.broken(.failed(.integration)))
    for event in try desk.events(.guardrailBreached) {
      guard case .guardrailBreached(let fields) = event.payload else { continue }
      let evidence = try BreachText(fields.evidence)
      let kind = try #require(GuardrailKind(name: fields.guardrail.description))
      #expect(evidence.recomputed(kind) == evidence.logEvidence, "\(kind)")
      #expect(fields.first <= fields.last)
      #expect(event.header.cause == fields.last)
    }
  }

  @Test func `who resumes clears the breach, and evidence begins anew`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 11, GuardedDesk.broken(.failed(.integration)))
    try desk.desk.send(.resume(plan: Desk.text("p"), Desk.reason))
    try desk.settle()
    #expect(desk.evidence.open.isEmpty)
    #expect(desk.evidence.blocks.isEmpty)
    #expect(!desk.rollout.isPaused)
    try desk.shop(untilHour: 21, GuardedDesk.healthy)
    #expect(desk.rollout.phase == .completed)
    #expect(try desk.events(.guardrailBreached).count == desk.evidence.breaches.count)
    #expect(desk.countOn == Int(GuardedDesk.merchants) - 10, "who was rolled back stays off")
  }

  @Test func `subtlety 29: an outage that hits both sides pauses and rolls back nobody`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 11) { desk in
      let on = desk.allOn
      for merchant in 1...GuardedDesk.merchants {
        for number in 0..<2 {
          let institution: Institution =
            on.contains(merchant) && number % 2 == 0 ? .weChatPay : .alipay
          try desk.attempt(merchant, institution, number < 1 ? .failed(.institution) : .paid)
        }
      }
    }
    #expect(desk.evidence.isBreached(.outage))
    #expect(!desk.evidence.isBreached(.checkout))
    #expect(desk.rollout.isPaused)
    #expect(desk.rollout.pauseReason == Desk.text("institution-outage"))
    #expect(try desk.events(.rollbackOrdered).isEmpty)
    #expect(desk.countOn == 10)
  }

  @Test(arguments: [FailureClass.payer, .risk, .duplicate, .closed, .unclassified])
  func `what speaks against the payer, or against nobody known, breaches nothing`(
    _ failureClass: FailureClass
  ) throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 12, GuardedDesk.broken(.failed(failureClass)))
    #expect(desk.evidence.breaches.isEmpty)
    #expect(desk.countOn >= 10)
    #expect((desk.evidence.unclassified > 0) == (failureClass == .unclassified))
  }

  @Test func `orders that all fail with codes nobody knows are no health, and hold the next wave`()
    throws
  {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    let before = desk.rollout.waves.count
    try desk.shop(untilHour: 15, GuardedDesk.broken(.failed(.unclassified)))
    #expect(desk.rollout.waves.count == before, "the second wave is due at noon")
    guard case .evidence(.tooFew) = desk.gate else {
      Issue.record("\(desk.gate)")
      return
    }
    // What the same order is found to be afterwards counts.
    let on = try #require((1...GuardedDesk.merchants).first { desk.on($0) })
    let start = desk.now
    try desk.attempt(on, .weChatPay, .failed(.unclassified), order: "later")
    try desk.attempt(on, .weChatPay, .failed(.unclassified), order: "for ever")
    try desk.attempt(on, .weChatPay, .paid, order: "later")
    try desk.go(10)
    try desk.go(10)
    let block = try #require(desk.evidence.blocks.first { $0.from <= start && start < $0.to })
    #expect(block.sides.treated == ArmCount(orders: 1, failures: 0))
  }

  @Test func `a merchant's own failures roll back that merchant and nobody else`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    let broken = try #require((1...GuardedDesk.merchants).first { desk.on($0) })
    func shop(_ desk: GuardedDesk) throws {
      let on = desk.allOn
      for merchant in 1...GuardedDesk.merchants {
        for number in 0..<2 {
          let isWeChat = on.contains(merchant) && number % 2 == 0
          try desk.attempt(
            merchant, isWeChat ? .weChatPay : .alipay,
            isWeChat && merchant == broken ? .failed(.merchant) : .paid)
        }
      }
    }
    try desk.shop(untilHour: 11, minute: 50, shop)
    #expect(desk.evidence.isBreached(.merchant, MerchantNumber(broken)))
    #expect(desk.desk.standing(broken) == .rolledBack)
    #expect(desk.countOn == 9)
    #expect(!desk.rollout.isPaused)
    let order = try #require(try desk.events(.rollbackOrdered).first)
    #expect(order.header.merchant == MerchantNumber(broken))
    #expect(order.header.actor.kind == .guardrail)
    let breach = try #require(try desk.events(.guardrailBreached).first)
    if case .guardrailBreached(let fields) = breach.payload {
      let evidence = try BreachText(fields.evidence)
      #expect(evidence.recomputed(.merchant) == evidence.logEvidence)
    }
    // On again, it is judged by what comes then.
    try desk.desk.send(.reinstateMerchant(Desk.text("m\(broken)"), plan: nil))
    try desk.settle()
    #expect(!desk.evidence.isBreached(.merchant, MerchantNumber(broken)))
    try desk.shop(untilHour: 13, GuardedDesk.healthy)
    #expect(desk.on(broken))
    #expect(try desk.events(.rollbackOrdered).count == 1)
  }

  @Test func `without orders nothing opens, and orders release it`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 10) { _ in }
    #expect(desk.countOn == 0)
    #expect(desk.rollout.waves.isEmpty)
    try desk.shop(untilHour: 11, GuardedDesk.healthy)
    #expect(desk.countOn == 10)
  }

  @Test func `a feed that stops in the middle holds what is left of the rollout`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 9, GuardedDesk.healthy)
    try desk.shop(untilHour: 14) { _ in }
    #expect(desk.rollout.waves.count == 1)
    let order = try #require(desk.desk.state.order(GuardedDesk.number))
    let waiting = order.merchants[order.places(of: WaveNumber(2))][order.starts[1]].rawValue
    let reason = try desk.whyPending(waiting)
    guard case .evidence(.silent) = reason else {
      Issue.record("it waits because \(String(describing: reason)) at \(desk.now)")
      return
    }
  }

  @Test
  func
    `a start in the middle of a block leaves that block unjudged, and the next whole one counts`()
    throws
  {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try GuardedDesk.broken(.failed(.integration))(desk)
    try desk.desk.restart()
    try desk.desk.send(
      .startDaemon(
        DaemonStarted(incarnation: 2, release: Desk.text("test"), downtime: 0)))
    try desk.go(10)
    try desk.go(10)
    let last = try #require(desk.evidence.blocks.last)
    #expect(last.gap == .interrupted)
    #expect(last.rows.isEmpty)
    #expect(desk.evidence.breaches.isEmpty)
    try desk.shop(untilHour: 9, minute: 30, GuardedDesk.healthy)
    #expect(desk.evidence.blocks.last?.gap == EvidenceGap.none)
  }

  @Test
  func `subtlety 28: an attempt whose block is closed is late: it is counted and judged by nobody`()
    throws
  {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 9, GuardedDesk.healthy)
    let blocks = desk.evidence.blocks
    let off = try #require((1...GuardedDesk.merchants).first { !desk.on($0) })
    for _ in 0..<50 {
      try desk.attempt(
        off, .alipay, .failed(.institution), at: desk.now.advanced(bySeconds: -3600))
    }
    try desk.go(10)
    try desk.go(10)
    #expect(desk.evidence.late == 50)
    #expect(Array(desk.evidence.blocks.prefix(blocks.count)) == blocks)
    #expect(desk.evidence.breaches.isEmpty)
  }

  @Test func `ticks at one instant append nothing more`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 10, GuardedDesk.broken(.failed(.integration)))
    let end = desk.desk.state.next
    for _ in 0..<10 { #expect(desk.desk.runtime.tick() == 0) }
    #expect(desk.desk.state.next == end)
  }

  @Test func `whoever folds the log reaches the same evidence and judgement`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    try desk.shop(untilHour: 9, minute: 30, GuardedDesk.broken(.failed(.integration)))
    let evidence = desk.evidence
    let verdicts = desk.desk.state.watch(GuardedDesk.number)?.judge.verdicts
    #expect(verdicts?.isEmpty == false)
    try desk.desk.restart()
    #expect(desk.evidence == evidence)
    #expect(desk.desk.state.watch(GuardedDesk.number)?.judge.verdicts == verdicts)
  }

  @Test func `terms that change make evidence begin anew`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 9, GuardedDesk.healthy)
    #expect(!desk.evidence.blocks.isEmpty)
    try desk.desk.send(.publishTerms(document: TermsDocument(effective: "2024-10-01").bytes))
    try desk.settle()
    #expect(desk.evidence.blocks.isEmpty)
  }
}
