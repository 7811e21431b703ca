// An event in a few words, and the rollout and wave it is about.

public import Events

extension Payload {
  /// The rollout and the wave that this is about; `.none` where it is about neither.
  public var subject: (rollout: RolloutNumber, wave: WaveNumber) {
    switch self {
    case .merchantEnabled(let fields): (fields.rollout, fields.wave)
    case .merchantRolledBack(let fields), .merchantReinstated(let fields):
      (fields.rollout, fields.wave)
    case .merchantExcluded(let fields): (fields.rollout, .none)
    case .rolloutConsulted(let fields): (fields.rollout, .none)
    case .rolloutAnnounced(let fields): (fields.rollout, .none)
    case .rolloutApproved(let fields): (fields.rollout, .none)
    case .rolloutStarted(let fields): (fields.rollout, .none)
    case .rolloutPaused(let fields), .rolloutResumed(let fields), .rolloutAborted(let fields):
      (fields.rollout, .none)
    case .windowEnded(let fields): (fields.rollout, .none)
    case .rolloutCompleted(let fields): (fields.rollout, .none)
    case .rolloutAmended(let fields): (fields.rollout, .none)
    case .waveOpened(let fields): (fields.rollout, fields.wave)
    case .waveCompleted(let fields): (fields.rollout, fields.wave)
    case .rollbackOrdered(let fields), .reinstatementOrdered(let fields):
      (fields.rollout, fields.wave)
    case .rollbackCompleted(let fields), .reinstatementCompleted(let fields):
      (fields.rollout, .none)
    case .guardrailBreached(let fields): (fields.rollout, fields.wave)
    case .guardrailCleared(let fields): (fields.rollout, fields.wave)
    case .evidenceClosed(let fields): (fields.rollout, .none)
    case .logCreated, .daemonStarted, .daemonStopped, .clockStepped, .clockConfirmed,
      .logRecovered, .dumpPublished, .signingKeyNamed, .merchantTreeCommitted,
      .institutionOpened, .termsPublished, .merchantRegistered, .merchantUpdated,
      .merchantClosed, .orderOffered, .orderAttempted, .orderFailed, .orderTimedOut, .noticeHeld,
      .payment, .statementReconciled, .paymentAdjusted, .discrepancyResolved, .paymentDisputed,
      .paymentCombined, .subjectErased:
      (.none, .none)
    }
  }

  /// What it says, in a few words; empty where the kind says it all.
  public var detail: String {
    switch self {
    case .logCreated, .daemonStarted, .daemonStopped, .clockStepped, .clockConfirmed,
      .logRecovered, .dumpPublished, .signingKeyNamed, .merchantTreeCommitted,
      .institutionOpened, .termsPublished:
      logDetail
    case .merchantRegistered(let fields): "\(fields.external), \(fields.tier.name)"
    case .merchantUpdated(let fields): fields.tier.name
    case .merchantClosed(let fields): "\(fields.reason)"
    case .merchantEnabled(let fields): "wave \(fields.wave.rawValue)"
    case .merchantRolledBack, .merchantReinstated: ""
    case .merchantExcluded(let fields): "\(fields.reason)"
    case .orderOffered(let fields): "order \(fields.order)"
    case .orderAttempted(let fields): "order \(fields.order), \(fields.institution.name)"
    case .orderFailed(let fields):
      "order \(fields.order), \(fields.institution.name), \(fields.code), "
        + fields.failureClass.name
    case .orderTimedOut(let fields): "order \(fields.order), \(fields.institution.name)"
    case .noticeHeld(let fields):
      "\(fields.institution.name), \(fields.why.name) \(fields.detail)"
    case .subjectErased(let fields): "\(fields.kind.name) \(fields.reference), \(fields.reason)"
    case .payment(let fields): "transaction \(fields.transaction), \(fields.institution.name)"
    case .statementReconciled(let fields):
      "\(fields.institution.name), \(fields.lines) lines, \(fields.findings) findings, "
        + "\(fields.open) open"
    case .paymentAdjusted(let fields):
      "\(fields.institution.name), \(fields.amount.rawValue) fen, \(fields.reason)"
    case .discrepancyResolved(let fields):
      "position \(fields.position.rawValue), \(fields.answer.name), \(fields.reason)"
    case .paymentDisputed(let fields):
      "transaction \(fields.transaction), \(fields.institution.name), \(fields.stage.name)"
    case .paymentCombined(let fields):
      "combined order \(fields.combined), \(fields.institution.name), "
        + "\(fields.parts.count) part\(fields.parts.count == 1 ? "" : "s")"
    default: rolloutDetail
    }
  }

