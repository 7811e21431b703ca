// The subtleties of merchants and of classes, by their numbers in the list of the domain, that no
// other test tells of.

import Events
import Orchestrator
import Platform
import Projections
import Rollout
import Testing

@Suite struct RolloutSubtletyTests {
  private static let p = Desk.text("p")

  private func go(_ desk: Desk, to hour: Int64) throws {
    try desk.goTo(hour: hour)
    try desk.settle()
  }

  @Test func `subtlety 18: a consent that is withdrawn while its step is prepared is honoured`()
    throws
  {
    let desk = try Desk.with(until: .running)
    try desk.goTo(hour: 8)
    // Both stand in the frozen order of the wave that is about to open.
    try desk.send(.excludeMerchant(Desk.text("m1"), plan: RolloutSubtletyTests.p, Desk.reason))
    try desk.send(.excludeMerchant(Desk.text("m2"), plan: RolloutSubtletyTests.p, Desk.reason))
    for hour: Int64 in 8...20 { try go(desk, to: hour) }
    #expect(!desk.standing(1).isOn && !desk.standing(2).isOn)
    let enabled = try desk.events().filter { $0.kind == .merchantEnabled }
    #expect(enabled.isEmpty)
  }

  @Test func `subtlety 18: who opts out after being on is withdrawn, and its orders go on`() throws
  {
    let desk = try Desk.with(until: .running)
    for hour: Int64 in 8...11 { try go(desk, to: hour) }
    let on = try #require([UInt32(1), 2].first { desk.standing($0).isOn })
    let ordered = desk.runtime.currentTime()
    try desk.goTo(hour: 12)
    try desk.send(
      .excludeMerchant(Desk.text("m\(on)"), plan: RolloutSubtletyTests.p, Desk.reason))
    #expect(!desk.standing(on).isOn)
    let book = desk.state.book
    #expect(book.isOpen(.weChatPay, at: MerchantNumber(on), when: ordered))
    #expect(
      !book.isOpen(.weChatPay, at: MerchantNumber(on), when: desk.runtime.currentTime()))
  }

  @Test func `subtlety 19: a payment keeps the tier that its merchant had when it was recorded`()
    throws
  {
    let teller = try Teller()
    try teller.tell(.captured, 100, "before")
    try teller.desk.send(
      .registerMerchant(
        MerchantRegistered(
          platform: .tmall, tier: .t1, dailyPayments: 10, external: Desk.text("m1"),
          category: Desk.text("food"), city: Desk.text("Yiwu"))))
    try teller.tell(.captured, 100, "after", order: "o2")
    var tiers: [Tier] = []
    for event in try teller.desk.events() {
      if case .payment(let payment) = event.payload { tiers.append(payment.merchantTier) }
    }
    #expect(tiers == [.t3, .t1])
  }

  @Test func `subtlety 20: a category is not excluded while it runs; who is on is withdrawn by it`()
    throws
  {
    let desk = try Desk.with(until: .running)
    try go(desk, to: 8)
    let document = try Desk.plan(
      version: 2, [("\"hold_back\"", "\"excluded_categories\": [\"books\"], \"hold_back\"")])
    let refusal = desk.refusal(.amend(document: document))
    guard case .amendmentNotAllowed(let changes) = refusal else {
      Issue.record(Comment(rawValue: "\(String(describing: refusal))"))
      return
    }
    #expect(changes.contains { $0.contains("excluded_categories") })
    #expect([1, 2].contains { desk.standing($0).isOn })
    try desk.send(
      .rollBack(plan: RolloutSubtletyTests.p, .category(Desk.text("books")), Desk.reason))
    try desk.settle()
    #expect(![1, 2].contains { desk.standing($0).isOn })
  }

  @Test func `subtlety 30: a class stands in the event as it was decided`() throws {
    let teller = try Teller()
    // A release in which the code speaks against the payer, whatever it says today.
    let payment = Payment(
      outcome: .failed, orderedAt: Desk.midnight, orderAmount: Money(fen: 1),
      paidAmount: Money(fen: 1), institution: .alipay, failureClass: .payer,
      transaction: Desk.text("t"), order: Desk.text("o"), code: Desk.text("SYSTEM_ERROR"),
      external: Desk.text("m1"))
    try teller.desk.send(.recordPayment(payment))
    let event = try #require(try teller.desk.events().last)
    guard case .payment(let kept) = event.payload else {
      Issue.record("no payment was recorded")
      return
    }
    #expect(kept.failureClass == .payer && kept.code == Desk.text("SYSTEM_ERROR"))
  }
}
