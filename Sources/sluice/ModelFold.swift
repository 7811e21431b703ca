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
  /// Whether the root of a seal stands for the events before it.
  private let believesSeals: Bool

  /// - Parameters:
  ///   - hashesLeaves: whether there is to be a root.
  ///   - believesSeals: whether events that a seal covers are not hashed again: for pages that
  ///     people wait for, never for what is signed.
  init(hashesLeaves: Bool, believesSeals: Bool = false) {
    self.hashesLeaves = hashesLeaves
    self.believesSeals = believesSeals
  }

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

  /// Folds what a view shows beyond what was folded already; `visit` sees the batches as well.
  ///
  /// The first time it begins with the latest snapshot that belongs to the view.
  mutating func follow(
    _ view: LogView, visit: (borrowing EventBatch) throws -> Void = { _ in }
  ) throws {
    if model.position == .zero, let snapshot = view.snapshot([.model, .service]) {
      begin(snapshot)
    }
    guard hashesLeaves else {
      try view.read(from: model.position) { batch in
        try apply(batch)
        try visit(batch)
      }
      return
    }
    let before = (tree, model.position)
    let sealed = believesSeals ? view.sealedTree(after: model.position) : nil
    let hasher = LeafHasher(after: sealed ?? tree)
    let hashed = sealed?.size ?? 0
    // Whoever wants the root reads the log for long.
    let meter = Meter("events", isQuiet: false)
    let (first, end) = (model.position.rawValue, view.reader.durableEnd.rawValue)
    try view.read(from: model.position) { batch in
      if batch.first.rawValue >= hashed { hasher.append(batch) }
      try apply(batch)
      try visit(batch)
      meter.show(model.position.rawValue - first, of: end - first)
    }
    meter.finish()
    tree = hasher.finish()
    guard tree.size != model.position.rawValue else { return }
    // The view ends before the seal, or begins in the middle of what it covers.
    let whole = LeafHasher(after: before.0)
    try view.read(from: before.1) { batch in whole.append(batch) }
    tree = whole.finish()
  }

  /// Folds a log from its first event up to a position; nothing derived is believed.
  mutating func replay(
    _ log: LogReader<SystemDisk>, upTo end: Position,
    visit: (borrowing EventBatch) throws -> Void = { _ in }
  ) throws {
    precondition(model.position == .zero, "a replay begins with the first event")
    let hasher = LeafHasher()
    let meter = Meter("events", isQuiet: false)
    try log.read(from: .zero, to: end) { (batch: borrowing EventBatch) throws in
      hasher.append(batch)
      try apply(batch)
      try visit(batch)
      meter.show(model.position.rawValue, of: end.rawValue)
    }
    meter.finish()
    tree = hasher.finish()
    if let imbalance = model.imbalance {
      throw CommandFailure(.damaged, "\(imbalance)", hint: "Run `sluice verify`")
    }
  }

  var context: LogContext {
    LogContext(
      origin: log?.origin ?? .none,
      id: LogID(low: log?.logIDLow ?? 0, high: log?.logIDHigh ?? 0), position: model.position,
      root: tree.root, logTime: model.logTime, release: Program.release)
  }
}
