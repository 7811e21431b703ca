// The questions that are asked of a dumped database most, as views.

import Events
import Projections

extension SQLiteSchema {
  /// What is asked of a table most.
  static func questions(_ name: DumpName) -> [String] {
    switch name {
    case .merchants: ofMerchants
    case .mix: ofMix
    case .reconciliation: [ofDays]
    case .discrepancies:
      [
        view(
          "v_open_discrepancies", "What broke policy and nothing has answered.",
          "SELECT * FROM v_discrepancies WHERE state = 'open'")
      ]
    case .rollouts, .waves, .guardrails, .timeline, .disputes, .terms: []
    }
  }

  private static let ofMerchants = [
    view(
      "v_merchants_on", "Merchants at which the institution is open.",
      "SELECT * FROM v_merchants WHERE state IN ('enabled', 'reinstated') AND closed_at IS NULL"),
    view(
      "v_merchants_by_state", "How many merchants stand in each state.",
      "SELECT rollout, state, count(*) AS merchants FROM merchants GROUP BY rollout, state"),
    view(
      "v_merchants_on_by_tier", "How many merchants of each tier are on, and of how many.",
      """
      SELECT rollout, institution, tier, downstream,
        sum(state IN ('enabled', 'reinstated') AND closed_at IS NULL) AS merchants_on,
        count(*) AS merchants,
        round(100.0 * sum(state IN ('enabled', 'reinstated') AND closed_at IS NULL) / count(*), 1)
          AS percent_on
      FROM merchants WHERE rollout IS NOT NULL GROUP BY rollout, institution, tier, downstream
      """),
    view(
      "v_merchant_why", "Why each merchant is on or off, in a sentence.",
      """
      SELECT merchant, rollout, institution, state,
        CASE WHEN state IN ('enabled', 'reinstated') AND closed_at IS NULL THEN 'on' ELSE 'off' END
          AS standing,
        CASE
          WHEN closed_at IS NOT NULL THEN 'off: it closed at ' || closed_at
          WHEN state = 'enabled' THEN 'on: wave ' || wave || ' enabled it at ' || enabled_at
          WHEN state = 'reinstated' THEN 'on again: reinstated at ' || changed_at
          WHEN state = 'rolled-back' THEN 'off: rolled back at ' || changed_at
          WHEN state = 'excluded' THEN 'off: excluded at ' || changed_at
            || coalesce(', reason ' || reason, '')
          WHEN state = 'pending' THEN 'off: not enabled yet'
          ELSE 'off: no rollout names it'
        END AS why, last_position
      FROM v_merchants
      """),
  ]

  private static let ofMix = [
    view(
      "v_mix_by_institution", "What each institution captured, and its share of all.",
      """
      SELECT institution, sum(captured_count) AS captured_count, sum(captured_fen) AS captured_fen,
        round(100.0 * sum(captured_count) / (SELECT max(1, sum(captured_count)) FROM mix), 1)
          AS percent, sum(refunded_count) AS refunded_count, sum(refunded_fen) AS refunded_fen,
        sum(\(failures)) AS failed_count
      FROM mix GROUP BY institution
      """),
    view(
      "v_mix_by_market", "The same by market: downstream is where the buyer's tier is T3 to T5.",
      """
      SELECT CASE WHEN buyer_tier IN ('T3', 'T4', 'T5') THEN 'downstream'
          WHEN buyer_tier = 'unknown' THEN 'unknown' ELSE 'upper' END AS market,
        institution, sum(captured_count) AS captured_count, sum(captured_fen) AS captured_fen
      FROM mix GROUP BY market, institution
      """),
  ]

  private static let failures = PaymentMix.FailureColumn.allCases.map { "failed_\($0.name)" }
    .joined(separator: " + ")

  private static var ofDays: String {
    let sums = DumpName.reconciliation.columns.filter { $0.type == .integer || $0.type == .fen }
      .map { "sum(\($0.name)) AS \($0.name)" }
    let nets = Institution.allCases.map { one in
      "sum(CASE institution WHEN '\(one.name)' THEN net_fen ELSE 0 END) AS "
        + quoted("\(one.name)_net_fen")
    }
    return view(
      "v_reconciliation_by_day", "A day of all institutions, and the net of each.",
      "SELECT day,\n  \((sums + nets).joined(separator: ",\n  ")) FROM reconciliation GROUP BY day")
  }
}
