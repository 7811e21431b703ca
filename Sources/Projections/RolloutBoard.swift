// All rollouts, folded from the log.

public import Events

/// Every rollout, in the order of consultation or announcement.
public struct RolloutBoard: Sendable {
  public internal(set) var rollouts: [Rollout] = []

  public init() {}

  public func rollout(_ number: RolloutNumber) -> Rollout? {
    let row = Int(number.rawValue) - 1
    return rollouts.indices.contains(row) ? rollouts[row] : nil
  }

  public func rollout(plan: ShortText) -> Rollout? { rollouts.first { $0.plan == plan } }

  /// Folds one event.
  ///
  /// `dailyPayments` are the usual payments of the event's merchant, for the caps.
  ///
  /// - Throws: `DecodeFault.unknownReference` for a rollout or a wave that was never announced or
  ///   opened.
  public mutating func apply(
    _ event: Event, at position: Position, dailyPayments: UInt32
  ) throws(DecodeFault) {
    if let step = MerchantSwitch(event) {
      return try apply(step, dailyPayments: dailyPayments)
    }
    let time = event.header.logTime
    switch event.payload {
    case .merchantUpdated:
      for row in rollouts.indices { rollouts[row].meet(event.header.merchant) }
    case .merchantClosed:
      for row in rollouts.indices { rollouts[row].revise() }
    case .merchantExcluded(let fields):
      let row = Int(fields.rollout.rawValue) - 1
      if rollouts.indices.contains(row) { rollouts[row].revise() }
    case .rolloutConsulted(let fields): try consult(fields, time)
    case .rolloutAnnounced(let fields): try announce(fields, position, event.header)
    case .rolloutAmended(let fields):
      try change(fields.rollout) { $0.amend(fields, by: event.header.actor, at: time) }
    case .rolloutApproved(let fields):
      try checkApproved(fields)
      try change(fields.rollout) { $0.approve(fields, event.header, at: position) }
    case .rolloutStarted(let fields):
      try change(fields.rollout) { $0.begin(fields, position, time) }
    case .rolloutPaused(let fields):
      try change(fields.rollout) { $0.pause(fields.reason, position, time) }
    case .rolloutResumed(let fields):
      try change(fields.rollout) { $0.resume(time) }
    case .rolloutAborted(let fields):
      try change(fields.rollout) { $0.end(.aborted, position, time) }
    case .windowEnded(let fields):
      try change(fields.rollout) { $0.isWindowOver = true }
    case .rolloutCompleted(let fields):
      try change(fields.rollout) { $0.end(.completed, position, time) }
    case .waveOpened(let fields): try open(fields, position, time)
    case .waveCompleted(let fields):
      try changeWave(fields.rollout, fields.wave) { $0.completedAt = time }
    default:
      try applyOrder(event, at: position)
    }
  }

  private mutating func applyOrder(_ event: Event, at position: Position) throws(DecodeFault) {
    let header = event.header
    switch event.payload {
    case .rollbackOrdered(let fields), .reinstatementOrdered(let fields):
      try change(fields.rollout) {
        $0.orders.append(
          RunningOrder(
            position: position, isRollback: event.kind == .rollbackOrdered, order: fields,
            merchant: header.merchant, orderedAt: header.logTime))
        $0.evidence.order(header.cause, at: position)
      }
    case .rollbackCompleted(let fields), .reinstatementCompleted(let fields):
      try change(fields.rollout) { $0.completeOrder(header.cause, header.logTime) }
    default:
      try applyEvidence(event, at: position)
    }
  }

  private mutating func applyEvidence(_ event: Event, at position: Position) throws(DecodeFault) {
    switch event.payload {
    case .evidenceClosed(let fields):
      var isTaken = false
      try change(fields.rollout) { isTaken = $0.evidence.close(fields, event.header, at: position) }
      guard isTaken else { throw .unknownReference(.init("table"), position.rawValue) }
    case .guardrailBreached(let fields):
      // The first logs had breaches of rollouts that they said nothing else of.
      guard rollout(fields.rollout) != nil else { return }
      try change(fields.rollout) { $0.evidence.breach(fields, event.header, at: position) }
    case .guardrailCleared(let fields):
      guard rollout(fields.rollout) != nil else { return }
      try change(fields.rollout) { $0.evidence.clear(fields, event.header) }
    case .termsPublished:
      for row in rollouts.indices {
        rollouts[row].evidence.beginAnew(at: event.header.logTime)
        rollouts[row].revise()
      }
    default:
      break
    }
  }

