// A dispute is held against the payment it is about; whatever it says, it is recorded.

import EventLog
import Events
import Orchestrator
import Projections
import Testing

@Suite struct DisputeDecisionTests {
  private static func dispute(
    _ fen: Int64, of transaction: String = "t", by institution: Institution = .card,
    merchant: String = "m1", currency: UInt16 = Payment.yuan
  ) -> PaymentDisputed {
    PaymentDisputed(
      institution: institution, stage: .opened, transaction: Desk.text(transaction),
      dispute: Desk.text("d"), amount: Money(fen: fen), currency: currency,
      external: Desk.text(merchant))
  }

  private static func flags(
    _ dispute: PaymentDisputed, _ desk: Desk, ahead seconds: Int64? = nil
  ) throws -> PolicyFlags {
    var command = desk.command(.recordDispute(dispute))
    if let seconds {
      command.occurredAt = desk.runtime.currentTime().advanced(bySeconds: seconds)
    }
    let receipt = try desk.runtime.submit(command)
    return try #require(try desk.events(from: receipt.first).first).header.flags
  }

  private static let table: [(name: String, dispute: PaymentDisputed, flags: PolicyFlags)] = [
    ("all of it", dispute(100), []), ("a part", dispute(1), []),
    ("more than was captured", dispute(101), .amountDiffers),
    ("another merchant", dispute(100, merchant: "m2"), .conflictsWithEarlier),
    ("another merchant, and more", dispute(101, merchant: "m2"), .conflictsWithEarlier),
    (
      "a merchant that nobody registered", dispute(100, merchant: "x"),
      [.merchantUnknown, .conflictsWithEarlier]
    ), ("no merchant", dispute(100, merchant: ""), .merchantUnknown),
    ("another currency", dispute(1, currency: 840), .conflictsWithEarlier),
    ("a payment that nobody told of", dispute(1, of: "u"), []),
    ("the transaction of another institution", dispute(101, by: .alipay), []),
    ("what is only authorised", dispute(101, of: "a"), []),
  ]

  @Test(arguments: table.indices, [false, true])
  func `a dispute above the capture, or under another merchant, is recorded with a flag`(
    row: Int, isSealed: Bool
  ) throws {
    let teller = try Teller(segmentCapacity: 12 << 10, generationEventsMax: 12)
    try teller.tell(.captured, 100, by: .card)
    try teller.tell(.authorised, 100, "a", by: .card, order: "p")
    let end = teller.desk.state.next
    var number = 0
    while isSealed, number < 60 || teller.desk.runtime.sealed?.end ?? .zero <= end {
      number += 1
      try teller.tell(.captured, 1, "f\(number)", order: "f\(number)")
    }
    if isSealed { try teller.desk.restart() }
    let (name, dispute, flags) = DisputeDecisionTests.table[row]
    #expect(try DisputeDecisionTests.flags(dispute, teller.desk) == flags, "\(name)")
    // A refund that follows is judged as if no dispute had asked for the transaction.
    #expect(try teller.tell(.refunded, 40, by: .card, refund: "r") == [])
    #expect(try teller.tell(.refunded, 61, by: .card, refund: "s") == .refundExceedsCapture)
  }

  @Test func `what contradicts its payment is a discrepancy`() throws {
    let teller = try Teller()
    try teller.tell(.captured, 100, by: .card)
    for dispute in [
      DisputeDecisionTests.dispute(101), DisputeDecisionTests.dispute(100, merchant: "m2"),
      DisputeDecisionTests.dispute(101), DisputeDecisionTests.dispute(100, merchant: "x"),
    ] { _ = try DisputeDecisionTests.flags(dispute, teller.desk) }
    #expect(try teller.open() == ["amount-differs t", "conflicts-with-earlier t"])
    #expect(try teller.model().disputes.rows.count == 1, "one dispute all the same")
    let first = teller.desk.state.next.rawValue - 4
    try teller.desk.send(
      .resolveDiscrepancy(
        DiscrepancyResolved(
          position: Position(first), flags: .amountDiffers, answer: .dismissed,
          reason: Desk.text("typo"))))
    #expect(try teller.open() == ["conflicts-with-earlier t"])
  }

  @Test(arguments: [(Int64(299), PolicyFlags()), (302, .occurredAhead)])
  func `a dispute dated ahead of the log is flagged as payments are`(
    seconds: Int64, flags: PolicyFlags
  ) throws {
    let teller = try Teller()
    try teller.tell(.captured, 100, by: .card)
    let dispute = DisputeDecisionTests.dispute(100)
    #expect(try DisputeDecisionTests.flags(dispute, teller.desk, ahead: seconds) == flags)
  }
}
