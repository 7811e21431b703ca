// Totals balance, and who moves what is not there is stopped.

import Events
import Projections
import Testing

@Suite struct BalanceTests {
  private func log(_ changes: (inout LogFixture) -> Void) -> LogFixture {
    var log = LogFixture()
    log.register(1)
    changes(&log)
    return log
  }

  /// A report of a sum as it was decided.
  private func sum(_ basis: RefundBasis, adding fen: Int64, _ sum: Int64) -> Payload {
    .payment(
      Payment(
        outcome: .refunded, orderedAt: LogFixture.opening, orderAmount: Money(fen: fen),
        paidAmount: Money(fen: sum), institution: .alipay, merchantTier: .t3, refundBasis: basis,
        transaction: ShortText("a") ?? .none, order: ShortText("o") ?? .none,
        refund: ShortText("r\(sum)") ?? .none))
  }

  @Test func `what is moved leaves its day and keeps the total`() throws {
    let basis = try #require(RefundBasis(movedHours: 48))
    let late = LogFixture.opening.advanced(bySeconds: 48 * 3_600)
    let log = log { log in
      log.pay(.captured, fen: 100, "a", by: .alipay)
      log.add(sum(.sum, adding: 50, 50), merchant: 1, occurredAt: late)
      log.add(sum(basis, adding: 30, 30), merchant: 1, occurredAt: LogFixture.opening)
    }
    let model = try log.model()
    let days = model.reconciliation.rows.map { [$0.refundedCount, $0.refundedFen] }
    #expect(days == [[1, 30], [1, 20]])
    #expect(model.imbalance == nil)
  }

  @Test(arguments: [0, 49])
  func `a refund is moved off no day that has less`(there: Int64) throws {
    let basis = try #require(RefundBasis(movedHours: -24))
    let early = LogFixture.opening.advanced(bySeconds: -24 * 3_600)
    let log = log { log in
      if there > 0 { log.add(sum(.sum, adding: there, there), merchant: 1, occurredAt: early) }
      log.add(sum(basis, adding: 50, 50), merchant: 1, occurredAt: LogFixture.opening)
    }
    let wrong = DecodeFault.unknownReference(.init("refund_basis"), UInt64(basis.rawValue))
    #expect(throws: ReadModelFault.undecodable(at: Position(there > 0 ? 2 : 1), wrong)) {
      try log.model()
    }
  }

  @Test func `totals by day that are not those of the mix are found`() throws {
    let one = try log { $0.pay(.captured, fen: 100, "a") }.model()
    let other = try log { log in
      log.pay(.captured, fen: 100, "a")
      log.pay(.captured, fen: 1, "b", by: .card)
    }.model()
    let mixed = ReadModel(
      merchants: one.merchants, rollouts: one.rollouts, mix: one.mix,
      reconciliation: other.reconciliation, position: one.position, logTime: one.logTime)
    let found = try #require(mixed.imbalance)
    #expect(found.institution == .card)
    #expect(found.byDay == [1, 1, 0, 0] && found.byCell == [0, 0, 0, 0])
    #expect(one.imbalance == nil && other.imbalance == nil)
  }

  @Test(arguments: [-32_767, -32_768, 0, 1, 32_766, 32_767] as [Int64])
  func `an hour stands in sixteen bits, or is too far`(hours: Int64) {
    let basis = RefundBasis(movedHours: hours)
    #expect((basis == nil) == (hours == -32_768 || hours == 32_767))
    if let basis { #expect(basis.movedHours == hours && basis.rawValue >= 2) }
  }

  @Test(arguments: Outcome.allCases)
  func `only a refund is reported as a sum`(outcome: Outcome) throws {
    let payment = Payment(
      outcome: outcome, orderedAt: LogFixture.opening, orderAmount: .zero, paidAmount: .zero,
      institution: .alipay, transaction: ShortText("a") ?? .none, order: ShortText("o") ?? .none)
    var encoder = FieldEncoder()
    Event(EventHeader(logTime: LogFixture.opening), .payment(payment)).encode(into: &encoder)
    var bytes = encoder.bytes
    bytes[PaymentView.headLength + 38] = 1
    guard outcome != .refunded else {
      let event = try Event(decoding: unsafe bytes.span.bytes)
      guard case .payment(let read) = event.payload else { return }
      #expect(read.refundBasis == .sum)
      return
    }
    #expect(throws: DecodeFault.outOfRange(field: .init("reserved"), value: 1)) {
      try Event(decoding: unsafe bytes.span.bytes)
    }
  }
}
