// A small log in memory: events one after another, folded in batches of any size.

import Events
import Projections

/// Events at positions from 0, at log times one second apart.
struct LogFixture {
  /// 2024-09-12T00:00:00+08:00, when the window of the story opens.
  static let opening = Timestamp(seconds: 1_726_070_400)

  private(set) var events: [Event] = []
  var now = LogFixture.opening

  @discardableResult
  mutating func add(
    _ payload: Payload, merchant: UInt32 = 0, occurredAt: Timestamp = .none,
    flags: PolicyFlags = [], actor: Actor = .system, cause: Position = .none
  ) -> Position {
    events.append(
      Event(
        EventHeader(
          logTime: now, occurredAt: occurredAt, actor: actor, cause: cause,
          merchant: MerchantNumber(merchant), flags: flags), payload))
    now = now.advanced(bySeconds: 1)
    return Position(UInt64(events.count - 1))
  }

  mutating func register(_ number: UInt32, _ platform: ShopPlatform = .taobao, _ tier: Tier = .t3) {
    add(
      .merchantRegistered(
        MerchantRegistered(
          platform: platform, tier: tier, dailyPayments: number * 10,
          external: id("shop-\(number)"),
          category: id("food"), city: id("Yiwu"))), merchant: number)
  }

  @discardableResult
  mutating func pay(
    _ outcome: Outcome = .captured, fen: Int64 = 100, _ transaction: String = "tx",
    by institution: Institution = .weChatPay, merchant: UInt32 = 1, flags: PolicyFlags = [],
    occurredAt: Timestamp = .none, balance: Int64? = nil, failure: FailureClass = .none,
    currency: UInt16 = Payment.yuan, external: String = ""
  ) -> Position {
    add(
      .payment(
        Payment(
          outcome: outcome, orderedAt: now, orderAmount: Money(fen: fen),
          paidAmount: Money(fen: fen - fen / 10), balanceAmount: balance.map { Money(fen: $0) },
          institution: institution, failureClass: failure, merchantTier: .t3, buyerTier: .t4,
          currency: currency, transaction: id(transaction), order: id("order-\(transaction)"),
          external: id(external))),
      merchant: merchant, occurredAt: occurredAt, flags: flags, actor: Actor(.institution))
  }

  /// Folds the events in batches of at most `cut`.
  func model(cut: Int = 64) throws -> ReadModel {
    var model = ReadModel()
    try fold(cut: cut) { batch throws(ReadModelFault) in try model.apply(batch) }
    return model
  }

  func fold<Failure: Error>(
    cut: Int = 64, from start: Int = 0,
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(Failure) {
    let buffer = BatchBuffer()
    var encoder = FieldEncoder()
    var first = start
    while first < events.count {
      let end = min(first + cut, events.count)
      buffer.reset()
      for event in events[first..<end] {
        event.encode(into: &encoder)
        buffer.append(encoder.bytes)
      }
      try buffer.withBatch(
        first: Position(UInt64(first)), logTime: events[end - 1].header.logTime, body)
      first = end
    }
  }
}

/// A short text of the fixture; a text over the limit fails the comparison that follows.
func id(_ text: String) -> ExternalID { ExternalID(text) ?? .none }

extension LogFixture {
  /// A rollout with two waves, a breach, a roll-back and a few payments.
  static func story() -> LogFixture {
    var log = LogFixture()
    log.add(.institutionOpened(InstitutionOpened(institution: .alipay)))
    log.register(1, .taobao, .t3)
    log.register(2, .tmall, .t1)
    log.register(3, .tmall, .t5)
    let one = RolloutNumber(1)
    let person = Actor(.operator, id: 1001)
    log.add(
      .rolloutAnnounced(
        RolloutAnnounced(
          rollout: one, planVersion: 1, institution: .weChatPay, effectiveAt: opening,
          windowEnd: opening.advanced(bySeconds: 7 * 86_400),
          digest: Digest(words: (1, 2, 3, 4)), plan: id("wechat-pay-2024-09"),
          document: Array("{}".utf8))), actor: person)
    log.add(
      .rolloutApproved(
        RolloutApproved(rollout: one, planVersion: 1, role: id("finance"), approval: [])),
      actor: person)
    log.add(
      .rolloutStarted(
        RolloutStarted(
          rollout: one, planVersion: 1, hashVersion: 1, waves: 2, merchants: 3,
          registryPosition: Position(4), orderDigest: Digest(words: (9, 0, 0, 0)))),
      actor: .scheduler)
    let wave = log.add(
      .waveOpened(
        WaveOpened(
          rollout: one, planVersion: 1, wave: WaveNumber(1), merchants: 2, plannedAt: opening)),
      actor: .scheduler)
    for merchant: UInt32 in [1, 2] {
      log.add(
        .merchantEnabled(
          MerchantEnabled(rollout: one, planVersion: 1, wave: WaveNumber(1), plannedAt: opening)),
        merchant: merchant, actor: .scheduler, cause: wave)
    }
    log.pay(.captured, fen: 10_000, "tx-1", balance: 2_500)
    log.pay(.captured, fen: 20_050, "tx-2", by: .alipay, merchant: 2)
    log.pay(.refunded, fen: 1_000, "tx-3", flags: .refundBeforeCapture)
    log.pay(.captured, fen: 5_000, "tx-3")
    log.pay(.failed, fen: 300, "tx-4", failure: .payer)
    log.pay(.captured, fen: 700, "tx-5", merchant: 3, flags: .notOpen)
    log.pay(.captured, fen: 900, "tx-6", merchant: 0, flags: .merchantUnknown, external: "=cmd()")
    log.add(
      .guardrailBreached(
        GuardrailBreached(
          rollout: one, planVersion: 1, wave: WaveNumber(1), guardrail: id("failure-share"),
          first: Position(10), last: Position(14), evidence: Array("{\"n\":1}".utf8))),
      actor: Actor(.guardrail))
    log.add(
      .merchantRolledBack(MerchantSwitched(rollout: one, planVersion: 1, wave: WaveNumber(1))),
      merchant: 2, actor: person)
    return log
  }
}

extension String {
  /// What stands between the places where a text stands, its ends included.
  func pieces(by text: String) -> [Substring] {
    split(separator: text, omittingEmptySubsequences: false)
  }
}
