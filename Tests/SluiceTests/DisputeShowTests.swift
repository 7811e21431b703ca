// What payment show says of a payment's disputes: those that wait, those that contradict it.

import Events
import Orchestrator
import Projections
import Testing

@testable import sluice

@Suite struct DisputeShowTests {
  private static func dispute(
    _ log: RealLog, _ fen: Int64, _ dispute: String = "d", _ stage: DisputeStage = .opened,
    merchant: String = "m1", currency: UInt16 = Payment.yuan
  ) throws {
    try log.send(
      .recordDispute(
        PaymentDisputed(
          institution: .card, stage: stage, transaction: RealLog.id("t"),
          dispute: RealLog.id(dispute), amount: Money(fen: fen), currency: currency,
          external: RealLog.id(merchant))), occurredAt: RealLog.morning)
  }

  private static func show(_ log: RealLog, _ more: [String] = []) throws -> String {
    let words = ["t", "--data", log.folder] + more
    let arguments = try Arguments(words, guide: PaymentShowCommand.guide)
    return String(decoding: try PaymentShowCommand.answer(arguments), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
      .joined(separator: "\n")
  }

  @Test(arguments: [false, true])
  func `a dispute waits until its capture is told of, and is held against it then`(
    isSealed: Bool
  ) throws {
    let log = try RealLog()
    try DisputeShowTests.dispute(log, 101)
    if isSealed { try log.seal(over: log.runtime.state.next) }
    let waiting = try DisputeShowTests.show(log)
    #expect(waiting.contains("d, opened, CNY 1.01"), "\(waiting)")
    #expect(waiting.contains(", waits for its capture"), "\(waiting)")
    #expect(!waiting.contains("Open at"))
    #expect(try DisputeShowTests.show(log, ["--json"]).contains("\"standing\":\"waits\""))
    #expect(try DisputeShowTests.show(log, ["--lang", "zh"]).contains(", 等待收款通知"))
    let position = log.runtime.state.next
    try log.pay(.captured, "t", fen: 100, by: .card)
    let text = try DisputeShowTests.show(log)
    #expect(text.contains(", more than was captured"), "\(text)")
    #expect(text.contains("amount-differs"), "\(text)")
    #expect(text.contains("Open at \(position.rawValue): answer with"), "\(text)")
    #expect(try DisputeShowTests.show(log, ["--json"]).contains("\"standing\":\"above-capture\""))
  }

  @Test func `which dispute contradicts the payment, and by what, stands beside it`() throws {
    let log = try RealLog()
    try DisputeShowTests.dispute(log, 60, "a")
    try DisputeShowTests.dispute(log, 41, "b")
    try DisputeShowTests.dispute(log, 1, "c", merchant: "m2")
    try DisputeShowTests.dispute(log, 1, "x", merchant: "stranger")
    try DisputeShowTests.dispute(log, 1, "e", currency: 978)
    try log.pay(.captured, "t", fen: 100, by: .card)
    let text = try DisputeShowTests.show(log)
    #expect(text.contains("names another merchant: m2"), "\(text)")
    #expect(text.contains("names another merchant: stranger"), "\(text)")
    #expect(text.contains("in another currency than the payment"), "\(text)")
    #expect(
      text.contains("its disputes together are of CNY 1.01, more than was captured"), "\(text)")
    let document = try DisputeShowTests.show(log, ["--json"])
    let standings = document.split(separator: "\"standing\":\"").dropFirst()
      .map { String($0.prefix { $0 != "\"" }) }
    #expect(
      standings == ["agrees", "agrees", "other-merchant", "other-merchant", "other-currency"])
  }

  @Test func `what disputes have taken back is not to be refunded any more`() throws {
    let log = try RealLog()
    try log.pay(.captured, "t", fen: 100, by: .card)
    try log.pay(.refunded, "t", fen: 10, refund: "r", by: .card)
    for (stage, taken, rest) in [
      (DisputeStage.opened, 0, 90), (.moneyTaken, 60, 30), (.moneyReturned, 0, 90), (.lost, 60, 30),
    ] {
      try DisputeShowTests.dispute(log, 60, "d", stage)
      let document = try DisputeShowTests.show(log, ["--json"])
      #expect(
        document.contains("\"taken_by_disputes_fen\":\(taken),\"refundable_fen\":\(rest),"),
        "\(stage): \(document)")
    }
    try DisputeShowTests.dispute(log, 60, "e", .lost)
    let text = try DisputeShowTests.show(log)
    #expect(text.contains("taken back by disputes CNY 1.20"), "\(text)")
    #expect(text.contains("refundable CNY 0.00"), "\(text)")
  }
}
