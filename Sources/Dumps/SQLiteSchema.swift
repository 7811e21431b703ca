// The tables, indexes and views of a dumped database.

import Events
import Merkle
import Projections
import Text

/// The words of SQL that make a dump's tables.
enum SQLiteSchema {
  /// Of the tables, indexes and views; `PRAGMA user_version` tells it.
  static let version = 2

  /// A table of a dump's name with its columns in their order, each with what it means.
  static func table(_ name: DumpName) -> String {
    let key = primaryKey(name)
    var text = "CREATE TABLE \(quoted(name.name)) ( -- \(name.about)\n"
    for (index, column) in name.columns.enumerated() {
      let isLast = index == name.columns.count - 1 && key.isEmpty
      text += "  \(quoted(column.name)) \(type(column.type))"
      text += column.name == rowKey(name) ? " PRIMARY KEY" : ""
      text += "\(isLast ? "" : ",") -- \(meaning(column, of: name))\n"
    }
    if !key.isEmpty { text += "  PRIMARY KEY (\(list(key)))\n" }
    return text + ")"
  }

  private static func meaning(_ column: Column, of name: DumpName) -> String {
    let about = name.about(column.name) ?? ""
    return switch column.type {
    case .instant: "\(about) (nanoseconds since 1970 UTC)"
    case .flag: "\(about) (0 or 1)"
    case .text, .integer, .fen, .day, .digest: about
    }
  }

  /// The table of manifests.
  static let manifest = """
    CREATE TABLE manifest ( -- Of what log and position each table is.
      dump TEXT PRIMARY KEY, -- the table
      rows INTEGER, -- how many it has
      position INTEGER, -- one past the last event that it holds
      sha256 TEXT, -- of the CSV of the same rows, `sluice dump NAME --format csv`
      document TEXT -- the whole manifest, JSON
    )
    """

  /// The tables that say what all of this is.
  static let descriptions = [
    """
    CREATE TABLE about ( -- What this database is, for who opens it.
      name TEXT PRIMARY KEY,
      value TEXT
    )
    """,
    """
    CREATE TABLE columns ( -- What each column means.
      "table" TEXT,
      number INTEGER, -- its place in the table, from 1
      "column" TEXT,
      form TEXT, -- what its cells are
      about TEXT,
      PRIMARY KEY ("table", number)
    )
    """,
  ]

  /// The rows of `about`.
  static func about(_ names: [DumpName], _ context: LogContext) -> [(name: String, value: String)] {
    [
      ("log", "\(context.origin)"), ("log_id", context.id.hex),
      ("position", "\(context.position.rawValue)"), ("root", context.root.base64),
      ("log_time", context.logTime == .none ? "" : RFC3339.beijing(context.logTime)),
      ("release", context.release), ("schema_version", "\(version)"),
      ("money", "whole fen, a hundredth of a yuan"),
      ("instants", "nanoseconds since 1970 UTC; views show them in Beijing"),
      ("texts", "a control character is \\u and four digits, a backslash is doubled"),
    ] + names.map { ("table \($0.name)", $0.about) }
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
    let own = view(
      "v_\(name.name)", "The table as its CSV shows it, instants in Beijing.",
      "SELECT \(columns) FROM \(quoted(name.name))")
    return [own] + questions(name)
  }

  static func view(_ name: String, _ about: String, _ query: String) -> String {
    "CREATE VIEW \(quoted(name)) AS -- \(about)\n\(query)"
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
  static func quoted(_ name: String) -> String { "\"\(name)\"" }

  private static func list(_ names: [String]) -> String {
    names.map(quoted).joined(separator: ", ")
  }
}
