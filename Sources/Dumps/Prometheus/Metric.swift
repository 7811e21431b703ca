// The metrics that Prometheus is given: their names, what they mean, their labels.
//
// The names follow Prometheus' own conventions: `sluice_` in front, the base unit behind
// (`_seconds` since 1970 for instants), `_total` for what only grows. Money is in `_fen`: it is
// counted in whole fen everywhere here, a float holds every whole number below 2^53 exactly (90
// trillion yuan) and no hundredth of one, so yuan would be rounded where fen are right.
//
// Every label has few values, whatever is in the log: plans, waves, and closed lists. Merchants,
// categories, orders and transactions are none: their number has no bound, and each value of a
// label is a series that a server keeps.

public import Projections

/// A metric, as `# HELP` and `# TYPE` declare it.
public struct Metric: Hashable, Sendable {
  public enum Kind: String, Sendable {
    /// It only grows as the log does.
    case counter
    case gauge
  }

  /// Where its samples come from.
  public enum Source: Hashable, Sendable {
    /// The log as a whole: printed with every dump.
    case log
    /// The projection of a table.
    case table(DumpName)
    /// The daemon itself, and not its log: at `/metrics` alone.
    case daemon
  }

  public let name: String
  public let kind: Kind
  public let source: Source
  public let labels: [String]
  /// One sentence without a period.
  public let help: String

  private init(
    _ name: String, _ kind: Kind, _ source: Source, _ labels: [String], _ help: String
  ) {
    self.name = "sluice_" + name
    self.kind = kind
    self.source = source
    self.labels = labels
    self.help = help
  }
}

// MARK: - The log

extension Metric {
  static let logInfo = Metric(
    "log_info", .gauge, .log, ["origin", "log_id", "release"],
    "Always 1: the log's name, its id and the program's version")
  static let logEvents = Metric(
    "log_events_total", .counter, .log, [], "Durable events of the log, the position of its end")
  static let logTime = Metric(
    "log_last_event_timestamp_seconds", .gauge, .log, [], "The log's time of its last event")
}

// MARK: - Rollouts, merchants and waves

extension Metric {
  private static let rollouts = Source.table(.rollouts)
  private static let merchants = Source.table(.merchants)
  private static let waves = Source.table(.waves)

  static let rolloutInfo = Metric(
    "rollout_info", .gauge, rollouts, ["rollout", "institution", "plan_version"],
    "Always 1: a rollout, the payment institution that it opens and the version of its plan")
  static let rolloutPhase = Metric(
    "rollout_phase", .gauge, rollouts, ["rollout", "phase"],
    "1 for the phase a rollout is in, else 0")
  static let rolloutPaused = Metric(
    "rollout_paused", .gauge, rollouts, ["rollout"], "1 while the opening is paused")
  static let rolloutWindowOver = Metric(
    "rollout_window_over", .gauge, rollouts, ["rollout"], "1 once the window has ended")
  static let rolloutEffective = Metric(
    "rollout_effective_timestamp_seconds", .gauge, rollouts, ["rollout"], "When the window begins")
  static let rolloutWindowEnd = Metric(
    "rollout_window_end_timestamp_seconds", .gauge, rollouts, ["rollout"], "When the window ends")
  static let rolloutStarted = Metric(
    "rollout_started_timestamp_seconds", .gauge, rollouts, ["rollout"],
    "When the rollout was started")
  static let rolloutEnded = Metric(
    "rollout_ended_timestamp_seconds", .gauge, rollouts, ["rollout"],
    "When the rollout was completed or aborted")
  static let rolloutOrder = Metric(
    "rollout_order_merchants", .gauge, rollouts, ["rollout"], "Merchants in the frozen order")

  static let merchantsRegistered = Metric(
    "merchants_registered", .gauge, merchants, [], "Merchants of the registry, closed ones too")
  static let rolloutMerchants = Metric(
    "rollout_merchants", .gauge, merchants, ["rollout", "state"], "Merchants by their state")
  static let rolloutMerchantsOn = Metric(
    "rollout_merchants_on", .gauge, merchants, ["rollout", "tier"],
    "Merchants that are on, by the tier of their city")
  static let rolloutEnabled = Metric(
    "rollout_enabled_merchants_total", .counter, merchants, ["rollout"],
    "Merchants that were ever enabled")

