// What merchants captured on either side of an opening, against sums by hand.

import Events
import Platform
import Testing

@testable import Projections

/// A log with an opening, hour by hour of its first day.
private struct OpeningLog {
  static let one = RolloutNumber(1)
  /// Only tiers T1 and T3 take part, and no tea.
  static let document = """
    {"plan": "p", "tiers": ["T1", "T3", "T4"], "excluded_tiers": ["T4"], "platforms": ["tmall"],
     "excluded_categories": ["tea"]}
    """
  var log = LogFixture()
  private var payments = 0

  static func at(_ hours: Int64) -> Timestamp {
    LogFixture.opening.advanced(bySeconds: hours * 3600)
  }

  mutating func register(
    _ merchant: UInt32, _ tier: Tier, _ dailyPayments: UInt32, _ category: String = "food",
    _ platform: ShopPlatform = .tmall
  ) {
    log.add(
      .merchantRegistered(
        MerchantRegistered(
          platform: platform, tier: tier, dailyPayments: dailyPayments,
          external: id("shop-\(merchant)"), category: id(category), city: id("Yiwu"))),
      merchant: merchant)
  }

  mutating func begin(_ document: String = document) {
    log.add(
      .rolloutAnnounced(
        RolloutAnnounced(
          rollout: OpeningLog.one, planVersion: 1, institution: .weChatPay,
          effectiveAt: LogFixture.opening, windowEnd: OpeningLog.at(72),
          digest: Digest(words: (1, 2, 3, 4)), plan: id("p"), document: Array(document.utf8))))
    log.add(
      .rolloutStarted(
        RolloutStarted(
          rollout: OpeningLog.one, planVersion: 1, hashVersion: 1, waves: 1, merchants: 4,
          registryPosition: Position(4), orderDigest: Digest(words: (9, 0, 0, 0)))))
  }

  mutating func openWave(at hours: Int64) {
    log.now = OpeningLog.at(hours)
    log.add(
      .waveOpened(
        WaveOpened(
          rollout: OpeningLog.one, planVersion: 1, wave: WaveNumber(1), merchants: 4,
          plannedAt: LogFixture.opening)))
  }

  mutating func enable(_ merchant: UInt32, at hours: Int64) {
    log.now = OpeningLog.at(hours)
    log.add(
      .merchantEnabled(
        MerchantEnabled(
          rollout: OpeningLog.one, planVersion: 1, wave: WaveNumber(1),
          plannedAt: LogFixture.opening)), merchant: merchant)
  }

  mutating func turn(_ merchant: UInt32, at hours: Int64, _ make: (MerchantSwitched) -> Payload) {
    log.now = OpeningLog.at(hours)
    log.add(
      make(MerchantSwitched(rollout: OpeningLog.one, planVersion: 1, wave: WaveNumber(1))),
      merchant: merchant)
  }

  /// A capture at an hour, of an order placed at another one or at an instant that nobody told.
  mutating func pay(
    _ merchant: UInt32, at hours: Int64, ordered: Int64?, _ fen: Int64,
    _ outcome: Outcome = .captured, flags: PolicyFlags = [], by institution: Institution = .alipay
  ) {
    payments += 1
    log.now = OpeningLog.at(hours)
    log.add(
      .payment(
        Payment(
          outcome: outcome, orderedAt: ordered.map { OpeningLog.at($0) } ?? .none,
          orderAmount: Money(fen: fen), paidAmount: Money(fen: fen), balanceAmount: nil,
          institution: institution, failureClass: .none, merchantTier: .unknown,
          buyerTier: .unknown, currency: Payment.yuan, transaction: id("t\(payments)"),
          order: id("o\(payments)"), external: .none)), merchant: merchant, flags: flags)
  }
}

private func lines(_ sums: OpeningSums) -> [String] {
  sums.rows(OpeningLog.one).map { stratum, row in
    "\(stratum.tier.name) \(stratum.size): on \(row.on.count) \(row.on.fen), "
      + "not yet \(row.notYet.count) \(row.notYet.fen)"
  }
}

