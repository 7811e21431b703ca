// What is decided on payments: one line a notice, with the flags that it must get.

import Events
import Orchestrator
import Platform
import Projections
import Testing

/// One notice: `at` is the minute of the tenth day at which the order was placed.
private struct Notice {
  var outcome: Outcome
  var amount: Int64
  var flags: PolicyFlags
  var transaction = "t"
  var order = "o"
  var merchant = "m1"
  var refund = ""
  var currency: UInt16 = 156
  var institution = Institution.alipay
  var orderedHour: Int64 = 12
  var ahead = false

  init(_ outcome: Outcome, _ amount: Int64, _ flags: PolicyFlags = []) {
    self.outcome = outcome
    self.amount = amount
    self.flags = flags
  }

  func with(_ change: (inout Notice) -> Void) -> Notice {
    var copy = self
    change(&copy)
    return copy
  }

  static func refund(_ name: String, _ amount: Int64, _ flags: PolicyFlags = []) -> Notice {
    Notice(.refunded, amount, flags).with { $0.refund = name }
  }
}

@Suite struct PaymentDecisionTests {
  private static func stranger(_ notice: inout Notice) { notice.merchant = "stranger" }
  private static func dollars(_ notice: inout Notice) { notice.currency = 840 }
  private static func again(_ notice: inout Notice) { notice.transaction = "t2" }

  private static let tables: [(name: String, rows: [Notice])] = [
    ("a capture", [Notice(.captured, 100)]),
    (
      "the way of a payment",
      [Notice(.pending, 100), Notice(.authorised, 100), Notice(.captured, 100)]
    ),
    (
      "repeats",
      [
        Notice(.pending, 100), Notice(.pending, 100, .repeated), Notice(.authorised, 100),
        Notice(.authorised, 100, .repeated), Notice(.captured, 100),
        Notice(.captured, 100, .repeated),
      ]
    ),
    (
      "late notices",
      [
        Notice(.captured, 100), Notice(.pending, 100, .late), Notice(.authorised, 100, .late),
        Notice(.failed, 100, .late), Notice(.closed, 100, .late),
      ]
    ),
    ("pending after authorised", [Notice(.authorised, 100), Notice(.pending, 100, .late)]),
    (
      "failures",
      [
        Notice(.failed, 100), Notice(.failed, 100, .repeated), Notice(.pending, 100, .late),
        Notice(.authorised, 100, .late),
      ]
    ),
    (
      "captured after a failure", [Notice(.failed, 100), Notice(.captured, 100, .capturedAfterEnd)]
    ),
    (
      "captured after a close",
      [
        Notice(.closed, 100), Notice(.closed, 100, .repeated), Notice(.failed, 100, .late),
        Notice(.captured, 100, .capturedAfterEnd),
      ]
    ),
    ("another amount", [Notice(.captured, 100), Notice(.captured, 101, .conflictsWithEarlier)]),
    (
      "another order",
      [
        Notice(.captured, 100),
        Notice(.captured, 100, .conflictsWithEarlier).with { $0.order = "x" },
      ]
    ),
    (
      "another merchant",
      [
        Notice(.captured, 100),
        Notice(.captured, 100, .conflictsWithEarlier).with { $0.merchant = "m2" },
      ]
    ),
    (
      "an order paid twice",
      [
        Notice(.captured, 100), Notice(.captured, 100, .orderCapturedTwice).with(again),
        Notice(.captured, 100, .repeated).with(again), Notice(.captured, 100, .repeated),
      ]
    ),
    (
      "partial refunds that add up",
      [
        Notice(.captured, 100), .refund("a", 40), .refund("b", 60),
        .refund("c", 1, .refundExceedsCapture),
      ]
    ),
    (
      "a refund that exceeds is not added up",
      [
        Notice(.captured, 100), .refund("a", 101, .refundExceedsCapture), .refund("b", 100),
      ]
    ),
    (
      "the same refund",
      [
        Notice(.captured, 100), .refund("a", 40), .refund("a", 40, .repeated),
        .refund("a", 41, .conflictsWithEarlier),
      ]
    ),
    (
      "a refund before its capture",
      [
        .refund("a", 40, .refundBeforeCapture), Notice(.captured, 100), .refund("b", 60),
        .refund("c", 1, .refundExceedsCapture),
      ]
    ),
    (
      "a capture below its refunds",
      [
        .refund("a", 140, .refundBeforeCapture), Notice(.captured, 100, .captureBelowRefunds),
      ]
    ),
    (
      "an unknown merchant",
      [
        Notice(.captured, 100, [.merchantUnknown]).with { $0.merchant = "stranger" }
      ]
    ),
    (
      "an unknown merchant, told of again and again: one discrepancy for each that is new",
      [
        Notice(.captured, 100, .merchantUnknown).with(stranger),
        Notice(.captured, 100, .repeated).with(stranger),
        Notice(.pending, 100, .late).with(stranger),
        .refund("a", 40, .merchantUnknown).with(stranger),
        .refund("a", 40, .repeated).with(stranger),
        Notice(.captured, 101, [.merchantUnknown, .conflictsWithEarlier]).with(stranger),
      ]
    ),
    (
      "a repeat that names a stranger where the first named one of ours",
      [
        Notice(.captured, 100),
        Notice(.captured, 100, [.merchantUnknown, .repeated]).with(stranger),
        Notice(.captured, 100, .repeated).with(stranger),
        Notice(.pending, 100, .late).with(stranger),
      ]
    ),
    (
      "a foreign currency, told of again and again",
      [
        Notice(.captured, 100, .foreignCurrency).with(dollars),
        Notice(.captured, 100, .repeated).with(dollars),
        Notice(.closed, 100, .late).with(dollars),
        .refund("a", 40, .foreignCurrency).with(dollars),
        .refund("a", 40, .repeated).with(dollars),
      ]
    ),
    (
      "an unknown merchant through what needs a rollout",
      [
        Notice(.captured, 100, [.merchantUnknown, .notOpen]).with {
          $0.merchant = "stranger"
          $0.institution = .card
        }
      ]
    ),
    ("foreign currency", [Notice(.captured, 100, .foreignCurrency).with { $0.currency = 840 }]),
    (
      "another currency",
      [
        Notice(.captured, 100),
        Notice(.captured, 100, [.conflictsWithEarlier, .foreignCurrency]).with {
          $0.currency = 840
        },
      ]
    ),
    ("ahead of the log", [Notice(.captured, 100, .occurredAhead).with { $0.ahead = true }]),
    ("not open", [Notice(.captured, 100, .notOpen).with { $0.institution = .weChatPay }]),
    (
      "what is not open is still refunded",
      [
        Notice(.captured, 100, .notOpen).with { $0.institution = .weChatPay },
        .refund("a", 100).with { $0.institution = .weChatPay },
      ]
    ),
  ]

