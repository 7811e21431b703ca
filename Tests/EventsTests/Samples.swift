import Events
import Testing

/// One event of every kind, the same for ever: what events/catalogue shows.
enum Samples {
  static let header = EventHeader(
    logTime: Timestamp(nanoseconds: 1_726_099_200_123_456_789),
    occurredAt: Timestamp(nanoseconds: 1_726_099_199_000_000_000),
    actor: Actor(.operator, id: 1000), cause: Position(41),
    commandID: CommandID(low: 0x0807_0605_0403_0201, high: 0x100f_0e0d_0c0b_0a09),
    commandDigest: 0x8877_6655_4433_2211, previous: Position(17), merchant: MerchantNumber(7),
    flags: [])

  static let digest = Digest(
    words: (
      0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, 0x1716_1514_1312_1110,
      0x1f1e_1d1c_1b1a_1918
    ))

  static func text(_ text: String) -> ShortText {
    guard let short = ShortText(text) else { preconditionFailure("a sample is too long") }
    return short
  }

  static let rollout = RolloutNumber(1)
  static let wave = WaveNumber(3)
  static let instant = Timestamp(nanoseconds: 1_726_070_400_000_000_000)

  static let step = RolloutStep(
    rollout: rollout, planVersion: 1, reason: text("risk-review"), reasonReference: digest)
  static let order = ScopedOrder(
    rollout: rollout, planVersion: 1, scope: .tier, tier: .t3, wave: .none, merchants: 402,
    reason: text("risk-review"), reasonReference: digest)

  /// Two orders that were paid as one.
  static let combined: PaymentCombined = {
    let combined = PaymentCombined(
      institution: .weChatPay, combined: text("C2024091200001"), initiator: text("1900000100"),
      parts: [
        PaymentCombined.Part(
          transaction: text("4200002024091200018"), order: text("2267812345678901235"),
          merchant: text("shop-2"), amount: Money(fen: 250)),
        PaymentCombined.Part(
          transaction: text("4200002024091200017"), order: text("2267812345678901234"),
          merchant: text("shop-1"), amount: Money(fen: 12_345)),
      ], payloadDigest: digest)
    guard let combined else { preconditionFailure("two orders are a combined payment") }
    return combined
  }()

  /// A comparison in which one capture is missing here and a refund has another amount.
  static let statement: StatementReconciled = {
    var (captured, refunded) = (StatementSums(), StatementSums())
    captured.log = StatementTally(count: 30, fen: 44)
    captured.matched = StatementTally(count: 30, fen: 44)
    captured.missingHere = StatementTally(count: 1, fen: 3)
    captured.statement = StatementTally(count: 31, fen: 47)
    refunded.log = StatementTally(count: 14, fen: 15)
    refunded.matched = StatementTally(count: 13, fen: 13)
    refunded.differences = StatementTally(count: 1, fen: -1)
    refunded.statement = StatementTally(count: 14, fen: 14)
    return StatementReconciled(
      institution: .weChatPay, day: BeijingDay(19_978), position: Position(99), digest: digest,
      lines: 46, incomparable: 1, fee: StatementFee(rawValue: 8000),
      adjusted: StatementTally(count: 1, fen: 3), findings: 2, open: 1, captured: captured,
      refunded: refunded)
  }()

  static func payment(_ outcome: Outcome) -> Payload {
    .payment(
      Payment(
        outcome: outcome, orderedAt: instant, orderAmount: Money(fen: 12_345),
        paidAmount: Money(fen: 12_000), balanceAmount: outcome == .pending ? nil : Money(fen: 45),
        institution: .weChatPay, failureClass: outcome == .failed ? .payer : .none,
        merchantTier: .t3, buyerTier: .t5,
        transaction: text("4200002345202409127654321098"), order: text("2267812345678901234"),
        account: text("9f86d081884c7d65"), code: text(outcome == .failed ? "NOTENOUGH" : ""),
        refund: text(outcome == .refunded ? "50300009012024091200000000001" : ""),
        external: .none, payloadDigest: outcome == .captured ? digest : nil))
  }

  static let payloads: [(EventKind, Payload)] =
    logPayloads + merchantPayloads + rolloutPayloads + lastPayloads

