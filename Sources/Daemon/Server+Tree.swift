// The tree of merchants is made beside the daemon's work, so its event comes a little behind its
// moment (`TreeMoments`) and names the moment's size.

import Events
import Orchestrator
import Platform
import Projections

/// What the front knows of the thread that makes the tree of merchants.
struct TreeCommitting {
  /// How long is waited after a log that could not be read.
  static let retryNanoseconds: Int64 = 2_000_000_000

  let thread: TreeThread
  let worker: Worker
  private var moments: TreeMoments
  /// The moment that the thread is at.
  private(set) var asked: Position?
  /// What is to be appended.
  private(set) var made: MerchantTreeCommitted?
  /// Not before this instant of the machine.
  private(set) var notBefore: Int64 = 0
  /// No tree is made any more.
  private(set) var hasFailed = false
}

extension TreeCommitting {
  init<D: Disk>(
    _ maker: MerchantTreeMaker<D>, _ runtime: Runtime, _ wakeUp: WakeUp
  ) throws(Fault) {
    thread = TreeThread(wakeUp: wakeUp)
    moments = TreeMoments(runtime.model, end: runtime.durableEnd) { maker.size(at: $0) }
    worker = try thread.start(maker)
  }

  /// Takes note of a batch that has become durable.
  mutating func note(_ model: ReadModel, end: Position) { moments.note(model, end: end) }

  /// Asks the thread for the moment that waits, one at a time.
  mutating func ask(_ now: Int64) {
    guard !hasFailed, asked == nil, made == nil, now >= notBefore else { return }
    asked = moments.take()
    if let asked { thread.ask(asked) }
  }

  /// Takes what the thread has done; what to say of it, if there is something.
  mutating func take(_ result: TreeThread.TreeResult, _ now: Int64) -> (Severity, String)? {
    defer { asked = nil }
    switch result {
    case .made(let fields):
      made = fields
      return nil
    case .failed(.ended): return nil
    case .failed(.log(let fault)):
      if let asked { moments.giveBack(asked) }
      notBefore = now + TreeCommitting.retryNanoseconds
      return (.warning, "the tree of merchants cannot be made yet: \(fault)")
    case .failed(.history(let fault)):
      hasFailed = true
      return (
        .error, "no tree of merchants is committed any more, so no `prove merchant`: \(fault)"
      )
    }
  }

  /// What was made is in the log, or is not to be.
  mutating func settle() { made = nil }

  /// When the thread is asked again after a fault; nil where it is not.
  var due: Int64? {
    moments.waiting != nil && asked == nil && made == nil && !hasFailed ? notBefore : nil
  }
}

extension Server {
  /// Appends what the thread has made, and asks it for the next moment.
  ///
  /// Nothing is appended while the disk is full, the batch is, or the daemon stops: it waits, and
  /// the next start makes up for it.
  func commitTree() {
    guard tree != nil, stopReason == nil, !runtime.hasFailed, !isDiskFull else { return }
    let now = machine.monotonicNanoseconds()
    if let result = tree?.thread.takeResult(), let (severity, text) = tree?.take(result, now) {
      context.say(severity, text)
    }
    if let fields = tree?.made, runtime.hasRoom {
      submit(.commitMerchantTree(fields), purpose: "tree of merchants")
      tree?.settle()
    }
    tree?.ask(now)
  }
}
