// The buyers: deterministic, never paying through what is closed, with books that add up.

import Events
import Platform
import Simulation
import Testing
import Text

private let start = MarketMoments.start
private let until = start.advanced(bySeconds: 8 * 86_400)

private func notices(
  _ count: UInt64, seed: UInt64 = 1, open: UInt8 = 0b11110, tier: Tier = .t3,
  cashierSample: UInt64 = 20
) -> [ShopperNotice] {
  let shopper = Shopper(seed: seed, until: until, cashierSample: cashierSample)
  var all: [ShopperNotice] = []
  for serial in 0..<count {
    let at = start.advanced(byNanoseconds: Int64(serial) * 10_000_000_000)
    shopper.place(
      MarketMoment(serial: serial, at: at, merchant: 0), merchantTier: tier, open: open,
      into: &all)
  }
  return all
}

@Suite struct ShopperTests {
  private func text(_ notices: [ShopperNotice], seed: UInt64 = 1) -> [UInt8] {
    var lines = ShopperLines(seed: seed, merchants: [ExternalID("a\"b") ?? .none])
    var out: [UInt8] = []
    for notice in notices { lines.append(notice, to: &out) }
    return out
  }

  @Test func `the same seed gives the same lines, another seed others`() {
    #expect(text(notices(300)) == text(notices(300)))
    #expect(text(notices(300)) != text(notices(300, seed: 2)))
  }

  @Test(arguments: [UInt8(0b00010), 0b00100, 0b01000, 0b10000, 0b00110, 0b11100])
  func `no buyer pays through what is closed`(open: UInt8) {
    let all = notices(3000, open: open)
    #expect(!all.isEmpty)
    #expect(all.allSatisfy { open & 1 << $0.order.institution.rawValue != 0 })
  }

  @Test func `where nothing is open nobody pays, and the cashier still tells of the order`() {
    let all = notices(2000, open: 0)
    #expect(!all.isEmpty)
    #expect(all.allSatisfy { $0.kind == .offer && $0.order.open == 0 })
  }

  @Test(arguments: [(Tier.t1, 0.30), (.t5, 0.45)])
  func `WeChat Pay is chosen by more buyers further downstream`(tier: Tier, share: Double) {
    var orders: [UInt64: Institution] = [:]
    for notice in notices(20_000) where notice.order.buyerTier == tier {
      orders[notice.order.serial] = notice.order.institution
    }
    let chosen = Double(orders.values.count { $0 == .weChatPay }) / Double(orders.count)
    #expect(abs(chosen - share) < 0.03)
  }

  @Test func `outcomes, refunds and amounts have their shares`() {
    let count = 40_000
    let all = notices(UInt64(count)).filter { $0.kind == .payment }
    func share(_ outcome: Outcome) -> Double {
      Double(Set(all.filter { $0.outcome == outcome }.map { $0.order.serial }).count)
        / Double(count)
    }
    #expect(abs(share(.captured) - 0.955) < 0.005)
    #expect(abs(share(.failed) - 0.035) < 0.005)
    #expect(abs(share(.closed) - 0.010) < 0.003)
    #expect(abs(share(.refunded) - 0.019) < 0.004)
    let captured = all.filter { $0.outcome == .captured && $0.counts }
    let mean = captured.reduce(0) { $0 + $1.amount.rawValue } / Int64(captured.count)
    #expect(abs(mean - 8000) < 500)
  }

  @Test func `nothing is due before it occurred, before its order, or beyond the end`() {
    for notice in notices(20_000) {
      #expect(notice.order.orderedAt <= notice.occurredAt)
      #expect(notice.occurredAt <= notice.dueAt)
      #expect(notice.dueAt < until)
    }
  }

  @Test func `refunds never exceed their capture, and every refund has one`() {
    var left: [UInt64: Int64] = [:]
    let all = notices(40_000)
    for notice in all where notice.outcome == .captured && notice.transaction == 0 {
      left[notice.order.serial] = notice.amount.rawValue
    }
    for notice in all where notice.outcome == .refunded && notice.counts {
      left[notice.order.serial, default: 0] -= notice.amount.rawValue
      #expect(notice.amount > .zero)
    }
    #expect(left.values.allSatisfy { $0 >= 0 })
  }

  @Test func `every line is a flat object, and ids are never given twice`() throws {
    let all = notices(4000)
    var lines = ShopperLines(seed: 1, merchants: [ExternalID("a\"b") ?? .none])
    var seen: [String: [UInt8]] = [:]
    for notice in all where notice.kind == .payment {
      var line: [UInt8] = []
      lines.append(notice, to: &line)
      #expect(line.last == UInt8(ascii: "\n"))
      let value = try JSONReader.read(line)
      guard case .string(let transaction) = value["transaction"],
        case .string(let institution) = value["institution"],
        case .string(let refund) = value["refund"], case .string(let merchant) = value["merchant"]
      else {
        Issue.record("a field is missing")
        return
      }
      #expect(merchant == "a\"b")
      let length = ["wechat-pay": 28, "alipay": 28, "unionpay": 21, "card": 16][institution]
      #expect(transaction.utf8.count == length)
      guard value["id"] == nil else { continue }
      // The daemon knows a command by these: the same again must be the same line.
      let key = "\(institution) \(transaction) \(notice.outcome.rawValue) \(refund)"
      #expect(seen.updateValue(line, forKey: key).map { $0 == line } ?? true)
    }
    #expect(seen.count > 3600)
  }
}