@Suite struct OpeningSumsTests {
  /// Two strata with merchants on both sides, and all that is on neither.
  private static func story() -> OpeningLog {
    var story = OpeningLog()
    story.log.now = OpeningLog.at(-24)
    story.register(1, .t3, 20)
    story.register(2, .t3, 31)
    story.register(3, .t1, 10)
    story.register(4, .t1, 15)
    story.register(5, .t4, 20)
    story.register(6, .t3, 20, "tea")
    story.register(7, .t3, 20, "food", .taobao)
    story.begin()
    story.pay(1, at: -1, ordered: -1, 1_000_000)
    story.openWave(at: 1)
    story.pay(1, at: 2, ordered: 1, 100)
    story.enable(1, at: 3)
    story.enable(3, at: 3)
    story.pay(1, at: 4, ordered: 4, 2_000, by: .weChatPay)
    story.pay(1, at: 4, ordered: 4, 300)
    story.pay(2, at: 4, ordered: 4, 40)
    story.pay(3, at: 5, ordered: nil, 5_000)
    story.pay(4, at: 5, ordered: nil, 600)
    return story
  }

  @Test func `captures stand by stratum on the side of their order's instant`() throws {
    let sums = try OpeningSumsTests.story().log.model().opening
    #expect(
      lines(sums) == [
        "T1 4: on 1 5000, not yet 1 600", "T3 5: on 2 2300, not yet 2 140",
      ])
    let span = sums.span(OpeningLog.one, now: OpeningLog.at(6))
    #expect(span?.from == LogFixture.opening && span?.to == OpeningLog.at(6))
    #expect(sums.span(RolloutNumber(2), now: .latest) == nil)
  }

  @Test func `a notice that comes late goes to the side that its order stood on`() throws {
    var story = OpeningSumsTests.story()
    story.pay(1, at: 9, ordered: 2, 7)
    story.pay(1, at: 9, ordered: -2, 70)
    // An order is none of a time that the log has not come to.
    story.pay(1, at: 9, ordered: 99, 700)
    #expect(lines(try story.log.model().opening).last == "T3 5: on 3 3000, not yet 3 147")
  }

  @Test func `what is no capture, or no merchant of either side, is in no sum`() throws {
    var story = OpeningSumsTests.story()
    let before = lines(try story.log.model().opening)
    for merchant: UInt32 in [5, 6, 7] { story.pay(merchant, at: 6, ordered: 6, 1) }
    story.pay(0, at: 6, ordered: 6, 1, flags: .merchantUnknown)
    for outcome: Outcome in [.refunded, .failed, .pending, .closed, .authorised] {
      story.pay(1, at: 6, ordered: 6, 1, outcome)
    }
    for flag: PolicyFlags in [.repeated, .late, .conflictsWithEarlier, .foreignCurrency] {
      story.pay(1, at: 6, ordered: 6, 1, flags: flag)
    }
    story.turn(1, at: 7) { .merchantRolledBack($0) }
    story.pay(1, at: 8, ordered: 8, 1)
    story.log.add(
      .merchantExcluded(
        MerchantExcluded(
          rollout: OpeningLog.one, planVersion: 1, reason: id("risk"), reasonReference: .zero)),
      merchant: 2)
    story.pay(2, at: 9, ordered: 9, 1)
    story.log.add(
      .merchantClosed(Reason(reason: id("gone"), reasonReference: .zero)), merchant: 4)
    story.pay(4, at: 10, ordered: 10, 1)
    #expect(lines(try story.log.model().opening) == before)
    // They come back on their sides.
    story.turn(1, at: 11) { .merchantReinstated($0) }
    story.pay(1, at: 12, ordered: 12, 1)
    story.pay(2, at: 12, ordered: 8, 2)
    #expect(lines(try story.log.model().opening).last == "T3 5: on 3 2301, not yet 3 142")
  }

  @Test(arguments: [true, false])
  func `an opening that has ended takes what was ordered before`(isAborted: Bool) throws {
    var story = OpeningSumsTests.story()
    story.log.now = OpeningLog.at(20)
    let step = RolloutStep(
      rollout: OpeningLog.one, planVersion: 1, reason: id("over"), reasonReference: .zero)
    story.log.add(
      isAborted
        ? .rolloutAborted(step)
        : .rolloutCompleted(
          RolloutCompleted(rollout: OpeningLog.one, planVersion: 1, enabled: 2, skipped: 2)))
    story.pay(1, at: 21, ordered: 19, 9)
    story.pay(1, at: 21, ordered: 20, 90)
    let sums = try story.log.model().opening
    #expect(lines(sums).last == "T3 5: on 3 2309, not yet 2 140")
    #expect(sums.span(OpeningLog.one, now: OpeningLog.at(99))?.to == OpeningLog.at(20))
  }

  @Test func `under a plan that cannot be read only who was enabled has been on a side`() throws {
    var story = OpeningLog()
    story.log.now = OpeningLog.at(-24)
    story.register(1, .t3, 20)
    story.register(2, .t3, 20)
    story.begin("no plan")
    story.openWave(at: 1)
    story.enable(1, at: 3)
    story.pay(1, at: 4, ordered: 4, 10)
    story.pay(1, at: 4, ordered: 2, 200)
    story.pay(2, at: 4, ordered: 4, 3_000)
    #expect(lines(try story.log.model().opening) == ["T3 5: on 1 10, not yet 1 200"])
  }

  @Test func `a sum that is full stands still`() {
    var sum = OpeningSums.Sum(count: 7, fen: PaymentRules.sumMax - 5)
    sum.add(4)
    #expect(sum == OpeningSums.Sum(count: 8, fen: PaymentRules.sumMax - 1) && !sum.isFull)
    sum.add(Money.paymentMax.rawValue)
    #expect(sum == OpeningSums.Sum(count: 9, fen: PaymentRules.sumMax) && sum.isFull)
    var last = OpeningSums.Sum(count: 1, fen: .max - 1)
    last.add(Money.paymentMax.rawValue)
    #expect(last == OpeningSums.Sum(count: 2, fen: PaymentRules.sumMax))
  }
}