  private static let logPayloads: [(EventKind, Payload)] = [
    (
      .logCreated,
      .logCreated(
        LogCreated(
          origin: text("sluice.example/taobao"), clock: .scaled, clockStart: instant,
          clockSpeed: 10_080, logIDLow: 1, logIDHigh: 2))
    ),
    (
      .daemonStarted,
      .daemonStarted(DaemonStarted(incarnation: 2, release: text("0.1.0"), downtime: 86_400))
    ),
    (.daemonStopped, .daemonStopped(DaemonStopped(cause: text("SIGTERM")))),
    (.clockStepped, .clockStepped(ClockStepped(step: -3_600_000_000_000))),
    (.clockConfirmed, .clockConfirmed),
    (.logRecovered, .logRecovered(LogRecovered(droppedBytes: 4096, incarnation: 3))),
    (
      .signingKeyNamed,
      .signingKeyNamed(
        SigningKeyNamed(
          origin: text("sluice.example/taobao"), publicKey: digest, keyID: 0x530d_903a,
          previousKeyID: 0x1a2b_3c4d, lostSize: 1_024, lostRoot: digest))
    ),
    (
      .merchantTreeCommitted,
      .merchantTreeCommitted(
        MerchantTreeCommitted(size: 1_024, merchants: 12, root: digest))
    ),
    (
      .dumpPublished,
      .dumpPublished(
        DumpPublished(
          name: text("reconciliation"), format: text("csv"), position: Position(99), rows: 28,
          digest: digest))
    ),
    (.institutionOpened, .institutionOpened(InstitutionOpened(institution: .alipay))),
    (
      .termsPublished,
      .termsPublished(
        TermsPublished(
          version: 1, effectiveAt: instant, name: text("terms-2024-09"), digest: digest,
          edition: TermsPublished.Edition(
            supersedes: Position(9), document: Array("{\"terms\":\"...\"}".utf8))))
    ),
  ]

  private static let merchantPayloads: [(EventKind, Payload)] = [
    (
      .merchantRegistered,
      .merchantRegistered(
        MerchantRegistered(
          platform: .tmall, tier: .t3, dailyPayments: 82, external: text("shop-1001"),
          category: text("美食"), city: text("湖州")))
    ),
    (
      .merchantUpdated,
      .merchantUpdated(
        MerchantUpdated(
          platform: .tmall, tier: .t2, dailyPayments: 90, category: text("美食"),
          city: text("哈尔滨")))
    ),
    (
      .merchantClosed,
      .merchantClosed(Reason(reason: text("shop-closed"), reasonReference: .zero))
    ),
    (
      .merchantEnabled,
      .merchantEnabled(
        MerchantEnabled(rollout: rollout, planVersion: 1, wave: wave, plannedAt: instant))
    ),
    (
      .merchantRolledBack,
      .merchantRolledBack(MerchantSwitched(rollout: rollout, planVersion: 1, wave: wave))
    ),
    (
      .merchantReinstated,
      .merchantReinstated(MerchantSwitched(rollout: rollout, planVersion: 1, wave: wave))
    ),
    (
      .merchantExcluded,
      .merchantExcluded(
        MerchantExcluded(
          rollout: rollout, planVersion: 1, reason: text("merchant-wish"),
          reasonReference: .zero))
    ),
  ]

  private static let rolloutPayloads: [(EventKind, Payload)] = [
    (
      .rolloutConsulted,
      .rolloutConsulted(
        RolloutConsulted(
          rollout: rollout, planVersion: 1, institution: .weChatPay, consultedAt: instant,
          plan: text("wechat-pay-2024-09")))
    ),
    (
      .rolloutAnnounced,
      .rolloutAnnounced(
        RolloutAnnounced(
          rollout: rollout, planVersion: 1, institution: .weChatPay, effectiveAt: instant,
          windowEnd: instant.advanced(bySeconds: 604_800), digest: digest,
          plan: text("wechat-pay-2024-09"), document: Array("{\"plan\":\"...\"}".utf8)))
    ),
    (
      .rolloutApproved,
      .rolloutApproved(
        RolloutApproved(
          rollout: rollout, planVersion: 1, role: text("approver"),
          approval: Array("a\n\n- n AA==\n".utf8),
          grant: RolloutApproved.Grant(
            subject: .wave, wave: wave, quorum: 2, evidence: Position(200), expiresAt: instant,
            documentDigest: digest, key: text("risk+1a2b3c4d"))))
    ),
    (
      .rolloutStarted,
      .rolloutStarted(
        RolloutStarted(
          rollout: rollout, planVersion: 1, hashVersion: 1, waves: 7, merchants: 20_000,
          registryPosition: Position(20_010), orderDigest: digest))
    ),
    (.rolloutPaused, .rolloutPaused(step)),
    (.rolloutResumed, .rolloutResumed(step)),
    (.rolloutAborted, .rolloutAborted(step)),
    (
      .windowEnded,
      .windowEnded(WindowEnded(rollout: rollout, planVersion: 1, enabled: 19_990, pending: 10))
    ),
    (
      .rolloutCompleted,
      .rolloutCompleted(
        RolloutCompleted(rollout: rollout, planVersion: 1, enabled: 19_990, skipped: 10))
    ),
    (
      .rolloutAmended,
      .rolloutAmended(
        RolloutAmended(
          rollout: rollout, planVersion: 2, previousVersion: 1, effectiveAt: instant,
          windowEnd: instant.advanced(bySeconds: 691_200), previousDigest: digest,
          digest: digest, document: Array("{\"plan\":\"...\"}".utf8)))
    ),
    (
      .waveOpened,
      .waveOpened(
        WaveOpened(
          rollout: rollout, planVersion: 1, wave: wave, merchants: 2_000, plannedAt: instant))
    ),
    (
      .waveCompleted,
      .waveCompleted(
        WaveCompleted(rollout: rollout, planVersion: 1, wave: wave, enabled: 1_998, skipped: 2))
    ),
    (.rollbackOrdered, .rollbackOrdered(order)),
    (
      .rollbackCompleted,
      .rollbackCompleted(
        ScopedOrderCompleted(rollout: rollout, planVersion: 1, merchants: 402, stillOn: 0))
    ),
    (.reinstatementOrdered, .reinstatementOrdered(order)),
    (
      .reinstatementCompleted,
      .reinstatementCompleted(
        ScopedOrderCompleted(rollout: rollout, planVersion: 1, merchants: 402))
    ),
  ]

