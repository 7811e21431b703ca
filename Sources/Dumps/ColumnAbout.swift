// What each column of each table means: for the comments of databases and the schemas of dumps.

public import Projections

extension DumpName {
  /// What a row is, in one sentence.
  public var about: String {
    switch self {
    case .merchants: "A merchant under a rollout, one row for each rollout that the log names."
    case .rollouts: "A rollout: the opening of one payment institution."
    case .waves: "A wave of a rollout that has opened."
    case .mix: "Payments of one institution, platform, tiers and hour of the Beijing day."
    case .reconciliation: "What an institution captured and refunded on one Beijing day."
    case .discrepancies: "A fact that broke policy: one flag of one event."
    case .guardrails: "A breach of a guardrail, or its end."
    case .timeline: "An event that a person decided or must know of."
    case .terms: "A word of a published version of the terms."
    case .disputes: "A dispute of a payment, at its latest stage."
    }
  }

  /// What a column means; nil where the table has no such column.
  public func about(_ column: String) -> String? {
    let own: [String: String] =
      switch self {
      case .merchants: Self.merchantColumns
      case .rollouts: Self.rolloutColumns
      case .waves: Self.waveColumns
      case .mix: Self.mixColumns
      case .reconciliation: Self.reconciliationColumns
      case .discrepancies: Self.discrepancyColumns
      case .guardrails: Self.guardrailColumns
      case .timeline: Self.timelineColumns
      case .terms: Self.termColumns
      case .disputes: Self.disputeColumns
      }
    return own[column]
  }

  private static let merchantColumns = [
    "number": "the log's number of the merchant, from 1 in the order of registration",
    "merchant": "the platform's id of the merchant", "platform": "taobao or tmall",
    "category": "the category it was registered with", "city": "its city",
    "tier": "the tier of its city: T1, N1, T2 to T5, unknown",
    "downstream": "whether the tier is T3, T4 or T5",
    "daily_payments": "usual payments a day; absent where unknown",
    "registered_at": "when it was registered", "closed_at": "when it closed; absent while open",
    "rollout": "the plan's id", "institution": "the payment institution that the rollout opens",
    "state": "pending, enabled, rolled-back, reinstated or excluded; on are enabled and reinstated",
    "wave": "the wave that enabled it", "planned_at": "when the plan had its wave open",
    "enabled_at": "when it was first enabled", "changed_at": "when its state last changed",
    "reason": "the code of its exclusion", "events": "how many events name it",
    "last_position": "the position of the last of them",
  ]

  private static let rolloutColumns = [
    "number": "the log's number of the rollout", "plan": "the plan's id",
    "version": "the version of the plan that stands",
    "institution": "the payment institution that it opens",
    "phase": "consulted, announced, running, aborted or completed",
    "paused": "whether the opening is paused", "window_over": "whether the window has ended",
    "consulted_at": "when merchants were consulted", "announced_at": "when it was announced",
    "effective_at": "when the window begins", "window_end": "when the window ends",
    "started_at": "when it was started", "ended_at": "when it was completed or aborted",
    "approvals": "the approvals given, in their order",
    "merchants_in_order": "merchants in the frozen order", "pending": "merchants never enabled",
    "enabled": "merchants enabled and on", "rolled_back": "merchants rolled back and off",
    "reinstated": "merchants on again after a roll-back", "excluded": "merchants kept off",
    "order_digest": "SHA-256 of the frozen order", "plan_digest": "SHA-256 of the plan's document",
  ]

  private static let waveColumns = [
    "rollout": "the log's number of the rollout", "plan": "the plan's id",
    "wave": "the wave's number, from 1", "planned_at": "when the plan opens it",
    "opened_at": "when it opened", "completed_at": "when all its merchants had had their turn",
    "merchants": "merchants it had when it opened", "enabled": "merchants enabled by it",
    "rolled_back": "merchants of it rolled back",
  ]

