// The projections as metrics: what `--format prometheus` prints and what stands at `/metrics`.

public import Events
import Merkle
public import Projections

/// The projections in Prometheus' text format.
public enum MetricDump {
  /// The word for this format on the command line.
  public static let format = "prometheus"
  /// The media type of the text.
  public static let contentType = MetricWriter.contentType

  /// The tables that have metrics, in the order of `DumpName`.
  public static let tables = DumpName.allCases.filter { name in
    Metric.all.contains { $0.source == .table(name) }
  }

  /// The metrics of a table.
  ///
  /// - Returns: nil where the table has none.
  public static func bytes(
    _ name: DumpName, _ model: ReadModel, _ context: LogContext
  ) -> [UInt8]? {
    tables.contains(name) ? text([name], model, context).bytes : nil
  }

  /// The metrics of all tables: the dashboard's figures for programs.
  ///
  /// - Parameter daemon: what the daemon says of itself, where one prints them.
  public static func bytes(
    _ model: ReadModel, _ context: LogContext, daemon: DaemonFigures? = nil
  ) -> [UInt8] {
    var writer = text(tables, model, context)
    if let daemon { writer.write(daemon) }
    return writer.bytes
  }

  private static func text(
    _ names: [DumpName], _ model: ReadModel, _ context: LogContext
  ) -> MetricWriter {
    var writer = MetricWriter()
    writer.write(context)
    // In the order of `Metric.all`, so that each metric stands in one place.
    for source in Metric.all.map(\.source).uniqued {
      guard case .table(let name) = source, names.contains(name) else { continue }
      writer.write(name, model)
    }
    return writer
  }
}

/// What a daemon says of itself beside its log.
public struct DaemonFigures: Sendable {
  /// Nanoseconds since it began to serve.
  public var uptime: Int64 = 0
  /// One past the last event that is decided.
  public var position = Position.zero
  public var durable = Position.zero
  /// Deliveries that nobody has looked at.
  public var noticesQueued = 0
  /// Deliveries whose events are on their way to the disk.
  public var noticesUnanswered = 0
  public var clients = 0
  public var isDiskFull = false
  public var isClockHeld = false
  /// One past the last event under a signed head, and nanoseconds since that was signed; nil where
  /// this daemon has signed none.
  public var signed: (position: Position, age: Int64)?

  public init() {}
}

extension [Metric.Source] {
  fileprivate var uniqued: [Metric.Source] {
    reduce(into: []) { found, one in if !found.contains(one) { found.append(one) } }
  }
}

extension MetricWriter {
  fileprivate mutating func write(_ context: LogContext) {
    comment(
      "\(context.origin) at position \(context.position.rawValue), root \(context.root.base64)")
    sample(
      .logInfo, ["\(context.origin)", context.id.hex, context.release], 1)
    sample(.logEvents, [], context.position.rawValue)
    sample(.logTime, [], context.logTime)
  }

  fileprivate mutating func write(_ name: DumpName, _ model: ReadModel) {
    switch name {
    case .merchants: writeMerchants(model)
    case .rollouts: write(model.rollouts)
    case .waves: writeWaves(model.rollouts)
    case .mix: write(MetricMix(model.mix))
    case .reconciliation: write(model.reconciliation, model.timeline)
    case .discrepancies: write(model.discrepancies)
    case .guardrails: writeGuardrails(model.rollouts)
    case .disputes: write(model.disputes)
    case .timeline, .terms: preconditionFailure("a table without metrics is printed")
    }
  }

  private mutating func write(_ board: RolloutBoard) {
    let rollouts = board.rollouts
    for one in rollouts {
      sample(.rolloutInfo, ["\(one.plan)", one.institution.name, "\(one.planVersion)"], 1)
    }
    for one in rollouts {
      for phase in RolloutPhase.allCases {
        sample(.rolloutPhase, ["\(one.plan)", phase.name], one.phase == phase)
      }
    }
    for one in rollouts { sample(.rolloutPaused, ["\(one.plan)"], one.isPaused) }
    for one in rollouts { sample(.rolloutWindowOver, ["\(one.plan)"], one.isWindowOver) }
    for one in rollouts { sample(.rolloutEffective, ["\(one.plan)"], one.effectiveAt) }
    for one in rollouts { sample(.rolloutWindowEnd, ["\(one.plan)"], one.windowEnd) }
    for one in rollouts { sample(.rolloutStarted, ["\(one.plan)"], one.startedAt) }
    for one in rollouts { sample(.rolloutEnded, ["\(one.plan)"], one.endedAt) }
    for one in rollouts { sample(.rolloutOrder, ["\(one.plan)"], one.merchantsInOrder) }
  }

