// When a head is signed: once a second where events came, and at the moments that people will ask
// for later: the end of a Beijing day, a wave, a pause, a roll-back, a published dump, a clean end.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections

/// What the front knows of the thread that signs.
struct Signing {
  /// How long two heads lie apart that nothing but time asks for.
  static let intervalNanoseconds: Int64 = 1_000_000_000
  /// How long is waited after a disk that did not take one.
  static let retryNanoseconds: Int64 = 2_000_000_000

  let thread: SignThread
  let worker: Worker
  var isBusy = false
  /// Heads of fixed moments that wait for the thread.
  var waiting: [HeadTask] = []
  /// Up to where the log is signed, or is being signed; what was there at the start is signed with
  /// what comes behind it.
  var given: UInt64
  /// The last head is to be given once more.
  var hasToRetry = false
  /// The head after the last batch, and that batch's time.
  var head: TreeHead
  var logTime: Timestamp
  /// Rows of the timeline that were looked at.
  var rows: Int
  /// Not before this instant of the machine.
  var notBefore: Int64 = 0
  /// Nothing is signed any more.
  var hasFailed = false
  /// The last head that was signed, and when by the machine; nil before the first.
  var signed: (size: UInt64, at: Int64)?
}

extension Signing {
  /// Whether there is a head that is not signed.
  var hasNews: Bool { head.size > given || hasToRetry }

  init<D: Disk>(
    _ heads: SignedHeads<D>, _ runtime: Runtime, _ wakeUp: WakeUp
  ) throws(Fault) {
    thread = SignThread(wakeUp: wakeUp)
    head = TreeHead(size: runtime.durableEnd.rawValue, root: runtime.root)
    logTime = runtime.model.logTime
    given = head.size
    rows = runtime.model.timeline.rows.count
    worker = try thread.start(heads)
  }

  /// Whether an event makes a moment whose head is kept.
  static func isMoment(_ kind: EventKind) -> Bool {
    switch kind {
    case .waveOpened, .waveCompleted, .rolloutPaused, .rolloutResumed, .rolloutAborted,
      .windowEnded, .rolloutCompleted, .rollbackOrdered, .rollbackCompleted,
      .reinstatementCompleted, .guardrailBreached, .dumpPublished, .signingKeyNamed,
      .merchantTreeCommitted,
      .subjectErased:
      true
    default: false
    }
  }
}

extension Server {
  /// Takes note of a batch that has become durable.
  ///
  /// - Parameter isSealed: whether a segment was sealed before it: a start holds the last signed
  ///   head against the few events behind that, if it is not older.
  func noteHead(isSealed: Bool) {
    guard var signing, !signing.hasFailed else { return }
    let head = TreeHead(size: runtime.durableEnd.rawValue, root: runtime.root)
    let time = runtime.model.logTime
    if signing.logTime != .none, time.beijingDay != signing.logTime.beijingDay {
      signing.waiting.append(HeadTask(head: signing.head, isKept: true))
    }
    let rows = runtime.model.timeline.rows
    if rows[signing.rows...].contains(where: { Signing.isMoment($0.kind) }) {
      signing.waiting.append(HeadTask(head: head, isKept: true))
    }
    if isSealed, !signing.hasToRetry { signing.notBefore = 0 }
    signing.rows = rows.count
    signing.head = head
    signing.logTime = time
    self.signing = signing
  }

  /// Uses what the thread has done, and gives it the next head that is due.
  func signHeads() {
    while let result = signing?.thread.takeResult() { use(result) }
    guard let due = nextHead(machine.monotonicNanoseconds()) else { return }
    give(due)
  }

  private func use(_ result: SignThread.HeadResult) {
    signing?.isBusy = false
    guard let fault = result.fault else {
      signing?.signed = (result.task.head.size, machine.monotonicNanoseconds())
      return
    }
    if case .disk = fault {
      // The next one covers all that this one would have; a kept one is tried again.
      if result.task.isKept { signing?.waiting.insert(result.task, at: 0) }
      signing?.hasToRetry = true
      signing?.notBefore = machine.monotonicNanoseconds() + Signing.retryNanoseconds
      context.say(.warning, "a head of the log could not be signed yet: \(fault)")
    } else {
      signing?.hasFailed = true
      context.say(.error, "no head of the log is signed any more: \(fault)")
    }
  }

  private func give(_ task: HeadTask) {
    signing?.isBusy = true
    signing?.given = task.head.size
    signing?.hasToRetry = false
    signing?.notBefore = machine.monotonicNanoseconds() + Signing.intervalNanoseconds
    signing?.thread.give(task)
  }

  /// The head to be signed now; nil where none is due.
  private func nextHead(_ now: Int64) -> HeadTask? {
    guard let signing, !signing.isBusy, !signing.hasFailed else { return nil }
    if let first = signing.waiting.first, !signing.hasToRetry || now >= signing.notBefore {
      self.signing?.waiting.removeFirst()
      return first
    }
    guard signing.hasNews, now >= signing.notBefore else { return nil }
    return HeadTask(head: signing.head, isKept: false)
  }

  /// When a head is due that no event asks for; nil where none is.
  var headDue: Int64? {
    guard let signing, !signing.isBusy, !signing.hasFailed else { return nil }
    guard signing.hasNews || !signing.waiting.isEmpty else { return nil }
    return signing.notBefore
  }

  /// Signs the head of a clean end, and what waits before it.
  func endSigning(isClean: Bool) {
    guard let signing else { return }
    if signing.isBusy, let result = signing.thread.waitForResult() { use(result) }
    var left = self.signing?.waiting ?? []
    if isClean { left.append(HeadTask(head: signing.head, isKept: true)) }
    for task in left where self.signing?.hasFailed == false {
      give(task)
      if let result = signing.thread.waitForResult() { use(result) }
    }
    signing.thread.end()
    signing.worker.join()
    self.signing = nil
  }
}
