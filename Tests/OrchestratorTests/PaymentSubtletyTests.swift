// The subtleties of payments that a decision must know, by their numbers in the list of the domain.

import Events
import Orchestrator
import Projections
import Testing

@Suite struct PaymentSubtletyTests {
  @Test(arguments: ["closed", "excluded"])
  func `subtlety 2: a refund works after its merchant is gone`(how: String) throws {
    let teller = try Teller(openTo: [.alipay])
    #expect(try teller.tell(.captured) == [])
    if how == "closed" {
      try teller.desk.send(.closeMerchant(Desk.text("m1"), Desk.reason))
    } else {
      try teller.desk.send(.announce(document: Desk.plan(effective: "2024-09-30")))
      try teller.desk.send(
        .excludeMerchant(Desk.text("m1"), plan: Desk.text("p"), Desk.reason))
    }
    #expect(try teller.tell(.refunded, 100, refund: "r") == [])
    #expect(try teller.life().state == .refunded)
  }

  @Test func `subtlety 3: partial refunds add up to the capture and no further`() throws {
    let teller = try Teller()
    try teller.tell(.captured)
    #expect(try teller.tell(.refunded, 60, refund: "a") == [])
    #expect(try teller.life().refundable == Money(fen: 40))
    #expect(try teller.tell(.refunded, 41, refund: "b") == .refundExceedsCapture)
    #expect(try teller.tell(.refunded, 40, refund: "c") == [])
    #expect(try teller.life().state == .refunded)
  }

  @Test func `subtlety 3: a sum is no further refund, and is never taken for one`() throws {
    let teller = try Teller()
    try teller.tell(.captured)
    #expect(try teller.tell(.refunded, 60, refund: "a", sum: true) == [])
    #expect(try teller.tell(.refunded, 60, refund: "b", sum: true) == .repeated)
    #expect(try teller.tell(.refunded, 101, refund: "c", sum: true) == .refundExceedsCapture)
    #expect(try teller.tell(.refunded, 20, refund: "d") == .conflictsWithEarlier)
    #expect(try teller.tell(.refunded, 20, refund: "e", sum: true) == [])
    #expect(try teller.life().refunded == Money(fen: 60))
    #expect(try teller.tell(.refunded, 100, refund: "f", sum: true) == [])
    #expect(try teller.life().state == .refunded)
    #expect(try teller.model().reconciliation.rows.map(\.netFen) == [0])
  }

  @Test func `subtlety 3: nobody makes the chain of sums longer than its limit`() throws {
    let teller = try Teller()
    try teller.tell(.captured, 1_000)
    for sum in 1...70 as ClosedRange<Int64> {
      let flags = try teller.tell(.refunded, 1_000 - sum, refund: "\(sum)", sum: true)
      #expect(flags == (sum <= 64 ? [] : .conflictsWithEarlier), "sum \(sum)")
    }
  }

  @Test func `subtlety 4: a refund waits for its capture, and its discrepancy closes`() throws {
    let teller = try Teller()
    #expect(try teller.tell(.refunded, 40, refund: "a") == .refundBeforeCapture)
    #expect(try teller.life().state == .waiting && teller.life().refundable == .zero)
    #expect(try teller.open() == ["refund-before-capture t"])
    #expect(try teller.tell(.captured) == [])
    #expect(try teller.open() == [])
    #expect(try teller.life().state == .partlyRefunded)
    #expect(try teller.life().refundable == Money(fen: 60))
  }

  @Test func `subtlety 4: an orphan in another currency joins its capture too`() throws {
    let teller = try Teller()
    try teller.tell(.refunded, 40, refund: "a", currency: 840)
    try teller.tell(.captured, currency: 840)
    #expect(try teller.open() == ["foreign-currency t", "foreign-currency t"])
  }

  @Test func `subtlety 5: the same notification, and the same payment under another id`() throws {
    let teller = try Teller()
    try teller.tell(.captured, id: "n1")
    let end = teller.desk.state.next
    try teller.tell(.captured, at: teller.desk.state.logTime, id: "n1")
    #expect(teller.desk.state.next == end, "a second delivery is no second event")
    #expect(try teller.tell(.captured, id: "n2") == .repeated)
    #expect(try teller.model().reconciliation.rows.map(\.capturedFen) == [100])
  }