  static let waveMerchants = Metric(
    "wave_merchants", .gauge, waves, ["rollout", "wave"],
    "Merchants that an opened wave had when it opened")
  static let waveEnabled = Metric(
    "wave_enabled_merchants_total", .counter, waves, ["rollout", "wave"],
    "Merchants enabled by a wave")
  static let waveRolledBack = Metric(
    "wave_rolled_back_merchants_total", .counter, waves, ["rollout", "wave"],
    "Merchants of a wave rolled back")
  static let wavePlanned = Metric(
    "wave_planned_timestamp_seconds", .gauge, waves, ["rollout", "wave"],
    "When the plan opens an opened wave")
  static let waveOpened = Metric(
    "wave_opened_timestamp_seconds", .gauge, waves, ["rollout", "wave"], "When a wave opened")
  static let waveCompleted = Metric(
    "wave_completed_timestamp_seconds", .gauge, waves, ["rollout", "wave"],
    "When all merchants of a wave had had their turn")
}

// MARK: - Payments and what is found of them

extension Metric {
  private static let mix = Source.table(.mix)
  private static let reconciliation = Source.table(.reconciliation)
  private static let place = ["institution", "platform", "merchant_tier", "buyer_tier"]

  static let paymentsCaptured = Metric(
    "payments_captured_total", .counter, mix, place, "Captured payments")
  static let paymentsOrderAmount = Metric(
    "payments_order_amount_fen_total", .counter, mix, place,
    "Order transaction amount of captured payments, in fen")
  static let paymentsPaid = Metric(
    "payments_paid_fen_total", .counter, mix, ["institution"],
    "Paid amount of captured payments, in fen")
  static let paymentsBalance = Metric(
    "payments_balance_fen_total", .counter, mix, ["institution"],
    "Paid from payment account balances where the institution says so, in fen")
  static let paymentsRefunded = Metric(
    "payments_refunds_total", .counter, mix, ["institution"], "Refunds")
  static let paymentsRefundedFen = Metric(
    "payments_refunded_fen_total", .counter, mix, ["institution"], "Refunded amount, in fen")
  static let paymentsPending = Metric(
    "payments_pending_total", .counter, mix, ["institution"], "Notices that a payment is pending")
  static let paymentsClosed = Metric(
    "payments_closed_total", .counter, mix, ["institution"], "Payments closed without being paid")
  static let paymentsFailed = Metric(
    "payments_failed_total", .counter, mix, ["institution", "failure_class"],
    "Failed payments, by whom they count against")
  static let ordersAttempted = Metric(
    "orders_attempted_total", .counter, mix, ["institution"],
    "Orders that were tried to be paid at the cashier")

  static let reconciliationRows = Metric(
    "reconciliation_rows", .gauge, reconciliation, ["institution"],
    "Beijing days on which something was captured, refunded or kept apart")
  static let reconciliationLastDay = Metric(
    "reconciliation_last_day_timestamp_seconds", .gauge, reconciliation, ["institution"],
    "When the last of these days began")
  static let reconciliationCaptured = Metric(
    "reconciliation_captured_fen_total", .counter, reconciliation, ["institution"],
    "Captured on all days, in fen")
  static let reconciliationRefunded = Metric(
    "reconciliation_refunded_fen_total", .counter, reconciliation, ["institution"],
    "Refunded on all days, in fen")
  static let reconciliationApart = Metric(
    "reconciliation_apart_total", .counter, reconciliation, ["institution"],
    "Captures and refunds that are kept out of the sums")
  static let statements = Metric(
    "statements_reconciled_total", .counter, reconciliation, [],
    "Statements whose comparison was recorded")
  static let statementTime = Metric(
    "statement_last_reconciled_timestamp_seconds", .gauge, reconciliation, [],
    "When a comparison with a statement was last recorded")

