// An event: a fact, past tense, appended once.

/// The part that every event has; see `sluice_head` for its bytes.
public struct EventHeader: Hashable, Sendable {
  /// When the log took it: one time for all events of a batch, never decreasing.
  public var logTime: Timestamp
  /// The source's own time; `.none` where the source has none.
  public var occurredAt: Timestamp
  public var actor: Actor
  /// The position of the event that led to this one; `.none` where a person or a source did.
  public var cause: Position
  public var commandID: CommandID
  /// The first 8 bytes of the SHA-256 of the command's body.
  public var commandDigest: UInt64
  /// This merchant's previous event; `.none` for its first and for events of no merchant.
  public var previous: Position
  public var merchant: MerchantNumber
  public var flags: PolicyFlags

  public init(
    logTime: Timestamp = .none, occurredAt: Timestamp = .none, actor: Actor = .system,
    cause: Position = .none, commandID: CommandID = .none, commandDigest: UInt64 = 0,
    previous: Position = .none, merchant: MerchantNumber = .none,
    flags: PolicyFlags = PolicyFlags(rawValue: 0)
  ) {
    self.logTime = logTime
    self.occurredAt = occurredAt
    self.actor = actor
    self.cause = cause
    self.commandID = commandID
    self.commandDigest = commandDigest
    self.previous = previous
    self.merchant = merchant
    self.flags = flags
  }
}

/// A fact of the log with everything it says.
public struct Event: Hashable, Sendable {
  public var header: EventHeader
  public var payload: Payload

  public init(_ header: EventHeader, _ payload: Payload) {
    self.header = header
    self.payload = payload
  }

  public var kind: EventKind { payload.kind }
  /// The version of its fields: this release's, or the older one that it was read in.
  public var version: UInt8 { payload.version }
}

/// What an event says beyond its header, one case a kind.
public enum Payload: Hashable, Sendable {
  case logCreated(LogCreated)
  case daemonStarted(DaemonStarted)
  case daemonStopped(DaemonStopped)
  case clockStepped(ClockStepped)
  case clockConfirmed
  case logRecovered(LogRecovered)
  case dumpPublished(DumpPublished)
  case signingKeyNamed(SigningKeyNamed)
  case merchantTreeCommitted(MerchantTreeCommitted)
  case institutionOpened(InstitutionOpened)
  case termsPublished(TermsPublished)
  case merchantRegistered(MerchantRegistered)
  case merchantUpdated(MerchantUpdated)
  case merchantClosed(Reason)
  case merchantEnabled(MerchantEnabled)
  case merchantRolledBack(MerchantSwitched)
  case merchantReinstated(MerchantSwitched)
  case merchantExcluded(MerchantExcluded)
  case rolloutConsulted(RolloutConsulted)
  case rolloutAnnounced(RolloutAnnounced)
  case rolloutApproved(RolloutApproved)
  case rolloutStarted(RolloutStarted)
  case rolloutPaused(RolloutStep)
  case rolloutResumed(RolloutStep)
  case rolloutAborted(RolloutStep)
  case windowEnded(WindowEnded)
  case rolloutCompleted(RolloutCompleted)
  case rolloutAmended(RolloutAmended)
  case waveOpened(WaveOpened)
  case waveCompleted(WaveCompleted)
  case rollbackOrdered(ScopedOrder)
  case rollbackCompleted(ScopedOrderCompleted)
  case reinstatementOrdered(ScopedOrder)
  case reinstatementCompleted(ScopedOrderCompleted)
  case orderOffered(OrderOffered)
  case orderAttempted(OrderAttempted)
  case orderFailed(OrderFailed)
  case orderTimedOut(OrderTimedOut)
  case noticeHeld(NoticeHeld)
  // In a box: it is twice as large as any other, and those are copied by the million.
  indirect case payment(Payment)
  case guardrailBreached(GuardrailBreached)
  case guardrailCleared(GuardrailCleared)
  case evidenceClosed(EvidenceClosed)
  case statementReconciled(StatementReconciled)
  case paymentAdjusted(PaymentAdjusted)
  case discrepancyResolved(DiscrepancyResolved)
  case paymentDisputed(PaymentDisputed)
  case paymentCombined(PaymentCombined)
  case subjectErased(SubjectErased)
}