  private static let lastPayloads: [(EventKind, Payload)] =
    [
      (
        .orderOffered,
        .orderOffered(
          OrderOffered(
            institutions: 0b11110, buyerTier: .t5, order: text("2267812345678901234"),
            external: .none))
      ),
      (
        .orderAttempted,
        .orderAttempted(
          OrderAttempted(
            institution: .card, merchantTier: .t3, buyerTier: .t5, orderedAt: instant,
            orderAmount: Money(fen: 12_345), order: text("2267812345678901234"),
            external: text("unknown-shop")))
      ),
      (
        .orderFailed,
        .orderFailed(
          OrderFailed(
            institution: .weChatPay, failureClass: .institution,
            order: text("2267812345678901234"), code: text("SYSTEMERROR"),
            external: text("unknown-shop")))
      ),
      (
        .statementReconciled, .statementReconciled(statement)
      ),
      (
        .paymentAdjusted,
        .paymentAdjusted(
          PaymentAdjusted(
            institution: .weChatPay, transaction: text("4200002024091200017"),
            day: BeijingDay(19_978), amount: Money(fen: -1250), reason: text("refunded-by-hand"),
            evidence: digest))
      ),
      (
        .discrepancyResolved,
        .discrepancyResolved(
          DiscrepancyResolved(
            position: Position(4711), flags: [.orderCapturedTwice, .notOpen], answer: .refunded,
            reason: text("paid-twice"), evidence: digest))
      ),
      (
        .paymentDisputed,
        .paymentDisputed(
          PaymentDisputed(
            institution: .card, stage: .moneyTaken, transaction: text("8816178914079738"),
            dispute: text("9915555555555555"), amount: Money(fen: 12_345), currency: 978,
            code: text("10.4"), external: text("unknown-shop"), payloadDigest: digest))
      ),
      (
        .paymentCombined, .paymentCombined(combined)
      ),
      (
        .orderTimedOut,
        .orderTimedOut(
          OrderTimedOut(
            institution: .unionPay, order: text("2267812345678901234"), external: .none))
      ),
      (
        .noticeHeld,
        .noticeHeld(
          NoticeHeld(
            institution: .weChatPay, why: .unknownType, detail: text("PAYSCORE.USER_PAID"),
            payloadDigest: digest))
      ),
      (
        .evidenceClosed,
        .evidenceClosed(
          EvidenceClosed(
            rollout: rollout, planVersion: 1, gap: .interrupted, from: instant,
            to: instant.advanced(bySeconds: 600), late: 3, unclassified: 2,
            table: Array("[[\"T3\",7,12,1,88,3,12,1,4,0,0]]".utf8),
            merchants: Array("[[17,12,1]]".utf8)))
      ),
      (
        .guardrailBreached,
        .guardrailBreached(
          GuardrailBreached(
            rollout: rollout, planVersion: 1, wave: wave, guardrail: text("failure-share"),
            first: Position(100), last: Position(200), evidence: Array("{\"n\":100}".utf8)))
      ),
      (
        .guardrailCleared,
        .guardrailCleared(
          GuardrailCleared(
            rollout: rollout, planVersion: 1, wave: wave, guardrail: text("failure-share")))
      ),
      (
        .subjectErased,
        .subjectErased(
          SubjectErased(
            kind: .person, texts: 3, reference: text("9f86d081884c7d659a2feaa0c55ad015"),
            reason: text("own-wish")))
      ),
    ] + Outcome.allCases.map { (EventKind(outcome: $0), payment($0)) }

  static func event(_ kind: EventKind) throws -> Event {
    let payload = try #require(payloads.first { $0.0 == kind }?.1)
    return Event(header, payload)
  }
}
