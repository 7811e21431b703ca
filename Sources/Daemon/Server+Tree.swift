// When the tree of merchants is committed: at the end of a Beijing day, of a wave, of a window and
// of a rollout. It is made beside the daemon's work, so the event comes a little behind its moment
// and names the moment's size.

import Events
import Orchestrator
import Platform
import Projections

/// What the front knows of the thread that makes the tree of merchants.
struct TreeCommitting {
  let thread: TreeThread
  let worker: Worker
  var isBusy = false
  /// The latest moment that is not asked for; one that the next overtakes is left out.
  var waiting: Position?
  /// The end of the log after the last batch, and that batch's time.
  var end: Position
  var logTime: Timestamp
  /// Rows of the timeline that were looked at.
  var rows: Int
}

extension TreeCommitting {
  init<D: Disk>(
    _ maker: MerchantTreeMaker<D>, _ runtime: Runtime, _ wakeUp: WakeUp
  ) throws(Fault) {
    thread = TreeThread(wakeUp: wakeUp)
    end = runtime.durableEnd
    logTime = runtime.model.logTime
    let rows = runtime.model.timeline.rows
    self.rows = rows.count
    // A moment that the daemon before did not come to.
    let last = rows.last { $0.kind == .merchantTreeCommitted || TreeCommitting.isMoment($0.kind) }
    if let last, last.kind != .merchantTreeCommitted { waiting = end }
    worker = try thread.start(maker)
  }

  /// Whether an event makes a moment at which the tree is committed.
  static func isMoment(_ kind: EventKind) -> Bool {
    switch kind {
    case .waveCompleted, .windowEnded, .rolloutCompleted, .rolloutAborted: true
    default: false
    }
  }
}

extension Server {
  /// Takes note of a batch that has become durable.
  func noteTreeMoment() {
    guard var tree else { return }
    let time = runtime.model.logTime
    if tree.logTime != .none, time.beijingDay != tree.logTime.beijingDay { tree.waiting = tree.end }
    let rows = runtime.model.timeline.rows
    if rows[tree.rows...].contains(where: { TreeCommitting.isMoment($0.kind) }) {
      tree.waiting = runtime.durableEnd
    }
    tree.rows = rows.count
    tree.end = runtime.durableEnd
    tree.logTime = time
    self.tree = tree
  }

  /// Appends what the thread has made, and asks it for the next moment.
  ///
  /// Nothing is appended while the disk is full or the daemon stops; it is made again then.
  func commitTree() {
    guard let tree, stopReason == nil, !isDiskFull else { return }
    if let result = tree.thread.takeResult() {
      self.tree?.isBusy = false
      switch result {
      case .made(let fields): submit(.commitMerchantTree(fields), purpose: "tree of merchants")
      case .failed(let fault):
        context.say(.warning, "the tree of merchants is not committed this time: \(fault)")
      }
    }
    guard self.tree?.isBusy == false, let moment = self.tree?.waiting else { return }
    self.tree?.waiting = nil
    self.tree?.isBusy = true
    tree.thread.ask(moment)
  }
}