  @Test(arguments: tables.indices)
  func `a notice gets the flags it deserves`(table: Int) throws {
    let desk = try Desk.with()
    try desk.goTo(hour: 13)
    let (name, rows) = PaymentDecisionTests.tables[table]
    for (index, row) in rows.enumerated() {
      #expect(try flags(of: row, at: desk) == row.flags, "\(name), line \(index + 1)")
    }
  }

  @Test func `what was open when the order was placed is what counts`() throws {
    let desk = try Desk.with(until: .running)
    try desk.goTo(hour: 8, minute: 30)
    desk.runtime.tick()
    let merchant = desk.standing(1).isOn ? "m1" : "m2"
    try desk.goTo(hour: 11)
    try desk.send(.rollBack(plan: Desk.text("p"), .merchant(Desk.text(merchant)), Desk.reason))
    desk.runtime.tick()
    try desk.goTo(hour: 12)
    let base = Notice(.captured, 100).with {
      $0.merchant = merchant
      $0.institution = .weChatPay
    }
    func flags(_ hour: Int64, _ name: String) throws -> PolicyFlags {
      try self.flags(
        of: base.with {
          $0.orderedHour = hour
          $0.transaction = name
          $0.order = name
        }, at: desk)
    }
    #expect(try flags(7, "before") == .notOpen)
    #expect(try flags(9, "between") == [])
    #expect(try flags(12, "after") == .notOpen)
    try desk.send(.closeMerchant(Desk.text(merchant), Desk.reason))
    #expect(try flags(9, "late") == [])
  }

  /// Records a notice and says which flags it got.
  private func flags(of row: Notice, at desk: Desk) throws -> PolicyFlags {
    let ordered = Desk.midnight.advanced(bySeconds: 10 * Desk.day + row.orderedHour * 3_600)
    let payment = Payment(
      outcome: row.outcome, orderedAt: ordered, orderAmount: Money(fen: row.amount),
      paidAmount: Money(fen: row.amount), institution: row.institution, currency: row.currency,
      transaction: Desk.text(row.transaction), order: Desk.text(row.order),
      refund: Desk.text(row.refund), external: Desk.text(row.merchant))
    var command = desk.command(.recordPayment(payment))
    command.occurredAt = row.ahead ? ordered.advanced(bySeconds: 7_200) : ordered
    var decision = Decision()
    try decide(command, in: desk.state, at: desk.runtime.currentTime(), into: &decision)
    let event = try #require(decision.events.first)
    try #require(decision.events.count == 1)
    _ = try desk.runtime.submit(command)
    return event.header.flags
  }
}
