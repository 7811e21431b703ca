// The tables, indexes and views of a dumped database.

import Events
import Projections

/// The words of SQL that make a dump's tables.
enum SQLiteSchema {
  /// Of the tables, indexes and views; `PRAGMA user_version` tells it.
  static let version = 1

  /// The manifests of the tables.
  static let manifest =
    "CREATE TABLE manifest (dump TEXT PRIMARY KEY, rows INTEGER, position INTEGER, "
    + "sha256 TEXT, document TEXT)"

  /// A table of a dump's name with its columns in their order.
  static func table(_ name: DumpName) -> String {
    var parts = name.columns.map { column in
      let key = column.name == rowKey(name) ? " PRIMARY KEY" : ""
      return "\(quoted(column.name)) \(type(column.type))\(key)"
    }
    let key = primaryKey(name)
    if !key.isEmpty { parts.append("PRIMARY KEY (\(list(key)))") }
    return "CREATE TABLE \(quoted(name.name)) (\(parts.joined(separator: ", ")))"
  }

  /// A statement that inserts so many rows, with a parameter for each of their cells.
  static func insert(_ name: DumpName, rows: Int) -> String {
    let row = "(\(name.columns.map { _ in "?" }.joined(separator: ", ")))"
    let values = repeatElement(row, count: rows).joined(separator: ", ")
    return "INSERT INTO \(quoted(name.name)) VALUES \(values)"
  }

  private static func type(_ type: ColumnType) -> String {
    switch type {
    case .text, .day, .digest: "TEXT"
    case .integer, .fen, .instant, .flag: "INTEGER"
    }
  }

  /// The column that is the row's own number.
  private static func rowKey(_ name: DumpName) -> String? {
    switch name {
    case .rollouts: "number"
    case .guardrails, .timeline: "position"
    case .merchants, .waves, .mix, .reconciliation, .discrepancies, .disputes, .terms: nil
    }
  }

  private static func primaryKey(_ name: DumpName) -> [String] {
    switch name {
    case .waves: ["rollout", "wave"]
    case .mix: ["institution", "platform", "merchant_tier", "buyer_tier", "hour"]
    case .reconciliation: ["institution", "day"]
    case .discrepancies: ["position", "flag"]
    case .disputes: ["institution", "transaction", "dispute"]
    case .merchants, .rollouts, .guardrails, .timeline, .terms: []
    }
  }

  /// What is looked for beside the keys, made when the rows are in.
  static func indexes(_ name: DumpName) -> [String] {
    let columns: [String] =
      switch name {
      case .merchants: ["merchant", "state"]
      case .discrepancies: ["transaction", "order", "merchant"]
      case .timeline: ["merchant"]
      case .disputes: ["transaction", "merchant"]
      case .rollouts, .waves, .mix, .reconciliation, .guardrails, .terms: []
      }
    return columns.map { column in
      "CREATE INDEX \(quoted("\(name.name)_by_\(column)")) ON \(quoted(name.name)) "
        + "(\(quoted(column)))"
    }
  }

  /// The table for people, and the questions that are asked of it most.
  static func views(_ name: DumpName) -> [String] {
    let columns = name.columns.map { shown($0) }.joined(separator: ", ")
    let own = "CREATE VIEW \"v_\(name.name)\" AS SELECT \(columns) FROM \(quoted(name.name))"
    return [own] + questions(name)
  }

  private static func questions(_ name: DumpName) -> [String] {
    switch name {
    case .merchants:
      [
        "CREATE VIEW v_merchants_on AS SELECT * FROM v_merchants "
          + "WHERE state IN ('enabled', 'reinstated') AND closed_at IS NULL",
        "CREATE VIEW v_merchants_by_state AS SELECT rollout, state, count(*) AS merchants "
          + "FROM merchants GROUP BY rollout, state",
      ]
    case .reconciliation:
      [
        "CREATE VIEW v_reconciliation_by_day AS SELECT day, "
          + name.columns.filter { $0.type == .integer || $0.type == .fen }
          .map { "sum(\($0.name)) AS \($0.name)" }.joined(separator: ", ")
          + Institution.allCases.map {
            ", sum(CASE institution WHEN '\($0.name)' THEN net_fen ELSE 0 END) AS "
              + quoted("\($0.name)_net_fen")
          }.joined() + " FROM reconciliation GROUP BY day"
      ]
    case .discrepancies:
      ["CREATE VIEW v_open_discrepancies AS SELECT * FROM v_discrepancies WHERE state = 'open'"]
    case .rollouts, .waves, .mix, .guardrails, .timeline, .disputes, .terms: []
    }
  }

  /// A column as CSV shows it: instants as RFC 3339 of Beijing, flags as yes and no.
  private static func shown(_ column: Column) -> String {
    let name = quoted(column.name)
    switch column.type {
    case .text, .integer, .fen, .day, .digest: return name
    case .flag: return "CASE \(name) WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS \(name)"
    case .instant:
      let fraction = "\(name) % 1000000000"
      return "strftime('%Y-%m-%dT%H:%M:%S', \(name) / 1000000000, 'unixepoch', '+8 hours') || "
        + "CASE WHEN \(fraction) = 0 THEN '' "
        + "WHEN \(name) % 1000000 = 0 THEN printf('.%03d', \(fraction) / 1000000) "
        + "WHEN \(name) % 1000 = 0 THEN printf('.%06d', \(fraction) / 1000) "
        + "ELSE printf('.%09d', \(fraction)) END || '+08:00' AS \(name)"
    }
  }

  /// Names of columns among which are words of SQL: `order`, `transaction`.
  private static func quoted(_ name: String) -> String { "\"\(name)\"" }

  private static func list(_ names: [String]) -> String {
    names.map(quoted).joined(separator: ", ")
  }
}
