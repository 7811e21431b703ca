// The exhaustive switches over every kind of event, in one place.

extension Payload {
  /// The number of what this says.
  public var kind: EventKind {
    switch self {
    case .logCreated: .logCreated
    case .daemonStarted: .daemonStarted
    case .daemonStopped: .daemonStopped
    case .clockStepped: .clockStepped
    case .clockConfirmed: .clockConfirmed
    case .logRecovered: .logRecovered
    case .dumpPublished: .dumpPublished
    case .signingKeyNamed: .signingKeyNamed
    case .merchantTreeCommitted: .merchantTreeCommitted
    case .institutionOpened: .institutionOpened
    case .termsPublished: .termsPublished
    case .merchantRegistered: .merchantRegistered
    case .merchantUpdated: .merchantUpdated
    case .merchantClosed: .merchantClosed
    case .merchantEnabled: .merchantEnabled
    case .merchantRolledBack: .merchantRolledBack
    case .merchantReinstated: .merchantReinstated
    case .merchantExcluded: .merchantExcluded
    case .rolloutConsulted: .rolloutConsulted
    case .rolloutAnnounced: .rolloutAnnounced
    case .rolloutApproved: .rolloutApproved
    case .rolloutStarted: .rolloutStarted
    case .rolloutPaused: .rolloutPaused
    case .rolloutResumed: .rolloutResumed
    case .rolloutAborted: .rolloutAborted
    case .windowEnded: .windowEnded
    case .rolloutCompleted: .rolloutCompleted
    case .rolloutAmended: .rolloutAmended
    case .waveOpened: .waveOpened
    case .waveCompleted: .waveCompleted
    case .rollbackOrdered: .rollbackOrdered
    case .rollbackCompleted: .rollbackCompleted
    case .reinstatementOrdered: .reinstatementOrdered
    case .reinstatementCompleted: .reinstatementCompleted
    case .orderOffered: .orderOffered
    case .orderAttempted: .orderAttempted
    case .orderFailed: .orderFailed
    case .orderTimedOut: .orderTimedOut
    case .noticeHeld: .noticeHeld
    case .payment(let payment): EventKind(outcome: payment.outcome)
    case .guardrailBreached: .guardrailBreached
    case .guardrailCleared: .guardrailCleared
    case .evidenceClosed: .evidenceClosed
    case .statementReconciled: .statementReconciled
    case .paymentAdjusted: .paymentAdjusted
    case .discrepancyResolved: .discrepancyResolved
    case .paymentDisputed: .paymentDisputed
    case .paymentCombined: .paymentCombined
    case .subjectErased: .subjectErased
    }
  }

  /// Hands the fields of the kind to `sink`, in the order of the catalogue.
  public func write(to sink: inout some FieldSink) {
    switch self {
    case .logCreated(let fields): fields.write(to: &sink)
    case .daemonStarted(let fields): fields.write(to: &sink)
    case .daemonStopped(let fields): fields.write(to: &sink)
    case .clockStepped(let fields): fields.write(to: &sink)
    case .clockConfirmed: break
    case .logRecovered(let fields): fields.write(to: &sink)
    case .dumpPublished(let fields): fields.write(to: &sink)
    case .signingKeyNamed(let fields): fields.write(to: &sink)
    case .merchantTreeCommitted(let fields): fields.write(to: &sink)
    case .institutionOpened(let fields): fields.write(to: &sink)
    case .termsPublished(let fields): fields.write(to: &sink)
    case .merchantRegistered(let fields): fields.write(to: &sink)
    case .merchantUpdated(let fields): fields.write(to: &sink)
    case .merchantClosed(let fields): fields.write(to: &sink)
    case .merchantEnabled(let fields): fields.write(to: &sink)
    case .merchantRolledBack(let fields): fields.write(to: &sink)
    case .merchantReinstated(let fields): fields.write(to: &sink)
    case .merchantExcluded(let fields): fields.write(to: &sink)
    case .rolloutConsulted(let fields): fields.write(to: &sink)
    case .rolloutAnnounced(let fields): fields.write(to: &sink)
    case .rolloutApproved(let fields): fields.write(to: &sink)
    case .rolloutStarted(let fields): fields.write(to: &sink)
    case .rolloutPaused(let fields): fields.write(to: &sink)
    case .rolloutResumed(let fields): fields.write(to: &sink)
    case .rolloutAborted(let fields): fields.write(to: &sink)
    case .windowEnded(let fields): fields.write(to: &sink)
    case .rolloutCompleted(let fields): fields.write(to: &sink)
    case .rolloutAmended(let fields): fields.write(to: &sink)
    case .waveOpened(let fields): fields.write(to: &sink)
    case .waveCompleted(let fields): fields.write(to: &sink)
    case .rollbackOrdered(let fields): fields.write(to: &sink)
    case .rollbackCompleted(let fields): fields.write(to: &sink)
    case .reinstatementOrdered(let fields): fields.write(to: &sink)
    case .reinstatementCompleted(let fields): fields.write(to: &sink)
    case .orderOffered(let fields): fields.write(to: &sink)
    case .orderAttempted(let fields): fields.write(to: &sink)
    case .orderFailed(let fields): fields.write(to: &sink)
    case .orderTimedOut(let fields): fields.write(to: &sink)
    case .noticeHeld(let fields): fields.write(to: &sink)
    case .payment(let fields): fields.write(to: &sink)
    case .guardrailBreached(let fields): fields.write(to: &sink)
    case .guardrailCleared(let fields): fields.write(to: &sink)
    case .evidenceClosed(let fields): fields.write(to: &sink)
    case .statementReconciled(let fields): fields.write(to: &sink)
    case .paymentAdjusted(let fields): fields.write(to: &sink)
    case .discrepancyResolved(let fields): fields.write(to: &sink)
    case .paymentDisputed(let fields): fields.write(to: &sink)
    case .paymentCombined(let fields): fields.write(to: &sink)
    case .subjectErased(let fields): fields.write(to: &sink)
    }
  }

