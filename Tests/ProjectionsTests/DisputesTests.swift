// Disputes come in any order and again; their table does not show it.

import Events
import Projections
import Testing

@Suite struct DisputesTests {
  private static func stage(
    _ stage: DisputeStage, _ dispute: String = "d", _ transaction: String = "t", fen: Int64 = 500,
    code: String = ""
  ) -> Payload {
    .paymentDisputed(
      PaymentDisputed(
        institution: .card, stage: stage, transaction: id(transaction), dispute: id(dispute),
        amount: Money(fen: fen), currency: 978, code: id(code)))
  }

  @Test func `the latest stage by the institution's time counts, in whatever order it came`()
    throws
  {
    let stages: [(DisputeStage, Int64)] = [(.opened, 1), (.moneyTaken, 2), (.moneyReturned, 3)]
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0, 1], [0, 0, 2, 1]] {
      var log = LogFixture()
      log.register(1)
      for index in order {
        let (stage, hours) = stages[index]
        log.add(
          DisputesTests.stage(stage), merchant: 1,
          occurredAt: LogFixture.opening.advanced(bySeconds: (hours - 4) * 3_600))
      }
      let model = try log.model()
      let row = try #require(model.disputes.rows.first)
      #expect(model.disputes.rows.count == 1 && row.stage == .moneyReturned)
      #expect(row.taken == .zero && row.amount == Money(fen: 500) && row.first == Position(1))
      #expect(row.until.seconds - row.since.seconds == 2 * 3_600)
    }
  }

  @Test func `of two stages of one time the further one counts, and no time lies ahead`() throws {
    for order in [[DisputeStage.moneyTaken, .moneyReturned], [.moneyReturned, .moneyTaken]] {
      var log = LogFixture()
      log.register(1)
      for stage in order {
        log.add(DisputesTests.stage(stage), merchant: 1, occurredAt: LogFixture.opening)
      }
      #expect(try log.model().disputes.rows.map(\.stage) == [.moneyReturned])
    }
    var log = LogFixture()
    log.register(1)
    let ahead = log.now.advanced(bySeconds: 10 * 365 * 86_400)
    log.add(DisputesTests.stage(.opened), merchant: 1, occurredAt: ahead)
    log.add(DisputesTests.stage(.moneyTaken), merchant: 1, occurredAt: log.now)
    #expect(try log.model().disputes.rows.map(\.stage) == [.moneyTaken])
  }

  @Test(arguments: DisputeStage.allCases)
  func `the payer has the money from when it is taken, and for good where it is lost`(
    stage: DisputeStage
  ) throws {
    var log = LogFixture()
    log.register(1)
    log.add(DisputesTests.stage(stage), merchant: 1, occurredAt: LogFixture.opening)
    let taken: Int64 = stage == .moneyTaken || stage == .lost ? 500 : 0
    #expect(
      table(.disputes, try log.model()).dropFirst()
        == ["card|t|d|shop-1|\(stage.name)|500|978|\(taken)||t+0|t+0|1|1"])
  }

  @Test func `a payment has as many disputes as the institution names`() throws {
    var log = LogFixture()
    log.add(DisputesTests.stage(.opened, "d1"), merchant: 0)
    log.add(DisputesTests.stage(.moneyTaken, "d2"), merchant: 0)
    log.add(DisputesTests.stage(.opened, "d1", "other"), merchant: 0)
    let model = try log.model()
    #expect(model.disputes.of(.card, id("t")).map(\.dispute) == [id("d1"), id("d2")])
    #expect(model.disputes.of(.alipay, id("t")).isEmpty)
  }
}

@Suite struct DiscrepancyAnswerTests {
  private static func answer(_ position: UInt64, _ flags: PolicyFlags) -> Payload {
    .discrepancyResolved(
      DiscrepancyResolved(
        position: Position(position), flags: flags, answer: .accepted, reason: id("seen")))
  }

  private static func states(_ model: ReadModel) -> [String] {
    table(.discrepancies, model).dropFirst().map {
      let cells = $0.split(separator: "|", omittingEmptySubsequences: false)
      return "\(cells[1]) \(cells[10]) \(cells[11])"
    }
  }

  @Test func `an answer closes the flags it names and no others`() throws {
    var log = LogFixture()
    log.register(1)
    log.pay(.captured, fen: 7, "t", flags: [.notOpen, .capturedAfterEnd])
    log.add(DiscrepancyAnswerTests.answer(1, .notOpen))
    let model = try log.model()
    #expect(model.discrepancies.openCount == 1)
    #expect(
      DiscrepancyAnswerTests.states(model) == ["not-open resolved 2", "captured-after-end open "])
  }

  @Test func `the first of an answer and a joining capture closes an early refund, once`() throws {
    for answersFirst in [true, false] {
      var log = LogFixture()
      log.register(1)
      log.pay(.refunded, fen: 5, "t", flags: .refundBeforeCapture)
      if answersFirst { log.add(DiscrepancyAnswerTests.answer(1, .refundBeforeCapture)) }
      log.pay(.captured, fen: 9, "t")
      if !answersFirst { log.add(DiscrepancyAnswerTests.answer(1, .refundBeforeCapture)) }
      let model = try log.model()
      #expect(model.discrepancies.openCount == 0)
      #expect(DiscrepancyAnswerTests.states(model) == ["refund-before-capture resolved 2"])
    }
  }

  @Test(arguments: [(UInt64(0), PolicyFlags.notOpen), (1, .capturedAfterEnd), (9, .notOpen)])
  func `an answer to what is no discrepancy stops the fold`(
    position: UInt64, flags: PolicyFlags
  ) throws {
    var log = LogFixture()
    log.register(1)
    log.pay(.captured, fen: 7, "t", flags: .notOpen)
    log.add(DiscrepancyAnswerTests.answer(position, flags))
    let fault = DecodeFault.unknownReference(.init("position"), position)
    #expect(throws: ReadModelFault.undecodable(at: Position(2), fault)) { try log.model() }
  }
}