@Suite struct OpeningSnapshotTests {
  @Test func `sums come out of a snapshot as they went in, and go on`() throws {
    var story = OpeningLog()
    story.log.now = OpeningLog.at(-24)
    story.register(1, .t3, 20)
    story.register(2, .t3, 20)
    story.begin()
    story.openWave(at: 1)
    story.enable(1, at: 3)
    story.pay(1, at: 4, ordered: 4, 10)
    story.pay(2, at: 4, ordered: 4, 3_000)
    let sums = try story.log.model().opening
    let read = try SectionBytes(sums).read(end: Position(9))
    #expect(lines(read) == lines(sums))
    #expect(read.scopes[0] == PlanScope(document: Array(OpeningLog.document.utf8)))
    #expect(read.span(OpeningLog.one, now: .latest)?.from == LogFixture.opening)
    #expect(read.isCounting && !OpeningSums().isCounting)
  }

  @Test func `sums that no payments come to are refused`() throws {
    func isRefused(_ row: OpeningSums.Row) -> Bool {
      var sums = OpeningSums()
      sums.append()
      sums.append(.init(from: LogFixture.opening), nil, [OpeningSums.Row](repeating: row, count: 3))
      return (try? SectionBytes(sums).read(end: Position(9))) == nil
    }
    #expect(!isRefused(.init(on: .init(count: 9, fen: PaymentRules.sumMax))))
    #expect(isRefused(.init(on: .init(count: 9, fen: PaymentRules.sumMax + 1))))
    #expect(isRefused(.init(on: .init(count: 9, fen: -1))))
    #expect(isRefused(.init(notYet: .init(count: 10, fen: 1))))
    #expect(isRefused(.init(on: .init(count: 1), notYet: .init(count: -1))))
  }
}

/// A section in memory.
private final class SectionBytes: SectionSink, SectionSource {
  private var bytes: [UInt8] = []
  private var taken = 0

  init(_ sums: OpeningSums) throws {
    var writer = SectionWriter(to: self)
    sums.write(to: &writer)
    try writer.finish()
  }

  func read(end: Position) throws -> OpeningSums {
    var reader = SectionReader(from: self, length: bytes.count)
    let sums = try OpeningSums(from: &reader, end: end)
    try reader.finish()
    return sums
  }

  func write(_ piece: RawSpan) throws(Fault) {
    unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  func read(into piece: inout MutableRawSpan) throws(Fault) {
    for index in 0..<piece.byteCount {
      piece.storeBytes(of: bytes[taken + index], toByteOffset: index, as: UInt8.self)
    }
    taken += piece.byteCount
  }
}