  private var logDetail: String {
    switch self {
    case .logCreated(let fields):
      fields.clock == .wall
        ? "\(fields.origin), wall clock"
        : "\(fields.origin), scaled clock, \(fields.clockSpeed) seconds a second"
    case .daemonStarted(let fields):
      "release \(fields.release), incarnation \(fields.incarnation)"
    case .daemonStopped(let fields): "\(fields.cause)"
    case .clockStepped(let fields): "by \(fields.step) ns"
    case .logRecovered(let fields): "\(fields.droppedBytes) bytes of a torn tail put aside"
    case .dumpPublished(let fields):
      "\(fields.name) as \(fields.format), \(fields.rows) rows before position "
        + "\(fields.position.rawValue)"
    case .signingKeyNamed(let fields): fields.detail
    case .merchantTreeCommitted(let fields):
      "\(fields.merchants) merchants over the events before position \(fields.size)"
    case .institutionOpened(let fields): "\(fields.institution.name) is open at every merchant"
    case .termsPublished(let fields): "\(fields.name), version \(fields.version)"
    default: ""
    }
  }

  private var rolloutDetail: String {
    switch self {
    case .rolloutConsulted(let fields):
      "\(fields.plan), version \(fields.planVersion), \(fields.institution.name)"
    case .rolloutAnnounced(let fields):
      "\(fields.plan), version \(fields.planVersion), \(fields.institution.name)"
    case .rolloutApproved(let fields):
      fields.detail
    case .rolloutStarted(let fields): "\(fields.merchants) merchants in \(fields.waves) waves"
    case .rolloutPaused(let fields), .rolloutResumed(let fields), .rolloutAborted(let fields):
      "\(fields.reason)"
    case .windowEnded(let fields): "\(fields.enabled) enabled, \(fields.pending) pending"
    case .rolloutCompleted(let fields): "\(fields.enabled) enabled, \(fields.skipped) skipped"
    case .rolloutAmended(let fields):
      "version \(fields.planVersion) in place of \(fields.previousVersion)"
    case .waveOpened(let fields): "\(fields.merchants) merchants"
    case .waveCompleted(let fields): "\(fields.enabled) enabled, \(fields.skipped) skipped"
    case .rollbackOrdered(let fields), .reinstatementOrdered(let fields): fields.detail
    case .rollbackCompleted(let fields), .reinstatementCompleted(let fields):
      "\(fields.merchants) merchants" + (fields.stillOn.map { ", \($0) still on" } ?? "")
    case .guardrailBreached(let fields):
      "\(fields.guardrail), positions \(fields.first.rawValue) to \(fields.last.rawValue)"
    case .guardrailCleared(let fields): "\(fields.guardrail)"
    case .evidenceClosed(let fields): fields.gap == .none ? "" : fields.gap.name
    default: ""
    }
  }
}

extension ScopedOrder {
  fileprivate var detail: String {
    let scope =
      switch scope {
      case .all: "all"
      case .wave: "wave \(wave.rawValue)"
      case .tier: "tier \(tier.name)"
      case .merchant: "one merchant"
      case .category: "category \(category ?? .none)"
      }
    return "\(scope), \(merchants) merchants, \(reason)"
  }
}

extension RolloutApproved {
  fileprivate var detail: String {
    var text = "version \(planVersion)"
    if let grant {
      text += grant.subject.isOfWave ? ", wave \(grant.wave.rawValue)" : ", \(grant.subject.name)"
      if grant.subject == .waveOverride { text += " over the evidence" }
      if grant.evidence != .none { text += " at \(grant.evidence.rawValue)" }
      if !grant.key.isEmpty { text += ", signed by \(grant.key)" }
    }
    return role.isEmpty ? text : "\(text), as \(role)"
  }
}
