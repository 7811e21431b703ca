// Discrepancies are answered by a person, once, and the payment that carries them stays as it is.

import Events
import Projections
import Testing

@testable import Orchestrator

@Suite struct DiscrepancyTests {
  private static func answer(
    _ position: UInt64, _ flags: PolicyFlags = [], reason: String = "agreed"
  ) -> Command.Body {
    .resolveDiscrepancy(
      DiscrepancyResolved(
        position: Position(position), flags: flags, answer: .refunded,
        reason: Desk.text(reason)))
  }

  /// The position of the first event with discrepancies.
  private static func flagged(_ teller: Teller) throws -> UInt64 {
    let events = try teller.desk.events()
    let place = events.firstIndex { $0.header.flags.hasAny(of: PolicyFlags.discrepancies) }
    return UInt64(try #require(place))
  }

  @Test func `an answer closes what is open, is refused again, and no sum changes`() throws {
    let teller = try Teller()
    try teller.tell(.failed)
    try teller.tell(.captured, order: "o", merchant: "m1")
    let position = try DiscrepancyTests.flagged(teller)
    let before = try teller.model().reconciliation.rows
    try teller.desk.send(DiscrepancyTests.answer(position))
    #expect(try teller.open() == [])
    #expect(try teller.model().reconciliation.rows == before)
    guard case .discrepancyResolved(let fields) = try teller.desk.events().last?.payload else {
      Issue.record("no answer was recorded")
      return
    }
    #expect(fields.flags == .capturedAfterEnd && fields.answer == .refunded)
    #expect(
      teller.desk.refusal(DiscrepancyTests.answer(position))
        == .noOpenDiscrepancy(Position(position), .nothingOpen))
  }

  @Test func `one of two is answered by its name, and the other stays open`() throws {
    let teller = try Teller(openTo: [])
    try teller.tell(.failed)
    #expect(try teller.tell(.captured) == [.notOpen, .capturedAfterEnd])
    let position = try DiscrepancyTests.flagged(teller)
    try teller.desk.send(DiscrepancyTests.answer(position, .notOpen))
    #expect(try teller.open() == ["captured-after-end t"])
    let refusal = teller.desk.refusal(
      DiscrepancyTests.answer(position, [.notOpen, .capturedAfterEnd]))
    #expect(
      refusal
        == .noOpenDiscrepancy(
          Position(position),
          .notThose(asked: [.notOpen, .capturedAfterEnd], open: .capturedAfterEnd)))
    #expect(
      refusal?.message == "of event \(position) not-open is not open; captured-after-end is")
    #expect(refusal?.hint == "Name what is open, or leave --flag out, which means all of it.")
    try teller.desk.send(DiscrepancyTests.answer(position))
    #expect(try teller.open() == [])
  }

  @Test(arguments: [UInt64(0), 1, 2, 3, 999])
  func `what carries no discrepancy is not answered`(position: UInt64) throws {
    let teller = try Teller()
    #expect(try teller.tell(.captured) == [])
    #expect(try teller.tell(.captured) == .repeated)
    let refusal = teller.desk.refusal(DiscrepancyTests.answer(position))
    let isBehind = position == 999
    #expect(
      refusal == .noOpenDiscrepancy(Position(position), isBehind ? .behindEnd : .nothingOpen))
    #expect(
      refusal?.message.hasPrefix(
        isBehind ? "the log ends before position 999" : "nothing is open of event \(position):")
        == true)
  }

  @Test(arguments: [false, true])
  func `a repeat that names a stranger is a discrepancy once, wherever the first one stands`(
    restarts: Bool
  ) throws {
    let teller = try Teller(segmentCapacity: 12 << 10, generationEventsMax: 12)
    try teller.tell(.captured)
    #expect(try teller.tell(.captured, merchant: "x") == [.merchantUnknown, .repeated])
    for number in 0..<120 { try teller.tell(.captured, 1, "f\(number)", order: "f\(number)") }
    if restarts { try teller.desk.restart() }
    #expect(try teller.tell(.captured, merchant: "y") == .repeated)
    #expect(try teller.tell(.refunded, 40, refund: "r", merchant: "x") == .merchantUnknown)
    #expect(try teller.tell(.pending, merchant: "x") == .late)
    #expect(try teller.open() == ["merchant-unknown t", "merchant-unknown t"])
  }

  @Test func `words about people are no reason`() throws {
    let teller = try Teller(openTo: [])
    try teller.tell(.captured)
    let position = try DiscrepancyTests.flagged(teller)
    #expect(
      teller.desk.refusal(DiscrepancyTests.answer(position, reason: "Mr Li said so"))
        == .reasonNotACode("Mr Li said so"))
  }

  @Test func `what its capture has joined is answered no more, before and after a restart`() throws
  {
    let teller = try Teller()
    try teller.tell(.refunded, 40, refund: "r")
    let position = try DiscrepancyTests.flagged(teller)
    try teller.tell(.captured)
    #expect(
      teller.desk.refusal(DiscrepancyTests.answer(position))
        == .noOpenDiscrepancy(Position(position), .nothingOpen))
    let known = OpenDiscrepancies(
      try teller.model().discrepancies, PaymentLedger.processHash)
    #expect(known.open(at: Position(position)).isEmpty)
  }

  @Test func `a refund that waits is closed by a capture after a restart as well`() throws {
    let teller = try Teller()
    try teller.tell(.refunded, 40, refund: "r")
    let position = Position(try DiscrepancyTests.flagged(teller))
    var known = OpenDiscrepancies(
      try teller.model().discrepancies, PaymentLedger.processHash)
    #expect(known.open(at: position) == .refundBeforeCapture)
    try teller.tell(.captured)
    guard case .payment(let payment)? = try teller.desk.events().last?.payload else {
      Issue.record("no payment was recorded")
      return
    }
    let facts = teller.desk.state.ledger.facts(
      payment, occurredAt: .none, merchant: MerchantNumber(1))
    known.note(facts, [], at: Position(99))
    #expect(known.open(at: position).isEmpty)
  }

  @Test func `a dispute is recorded whatever the payment's state, and is in no sum`() throws {
    let teller = try Teller()
    let dispute = Command.Body.recordDispute(
      PaymentDisputed(
        institution: .alipay, stage: .moneyTaken, transaction: Desk.text("t"),
        dispute: Desk.text("d"), amount: Money(fen: 100), external: Desk.text("m1")))
    try teller.desk.send(dispute)
    try teller.tell(.captured)
    try teller.tell(.refunded, 30, refund: "r")
    let model = try teller.model()
    let row = try #require(model.disputes.rows.first)
    #expect(row.taken == Money(fen: 100) && row.merchant == MerchantNumber(1))
    #expect(model.reconciliation.rows.map(\.netFen) == [70])
    #expect(try teller.life().refundable == Money(fen: 70))
  }
}