@Suite struct ShopperOpennessTests {
  private func instant(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

  @Test func `a change counts from its own instant on`() {
    var openness = ShopperOpenness(merchants: 2)
    openness.add(OpenChange(at: instant(0), institution: .alipay, merchant: nil, isOn: true))
    openness.add(OpenChange(at: instant(5), institution: .weChatPay, merchant: 1, isOn: true))
    openness.add(OpenChange(at: instant(9), institution: .weChatPay, merchant: 1, isOn: false))
    #expect(openness.institutions(at: 1, when: instant(4)) == 0b00100)
    #expect(openness.institutions(at: 1, when: instant(5)) == 0b00110)
    #expect(openness.institutions(at: 0, when: instant(5)) == 0b00100)
    #expect(openness.count(.weChatPay) == 1)
    #expect(openness.institutions(at: 1, when: instant(8)) == 0b00110)
    #expect(openness.institutions(at: 1, when: instant(9)) == 0b00100)
    #expect(openness.count(.weChatPay) == 0)
    #expect(openness.count(.alipay) == 2)
  }

  @Test func `a shop that has closed stays closed`() {
    var openness = ShopperOpenness(merchants: 2)
    openness.add(OpenChange(at: instant(0), institution: .alipay, merchant: nil, isOn: true))
    openness.add(OpenChange(at: instant(1), institution: nil, merchant: 0, isOn: false))
    openness.add(OpenChange(at: instant(2), institution: .unionPay, merchant: nil, isOn: true))
    #expect(openness.institutions(at: 0, when: instant(3)) == 0)
    #expect(openness.institutions(at: 1, when: instant(3)) == 0b01100)
  }
}

@Suite struct ShopperAgendaTests {
  @Test func `notices come in the order they are due, those of one instant as they came`() {
    var agenda = ShopperAgenda()
    let all = notices(3000)
    for notice in all { agenda.add(notice) }
    let sorted = all.enumerated().sorted {
      ($0.element.dueAt, $0.offset) < ($1.element.dueAt, $1.offset)
    }
    let middle = sorted[sorted.count / 2].element.dueAt
    var taken: [ShopperNotice] = []
    while let notice = agenda.next(by: middle) { taken.append(notice) }
    #expect(taken.allSatisfy { $0.dueAt <= middle })
    #expect(agenda.nextDue.map { $0 > middle } == true)
    while let notice = agenda.next(by: until) { taken.append(notice) }
    #expect(taken == sorted.map { $0.element })
  }
}

@Suite struct ShopperOutstandingTests {
  private let sample = notices(20, cashierSample: 0)

  private func queue(_ count: Int) -> OutstandingQueue {
    var queue = OutstandingQueue(limit: 100)
    for notice in sample.prefix(count) { queue.add(.notice(notice)) }
    return queue
  }

  private func writeAll(_ queue: inout OutstandingQueue) -> [ShopperRequest] {
    var written: [ShopperRequest] = []
    while let request = queue.nextToWrite() { written.append(request) }
    return written
  }

  @Test func `a run of answers takes as many requests, in their order`() throws {
    var queue = queue(5)
    #expect(writeAll(&queue) == sample.prefix(5).map { .notice($0) })
    var taken: [ShopperNotice] = []
    try queue.acknowledge(3) { _, notice in taken.append(notice) }
    #expect(taken == Array(sample.prefix(3)))
    #expect(queue.count == 2)
    #expect(queue.room == 98)
  }

  @Test func `after a reconnection all without an answer is written again, questions are not`()
    throws
  {
    var queue = queue(3)
    queue.add(.question(since: .zero))
    queue.add(.notice(sample[3]))
    _ = queue.nextToWrite()
    _ = queue.nextToWrite()
    try queue.acknowledge(1) { _, _ in }
    queue.reconnect()
    #expect(writeAll(&queue) == sample[1...3].map { .notice($0) })
  }

  @Test func `a request refused for now waits and goes behind the others`() throws {
    var queue = queue(3)
    _ = writeAll(&queue)
    try queue.postpone()
    #expect(queue.count == 3)
    #expect(!queue.hasUnwritten)
    try queue.acknowledge(1) { _, _ in }
    queue.resume()
    #expect(writeAll(&queue) == [.notice(sample[0])])
    try queue.acknowledge(2) { _, _ in }
    #expect(queue.count == 0)
  }