  private mutating func writeMerchants(_ model: ReadModel) {
    let book = model.merchants
    sample(.merchantsRegistered, [], book.count)
    let rollouts = model.rollouts.rollouts
    for one in rollouts {
      for state in MerchantState.allCases {
        sample(
          .rolloutMerchants, ["\(one.plan)", state.name],
          book.standing(one.number)?.count(state) ?? 0)
      }
    }
    for one in rollouts {
      for tier in Tier.allCases {
        sample(.rolloutMerchantsOn, ["\(one.plan)", tier.name], book.countOn(one.number, tier))
      }
    }
    for one in rollouts {
      sample(.rolloutEnabled, ["\(one.plan)"], book.standing(one.number)?.everEnabled ?? 0)
    }
  }

  private mutating func writeWaves(_ board: RolloutBoard) {
    let waves = board.rollouts.flatMap { rollout in
      rollout.waves.map { (labels: ["\(rollout.plan)", "\($0.number.rawValue)"], wave: $0) }
    }
    for (labels, wave) in waves { sample(.waveMerchants, labels, wave.merchants) }
    for (labels, wave) in waves { sample(.waveEnabled, labels, wave.enabled) }
    for (labels, wave) in waves { sample(.waveRolledBack, labels, wave.rolledBack) }
    for (labels, wave) in waves { sample(.wavePlanned, labels, wave.plannedAt) }
    for (labels, wave) in waves { sample(.waveOpened, labels, wave.openedAt) }
    for (labels, wave) in waves { sample(.waveCompleted, labels, wave.completedAt) }
  }

  private mutating func writeGuardrails(_ board: RolloutBoard) {
    let breaches = board.rollouts.flatMap { rollout in
      GuardrailKind.allCases.map { kind in
        (
          labels: ["\(rollout.plan)", kind.name],
          all: rollout.evidence.breaches.filter { $0.kind == kind }
        )
      }
    }
    for (labels, all) in breaches { sample(.guardrailBreaches, labels, all.count) }
    for (labels, all) in breaches {
      sample(.guardrailBreached, labels, all.contains { !$0.isCleared })
    }
    for one in board.rollouts {
      sample(.evidenceTime, ["\(one.plan)"], one.evidence.closedUntil)
    }
  }

  private mutating func write(_ disputes: Disputes) {
    let rows = disputes.rows
    let institutions = Institution.allCases.filter { one in rows.contains { $0.institution == one }
    }
    for one in institutions {
      for stage in DisputeStage.allCases {
        let count = rows.count { $0.institution == one && $0.stage == stage }
        sample(.disputes, [one.name, stage.name], count)
      }
    }
    for one in institutions {
      let taken = rows.reduce(Int64(0)) { sum, row in
        row.institution == one && row.currency == Payment.yuan ? sum &+ row.taken.rawValue : sum
      }
      sample(.disputesTaken, [one.name], taken)
    }
  }
}

// MARK: - Payments

/// The mix added up as the metrics have it.
private struct MetricMix {
  struct Place: Hashable {
    var institution: Institution
    var platform: ShopPlatform?
    var merchantTier: Tier
    var buyerTier: Tier

    var labels: [String] {
      [institution.name, platform?.name ?? "unknown", merchantTier.name, buyerTier.name]
    }
  }

  /// In the order of the table, whose hours are the last of a key.
  private(set) var places: [(place: Place, cell: PaymentMix.Cell)] = []
  private(set) var institutions: [(institution: Institution, cell: PaymentMix.Cell)] = []

