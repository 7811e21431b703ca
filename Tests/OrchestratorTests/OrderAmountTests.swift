// What is captured is held against what the cashier asked for, and small orders are left out.

import Events
import Projections
import Rollout
import Testing

@Suite struct OrderAmountTests {
  /// A desk with one merchant that is on, and the evidence of a block in which `shop` was called.
  private static func block(
    _ guardrails: String = GuardedDesk.guardrails, _ shop: (GuardedDesk, UInt32) throws -> Void
  ) throws -> (desk: GuardedDesk, institution: ArmCount) {
    let desk = try GuardedDesk(guardrails)
    try desk.shop(untilHour: 8, minute: 20, GuardedDesk.healthy)
    let on = try #require((1...GuardedDesk.merchants).first { desk.on($0) })
    let start = desk.now
    try shop(desk, on)
    try desk.go(10)
    try desk.go(10)
    let found = desk.evidence.blocks.first { $0.from <= start && start < $0.to }
    return (desk, found?.rows.first?.institution ?? ArmCount())
  }

  /// The flags of captures, but for whether they were open, in the order of the log.
  private static func flags(_ desk: GuardedDesk) throws -> [PolicyFlags] {
    try desk.events(.paymentCaptured).map { $0.header.flags.subtracting(.notOpen) }
  }

  @Test(arguments: [Int64(1), 99, 101, 10_000])
  func `subtlety 8: another amount than the order's is flagged, counted, and no success`(
    paid: Int64
  ) throws {
    let (desk, institution) = try OrderAmountTests.block { desk, on in
      try desk.attempt(on, .weChatPay, .paid, fen: 100, paid: paid)
      try desk.attempt(on, .weChatPay, .paid)
    }
    #expect(try OrderAmountTests.flags(desk).suffix(2) == [.amountDiffers, []])
    #expect(institution == ArmCount(orders: 2, failures: 1))
    #expect(PaymentRules.treatment(of: .captured, .amountDiffers) == .counted)
  }

  @Test func `subtlety 8: another currency than the order's is no success`() throws {
    let (desk, institution) = try OrderAmountTests.block { desk, on in
      try desk.attempt(on, .weChatPay, .paid, currency: 840)
    }
    #expect(try OrderAmountTests.flags(desk).last?.contains(.foreignCurrency) == true)
    #expect(institution == ArmCount(orders: 1, failures: 1))
  }

  @Test func `subtlety 10: an order that is paid in two parts holds with the last one`() throws {
    let (desk, institution) = try OrderAmountTests.block { desk, on in
      try desk.attempt(on, .weChatPay, .paid, order: "split", paid: 60)
      try desk.attempt(on, .weChatPay, .paid, order: "split", paid: 40)
    }
    #expect(institution == ArmCount(orders: 1, failures: 0))
    let flags = try OrderAmountTests.flags(desk).suffix(2)
    #expect(flags.map { $0.contains(.amountDiffers) } == [true, false])
    #expect(flags.last == [], "it is the rest of what was asked for")
  }

  @Test func `subtlety 10: the parts of two institutions hold for both`() throws {
    let (_, institution) = try OrderAmountTests.block { desk, on in
      try desk.attempt(on, .weChatPay, .paid, order: "split", paid: 60)
      try desk.attempt(on, .alipay, .paid, order: "split", paid: 40)
    }
    #expect(institution == ArmCount(orders: 1, failures: 0))
  }

  @Test func `a payment that comes before its attempt is judged by its amount as well`() throws {
    for (paid, failures) in [(Int64(100), UInt32(0)), (101, 1)] {
      let (_, institution) = try OrderAmountTests.block { desk, on in
        try desk.attempt(on, .weChatPay, .paid, fen: 100, paid: paid, isEarly: true)
      }
      #expect(institution == ArmCount(orders: 1, failures: failures), "\(paid)")
    }
  }

  @Test func `subtlety 37: orders of less than the plan says are in no evidence`() throws {
    let guardrails = GuardedDesk.guardrails.replacing(
      "\"silent_blocks\": 3", with: "\"silent_blocks\": 3, \"ignore_below_fen\": 10")
    let (_, institution) = try OrderAmountTests.block(guardrails) { desk, on in
      try desk.attempt(on, .weChatPay, .failed(.integration), fen: 1)
      try desk.attempt(on, .weChatPay, .paid, fen: 9)
      try desk.attempt(on, .weChatPay, .failed(.integration), fen: 10)
    }
    #expect(institution == ArmCount(orders: 1, failures: 1))
  }

  @Test(arguments: [false, true])
  func `subtlety 37: an order of less than the plan says is held against no amount`(
    isEarly: Bool
  ) throws {
    let guardrails = GuardedDesk.guardrails.replacing(
      "\"silent_blocks\": 3", with: "\"silent_blocks\": 3, \"ignore_below_fen\": 10")
    let (desk, _) = try OrderAmountTests.block(guardrails) { desk, on in
      try desk.attempt(on, .weChatPay, .paid, fen: 9, paid: 8, isEarly: isEarly)
      try desk.attempt(on, .weChatPay, .paid, fen: 10, paid: 8, isEarly: isEarly)
    }
    let kind = isEarly ? EventKind.orderAttempted : .paymentCaptured
    let flags = try desk.events(kind).suffix(2).map { $0.header.flags.subtracting(.notOpen) }
    #expect(flags == [[], .amountDiffers])
  }
}
