// Tests of the folds: what is counted, what is kept apart, and what is listed.

import Events
import Projections
import Testing

/// Gathers a table as lines of cells with a bar between.
struct LineSink: CellSink {
  var lines: [String] = []
  private var cells: [String] = []

  init() {}

  mutating func begin(_ columns: [Column]) {
    lines.append(columns.map(\.name).joined(separator: "|"))
  }
  mutating func text(_ value: String) { cells.append(value) }
  mutating func integer(_ value: Int64) { cells.append("\(value)") }
  mutating func instant(_ value: Timestamp) {
    cells.append("t+\(value.seconds - LogFixture.opening.seconds)")
  }
  mutating func day(_ value: BeijingDay) { cells.append("day \(value.rawValue)") }
  mutating func flag(_ value: Bool) { cells.append("\(value)") }
  mutating func digest(_ value: Digest) { cells.append("digest \(value.words.0)") }
  mutating func null() { cells.append("") }
  mutating func endRow() {
    lines.append(cells.joined(separator: "|"))
    cells = []
  }
}

func table(_ name: DumpName, _ model: ReadModel) -> [String] {
  var sink = LineSink()
  name.write(model, to: &sink)
  return sink.lines
}

@Suite struct PaymentRulesTests {
  static let rules: [(Outcome, PolicyFlags, PaymentRules.Treatment)] = [
    (.captured, [], .counted),
    (.captured, .notOpen, .counted),
    (.captured, .merchantUnknown, .counted),
    (.captured, .orderCapturedTwice, .counted),
    (.captured, .capturedAfterEnd, .counted),
    (.captured, .captureBelowRefunds, .counted),
    (.captured, .occurredAhead, .counted),
    (.captured, .conflictsWithEarlier, .apart),
    (.captured, .foreignCurrency, .apart),
    (.captured, .repeated, .ignored),
    (.captured, .late, .ignored),
    (.captured, [.conflictsWithEarlier, .repeated], .ignored),
    (.refunded, [], .counted),
    (.refunded, .refundBeforeCapture, .counted),
    (.refunded, .refundExceedsCapture, .apart),
    (.refunded, .conflictsWithEarlier, .apart),
    (.refunded, .foreignCurrency, .apart),
    (.refunded, .repeated, .ignored),
    (.refunded, .late, .ignored),
    (.failed, .conflictsWithEarlier, .counted),
    (.failed, .repeated, .ignored),
    (.pending, .late, .ignored),
  ]

  @Test(arguments: rules)
  func `each flag has its treatment`(
    outcome: Outcome, flags: PolicyFlags, treatment: PaymentRules.Treatment
  ) {
    #expect(PaymentRules.treatment(of: outcome, flags) == treatment)
  }
}

@Suite struct ReconciliationTests {
  @Test func `sums follow the rules and rows stand by institution and day`() throws {
    var log = LogFixture()
    log.register(1)
    let day = LogFixture.opening
    log.pay(.captured, fen: 50, "late", by: .alipay, occurredAt: day.advanced(bySeconds: 86_400))
    log.pay(.captured, fen: 1000, "a", occurredAt: day)
    log.pay(.captured, fen: 200, "b", occurredAt: day.advanced(bySeconds: -1))
    log.pay(.captured, fen: 30, "c", occurredAt: day.advanced(bySeconds: 86_399))
    log.pay(.captured, fen: 4, "c", flags: .repeated, occurredAt: day)
    log.pay(.captured, fen: 5, "c", flags: .conflictsWithEarlier, occurredAt: day)
    log.pay(.captured, fen: 6, "d", flags: .foreignCurrency, occurredAt: day, currency: 840)
    log.pay(.refunded, fen: 7, "a", occurredAt: day)
    log.pay(.refunded, fen: 8, "a", flags: .refundExceedsCapture, occurredAt: day)
    log.pay(.failed, fen: 9, "e", occurredAt: day, failure: .payer)
    #expect(
      table(.reconciliation, try log.model()) == [
        "institution|day|captured_count|captured_fen|refunded_count|refunded_fen|net_fen"
          + "|apart_count|apart_fen",
        "wechat-pay|day 19977|1|200|0|0|200|0|0",
        "wechat-pay|day 19978|2|1030|1|7|1023|3|13",
        "alipay|day 19979|1|50|0|0|50|0|0",
      ])
  }

  @Test func `a notice without its own time is counted on the day of the log`() throws {
    var log = LogFixture()
    log.register(1)
    log.pay(.captured, fen: 1)
    let model = try log.model()
    let row = model.reconciliation.row(.weChatPay, LogFixture.opening.beijingDay)
    #expect(row?.capturedCount == 1)
    #expect(model.reconciliation.row(.alipay, LogFixture.opening.beijingDay) == nil)
  }
}