  init(_ mix: PaymentMix) {
    var (places, institutions) = (places, institutions)
    mix.forEach { key, cell in
      let place = Place(
        institution: key.institution, platform: key.platform, merchantTier: key.merchantTier,
        buyerTier: key.buyerTier)
      if places.last?.place != place { places.append((place, .init())) }
      places[places.count - 1].cell.add(cell)
      if institutions.last?.institution != key.institution {
        institutions.append((key.institution, .init()))
      }
      institutions[institutions.count - 1].cell.add(cell)
    }
    self.places = places.filter { $0.cell.capturedCount > 0 }
    self.institutions = institutions
  }
}

extension MetricWriter {
  private mutating func write(_ mix: MetricMix) {
    for (place, cell) in mix.places { sample(.paymentsCaptured, place.labels, cell.capturedCount) }
    for (place, cell) in mix.places { sample(.paymentsOrderAmount, place.labels, cell.capturedFen) }
    let all = mix.institutions
    for (one, cell) in all { sample(.paymentsPaid, [one.name], cell.paidFen) }
    for (one, cell) in all { sample(.paymentsBalance, [one.name], cell.balanceFen) }
    for (one, cell) in all { sample(.paymentsRefunded, [one.name], cell.refundedCount) }
    for (one, cell) in all { sample(.paymentsRefundedFen, [one.name], cell.refundedFen) }
    for (one, cell) in all { sample(.paymentsPending, [one.name], cell.pendingCount) }
    for (one, cell) in all { sample(.paymentsClosed, [one.name], cell.closedCount) }
    for (one, cell) in all {
      for column in PaymentMix.FailureColumn.allCases {
        sample(.paymentsFailed, [one.name, column.name], cell.failed[column.rawValue])
      }
    }
    for (one, cell) in all { sample(.ordersAttempted, [one.name], cell.attemptedCount) }
  }

  private mutating func write(_ reconciliation: Reconciliation, _ timeline: Timeline) {
    let days = Institution.allCases.map { one in
      (labels: [one.name], rows: reconciliation.rows.filter { $0.institution == one })
    }.filter { !$0.rows.isEmpty }
    for (labels, rows) in days { sample(.reconciliationRows, labels, rows.count) }
    for (labels, rows) in days {
      if let last = rows.last { sample(.reconciliationLastDay, labels, last.day.start) }
    }
    for (labels, rows) in days {
      sample(.reconciliationCaptured, labels, rows.reduce(0) { $0 + $1.capturedFen })
    }
    for (labels, rows) in days {
      sample(.reconciliationRefunded, labels, rows.reduce(0) { $0 + $1.refundedFen })
    }
    for (labels, rows) in days {
      sample(.reconciliationApart, labels, rows.reduce(0) { $0 + $1.apartCount })
    }
    let statements = timeline.rows.filter { $0.kind == .statementReconciled }
    sample(.statements, [], statements.count)
    if let last = statements.last { sample(.statementTime, [], last.logTime) }
  }

  private mutating func write(_ discrepancies: Discrepancies) {
    let counts = discrepancies.countByFlag().map { one in
      (labels: [one.institution.name, one.flagName], count: one)
    }
    for (labels, one) in counts { sample(.discrepancies, labels, one.all) }
    for (labels, one) in counts { sample(.discrepanciesOpen, labels, one.open) }
  }

  fileprivate mutating func write(_ daemon: DaemonFigures) {
    sample(.daemonUptime, [], nanoseconds: daemon.uptime)
    sample(.daemonPosition, [], daemon.position.rawValue)
    sample(.daemonDurable, [], daemon.durable.rawValue)
    sample(.daemonWaiting, [], daemon.position.rawValue - daemon.durable.rawValue)
    sample(.daemonNotices, [], daemon.noticesQueued)
    sample(.daemonUnanswered, [], daemon.noticesUnanswered)
    sample(.daemonClients, [], daemon.clients)
    sample(.daemonDiskFull, [], daemon.isDiskFull)
    sample(.daemonClockHeld, [], daemon.isClockHeld)
    if let signed = daemon.signed {
      sample(.daemonSigned, [], signed.position.rawValue)
      sample(.daemonSignedAge, [], nanoseconds: signed.age)
    }
  }
}
