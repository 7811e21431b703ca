// From events back to the command that led to them.
//
// What decide takes from the command stands in its events, all but two things. Of a consultation
// the plan's document is not kept. And the number of a merchant, which decide puts in the place of
// its external id, is turned back here.

import Events
import Orchestrator
import Projections
import Rollout

/// What led to some events that stand together.
enum AskedFor {
  case command(Command.Body)
  case step(RolloutNumber, ScheduledStep)
  /// A consultation is decided of what its event keeps.
  case consultation(RolloutConsulted)
  /// The event is of an older version, and does not keep what was decided on.
  case notKept
  /// No command leads to such an event, alone or where it stands.
  case nothing
}

/// Reads what was asked for out of the first events of a row.
struct CommandReading {
  let book: MerchantBook
  let board: RolloutBoard

  /// How many of the events, from the first on, one command leads to together.
  static func length(of events: ArraySlice<Event>) -> Int {
    guard let first = events.first else { return 0 }
    let id = first.header.commandID
    let same = events.prefix { $0.header.commandID == id && id != .none }.count
    switch first.payload {
    case .logCreated:
      return 1
        + events.dropFirst().prefix {
          if case .institutionOpened = $0.payload { $0.header.commandID == id } else { false }
        }.count
    case .guardrailCleared:
      // Breaches that a resume takes back stand in front of it.
      let cleared = events.prefix {
        if case .guardrailCleared = $0.payload { true } else { false }
      }.count
      return max(1, min(same, cleared + 1))
    case .rolloutPaused:
      guard same > 1, case .rollbackOrdered = events[events.startIndex + 1].payload else {
        return 1
      }
      return 2
    default: return 1
    }
  }

  /// What led to these events.
  func asked(_ events: ArraySlice<Event>) -> AskedFor {
    guard let first = events.first, let last = events.last else { return .nothing }
    let header = first.header
    switch first.payload {
    case .logCreated(let fields):
      let opened = events.dropFirst().compactMap { event -> Institution? in
        if case .institutionOpened(let opened) = event.payload { opened.institution } else { nil }
      }
      return .command(.createLog(fields, openToAll: opened))
    case .daemonStarted, .daemonStopped, .clockStepped, .clockConfirmed, .logRecovered,
      .dumpPublished, .signingKeyNamed, .merchantTreeCommitted, .termsPublished:
      return ofLog(first.payload)
    case .merchantRegistered, .merchantUpdated, .merchantClosed, .merchantExcluded,
      .merchantReinstated, .merchantEnabled, .merchantRolledBack:
      return ofMerchant(first.payload, header)
    case .rolloutPaused(let fields):
      if case .rollbackOrdered(let order) = last.payload, events.count == 2 {
        return ordered(order, header, isRollback: true)
      }
      if header.actor.kind == .guardrail { return .step(fields.rollout, .pauseFor(header.cause)) }
      return .command(.pause(plan: plan(fields.rollout), reason(fields)))
    case .guardrailCleared, .rolloutResumed:
      guard case .rolloutResumed(let fields) = last.payload else { return .nothing }
      return .command(.resume(plan: plan(fields.rollout), reason(fields)))
    case .rolloutConsulted, .rolloutAnnounced, .rolloutAmended, .rolloutApproved, .rolloutStarted,
      .rolloutAborted, .rollbackOrdered, .reinstatementOrdered:
      return ofRollout(first.payload, header)
    case .windowEnded, .waveOpened, .waveCompleted, .rolloutCompleted, .rollbackCompleted,
      .reinstatementCompleted, .evidenceClosed, .guardrailBreached:
      return ofSchedule(first.payload, header)
    case .institutionOpened: return .nothing
    default: return ofMoney(first.payload, header)
    }
  }

  // MARK: By subject

  private func ofLog(_ payload: Payload) -> AskedFor {
    switch payload {
    case .daemonStarted(let fields): .command(.startDaemon(fields))
    case .daemonStopped(let fields): .command(.stopDaemon(fields))
    case .clockStepped(let fields): .command(.stepClock(fields))
    case .clockConfirmed: .command(.confirmClock)
    case .logRecovered(let fields): .command(.recordRecovery(fields))
    case .dumpPublished(let fields): .command(.publishDump(fields))
    case .signingKeyNamed(let fields): .command(.nameKey(fields))
    case .merchantTreeCommitted(let fields): .command(.commitMerchantTree(fields))
    case .termsPublished(let fields):
      fields.edition.map { .command(.publishTerms(document: $0.document)) } ?? .notKept
    default: .nothing
    }
  }

  private func ofMerchant(_ payload: Payload, _ header: EventHeader) -> AskedFor {
    let external = external(header.merchant)
    switch payload {
    case .merchantRegistered(let fields): return .command(.registerMerchant(fields))
    case .merchantUpdated(let fields):
      return .command(
        .registerMerchant(
          MerchantRegistered(
            platform: fields.platform, tier: fields.tier, dailyPayments: fields.dailyPayments,
            external: external, category: fields.category, city: fields.city)))
    case .merchantClosed(let reason): return .command(.closeMerchant(external, reason))
    case .merchantExcluded(let fields):
      return .command(
        .excludeMerchant(
          external, plan: plan(fields.rollout),
          Reason(reason: fields.reason, reasonReference: fields.reasonReference)))
    case .merchantReinstated(let fields):
      guard header.actor.kind == .scheduler else {
        return .command(.reinstateMerchant(external, plan: plan(fields.rollout)))
      }
      return .step(
        fields.rollout, .switchOn(header.merchant, fields.wave, order: header.cause))
    case .merchantRolledBack(let fields):
      return .step(
        fields.rollout, .switchOff(header.merchant, fields.wave, order: header.cause))
    case .merchantEnabled(let fields):
      return .step(
        fields.rollout, .enable(header.merchant, fields.wave, plannedAt: fields.plannedAt))
    default: return .nothing
    }
  }

