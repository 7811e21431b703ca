// Every projection at a position, with what a reading command says beside them.

import CRecord
import Dumps
import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections

/// The projections of a view of the log.
struct ModelFold {
  private(set) var model = ReadModel()
  private(set) var log: LogCreated?
  private(set) var isClockHeld = false
  /// The tree over what was folded, where leaves are hashed.
  private(set) var tree = CompactTree()
  private let hashesLeaves: Bool

  init(hashesLeaves: Bool) { self.hashesLeaves = hashesLeaves }

  private mutating func begin(_ snapshot: Snapshot) {
    if hashesLeaves {
      guard let known = snapshot.tree else { return }
      tree = known
    }
    model = snapshot.model
    log = snapshot.log
    isClockHeld = snapshot.isClockHeld
  }

  private mutating func apply(_ batch: borrowing EventBatch) throws {
    try model.apply(batch)
    for index in 0..<batch.count {
      let kind = batch.kind(index)
      guard kind <= EventKind.clockConfirmed.rawValue else { continue }
      switch try batch.event(index).payload {
      case .logCreated(let fields): log = fields
      case .clockStepped: isClockHeld = true
      case .clockConfirmed: isClockHeld = false
      default: break
      }
    }
  }

  /// Folds what a view shows beyond what was folded already.
  ///
  /// The first time it begins with the latest snapshot that belongs to the view.
  mutating func follow(_ view: LogView) throws {
    if model.position == .zero, let snapshot = view.snapshot([.model, .service]) {
      begin(snapshot)
    }
    guard hashesLeaves else {
      try view.read(from: model.position) { batch in try apply(batch) }
      return
    }
    let hasher = LeafHasher(after: tree)
    try view.read(from: model.position) { batch in
      hasher.append(batch)
      try apply(batch)
    }
    tree = hasher.finish()
  }

  var context: LogContext {
    LogContext(
      origin: log?.origin ?? .none,
      id: LogID(low: log?.logIDLow ?? 0, high: log?.logIDHigh ?? 0), position: model.position,
      root: tree.root, logTime: model.logTime, release: Program.release)
  }
}
