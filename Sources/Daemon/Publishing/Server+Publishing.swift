// The front's side of publishing: when it is due, what is printed, and what the thread says of it.
//
// The front prints, for the projections are its own; the thread writes and makes durable. A fault
// of the folder is told once and tried again at the next turn: it never keeps the daemon from its
// work.

import Dumps
import Events
import Orchestrator
import Platform
import Projections

/// What the front knows of what it publishes.
struct Publishing {
  /// How often events are looked for before a page is printed without them.
  static let looksMax = 3

  let publication: Publication
  let thread: PublishThread
  let worker: Worker
  var isBusy = false
  /// By the machine.
  var dueAt: Int64 = 0
  /// The position of what was published last; nil before the first.
  var published: Position?
  /// What the thread is writing.
  var writing: Position?
  /// The files that were written last.
  var names: [String] = []
  /// How often events were looked for since the last page.
  var looks = 0
  /// The operator was told of a fault that goes on.
  var hasToldOfFault = false
  /// What events of the timeline say, for a page that is not in English.
  var cited: [Position: Payload] = [:]

  init(_ publication: Publication, log: String, wakeUp: WakeUp) throws(Fault) {
    self.publication = publication
    thread = PublishThread(folder: publication.folder, log: log, wakeUp: wakeUp)
    worker = try thread.start()
  }
}

extension Server {
  /// Uses what the thread has done, and publishes where that is due.
  func publish() {
    guard publishing != nil else { return }
    while let result = publishing?.thread.takeResult() { use(result) }
    guard let now = publishing, now.publication.folder != nil, !now.isBusy, stopReason == nil,
      machine.monotonicNanoseconds() >= now.dueAt
    else { return }
    guard runtime.durableEnd != now.published else {
      // Nothing is new; but the folder may have been emptied, or another mounted over it.
      publishing?.dueAt = machine.monotonicNanoseconds() + now.publication.every
      publishing?.isBusy = true
      now.thread.give(.check(now.names))
      return
    }
    if now.looks < Publishing.looksMax, lookForEvents() { return }
    writePages()
  }

  /// Asks for the events that a page names and nobody has read yet; false where there are none.
  func lookForEvents() -> Bool {
    guard let now = publishing, now.publication.language != .english, !now.isBusy else {
      return false
    }
    let named = DashboardPage.cites(runtime.model)
    let missing = named.filter { now.cited[$0] == nil }
    guard !missing.isEmpty else { return false }
    publishing?.cited = now.cited.filter { named.contains($0.key) }
    publishing?.isBusy = true
    publishing?.looks += 1
    now.thread.give(.look(missing))
    return true
  }

  /// The page in the language that is published.
  func dashboard() -> [UInt8] {
    DashboardPage.bytes(
      runtime.model, context.place(runtime), in: publishing?.publication.language ?? .english,
      citing: publishing?.cited ?? [:])
  }

  private func writePages() {
    guard let now = publishing else { return }
    let files = Publication.files(runtime.model, context.place(runtime), page: dashboard())
    publishing?.isBusy = true
    publishing?.looks = 0
    publishing?.writing = runtime.durableEnd
    publishing?.names = files.map(\.name)
    publishing?.dueAt = machine.monotonicNanoseconds() + now.publication.every
    now.thread.give(.write(files))
  }

  private func use(_ result: PublishResult) {
    publishing?.isBusy = false
    switch result {
    case .found(let events): publishing?.cited.merge(events) { $1 }
    case .stands: break
    case .gone:
      publishing?.published = nil
      publishing?.dueAt = 0
    case .written:
      let written = publishing?.writing
      publishing?.published = written
      if publishing?.hasToldOfFault == true { context.say(.notice, "publishing goes on") }
      publishing?.hasToldOfFault = false
    case .failed(let fault):
      if publishing?.hasToldOfFault == false {
        context.say(.warning, "nothing can be published for now, which is tried again: \(fault)")
      }
      publishing?.hasToldOfFault = true
    }
  }

  /// When publishing is due; nil where nothing is published, or the thread is at it.
  var publishingDue: Int64? {
    guard let publishing, publishing.publication.folder != nil, !publishing.isBusy else {
      return nil
    }
    return publishing.dueAt
  }

  /// Publishes what a clean end has come to, and ends the thread.
  func endPublishing(isClean: Bool) {
    guard let publishing else { return }
    if publishing.isBusy, let result = publishing.thread.waitForResult() { use(result) }
    if isClean, publishing.publication.folder != nil,
      runtime.durableEnd != self.publishing?.published
    {
      if lookForEvents(), let result = publishing.thread.waitForResult() { use(result) }
      writePages()
      if let result = publishing.thread.waitForResult() { use(result) }
    }
    publishing.thread.end()
    publishing.worker.join()
    self.publishing = nil
  }
}
