// The front's side of publishing: when it is due, who waits for a page, and what the thread says.
//
// The front names a place of the log; the thread folds up to it, prints and writes. So the front is
// held up by no page, however many merchants it looks at. A fault of the folder or of the log is
// told once and tried again at the next turn: it never keeps the daemon from its work.

import Dumps
import Events
import Orchestrator
import Platform

/// What the front knows of what it publishes and of pages that are asked for.
struct Publishing {
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
  /// The operator was told of a fault of the folder that goes on, and of one of the log.
  var hasToldOfFault = false
  var hasToldOfLog = false
  /// Who waits for the page.
  var questions: [PageQueue.Question] = []

  init(_ publication: Publication, log: String, wakeUp: WakeUp) throws(Fault) {
    self.publication = publication
    thread = PublishThread(publication, log: log, wakeUp: wakeUp)
    worker = try thread.start()
  }

  /// Answers all who wait for the page.
  mutating func answer(_ response: HTTPResponse) {
    for question in questions { question.answer(response) }
    questions = []
  }
}

extension Server {
  /// Uses what the thread has done, and publishes where that is due.
  func publish() {
    guard publishing != nil else { return }
    while let result = publishing?.thread.takeResult() { use(result) }
    askForPage()
    guard let now = publishing, now.publication.folder != nil, !now.isBusy, stopReason == nil,
      machine.monotonicNanoseconds() >= now.dueAt
    else { return }
    publishing?.dueAt = machine.monotonicNanoseconds() + now.publication.every
    guard runtime.durableEnd != now.published else {
      // Nothing is new; but the folder may have been emptied, or another mounted over it.
      publishing?.isBusy = true
      now.thread.give(.check)
      return
    }
    writePages()
  }

  /// Has the page made for who waits for it, once the thread is free.
  func askForPage() {
    guard let now = publishing, !now.isBusy, !now.questions.isEmpty else { return }
    publishing?.isBusy = true
    now.thread.give(.page(context.place(runtime)))
  }

  private func writePages() {
    publishing?.isBusy = true
    publishing?.writing = runtime.durableEnd
    publishing?.thread.give(.write(context.place(runtime)))
  }

  private func use(_ result: PublishResult) {
    publishing?.isBusy = false
    switch result {
    case .stands: break
    case .gone:
      publishing?.published = nil
      publishing?.dueAt = 0
    case .page(let bytes):
      publishing?.answer(keepPage(bytes))
      publishing?.hasToldOfLog = false
    case .written:
      let written = publishing?.writing
      publishing?.published = written
      if publishing?.hasToldOfFault == true { context.say(.notice, "publishing goes on") }
      publishing?.hasToldOfFault = false
      publishing?.hasToldOfLog = false
    case .failed(let fault):
      if publishing?.hasToldOfFault == false {
        context.say(.warning, "nothing can be published for now, which is tried again: \(fault)")
      }
      publishing?.hasToldOfFault = true
    case .unread(.ended): publishing?.answer(HTTPRefusal.stopping.response)
    case .unread(let fault):
      publishing?.answer(HTTPRefusal.noAnswerYet.response)
      if publishing?.hasToldOfLog == false {
        context.say(.warning, "no page can be made for now, which is tried again: \(fault)")
      }
      publishing?.hasToldOfLog = true
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
    let isLast = isClean && publishing.publication.folder != nil
    if !isLast { publishing.thread.hurry() }
    if publishing.isBusy, let result = publishing.thread.waitForResult() { use(result) }
    if isLast, runtime.durableEnd != self.publishing?.published {
      writePages()
      if let result = publishing.thread.waitForResult() { use(result) }
    }
    self.publishing?.answer(HTTPRefusal.stopping.response)
    publishing.thread.end()
    publishing.worker.join()
    self.publishing = nil
  }
}
