// The rows of every table, kept so that two runs can be compared.

import Events
import Projections

/// Takes a table and keeps a text of each row.
struct RowTexts: CellSink {
  /// Columns that differ between a run that was interrupted and one that was not: positions, and
  /// instants at which the log took something.
  private static let incidental: Set<String> = [
    "position", "last_position", "cause", "resolved_at", "log_time", "registered_at", "closed_at",
    "enabled_at", "changed_at", "consulted_at", "announced_at", "started_at", "ended_at",
    "opened_at", "completed_at", "published_at", "supersedes", "withdrawn_by",
  ]

  private let leavesOut: Bool
  private var isKept: [Bool] = []
  private var column = 0
  private var row = ""
  private(set) var rows: [String] = []

  /// - Parameter leavesOut: whether incidental columns are left out.
  init(leavingOutIncidental leavesOut: Bool) { self.leavesOut = leavesOut }

  mutating func begin(_ columns: [Column]) {
    isKept = columns.map { !leavesOut || !RowTexts.incidental.contains($0.name) }
  }

  private mutating func cell(_ text: @autoclosure () -> String) {
    if isKept[column] {
      row += text()
      row += "|"
    }
    column += 1
  }

  mutating func text(_ value: String) { cell(value) }
  mutating func integer(_ value: Int64) { cell(String(value)) }
  mutating func instant(_ value: Timestamp) { cell(String(value.rawValue)) }
  mutating func day(_ value: BeijingDay) { cell(String(value.rawValue)) }
  mutating func flag(_ value: Bool) { cell(value ? "yes" : "no") }
  mutating func digest(_ value: Digest) { cell("\(value)") }
  mutating func null() { cell("") }

  mutating func endRow() {
    rows.append(row)
    row = ""
    column = 0
  }
}

/// Every table of a model as text.
struct ModelTexts: Equatable {
  private(set) var tables: [[String]] = []

  /// All rows and columns, in order.
  init(whole model: ReadModel) {
    for name in DumpName.allCases {
      var texts = RowTexts(leavingOutIncidental: false)
      name.write(model, to: &texts)
      tables.append(texts.rows)
    }
  }

  /// What the timeline says that depends on how long the daemon was away: its own life, and how
  /// many were pending where the window ended in the middle of a paused wave.
  private static let incidental = ["daemon-", "log-recovered", "window-ended"]

  /// What two runs of one story must agree on: the rows in no order, without positions, log times
  /// and what is incidental.
  init(comparable model: ReadModel) {
    for name in DumpName.allCases {
      var texts = RowTexts(leavingOutIncidental: true)
      name.write(model, to: &texts)
      let rows = texts.rows.filter { row in
        !ModelTexts.incidental.contains { row.hasPrefix($0) }
      }
      tables.append(rows.sorted())
    }
  }

  /// The first row in which two models differ; nil where they agree.
  func difference(from other: ModelTexts) -> String? {
    for (index, name) in DumpName.allCases.enumerated() {
      let (left, right) = (tables[index], other.tables[index])
      for row in 0..<max(left.count, right.count) {
        let here = row < left.count ? left[row] : "nothing"
        let there = row < right.count ? right[row] : "nothing"
        if here != there { return "\(name.rawValue): \(here) instead of \(there)" }
      }
    }
    return nil
  }
}