  @Test func `a postponed request survives a reconnection once`() throws {
    var queue = queue(2)
    _ = writeAll(&queue)
    try queue.postpone()
    queue.reconnect()
    queue.resume()
    #expect(writeAll(&queue) == [.notice(sample[1]), .notice(sample[0])])
  }

  @Test func `answers that fit no request are told apart`() throws {
    var queue = queue(1)
    #expect(throws: OutstandingFault.nothingAsked) { try queue.acknowledge(1) { _, _ in } }
    _ = writeAll(&queue)
    #expect(throws: OutstandingFault.questionExpected) { try queue.answerQuestion() }
    try queue.acknowledge(1) { _, _ in }
    queue.add(.question(since: .zero))
    _ = writeAll(&queue)
    #expect(throws: OutstandingFault.noticeExpected) { try queue.acknowledge(1) { _, _ in } }
    try queue.answerQuestion()
    #expect(queue.count == 0)
  }
}

@Suite struct ShopperAnswerTests {
  private func read(_ text: String) throws -> ShopperAnswer {
    try ShopperAnswer.read(Array(text.utf8).span)
  }

  @Test func `receipts, refusals and news of what is open are read`() throws {
    guard case .accepted(let run) = try read(#"{"accepted":3,"first":7,"last":9}"#) else {
      Issue.record("it is no receipt")
      return
    }
    #expect(run.position(of: 2) == Position(9))
    let busy =
      #"{"refused":{"line":9,"number":2,"name":"busy","message":"m","hint":"h","retry":true}}"#
    guard case .refused("busy", _, true) = try read(busy) else {
      Issue.record("it is no refusal")
      return
    }
    let text =
      #"{"open":{"as_of":"x","as_of_ns":50,"position":8,"more":true,"#
      + #""changes":[[1,10,"alipay","",1],[2,20,"","m1",0]]}}"#
    guard case .open(let news) = try read(text) else {
      Issue.record("it is no news")
      return
    }
    #expect(news.asOf.rawValue == 50)
    #expect(news.hasMore)
    #expect(news.changes[0].institution == .alipay && news.changes[0].merchant == nil)
    #expect(news.changes[1].institution == nil && !news.changes[1].isOn)
    #expect(news.changes[1].merchant == ExternalID("m1"))
  }

  @Test(arguments: [
    "", "{}", #"{"accepted":"3","first":1,"last":1}"#, #"{"open":{"as_of_ns":1}}"#,
    #"{"open":{"as_of_ns":1,"position":1,"more":false,"changes":[[1,2,"paypal","",1]]}}"#,
  ])
  func `what is no answer is a fault`(text: String) {
    #expect(throws: ShopperAnswerFault.self) { try read(text) }
  }
}

@Suite struct ShopperLedgerTests {
  @Test func `captures and refunds add up by institution and day, each once`() {
    var ledger = ShopperLedger()
    var captured: Int64 = 0
    var refunded: Int64 = 0
    let all = notices(20_000)
    for notice in all {
      ledger.acknowledge(notice, isRepeat: false)
      guard notice.counts else { continue }
      if notice.outcome == .captured { captured += notice.amount.rawValue }
      if notice.outcome == .refunded { refunded += notice.amount.rawValue }
    }
    #expect(ledger.rows.reduce(0) { $0 + $1.capturedFen } == captured)
    #expect(ledger.rows.reduce(0) { $0 + $1.refundedFen } == refunded)
    #expect(refunded > 0)
    let keys = ledger.rows.map { Int($0.institution.rawValue) * 1_000_000 + Int($0.day.rawValue) }
    #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 })
    #expect(ledger.accepted == UInt64(all.count))
    // A second notice of the same capture is no second capture.
    let again = all.filter { !$0.counts }
    for notice in again { ledger.acknowledge(notice, isRepeat: true) }
    #expect(ledger.rows.reduce(0) { $0 + $1.capturedFen } == captured)
    #expect(ledger.repeated == UInt64(again.count))
  }

  @Test func `a capture a second before midnight in Beijing belongs to the day before`() throws {
    var capture = try #require(notices(50).first { $0.outcome == .captured && $0.counts })
    capture.occurredAt = start.advanced(bySeconds: 86_399)
    var ledger = ShopperLedger()
    ledger.acknowledge(capture, isRepeat: false)
    capture.occurredAt = start.advanced(bySeconds: 86_400)
    ledger.acknowledge(capture, isRepeat: false)
    #expect(ledger.rows.map { $0.day.text } == ["2024-09-12", "2024-09-13"])
    let document = try JSONReader.read(ledger.json(isComplete: false, asOf: start))
    #expect(document["complete"] == .bool(false))
    guard case .array(let days) = document["days"] else {
      Issue.record("the books have no days")
      return
    }
    #expect(days.count == 2)
  }
}