  @Test(arguments: [Institution.alipay, .card])
  func `subtlety 6: an order that is paid twice keeps both payments, flagged`(
    second: Institution
  ) throws {
    let teller = try Teller()
    try teller.tell(.captured)
    #expect(try teller.tell(.captured, 100, "t2", by: second) == .orderCapturedTwice)
    #expect(try teller.tell(.captured, 100, "t3", by: second) == .orderCapturedTwice)
    #expect(try teller.model().reconciliation.rows.map(\.capturedFen).reduce(0, +) == 300)
    #expect(try teller.tell(.refunded, 100, "t2", by: second, refund: "r") == [])
    #expect(try teller.life("t2", by: second).state == .refunded)
  }

  @Test(arguments: [Outcome.failed, .closed])
  func `subtlety 7: a success counts after an end, and an end does not count after it`(
    end: Outcome
  ) throws {
    let teller = try Teller()
    try teller.tell(end)
    #expect(try teller.tell(.captured) == .capturedAfterEnd)
    #expect(try teller.tell(end) == .late)
    #expect(try teller.life().state == .captured)
  }

  @Test func `subtlety 8: another amount or currency than before is kept apart`() throws {
    let teller = try Teller()
    try teller.tell(.captured)
    #expect(try teller.tell(.captured, 101) == .conflictsWithEarlier)
    #expect(
      try teller.tell(.captured, currency: 840) == [.conflictsWithEarlier, .foreignCurrency])
    let row = try #require(try teller.model().reconciliation.rows.first)
    #expect(row.capturedFen == 100 && row.apartCount == 2 && row.apartFen == 101)
    #expect(try teller.life().contradictions == 2)
  }

  @Test func `subtlety 9: of fifty orders in one payment one is refunded alone`() throws {
    let teller = try Teller()
    for part in 1...50 as ClosedRange<Int64> {
      #expect(
        try teller.tell(
          .captured, part, "c-\(part)", order: "o-\(part)", merchant: part % 2 == 0 ? "m1" : "m2")
          == [])
    }
    #expect(try teller.tell(.refunded, 7, "c-7", order: "o-7", refund: "r", merchant: "m2") == [])
    #expect(try teller.life("c-7").state == .refunded)
    #expect(try teller.life("c-8").state == .captured)
    #expect(try teller.model().reconciliation.rows.map(\.netFen) == [1_275 - 7])
  }

  @Test func `subtlety 10: a part of nothing is a payment`() throws {
    let teller = try Teller()
    #expect(try teller.tell(.captured, 0) == [])
    #expect(try teller.life().state == .captured && teller.life().refundable == .zero)
  }

  @Test func `subtlety 11: a merchant that is registered later takes what comes then`() throws {
    let teller = try Teller()
    #expect(try teller.tell(.captured, merchant: "late") == .merchantUnknown)
    try teller.desk.register("late")
    #expect(try teller.tell(.refunded, 100, refund: "r", merchant: "late") == [])
    #expect(try teller.open() == ["merchant-unknown t"])
    #expect(try teller.life().state == .refunded)
  }

  @Test func `subtlety 12: what comes a year late counts on its own day`() throws {
    let teller = try Teller()
    let then = teller.desk.runtime.currentTime().advanced(bySeconds: -365 * Desk.day)
    #expect(try teller.tell(.captured, at: then) == [])
    let row = try #require(try teller.model().reconciliation.rows.first)
    #expect(row.day == then.beijingDay)
  }

  @Test func `subtlety 35: a source whose clock is ahead is noted and counted`() throws {
    let teller = try Teller()
    let then = teller.desk.runtime.currentTime().advanced(bySeconds: 301)
    #expect(try teller.tell(.captured, at: then) == .occurredAhead)
    #expect(try teller.model().reconciliation.rows.map(\.capturedFen) == [100])
  }

  @Test func `subtlety 36: a day is adjusted by an event, and no payment and no sum changes`()
    throws
  {
    let teller = try Teller()
    try teller.tell(.captured)
    let before = try teller.model().reconciliation.rows
    try teller.desk.send(
      .adjustPayment(
        PaymentAdjusted(
          institution: .alipay, transaction: Desk.text("t"), day: BeijingDay(19_978),
          amount: Money(fen: -1), reason: Desk.text("rounding"), evidence: .zero)))
    #expect(try teller.model().reconciliation.rows == before)
    #expect(try teller.life().captured == Money(fen: 100))
  }

  @Test(arguments: ["42", "74", "75"])
  func `money that is taken while the order failed counts, and stays open`(code: String) throws {
    let teller = try Teller()
    #expect(try teller.tell(.captured, by: .unionPay, code: code) == .orderFailed)
    #expect(try teller.open() == ["order-failed t"])
    #expect(try teller.model().reconciliation.rows.map(\.capturedFen) == [100])
  }
}
