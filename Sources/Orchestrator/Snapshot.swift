// Everything a daemon folds at one position: what a start reads in place of the log before it.
//
// It is a function of the events before its position: the same log gives the same bytes, whether it
// was folded from the beginning or from an earlier snapshot. Commands, transactions and orders of
// buyers are not in it. The file's format stands in SnapshotFile.swift.

public import Events
public import Merkle
import Platform
public import Projections
public import Rollout

/// What was folded up to a position.
public struct Snapshot: Sendable {
  /// Its registry and its rollouts are the decision state's as well.
  public var model: ReadModel
  public var feed: SwitchFeed
  /// What the first event said; nil while the log is empty.
  public var log: LogCreated?
  public var isClockHeld: Bool
  public var incarnation: UInt32
  /// The frozen order of each rollout that has been started, by its number less one.
  public var orders: [FrozenOrder?]
  /// The tree over the events before the position; nil where its maker did not hash them.
  public var tree: CompactTree?
  /// What it holds: a reader may have asked for a part.
  public var sections: SnapshotSections = .all

  /// What three folds of the same events know.
  public init(
    of state: DecisionState, _ model: ReadModel, _ feed: SwitchFeed, _ tree: CompactTree? = nil
  ) {
    precondition(
      state.next == model.position && !model.hasFailed
        && (tree.map { $0.size == state.next.rawValue } ?? true),
      "a snapshot is made of folds of the same events")
    self.tree = tree
    self.model = model
    self.feed = feed
    log = state.log
    isClockHeld = state.isClockHeld
    incarnation = state.incarnation
    orders = state.orders
  }

  public var position: Position { model.position }
  public var logTime: Timestamp { model.logTime }
}

/// Parts of a snapshot that a reader may ask for, each a section of the file.
///
/// The registry and the rollouts are always read: all else names merchants and rollouts.
public struct SnapshotSections: OptionSet, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The ids of merchants and the table that finds them.
  public static let ids = SnapshotSections(rawValue: 1 << 0)
  public static let merchants = SnapshotSections(rawValue: 1 << 1)
  public static let standings = SnapshotSections(rawValue: 1 << 2)
  public static let rollouts = SnapshotSections(rawValue: 1 << 3)
  /// Mix, reconciliation and what openings did.
  public static let sums = SnapshotSections(rawValue: 1 << 4)
  /// Discrepancies, timeline and guardrails.
  public static let history = SnapshotSections(rawValue: 1 << 5)
  public static let feed = SnapshotSections(rawValue: 1 << 6)
  /// The log's first event, its clock and its openings, and the edge of its tree.
  public static let service = SnapshotSections(rawValue: 1 << 7)
  public static let orders = SnapshotSections(rawValue: 1 << 8)
  /// The published terms: few, and every screen speaks their words.
  public static let terms = SnapshotSections(rawValue: 1 << 9)
  /// Disputes.
  public static let finance = SnapshotSections(rawValue: 1 << 10)

  /// What is always read.
  public static let base: SnapshotSections = [.ids, .merchants, .standings, .rollouts, .terms]
  /// What every projection needs to be printed and folded on.
  public static let model: SnapshotSections = [.base, .sums, .history, .finance]
  public static let all: SnapshotSections = [.model, .feed, .service, .orders]

  static let names = [
    "ids", "merchants", "standings", "rollouts", "sums", "history", "feed", "service", "orders",
    "terms", "finance",
  ]
}

// MARK: - Sections

extension Snapshot {
  /// Writes a section.
  func write(_ section: SnapshotSections, to writer: inout SectionWriter) {
    switch section {
    case .ids: model.merchants.write(.ids, to: &writer)
    case .merchants: model.merchants.write(.records, to: &writer)
    case .standings: model.merchants.write(.standings, to: &writer)
    case .rollouts: model.rollouts.write(to: &writer)
    case .sums:
      model.mix.write(to: &writer)
      model.reconciliation.write(to: &writer)
      model.opening.write(to: &writer)
    case .history:
      model.discrepancies.write(to: &writer)
      model.timeline.write(to: &writer)
      model.guardrails.write(to: &writer)
    case .finance: model.disputes.write(to: &writer)
    case .feed: feed.write(to: &writer)
    case .service: writeService(to: &writer)
    case .orders: writeOrders(to: &writer)
    case .terms: model.terms.write(to: &writer)
    default: preconditionFailure("a section is written that a snapshot does not have")
    }
  }

  private func writeService(to writer: inout SectionWriter) {
    writer.flag(isClockHeld)
    writer.u32(incarnation)
    writer.flag(log != nil)
    if let log {
      writer.text(log.origin)
      writer.u8(log.clock.rawValue)
      writer.instant(log.clockStart)
      writer.u32(log.clockSpeed)
      writer.u64(log.logIDLow)
      writer.u64(log.logIDHigh)
    }
    writer.plain(tree?.serialized ?? [])
  }

  private func writeOrders(to writer: inout SectionWriter) {
    writer.count(orders.count)
    for order in orders {
      writer.flag(order != nil)
      order?.write(to: &writer)
    }
  }
}
