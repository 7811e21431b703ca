// What payment show says of a combined payment, wherever its events stand.

import Events
import Orchestrator
import Projections
import Testing
import Text

@testable import sluice

@Suite struct CombinedShowTests {
  private static func tell(
    _ log: RealLog, _ parts: [(transaction: String, merchant: String, fen: Int64)]
  ) throws {
    let told = PaymentCombined(
      institution: .weChatPay, combined: RealLog.id("C1"), initiator: RealLog.id("platform"),
      parts: parts.map {
        PaymentCombined.Part(
          transaction: RealLog.id($0.transaction), order: RealLog.id("o-\($0.transaction)"),
          merchant: RealLog.id($0.merchant), amount: Money(fen: $0.fen))
      })
    try log.send(.recordCombined(try #require(told)), occurredAt: RealLog.morning)
  }

  private static func shown(_ log: RealLog, _ name: String) throws -> JSONValue {
    let words = [name, "--data", log.folder, "--json"]
    let arguments = try Arguments(words, guide: PaymentShowCommand.guide)
    return try JSONReader.read(try PaymentShowCommand.answer(arguments), bytesMax: 1 << 20)
  }

  /// The lines of the screen with single spaces.
  private static func screen(_ log: RealLog, _ name: String, _ more: [String] = []) throws
    -> [String]
  {
    let words = [name, "--data", log.folder] + more
    let arguments = try Arguments(words, guide: PaymentShowCommand.guide)
    return String(decoding: try PaymentShowCommand.answer(arguments), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
  }

  private static func elements(_ value: JSONValue?) -> [JSONValue] {
    guard case .array(let elements)? = value else { return [] }
    return elements
  }

  private static func number(_ value: JSONValue?) -> Int64? {
    guard case .number(let number)? = value else { return nil }
    return number.integer
  }

  private static func text(_ value: JSONValue?) -> String? {
    guard case .string(let text)? = value else { return nil }
    return text
  }

  /// Three parts: one captured, one captured and partly refunded, one that nobody told of yet.
  private static let parts = [("a", "m1", Int64(100)), ("b", "m2", 250), ("c", "m2", 70)]

  /// - Parameter place: after which of the three steps everything so far is sealed and indexed.
  private static func log(sealedAfter place: Int?) throws -> RealLog {
    let log = try RealLog()
    try log.pay(.captured, "a", fen: 100)
    try log.pay(.captured, "b", fen: 250, merchant: "m2")
    if place == 0 { try log.seal(over: log.runtime.state.next) }
    try tell(log, parts)
    if place == 1 { try log.seal(over: log.runtime.state.next) }
    try log.pay(.refunded, "b", fen: 40, merchant: "m2", refund: "r")
    if place == 2 { try log.seal(over: log.runtime.state.next) }
    return log
  }

  @Test(arguments: [nil, 0, 1, 2] as [Int?])
  func `by its own id it shows all parts, their states and their sums`(place: Int?) throws {
    let log = try CombinedShowTests.log(sealedAfter: place)
    let document = try CombinedShowTests.shown(log, "C1")
    let combined = try #require(CombinedShowTests.elements(document["combined"]).first)
    #expect(CombinedShowTests.text(combined["combined"]) == "C1")
    #expect(CombinedShowTests.text(combined["initiator"]) == "platform")
    #expect(CombinedShowTests.elements(combined["positions"]).count == 1)
    let parts = CombinedShowTests.elements(combined["parts"])
    #expect(parts.map { CombinedShowTests.text($0["transaction"]) } == ["a", "b", "c"])
    #expect(
      parts.map { CombinedShowTests.text($0["state"]) } == [
        "captured", "partly refunded", "unknown",
      ])
    #expect(parts.map { CombinedShowTests.text($0["merchant"]) } == ["m1", "m2", "m2"])
    let sums = ["order_amount_fen", "captured_fen", "refunded_fen", "refundable_fen"]
    #expect(sums.map { CombinedShowTests.number(combined[$0]) } == [420, 350, 40, 310])
    let notices = CombinedShowTests.elements(document["notices"])
    #expect(notices.map { CombinedShowTests.text($0["transaction"]) } == ["a", "b", "b"])
    #expect(CombinedShowTests.elements(document["transactions"]).count == 2)
  }

  @Test(arguments: [nil, 0, 1, 2] as [Int?])
  func `by a part's transaction it shows that part, and what it is a part of`(
    place: Int?
  ) throws {
    let log = try CombinedShowTests.log(sealedAfter: place)
    let document = try CombinedShowTests.shown(log, "b")
    #expect(CombinedShowTests.elements(document["notices"]).count == 2)
    let combined = try #require(CombinedShowTests.elements(document["combined"]).first)
    #expect(CombinedShowTests.text(combined["combined"]) == "C1")
    #expect(CombinedShowTests.number(combined["captured_fen"]) == nil, "other parts are not here")
    let screen = try CombinedShowTests.screen(log, "b")
    #expect(screen.contains("part of the combined payment C1"))
  }

  @Test func `its screen has a row a part, and the sums above them`() throws {
    let log = try CombinedShowTests.log(sealedAfter: nil)
    let screen = try CombinedShowTests.screen(log, "C1")
    for line in [
      "C1 combined payment of 3 orders", "order transaction amount CNY 4.20", "captured CNY 3.50",
      "refunded CNY 0.40", "refundable CNY 3.10", "a o-a m1 CNY 1.00 captured CNY 0.00",
      "b o-b m2 CNY 2.50 partly refunded CNY 0.40", "c o-c m2 CNY 0.70 unknown CNY 0.00",
    ] { #expect(screen.contains(line), "\(line) in \(screen)") }
    let chinese = try CombinedShowTests.screen(log, "C1", ["--lang", "zh"])
    #expect(chinese.first == "C1 合并支付，共 3 个子单")
  }

  @Test func `where parts are of several currencies each has its own sums`() throws {
    let log = try RealLog()
    try log.pay(.captured, "a", fen: 100)
    let told = PaymentCombined(
      institution: .weChatPay, combined: RealLog.id("C1"),
      parts: [("a", Int64(100), Payment.yuan), ("b", 50, 840), ("c", 7, 840)].map {
        PaymentCombined.Part(
          transaction: RealLog.id($0.0), order: RealLog.id("o-\($0.0)"),
          merchant: RealLog.id("m1"), amount: Money(fen: $0.1), currency: $0.2)
      })
    try log.send(.recordCombined(try #require(told)), occurredAt: RealLog.morning)
    let combined = try #require(
      CombinedShowTests.elements(try CombinedShowTests.shown(log, "C1")["combined"]).first)
    let sums = CombinedShowTests.elements(combined["sums"])
    #expect(sums.map { CombinedShowTests.number($0["order_amount_fen"]) } == [100, 57])
    #expect(sums.map { CombinedShowTests.number($0["captured_fen"]) } == [100, 0])
    #expect(combined["order_amount_fen"] == .null, "no sum is of all")
    let screen = try CombinedShowTests.screen(log, "C1")
    for line in ["order transaction amount CNY 1.00", "order transaction amount USD 0.57"] {
      #expect(screen.contains(line), "\(line) in \(screen)")
    }
  }

  @Test func `notices that name different parts are shown together, and said to differ`() throws {
    let log = try CombinedShowTests.log(sealedAfter: nil)
    try CombinedShowTests.tell(log, [("a", "m1", 100), ("d", "m1", 5)])
    let document = try CombinedShowTests.shown(log, "C1")
    let combined = CombinedShowTests.elements(document["combined"])
    try #require(combined.count == 1)
    #expect(CombinedShowTests.elements(combined[0]["parts"]).count == 4)
    #expect(combined[0]["agreed"] == .bool(false))
    #expect(
      try CombinedShowTests.screen(log, "C1")
        .contains("note its notices do not agree on its parts"))
  }

  @Test(arguments: [
    [("a", "m1", Int64(100))], [("b", "m2", 250), ("c", "m2", 70)],
    [("a", "m1", 100), ("b", "m2", 250), ("c", "m2", 70), ("d", "m1", 5)],
  ])
  func `a notice of some of the parts, or of more, contradicts nothing`(
    parts: [(String, String, Int64)]
  ) throws {
    let log = try CombinedShowTests.log(sealedAfter: nil)
    try CombinedShowTests.tell(log, parts.map { (transaction: $0.0, merchant: $0.1, fen: $0.2) })
    let combined = CombinedShowTests.elements(
      try CombinedShowTests.shown(log, "C1")["combined"])
    #expect(combined.first?["agreed"] == .bool(true))
  }

  @Test func `a notice of another amount of a part is said to differ`() throws {
    let log = try CombinedShowTests.log(sealedAfter: nil)
    try CombinedShowTests.tell(log, [("a", "m1", 101)])
    let combined = CombinedShowTests.elements(
      try CombinedShowTests.shown(log, "C1")["combined"])
    #expect(combined.first?["agreed"] == .bool(false))
  }
}