  private static let mixColumns = [
    "institution": "the payment institution",
    "platform": "taobao, tmall, or unknown where the merchant is not registered",
    "merchant_tier": "the tier of the merchant's city",
    "buyer_tier": "the tier of the city the order goes to",
    "hour": "the hour of the Beijing day, 0 to 23", "captured_count": "captured payments",
    "captured_fen": "their order transaction amount, in fen",
    "paid_fen": "their paid amount, in fen",
    "balance_fen": "paid from payment account balances where that is known, in fen",
    "balance_known_count": "captures of which that is known", "refunded_count": "refunds",
    "refunded_fen": "refunded, in fen; below zero where a sum was moved to another cell",
    "pending_count": "notices that a payment is pending",
    "closed_count": "payments closed unpaid",
    "attempted_count": "orders tried at the cashier", "failed_payer": "failed for the payer's sake",
    "failed_merchant": "failed for the merchant's sake",
    "failed_integration": "failed for the integration's sake",
    "failed_institution": "failed for the institution's sake",
    "failed_risk": "stopped by risk control", "failed_other": "pending, repeated or closed codes",
    "failed_unclassified": "failed with a code that nobody knows",
  ]

  private static let reconciliationColumns = [
    "institution": "the payment institution", "day": "the day in Beijing",
    "captured_count": "captures", "captured_fen": "captured, in fen",
    "refunded_count": "refunds", "refunded_fen": "refunded, in fen",
    "net_fen": "captured minus refunded, in fen",
    "apart_count": "captures and refunds kept out of these sums",
    "apart_fen": "their amount, in fen, those of other currencies left out",
  ]

  private static let discrepancyColumns = [
    "position": "the event", "flag": "what it broke", "institution": "the payment institution",
    "transaction": "the institution's transaction", "order": "the platform's order",
    "merchant": "the platform's id of the merchant",
    "outcome": "the payment's outcome; attempted or disputed where it is no payment",
    "amount_fen": "the amount, in fen", "occurred_at": "when it occurred",
    "log_time": "when it was recorded", "state": "open or resolved",
    "resolved_at": "the position of the event that resolved it",
  ]

  private static let guardrailColumns = [
    "position": "the event", "log_time": "when", "rollout": "the log's number of the rollout",
    "wave": "the wave", "guardrail": "which guardrail", "state": "breached or cleared",
  ]

  private static let timelineColumns = [
    "position": "the event", "log_time": "when", "kind": "the kind of event",
    "actor": "who caused it", "actor_id": "the actor's number, a uid of an operator",
    "cause": "the position of the event that led to it",
    "rollout": "the log's number of the rollout", "wave": "the wave",
    "merchant": "the platform's id of the merchant", "detail": "what it says, in a few words",
  ]

  private static let termColumns = [
    "position": "the event that published it", "name": "the rule set", "version": "its version",
    "published_at": "when it was published", "effective_at": "when it takes effect",
    "supersedes": "the position of the version before it",
    "withdrawn_by": "the position of the version that came before it took effect",
    "digest": "SHA-256 of the document", "field": "the field that the word is for",
    "old": "the old word", "chinese": "the unified word in Chinese",
    "english": "the unified word in English",
  ]

  private static let disputeColumns = [
    "institution": "the payment institution", "transaction": "the institution's transaction",
    "dispute": "the institution's id of the dispute",
    "merchant": "the platform's id of the merchant",
    "stage": "inquiry, opened, money-taken, money-returned or lost",
    "amount": "the amount in minor units of its currency",
    "currency": "the ISO 4217 number of the currency; 156 is CNY",
    "taken": "what the payer has of it, in minor units", "code": "the institution's reason code",
    "since": "when it began", "until": "when its latest stage began",
    "first_position": "its first event", "last_position": "its latest event",
  ]
}

extension ColumnType {
  /// The unit or the form of a column's cells, in a few words.
  public var about: String {
    switch self {
    case .text: "text"
    case .integer: "number"
    case .fen: "fen"
    case .instant: "instant"
    case .day: "day in Beijing"
    case .flag: "yes or no"
    case .digest: "SHA-256, hexadecimal"
    }
  }
}