  private func ofRollout(_ payload: Payload, _ header: EventHeader) -> AskedFor {
    switch payload {
    case .rolloutConsulted(let fields): return .consultation(fields)
    case .rolloutAnnounced(let fields): return .command(.announce(document: fields.document))
    case .rolloutAmended(let fields): return .command(.amend(document: fields.document))
    case .rolloutApproved(let fields):
      return .command(
        .approve(plan: plan(fields.rollout), role: fields.role, CommandReading.request(fields)))
    case .rolloutStarted(let fields): return .command(.start(plan: plan(fields.rollout)))
    case .rolloutAborted(let fields):
      return .command(.abort(plan: plan(fields.rollout), reason(fields)))
    case .rollbackOrdered(let fields):
      if header.actor.kind == .guardrail {
        return .step(fields.rollout, .orderRollback(header.cause))
      }
      return ordered(fields, header, isRollback: true)
    case .reinstatementOrdered(let fields): return ordered(fields, header, isRollback: false)
    default: return .nothing
    }
  }

  private static func request(_ fields: RolloutApproved) -> ApprovalRequest {
    guard let grant = fields.grant else { return .ofStart }
    if !fields.approval.isEmpty { return .note(fields.approval) }
    return .plain(
      ApprovalRequest.Plain(
        subject: grant.subject, wave: grant.wave, evidence: grant.evidence,
        expiresAt: grant.expiresAt))
  }

  private func ordered(
    _ fields: ScopedOrder, _ header: EventHeader, isRollback: Bool
  ) -> AskedFor {
    let scope: Command.Scope =
      switch fields.scope {
      case .all: .all
      case .wave: .wave(fields.wave)
      case .tier: .tier(fields.tier)
      case .category: .category(fields.category ?? .none)
      case .merchant: .merchant(external(header.merchant))
      }
    let reason = Reason(reason: fields.reason, reasonReference: fields.reasonReference)
    let plan = plan(fields.rollout)
    return .command(
      isRollback ? .rollBack(plan: plan, scope, reason) : .reinstate(plan: plan, scope, reason))
  }

  private func ofSchedule(_ payload: Payload, _ header: EventHeader) -> AskedFor {
    switch payload {
    case .windowEnded(let fields):
      return .step(
        fields.rollout, .endWindow(enabled: fields.enabled, pending: fields.pending))
    case .waveOpened(let fields):
      return .step(
        fields.rollout,
        .openWave(fields.wave, plannedAt: fields.plannedAt, merchants: fields.merchants))
    case .waveCompleted(let fields):
      return .step(
        fields.rollout,
        .completeWave(fields.wave, enabled: fields.enabled, skipped: fields.skipped))
    case .rolloutCompleted(let fields):
      return .step(fields.rollout, .complete(enabled: fields.enabled, skipped: fields.skipped))
    case .rollbackCompleted(let fields), .reinstatementCompleted(let fields):
      return .step(fields.rollout, .completeOrder(header.cause, switched: fields.merchants))
    case .evidenceClosed(let fields):
      return .step(fields.rollout, .closeEvidence(from: fields.from, to: fields.to))
    case .guardrailBreached(let fields):
      guard let kind = GuardrailKind(name: "\(fields.guardrail)") else { return .nothing }
      return .step(
        fields.rollout, .breach(kind, kind == .merchant ? header.merchant : .none))
    default: return .nothing
    }
  }

  private func ofMoney(_ payload: Payload, _ header: EventHeader) -> AskedFor {
    switch payload {
    case .payment(var fields):
      fields.external = placed(fields.external, header.merchant)
      if fields.refundBasis.isSum {
        (fields.orderAmount, fields.refundBasis) = (fields.paidAmount, .sum)
      }
      return .command(.recordPayment(fields))
    case .orderOffered(var fields):
      fields.external = placed(fields.external, header.merchant)
      return .command(.offerOrder(fields))
    case .orderAttempted(var fields):
      fields.external = placed(fields.external, header.merchant)
      return .command(.attemptOrder(fields))
    case .orderFailed(var fields):
      fields.external = placed(fields.external, header.merchant)
      return .command(.failOrder(fields))
    case .orderTimedOut(var fields):
      fields.external = placed(fields.external, header.merchant)
      return .command(.timeOutOrder(fields))
    case .noticeHeld(let fields): return .command(.holdNotice(fields))
    case .statementReconciled(let fields): return .command(.reconcileStatement(fields))
    case .paymentAdjusted(let fields): return .command(.adjustPayment(fields))
    case .discrepancyResolved(let fields): return .command(.resolveDiscrepancy(fields))
    case .paymentDisputed(var fields):
      fields.external = placed(fields.external, header.merchant)
      return .command(.recordDispute(fields))
    case .paymentCombined(let fields): return .command(.recordCombined(fields))
    case .subjectErased(let fields): return .command(.eraseSubject(fields))
    default: return .nothing
    }
  }

  // MARK: Names

  private func external(_ merchant: MerchantNumber) -> ExternalID {
    guard merchant != .none, merchant.rawValue <= UInt32(book.count) else { return .none }
    return book.external(merchant)
  }

  /// The id that decide has put a number in the place of.
  private func placed(_ kept: ExternalID, _ merchant: MerchantNumber) -> ExternalID {
    merchant == .none ? kept : external(merchant)
  }

  private func plan(_ rollout: RolloutNumber) -> ShortText {
    board.rollout(rollout)?.plan ?? .none
  }

  private func reason(_ fields: RolloutStep) -> Reason {
    Reason(reason: fields.reason, reasonReference: fields.reasonReference)
  }
}
