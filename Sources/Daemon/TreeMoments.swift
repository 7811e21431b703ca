// When the tree of merchants is committed: at the end of a Beijing day, of a wave, of a window and
// of a rollout.

import Events
import Projections

/// Which end of the log the next tree of merchants is to be over.
struct TreeMoments {
  /// The latest moment that nobody has taken; one that the next overtakes is left out.
  private(set) var waiting: Position?
  /// Whether events other than trees came since the last moment: a tree alone begins no day.
  private var hasNews = true
  /// The end of the log after the last batch, and that batch's time.
  private var end: Position
  private var logTime: Timestamp
  /// Rows of the timeline that were looked at.
  private var rows: Int

  /// Begins behind the events of a model.
  ///
  /// - Parameter size: what the tree is over that the event at a position commits.
  init(_ model: ReadModel, end: Position, _ size: (Position) -> Position?) {
    self.end = end
    logTime = model.logTime
    rows = model.timeline.rows.count
    if TreeMoments.isOwed(model, size) { (waiting, hasNews) = (end, false) }
  }

  /// Whether an event makes a moment at which the tree is committed.
  private static func isMoment(_ kind: EventKind) -> Bool {
    switch kind {
    case .waveCompleted, .windowEnded, .rolloutCompleted, .rolloutAborted: true
    default: false
    }
  }

  /// Whether a moment has passed that the daemon before did not come to.
  private static func isOwed(_ model: ReadModel, _ size: (Position) -> Position?) -> Bool {
    let rows = model.timeline.rows
    guard let first = rows.first else { return false }
    let tree = rows.last { $0.kind == .merchantTreeCommitted }
    // A tree that cannot be read covers nothing.
    let covered = tree.flatMap { size($0.position) } ?? .zero
    let moment = rows.last { isMoment($0.kind) }
    if let moment, moment.position >= covered { return true }
    return (tree ?? first).logTime.beijingDay != model.logTime.beijingDay
  }

  /// Takes note of a batch that has become durable.
  mutating func note(_ model: ReadModel, end: Position) {
    let rows = model.timeline.rows[self.rows...]
    let trees = rows.count { $0.kind == .merchantTreeCommitted }
    if logTime != .none, model.logTime.beijingDay != logTime.beijingDay, hasNews {
      waiting = self.end
      hasNews = false
    }
    if rows.contains(where: { TreeMoments.isMoment($0.kind) }) {
      waiting = end
      hasNews = false
    } else if end.rawValue - self.end.rawValue > UInt64(trees) {
      hasNews = true
    }
    self.rows += rows.count
    self.end = end
    logTime = model.logTime
  }

  /// The moment that waits, which its taker now owes.
  mutating func take() -> Position? {
    defer { waiting = nil }
    return waiting
  }

  /// Takes back a moment that no tree was made of, where none has overtaken it.
  mutating func giveBack(_ moment: Position) { waiting = waiting ?? moment }
}