@Suite struct PaymentMixTests {
  @Test func `a cell holds captures, balance, failures by class and the merchant's platform`()
    throws
  {
    var log = LogFixture()
    log.register(1, .tmall)
    log.pay(.captured, fen: 1000, "a", balance: 400)
    log.pay(.captured, fen: 100, "b")
    log.pay(.captured, fen: 100, "b", flags: .repeated)
    log.pay(.refunded, fen: 10, "a")
    log.pay(.pending, "c")
    log.pay(.closed, "c")
    for failure in FailureClass.allCases { log.pay(.failed, "f-\(failure)", failure: failure) }
    log.pay(.captured, fen: 5, "u", merchant: 0, flags: .merchantUnknown, external: "shop-x")
    let lines = table(.mix, try log.model())
    #expect(
      lines.dropFirst() == [
        "wechat-pay|unknown|T3|T4|0|1|5|5|0|0|0|0|0|0|0|0|0|0|0|0|0|0",
        "wechat-pay|tmall|T3|T4|0|2|1100|990|400|1|1|10|1|1|0|1|1|1|1|1|3|2",
      ])
  }

  @Test func `attempts are counted at their hour and an update moves the platform`() throws {
    var log = LogFixture()
    log.register(1, .tmall)
    log.add(
      .merchantUpdated(
        MerchantUpdated(
          platform: .taobao, tier: .t2, dailyPayments: 1, category: id("food"), city: id("Yiwu"))),
      merchant: 1)
    let attempt = Payload.orderAttempted(
      OrderAttempted(
        institution: .card, merchantTier: .t2, buyerTier: .unknown, orderedAt: log.now,
        orderAmount: Money(fen: 1), order: id("o"), external: .none))
    log.add(attempt, merchant: 1, occurredAt: log.now.advanced(bySeconds: 23 * 3600))
    log.add(attempt, merchant: 1, flags: .repeated)
    let lines = table(.mix, try log.model())
    #expect(
      lines.dropFirst() == ["card|taobao|T2|unknown|23|0|0|0|0|0|0|0|0|0|1|0|0|0|0|0|0|0"])
  }
}

@Suite struct DiscrepanciesTests {
  @Test(arguments: PolicyFlags.names.map(\.name))
  func `a flag makes a row if and only if it is in the list`(name: String) throws {
    let known = try #require(PolicyFlags.names.first { $0.name == name })
    var log = LogFixture()
    log.register(1)
    let position = log.pay(.captured, fen: 70, "tx-9", flags: known.flag)
    let model = try log.model()
    let isListed = PolicyFlags.discrepancies.contains(known.flag)
    #expect(model.discrepancies.count == (isListed ? 1 : 0))
    #expect(
      table(.discrepancies, model).dropFirst()
        == (isListed
          ? [
            "\(position.rawValue)|\(name)|wechat-pay|tx-9|order-tx-9|shop-1|captured|70||t+1|open|"
          ] : []))
  }

  @Test func `an event with two flags has two rows, and an unknown merchant its own id`() throws {
    var log = LogFixture()
    log.pay(
      .captured, fen: 1, "t", merchant: 0, flags: [.notOpen, .merchantUnknown, .late],
      external: "shop-x")
    #expect(
      table(.discrepancies, try log.model()).dropFirst() == [
        "0|not-open|wechat-pay|t|order-t|shop-x|captured|1||t+0|open|",
        "0|merchant-unknown|wechat-pay|t|order-t|shop-x|captured|1||t+0|open|",
      ])
  }

  @Test func `only a counted capture of the same transaction resolves an early refund`() throws {
    var log = LogFixture()
    log.register(1)
    log.pay(.refunded, fen: 5, "t", flags: .refundBeforeCapture)
    log.pay(.captured, fen: 9, "other")
    log.pay(.captured, fen: 9, "t", by: .alipay)
    log.pay(.captured, fen: 9, "t", flags: .conflictsWithEarlier)
    #expect(try log.model().discrepancies.openCount == 2)
    log.pay(.captured, fen: 9, "t")
    let model = try log.model()
    #expect(model.discrepancies.openCount == 1)
    #expect(
      table(.discrepancies, model)[1]
        == "1|refund-before-capture|wechat-pay|t|order-t|shop-1|refunded|5||t+1|resolved|5")
  }
}

@Suite struct TimelineTests {
  @Test func `the timeline leaves out payments, registrations and the scheduler's switching`()
    throws
  {
    let lines = table(.timeline, try LogFixture.story().model())
    #expect(
      lines.dropFirst() == [
        "0|t+0|institution-opened|system|0|||||alipay is open at every merchant",
        "4|t+4|rollout-announced|operator|1001||1|||wechat-pay-2024-09, version 1, wechat-pay",
        "5|t+5|rollout-approved|operator|1001||1|||version 1, as finance",
        "6|t+6|rollout-started|scheduler|0||1|||3 merchants in 2 waves",
        "7|t+7|wave-opened|scheduler|0||1|1||2 merchants",
        "17|t+17|guardrail-breached|guardrail|0||1|1||failure-share, positions 10 to 14",
        "18|t+18|merchant-rolled-back|operator|1001||1|1|shop-2|",
      ])
  }
}

