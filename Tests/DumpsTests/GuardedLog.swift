// A log whose rollout has a plan with guardrails: a canary, evidence that is closed block by block,
// a breach, its pause, a resume, a roll-back and a reinstatement.

import Events
import Projections

extension LogFixture {
  static let guardedPlan = """
    {"plan": "guarded", "version": 1, "institution": "wechat-pay", "announced": "2024-09-05",
     "platforms": ["taobao", "tmall"],
     "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 3,
     "order": {"hash_version": 2, "seed": "guarded", "largest_last": "0%"}, "hold_back": "5%",
     "waves": [
       {"name": "canary", "day": 1, "opens": "06:00", "share": "50%", "canary": true},
       {"name": "all", "day": 2, "opens": "06:00", "share": "rest"}],
     "caps": {"merchants_per_hour": "100%", "merchants_per_day": "100%",
              "payments_per_hour": "100%", "payments_per_day": "100%"},
     "excluded_categories": [], "approvals": 1, "resume_approvals": 1, "after_window": "hold",
     "guardrails": {
       "block_minutes": 60, "answer_minutes": 20, "alpha": "1%",
       "checkout": {"tolerated_ratio": "1.25", "on_breach": "pause"},
       "limit": {"failures": "20%", "on_breach": "pause"},
       "min_orders": 20, "silent_blocks": 12}}
    """

  static let rollout = RolloutNumber(1)

  mutating func move(_ hours: Int64) {
    now = LogFixture.opening.advanced(bySeconds: hours * 3600)
  }

  private mutating func step(
    _ make: (RolloutStep) -> Payload, _ reason: String
  ) -> Position {
    add(
      make(
        RolloutStep(
          rollout: LogFixture.rollout, planVersion: 1, reason: id(reason), reasonReference: .zero)),
      actor: Actor(.operator, id: 1001))
  }

  /// Closes the block that ends at an hour of the window.
  mutating func close(_ hour: Int64, _ table: String) {
    move(hour)
    add(
      .evidenceClosed(
        EvidenceClosed(
          rollout: LogFixture.rollout, planVersion: 1, gap: .none,
          from: now.advanced(bySeconds: -3600), to: now, late: 0, unclassified: 0,
          table: Array(table.utf8), merchants: Array("[]".utf8))), actor: .scheduler)
  }

  mutating func begin(document: String, merchants: UInt32) {
    add(
      .rolloutAnnounced(
        RolloutAnnounced(
          rollout: LogFixture.rollout, planVersion: 1, institution: .weChatPay,
          effectiveAt: LogFixture.opening,
          windowEnd: LogFixture.opening.advanced(bySeconds: 3 * 86_400),
          digest: Digest(words: (1, 2, 3, 4)), plan: id("guarded"),
          document: Array(document.utf8))), actor: Actor(.operator, id: 1001))
    add(
      .rolloutStarted(
        RolloutStarted(
          rollout: LogFixture.rollout, planVersion: 1, hashVersion: 2, waves: 2,
          merchants: merchants, registryPosition: Position(4),
          orderDigest: Digest(words: (9, 0, 0, 0)))), actor: .scheduler)
  }

  mutating func open(_ wave: UInt16, _ merchants: [UInt32], plannedAt: Timestamp) {
    let number = WaveNumber(wave)
    let opening = add(
      .waveOpened(
        WaveOpened(
          rollout: LogFixture.rollout, planVersion: 1, wave: number,
          merchants: UInt32(merchants.count), plannedAt: plannedAt)), actor: .scheduler)
    for merchant in merchants {
      add(
        .merchantEnabled(
          MerchantEnabled(
            rollout: LogFixture.rollout, planVersion: 1, wave: number, plannedAt: plannedAt)),
        merchant: merchant, actor: .scheduler, cause: opening)
    }
  }

  /// Up to the pause by a breach: half past the tenth hour of the window.
  static func breached() -> LogFixture {
    var log = LogFixture()
    log.now = opening.advanced(bySeconds: -86_400)
    for merchant: UInt32 in 1...4 { log.register(merchant, .tmall, .t3) }
    log.begin(document: guardedPlan, merchants: 4)
    log.move(6)
    log.open(1, [1, 2], plannedAt: log.now)
    // Two strata of one tier: sizes 4 (10 a day) and 5 (20 and 30) and 6 (40).
    log.close(8, "[[\"T3\",5,40,1,20,0,10,0,10,0,0]]")
    log.close(9, "[[\"T3\",5,60,30,30,0,40,30,10,0,0]]")
    let breach = log.add(
      .guardrailBreached(
        GuardrailBreached(
          rollout: rollout, planVersion: 1, wave: WaveNumber(1), guardrail: id("checkout-harm"),
          first: Position(8), last: Position(9), evidence: Array("{}".utf8))),
      actor: Actor(.guardrail))
    log.add(
      .rolloutPaused(
        RolloutStep(
          rollout: rollout, planVersion: 1, reason: id("checkout-harm"), reasonReference: .zero)),
      actor: Actor(.guardrail), cause: breach)
    log.now = opening.advanced(bySeconds: 10 * 3600 + 1800)
    log.pay(.captured, fen: 12_345, "tx-1", merchant: 1)
    log.pay(.failed, fen: 300, "tx-2", merchant: 1, failure: .integration)
    log.pay(.captured, fen: 700, "tx-3", by: .alipay, merchant: 3)
    return log
  }

  /// Resumed, rolled back and reinstated, and the second wave open.
  static func mended() -> LogFixture {
    var log = breached()
    log.move(12)
    _ = log.step({ .rolloutResumed($0) }, "mended")
    let order = log.add(
      .rollbackOrdered(log.scoped(merchants: 1, "risk-review")), merchant: 2,
      actor: Actor(.operator, id: 1002))
    log.add(
      .merchantRolledBack(
        MerchantSwitched(rollout: rollout, planVersion: 1, wave: WaveNumber(1))),
      merchant: 2, actor: .scheduler, cause: order)
    log.add(
      .rollbackCompleted(
        ScopedOrderCompleted(rollout: rollout, planVersion: 1, merchants: 1, stillOn: 0)),
      actor: .scheduler, cause: order)
    log.move(30)
    log.open(2, [3], plannedAt: log.now)
    return log
  }

  private func scoped(merchants: UInt32, _ reason: String) -> ScopedOrder {
    ScopedOrder(
      rollout: LogFixture.rollout, planVersion: 1, scope: .merchant, tier: .unknown, wave: .none,
      merchants: merchants, reason: id(reason), reasonReference: .zero)
  }
}