  /// Folds the switching of a merchant.
  ///
  /// - Throws: as for any event.
  @inline(__always)
  public mutating func apply(
    _ step: MerchantSwitch, dailyPayments: UInt32
  ) throws(DecodeFault) {
    switch step.kind {
    case .merchantRolledBack:
      let (row, wave) = try place(step.rollout, step.wave)
      rollouts[row].waves[wave].rolledBack += 1
      rollouts[row].countSwitch(step.header.cause, step.header.merchant, isPendingAgain: false)
    case .merchantReinstated:
      if step.wave != .none {
        try changeWave(step.rollout, step.wave) {
          $0.rolledBack = $0.rolledBack == 0 ? 0 : $0.rolledBack - 1
        }
      }
      try change(step.rollout) {
        $0.countSwitch(
          step.header.cause, step.header.merchant, isPendingAgain: step.wave == .none)
        $0.evidence.reinstate(step.header.merchant, step.header.logTime)
      }
    default:
      let (row, wave) = try place(step.rollout, step.wave)
      rollouts[row].waves[wave].enabled += 1
      rollouts[row].count(step.header.logTime, dailyPayments)
    }
  }

  private mutating func consult(
    _ fields: RolloutConsulted, _ time: Timestamp
  ) throws(DecodeFault) {
    guard Int(fields.rollout.rawValue) == rollouts.count + 1 else {
      throw .unknownReference(.init("rollout"), UInt64(fields.rollout.rawValue))
    }
    var rollout = Rollout(
      number: fields.rollout, planVersion: fields.planVersion, plan: fields.plan,
      institution: fields.institution, phase: .consulted)
    rollout.consultedAt = fields.consultedAt
    rollouts.append(rollout)
  }

  private mutating func announce(
    _ fields: RolloutAnnounced, _ position: Position, _ header: EventHeader
  ) throws(DecodeFault) {
    if Int(fields.rollout.rawValue) == rollouts.count + 1 {
      rollouts.append(
        Rollout(
          number: fields.rollout, planVersion: fields.planVersion, plan: fields.plan,
          institution: fields.institution, phase: .announced))
    }
    try change(fields.rollout) {
      $0.phase = .announced
      $0.planVersion = fields.planVersion
      $0.announcedAt = header.logTime
      $0.proposer = header.actor
      $0.effectiveAt = fields.effectiveAt
      $0.windowEnd = fields.windowEnd
      $0.document = fields.document
      $0.documentDigest = fields.digest
      $0.announcement = position
    }
  }

  /// An approval is of the version that stands; the first ones did not say of which document.
  private func checkApproved(_ fields: RolloutApproved) throws(DecodeFault) {
    guard let grant = fields.grant, let rollout = rollout(fields.rollout) else { return }
    guard fields.planVersion == rollout.planVersion else {
      throw .unknownReference(.init("plan_version"), UInt64(fields.planVersion))
    }
    guard grant.documentDigest == rollout.documentDigest else {
      throw .unknownReference(.init("document_digest"), UInt64(fields.rollout.rawValue))
    }
  }

  private mutating func open(
    _ fields: WaveOpened, _ position: Position, _ time: Timestamp
  ) throws(DecodeFault) {
    guard let rollout = rollout(fields.rollout),
      Int(fields.wave.rawValue) == rollout.waves.count + 1
    else {
      throw .unknownReference(.init("wave"), UInt64(fields.wave.rawValue))
    }
    try change(fields.rollout) {
      $0.waves.append(
        Wave(
          number: fields.wave, plannedAt: fields.plannedAt, openedAt: time, opening: position,
          merchants: fields.merchants))
    }
  }

  private mutating func change(
    _ number: RolloutNumber, _ body: (inout Rollout) -> Void
  ) throws(DecodeFault) {
    let row = Int(number.rawValue) - 1
    guard rollouts.indices.contains(row) else {
      throw .unknownReference(.init("rollout"), UInt64(number.rawValue))
    }
    body(&rollouts[row])
    rollouts[row].revise()
  }

  private mutating func changeWave(
    _ number: RolloutNumber, _ wave: WaveNumber, _ body: (inout Wave) -> Void
  ) throws(DecodeFault) {
    let (row, index) = try place(number, wave)
    body(&rollouts[row].waves[index])
    rollouts[row].revise()
  }

  /// Where a wave that has opened stands.
  private func place(
    _ number: RolloutNumber, _ wave: WaveNumber
  ) throws(DecodeFault) -> (row: Int, wave: Int) {
    let row = Int(number.rawValue) - 1
    let index = Int(wave.rawValue) - 1
    guard rollouts.indices.contains(row), rollouts[row].waves.indices.contains(index) else {
      throw .unknownReference(.init("wave"), UInt64(wave.rawValue))
    }
    return (row, index)
  }
}