  static let discrepancies = Metric(
    "discrepancies_total", .counter, .table(.discrepancies), ["institution", "flag"],
    "Facts that broke policy")
  static let discrepanciesOpen = Metric(
    "discrepancies_open", .gauge, .table(.discrepancies), ["institution", "flag"],
    "Facts that broke policy and that nothing has answered")

  static let guardrailBreaches = Metric(
    "guardrail_breaches_total", .counter, .table(.guardrails), ["rollout", "guardrail"],
    "Breaches of a guardrail")
  static let guardrailBreached = Metric(
    "guardrail_breached", .gauge, .table(.guardrails), ["rollout", "guardrail"],
    "1 while a breach stands that nobody has taken back")
  static let evidenceTime = Metric(
    "guardrail_evidence_timestamp_seconds", .gauge, .table(.guardrails), ["rollout"],
    "Up to when the evidence of the guardrails is closed")

  static let disputes = Metric(
    "disputes", .gauge, .table(.disputes), ["institution", "stage"], "Disputes by their stage")
  static let disputesTaken = Metric(
    "disputes_taken_fen", .gauge, .table(.disputes), ["institution"],
    "What payers have taken back by disputes in CNY, in fen")
}

// MARK: - The daemon

extension Metric {
  static let daemonUptime = Metric(
    "daemon_uptime_seconds", .gauge, .daemon, [], "Since the daemon began to serve")
  static let daemonPosition = Metric(
    "daemon_position", .gauge, .daemon, [], "One past the last event that is decided")
  static let daemonDurable = Metric(
    "daemon_durable_position", .gauge, .daemon, [], "One past the last event that is on the disk")
  static let daemonWaiting = Metric(
    "daemon_waiting_events", .gauge, .daemon, [], "Events that are decided and not yet durable")
  static let daemonNotices = Metric(
    "daemon_notice_queue_length", .gauge, .daemon, [],
    "Deliveries by HTTP that nobody has looked at")
  static let daemonUnanswered = Metric(
    "daemon_unanswered_notices", .gauge, .daemon, [],
    "Deliveries by HTTP whose events are on their way to the disk")
  static let daemonClients = Metric(
    "daemon_clients", .gauge, .daemon, [], "Clients connected to the socket")
  static let daemonDiskFull = Metric(
    "daemon_disk_full", .gauge, .daemon, [], "1 while payments are refused because the disk is full"
  )
  static let daemonClockHeld = Metric(
    "daemon_clock_held", .gauge, .daemon, [],
    "1 while the scheduler waits for somebody to confirm the clock")
  static let daemonSigned = Metric(
    "daemon_signed_position", .gauge, .daemon, [], "One past the last event under a signed head")
  static let daemonSignedAge = Metric(
    "daemon_signed_head_age_seconds", .gauge, .daemon, [], "Since a head of the log was last signed"
  )
}

extension Metric {
  /// Every metric, in the order in which they are printed.
  public static let all: [Metric] = [
    logInfo, logEvents, logTime,
    rolloutInfo, rolloutPhase, rolloutPaused, rolloutWindowOver, rolloutEffective,
    rolloutWindowEnd, rolloutStarted, rolloutEnded, rolloutOrder,
    merchantsRegistered, rolloutMerchants, rolloutMerchantsOn, rolloutEnabled,
    waveMerchants, waveEnabled, waveRolledBack, wavePlanned, waveOpened, waveCompleted,
    paymentsCaptured, paymentsOrderAmount, paymentsPaid, paymentsBalance, paymentsRefunded,
    paymentsRefundedFen, paymentsPending, paymentsClosed, paymentsFailed, ordersAttempted,
    reconciliationRows, reconciliationLastDay, reconciliationCaptured, reconciliationRefunded,
    reconciliationApart, statements, statementTime,
    discrepancies, discrepanciesOpen,
    guardrailBreaches, guardrailBreached, evidenceTime,
    disputes, disputesTaken,
    daemonUptime, daemonPosition, daemonDurable, daemonWaiting, daemonNotices, daemonUnanswered,
    daemonClients, daemonDiskFull, daemonClockHeld, daemonSigned, daemonSignedAge,
  ]
}