@Suite struct TableTests {
  @Test func `merchants have a row under each rollout`() throws {
    let lines = table(.merchants, try LogFixture.story().model())
    #expect(
      lines.dropFirst() == [
        "1|shop-1|taobao|food|Yiwu|T3|true|10|t+1||wechat-pay-2024-09|wechat-pay|enabled|1|t+0|t+8"
          + "|t+8||6|14",
        "2|shop-2|tmall|food|Yiwu|T1|false|20|t+2||wechat-pay-2024-09|wechat-pay|rolled-back|1|t+0"
          + "|t+9|t+18||4|18",
        "3|shop-3|tmall|food|Yiwu|T5|true|30|t+3||wechat-pay-2024-09|wechat-pay|pending|||||"
          + "|2|15",
      ])
  }

  @Test func `a merchant of a log without rollouts has one row`() throws {
    var log = LogFixture()
    log.register(1)
    #expect(
      table(.merchants, try log.model()).dropFirst()
        == ["1|shop-1|taobao|food|Yiwu|T3|true|10|t+0|||||||||" + "|1|0"])
  }

  @Test func `rollouts, waves and guardrails have their rows`() throws {
    let model = try LogFixture.story().model()
    #expect(
      table(.rollouts, model).dropFirst() == [
        "1|wechat-pay-2024-09|1|wechat-pay|running|false|false||t+4|t+0|t+604800|t+6||"
          + "operator:1001|3|1|1|1|0|0|digest 9|digest 1"
      ])
    #expect(
      table(.waves, model).dropFirst() == ["1|wechat-pay-2024-09|1|t+0|t+7||2|2|1"])
    #expect(table(.guardrails, model).dropFirst() == ["17|t+17|1|1|failure-share|breached"])
  }

  @Test(arguments: DumpName.allCases)
  func `every row has as many cells as its table has columns`(name: DumpName) throws {
    var log = LogFixture.story()
    log.add(
      .termsPublished(
        TermsPublished(version: 1, effectiveAt: log.now, name: id("t"), digest: .zero)))
    let lines = table(name, try log.model())
    let columns = lines[0].split(separator: "|", omittingEmptySubsequences: false).count
    #expect(lines.count > 1)
    for line in lines {
      #expect(line.split(separator: "|", omittingEmptySubsequences: false).count == columns)
    }
  }
}

@Suite struct ReadModelTests {
  @Test(arguments: [1, 2, 3, 7, 64])
  func `the cut into batches changes no row`(cut: Int) throws {
    let log = LogFixture.story()
    let whole = try log.model(cut: 64)
    let pieces = try log.model(cut: cut)
    for name in DumpName.allCases { #expect(table(name, pieces) == table(name, whole)) }
    #expect(pieces.position == Position(UInt64(log.events.count)))
    #expect(pieces.logTime == log.events.last?.header.logTime)
  }

  @Test func `each payment projection alone gives the rows of the model`() throws {
    let log = LogFixture.story()
    let model = try log.model()
    var reconciliation = Reconciliation()
    var mix = PaymentMix()
    var discrepancies = Discrepancies()
    var timeline = Timeline()
    var guardrails = GuardrailHistory()
    try log.fold { batch throws(DecodeFault) in
      try reconciliation.apply(batch)
      try mix.apply(batch)
      try discrepancies.apply(batch)
      try timeline.apply(batch)
      try guardrails.apply(batch)
    }
    var sink = LineSink()
    reconciliation.write(to: &sink)
    mix.write(to: &sink)
    discrepancies.write(naming: model.merchants, to: &sink)
    timeline.write(naming: model.merchants, to: &sink)
    guardrails.write(to: &sink)
    let names: [DumpName] = [.reconciliation, .mix, .discrepancies, .timeline, .guardrails]
    #expect(sink.lines == names.flatMap { table($0, model) })
  }

  @Test func `a gap and a repeat are refused and change nothing`() throws {
    let log = LogFixture.story()
    var model = ReadModel()
    #expect(throws: ReadModelFault.outOfPlace(expected: .zero, found: Position(1))) {
      try log.fold(from: 1) { batch throws(ReadModelFault) in try model.apply(batch) }
    }
    #expect(model.position == .zero)
    model = try log.model()
    let end = model.position
    #expect(throws: ReadModelFault.outOfPlace(expected: end, found: .zero)) {
      try log.fold { batch throws(ReadModelFault) in try model.apply(batch) }
    }
  }

  @Test func `a fault names its position and stays`() throws {
    var log = LogFixture()
    log.register(1)
    log.pay(merchant: 1)
    log.pay(merchant: 9)
    var model = ReadModel()
    let expected = ReadModelFault.undecodable(
      at: Position(2), .unknownReference(.init("merchant_number"), 9))
    for _ in 0..<2 {
      #expect(throws: expected) {
        try log.fold { batch throws(ReadModelFault) in try model.apply(batch) }
      }
    }
  }

  @Test func `an amount beyond the limit is refused`() throws {
    var log = LogFixture()
    log.register(1)
    log.pay(fen: Money.paymentMax.rawValue)
    #expect(try log.model().position == Position(2))
    log.pay(fen: -1)
    #expect(throws: ReadModelFault.self) { try log.model() }
  }
}