  /// Reads the fields of a kind; what is wrong with them is kept in `source` for `finish`.
  public init(_ kind: EventKind, from source: inout FieldSource) {
    self =
      switch kind {
      case .logCreated: .logCreated(LogCreated(from: &source))
      case .daemonStarted: .daemonStarted(DaemonStarted(from: &source))
      case .daemonStopped: .daemonStopped(DaemonStopped(from: &source))
      case .clockStepped: .clockStepped(ClockStepped(from: &source))
      case .clockConfirmed: .clockConfirmed
      case .logRecovered: .logRecovered(LogRecovered(from: &source))
      case .dumpPublished: .dumpPublished(DumpPublished(from: &source))
      case .signingKeyNamed: .signingKeyNamed(SigningKeyNamed(from: &source))
      case .merchantTreeCommitted:
        .merchantTreeCommitted(MerchantTreeCommitted(from: &source))
      case .institutionOpened: .institutionOpened(InstitutionOpened(from: &source))
      case .termsPublished: .termsPublished(TermsPublished(from: &source))
      case .merchantRegistered: .merchantRegistered(MerchantRegistered(from: &source))
      case .merchantUpdated: .merchantUpdated(MerchantUpdated(from: &source))
      case .merchantClosed: .merchantClosed(Reason(from: &source))
      case .merchantEnabled: .merchantEnabled(MerchantEnabled(from: &source))
      case .merchantRolledBack: .merchantRolledBack(MerchantSwitched(from: &source))
      case .merchantReinstated: .merchantReinstated(MerchantSwitched(from: &source))
      case .merchantExcluded: .merchantExcluded(MerchantExcluded(from: &source))
      case .rolloutConsulted: .rolloutConsulted(RolloutConsulted(from: &source))
      case .rolloutAnnounced: .rolloutAnnounced(RolloutAnnounced(from: &source))
      case .rolloutApproved: .rolloutApproved(RolloutApproved(from: &source))
      case .rolloutStarted: .rolloutStarted(RolloutStarted(from: &source))
      case .rolloutPaused: .rolloutPaused(RolloutStep(from: &source))
      case .rolloutResumed: .rolloutResumed(RolloutStep(from: &source))
      case .rolloutAborted: .rolloutAborted(RolloutStep(from: &source))
      case .windowEnded: .windowEnded(WindowEnded(from: &source))
      case .rolloutCompleted: .rolloutCompleted(RolloutCompleted(from: &source))
      case .rolloutAmended: .rolloutAmended(RolloutAmended(from: &source))
      case .waveOpened: .waveOpened(WaveOpened(from: &source))
      case .waveCompleted: .waveCompleted(WaveCompleted(from: &source))
      case .rollbackOrdered: .rollbackOrdered(ScopedOrder(from: &source))
      case .rollbackCompleted: .rollbackCompleted(ScopedOrderCompleted(ofRollback: &source))
      case .reinstatementOrdered: .reinstatementOrdered(ScopedOrder(from: &source))
      case .reinstatementCompleted: .reinstatementCompleted(ScopedOrderCompleted(from: &source))
      case .orderOffered: .orderOffered(OrderOffered(from: &source))
      case .orderAttempted: .orderAttempted(OrderAttempted(from: &source))
      case .orderFailed: .orderFailed(OrderFailed(from: &source))
      case .orderTimedOut: .orderTimedOut(OrderTimedOut(from: &source))
      case .noticeHeld: .noticeHeld(NoticeHeld(from: &source))
      case .paymentPending: .payment(Payment(outcome: .pending, from: &source))
      case .paymentAuthorised: .payment(Payment(outcome: .authorised, from: &source))
      case .paymentCaptured: .payment(Payment(outcome: .captured, from: &source))
      case .paymentFailed: .payment(Payment(outcome: .failed, from: &source))
      case .paymentRefunded: .payment(Payment(outcome: .refunded, from: &source))
      case .paymentClosed: .payment(Payment(outcome: .closed, from: &source))
      case .guardrailBreached: .guardrailBreached(GuardrailBreached(from: &source))
      case .guardrailCleared: .guardrailCleared(GuardrailCleared(from: &source))
      case .evidenceClosed: .evidenceClosed(EvidenceClosed(from: &source))
      case .statementReconciled: .statementReconciled(StatementReconciled(from: &source))
      case .paymentAdjusted: .paymentAdjusted(PaymentAdjusted(from: &source))
      case .discrepancyResolved: .discrepancyResolved(DiscrepancyResolved(from: &source))
      case .paymentDisputed: .paymentDisputed(PaymentDisputed(from: &source))
      case .paymentCombined: .paymentCombined(PaymentCombined(from: &source))
      case .subjectErased: .subjectErased(SubjectErased(from: &source))
      }
  }
}
