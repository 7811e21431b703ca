// What payment show says of an order that is paid in parts, or elsewhere than was asked.

import Events
import Orchestrator
import Testing

@testable import sluice

@Suite struct PartShowTests {
  private static func ask(_ log: RealLog, _ fen: Int64, merchant: String = "m1") throws {
    try log.send(
      .attemptOrder(
        OrderAttempted(
          institution: .weChatPay, merchantTier: .unknown, buyerTier: .unknown,
          orderedAt: RealLog.morning, orderAmount: Money(fen: fen), order: RealLog.id("o"),
          external: RealLog.id(merchant))), occurredAt: RealLog.morning)
  }

  private static func show(_ log: RealLog, _ name: String, _ more: [String] = []) throws -> String {
    let words = [name, "--data", log.folder] + more
    let arguments = try Arguments(words, guide: PaymentShowCommand.guide)
    return String(decoding: try PaymentShowCommand.answer(arguments), as: UTF8.self)
  }

  @Test(arguments: [nil, 0, 1] as [Int?])
  func `a part is open by its own id until the rest of its order is told of`(place: Int?) throws {
    let log = try RealLog()
    try PartShowTests.ask(log, 100)
    try log.pay(.captured, "a", fen: 60, order: "o")
    if place == 0 { try log.seal(over: log.runtime.state.next) }
    for name in ["a", "o"] {
      #expect(try PartShowTests.show(log, name).contains("Open at"), "\(name)")
    }
    try log.pay(.captured, "b", fen: 40, order: "o")
    if place == 1 { try log.seal(over: log.runtime.state.next) }
    for name in ["a", "b", "o"] {
      let text = try PartShowTests.show(log, name)
      #expect(!text.contains("Open at") && !text.contains("order-captured-twice"), "\(text)")
    }
  }

  @Test func `where the cashier asked elsewhere it says where`() throws {
    let log = try RealLog()
    try PartShowTests.ask(log, 100)
    try log.pay(.captured, "a", fen: 100, merchant: "m2", order: "o")
    let text = try PartShowTests.show(log, "a")
    #expect(text.contains("CNY 1.00, at another merchant: m1"), "\(text)")
    #expect(text.contains("amount-differs") && text.contains("Open at"), "\(text)")
    #expect(try PartShowTests.show(log, "a", ["--json"]).contains("\"asked_at\":\"m1\""))
    #expect(try PartShowTests.show(log, "a", ["--lang", "zh"]).contains("在另一商户发起：m1"))
  }
}
