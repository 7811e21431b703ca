// The daemon: sockets, signals and timers around the Runtime.
//
// One front thread decides and answers; one back thread owns the log. They meet in a mailbox with
// one batch at a time, so a batch gathers while the one before it is being written. A third reads
// ahead for the client that sends most, and a fourth keeps what is derived of sealed segments.

public import EventLog
import Events
public import Orchestrator
public import Platform
import Dumps
import Projections
import Text
public import Vault

/// Why the daemon ended.
public enum ServerEnd: Sendable {
  /// It was asked to; everything taken is durable and answered.
  case stopped(reason: String)
  /// The log could not be written; nothing was acknowledged that is not durable.
  case failed(LogFault)
}

/// A running daemon.
public final class Server<Storage: Carrier & Sendable> {
  /// How many clients may be connected.
  public static var clientsMax: Int { ClientPlaces.all }
  /// How long a line may take from its first byte to its end.
  public static var lineNanoseconds: Int64 { 30_000_000_000 }
  /// How many are let in before those that are in have their turn.
  private static var acceptsMax: Int { 64 }
  private static var listenerTag: UInt64 { 0 }
  private static var signalTag: UInt64 { 1 }
  private static var wakeTag: UInt64 { 2 }
  /// How long nothing happens before the last batch is covered by a mark, and how long a full disk
  /// is left alone before the next try.
  static var idleNanoseconds: Int64 { 500_000_000 }
  /// How long a stopping daemon waits for clients to take their answers.
  private static var farewellNanoseconds: Int64 { 3_000_000_000 }
  /// How long nobody is let in after the system had no descriptor left.
  private static var acceptPauseNanoseconds: Int64 { 100_000_000 }

  let runtime: Runtime
  private let time: any TimeSource
  let machine = WallClock()
  private let socketPath: String
  let context: ServerContext
  /// Knows what each client may do.
  var doorkeeper: Doorkeeper
  /// Reads what institutions send; nil where no keys are.
  let desk: NoticeDesk?
  /// Where what may name people is sealed; nil where there is none.
  let vault: Vault?
  /// Erasures whose events are on their way to the disk.
  var settlements: [Settlement] = []
  /// Where doors on other threads put what they bring.
  public let queue: NoticeQueue
  /// What came through them and is on its way to the disk.
  var errands = NoticeErrands()
  /// Where doors on other threads ask for pages.
  public let pages: PageQueue
  var shelf = PageShelf()
  /// When it began to serve, by the machine.
  let began: Int64
  private var poller: Poller
  private let listener: Descriptor
  private let signals: SignalSource
  private let wakeUp: WakeUp
  private let commits: CommitThread<Storage>
  private let worker: Worker
  var sessions: [UInt64: Session] = [:]
  private var places: ClientPlaces
  private let linePatience: Int64
  /// The roles were read again, and who has none now is not sent away yet.
  var hasNewRoles = false
  /// Whether the last tick ended at its limit and not at the last step that was due.
  var hasMoreDue = false
  /// Where the lines of one session after the other are read; more at once would let the first
  /// wait for the reading of the last.
  private let block = LineBlock(capacity: 32)
  private var ahead: ReadAhead
  /// All sessions in the order in which they have their turn.
  private(set) var order: [Session] = []
  private var nextTag: UInt64 = 16
  var isBusy = false
  var isCovered = true
  var lastCommit: Int64 = 0
  /// From `.full` until a segment can be prepared again: only control commands are taken.
  var isDiskFull = false
  var retryAt: Int64 = 0
  private var retryJob: CommitJob?
  /// A batch that is not on the disk was given up, because the daemon is to stop.
  private var hasGivenUp = false
  /// When the listener is looked at again, after the system had no descriptor left.
  var acceptAt: Int64?
  /// The operator was told of it; once, until somebody gets in again.
  private var hasToldOfDoor = false
  private var stopBy: Int64?
  var stopReason: String?
  private var end: ServerEnd?
  private var steps: ClockWatch
  /// When the back thread was given what it is at.
  private(set) var taskBegan: Int64 = 0
  /// The talk with the service manager; nil where there is none.
  var report: ServiceReport?
  /// Keeps what is derived of sealed segments; nil where nobody does.
  var house: House?
  /// Signs heads; nil where nobody does.
  var signing: Signing?
  /// Commits the tree of merchants; nil where nobody does.
  var tree: TreeCommitting?
  /// Makes pages, and publishes where that is wanted; nil when it has ended.
  var publishing: Publishing?
  /// One past the last sealed event.
  private(set) var sealedEnd = Position.zero

  /// Binds the socket and starts the back thread; `run` then serves.
  ///
  /// - Parameters:
  ///   - hasReserve: whether the log has its reserve; without it the disk is taken for full until
  ///     room for a segment was seen, or payments would use up what is left for operators.
  ///   - notice: the way to the service manager; nil where there is none.
  ///   - doorkeeper: knows what each client may do.
  ///   - desk: reads what institutions send; nil where nobody does.
  ///   - vault: takes words, and gives accounts their tokens.
  ///   - housekeeper: keeps what is derived of sealed segments; its index is the runtime's.
  ///   - heads: signs the heads of the log; nil where nobody does.
  ///   - publication: what is published; nil where nothing is, and pages are in English.
  ///   - linePatience: how long a line may take, in nanoseconds.
  public init<D: Disk>(
    runtime: Runtime, carrier: Storage, time: any TimeSource, socketPath: String,
    context: ServerContext, hasReserve: Bool = true, notice: ServiceNotice? = nil,
    doorkeeper: Doorkeeper = Doorkeeper(), desk: NoticeDesk? = nil, vault: Vault? = nil,
    housekeeper: Housekeeper<D>?, heads: SignedHeads<D>? = nil,
    publication: Publication? = nil, linePatience: Int64 = Server.lineNanoseconds
  ) throws(Fault) {
    self.runtime = runtime
    self.time = time
    self.socketPath = socketPath
    self.context = context
    self.doorkeeper = doorkeeper
    self.desk = desk
    self.vault = vault
    self.linePatience = linePatience
    places = ClientPlaces(house: doorkeeper.house)
    poller = try Poller()
    listener = try UnixSocket.listen(socketPath, mode: doorkeeper.socketMode)
    signals = try SignalSource()
    wakeUp = try WakeUp()
    commits = CommitThread(wakeUp: wakeUp)
    queue = NoticeQueue(wakeUp: wakeUp)
    pages = PageQueue(wakeUp: wakeUp)
    began = machine.monotonicNanoseconds()
    worker = try commits.start(carrier)
    ahead = try ReadAhead(wakeUp: wakeUp)
    if let housekeeper {
      let thread = HouseThread(wakeUp: wakeUp, folder: context.folder)
      house = House(
        thread: thread, worker: try thread.start(housekeeper))
      sealedEnd = housekeeper.sealedEnd
      tree = try TreeCommitting(housekeeper.treeMaker, runtime, wakeUp)
    }
    if let heads { signing = try Signing(heads, runtime, wakeUp) }
    publishing = try Publishing(
      publication ?? Publication(folder: nil), log: context.folder, wakeUp: wakeUp)
    steps = ClockWatch(isWall: context.clock == .wall)
    isDiskFull = !hasReserve
    report = notice.map { notice in
      ServiceReport(watchdog: notice.watchdog) { notice.send($0) }
    }
    try poller.add(listener.number, tag: Self.listenerTag, .readable)
    try poller.add(signals.number, tag: Self.signalTag, .readable)
    try poller.add(wakeUp.number, tag: Self.wakeTag, .readable)
  }

  /// Serves until a signal, a request or a fault ends it.
  public func run() throws(Fault) -> ServerEnd {
    resumeErasures()
    while true {
      tellManager()
      try poller.wait(milliseconds: timeout())
      for ready in poller.ready { try handle(ready) }
      takeResult()
      settleErasures()
      takeReading()
      keepHouse()
      signHeads()
      commitTree()
      publish()
      if let end { return try close(end) }
      watchClock()
      try openDoor()
      pumpAll()
      runErrands()
      showPages()
      let steps = stopReason == nil ? runtime.tick(ordersOnly: isDiskFull) : 0
      hasMoreDue = steps >= Runtime.stepsPerTickMax
      if let fault = runtime.fault { end = end ?? .failed(discarded(fault)) }
      seal()
      flushAll()
      if stopReason != nil, !isBusy, mayFinish { finishStopping() }
    }
  }

  var canGoOn: Bool { order.contains { $0.canGoOn } }
  private var isReading: Bool { order.contains { $0.isLent } }

  /// Whether everything taken is durable and answered, as far as the clients read their answers.
  private var mayFinish: Bool {
    if hasGivenUp || context.hasSaidGoodbye { return hasGivenUp || runtime.waiting == 0 }
    guard runtime.waiting == 0, !canGoOn, !isReading, errands.isEmpty else { return false }
    let now = machine.monotonicNanoseconds()
    let by = stopBy ?? now + Self.farewellNanoseconds
    stopBy = by
    return now >= by || order.allSatisfy { $0.isAnswered }
  }

  private func handle(_ ready: Readiness) throws(Fault) {
    switch ready.tag {
    case Self.listenerTag: try accept()
    case Self.signalTag:
      while let signal = try signals.next() {
        switch signal {
        case .terminate: stopReason = stopReason ?? "SIGTERM"
        case .interrupt: stopReason = stopReason ?? "SIGINT"
        case .hangUp: reload()
        }
      }
    case Self.wakeTag: _ = wakeUp.drain()
    default:
      guard let session = sessions[ready.tag] else { return }
      if stopReason == nil, ready.readable || ready.hangup { session.receive() }
      if ready.hangup { session.hangUp() }
    }
  }

  private func accept() throws(Fault) {
    for _ in 0..<Self.acceptsMax {
      guard let socket = try knock() else { return }
      let peer = try UnixSocket.peer(socket)
      if let words = farewell(peer.user) {
        _ = try? UnixSocket.write(socket, unsafe words.span.bytes)
        continue
      }
      hasToldOfDoor = false
      places.enter(peer.user)
      let tag = nextTag
      nextTag += 1
      let number = socket.number
      let session = Session(socket: socket, tag: tag, user: peer.user)
      sessions[tag] = session
      order.append(session)
      try poller.add(number, tag: tag, .readable)
    }
  }

  /// The next client at the door; nil where nobody waits, or nobody can be let in for now.
  private func knock() throws(Fault) -> Descriptor? {
    do throws(Fault) {
      return try UnixSocket.accept(listener)
    } catch {
      guard Errno.passing.contains(error.errno) else { throw error }
      if !hasToldOfDoor { context.say(.warning, "nobody can be let in for a moment: \(error)") }
      hasToldOfDoor = true
      acceptAt = machine.monotonicNanoseconds() + Self.acceptPauseNanoseconds
      try poller.modify(listener.number, tag: Self.listenerTag, [])
      return nil
    }
  }

  private func openDoor() throws(Fault) {
    guard let at = acceptAt, machine.monotonicNanoseconds() >= at else { return }
    try poller.modify(listener.number, tag: Self.listenerTag, .readable)
    acceptAt = nil
  }

  /// Why a client is not let in, said before the door closes; nil where it is.
  private func farewell(_ user: UInt32) -> [UInt8]? {
    if stopReason != nil {
      let fault = WireFault(
        "", "the daemon is stopping", hint: "Connect again once it is back.")
      return AnswerText.error(fault, line: 0, isStopping: true)
    }
    return refusal(user) ?? places.fault(for: user).map { AnswerText.error($0, line: 0) }
  }

  /// What is said to who may nothing at all; nil to everybody else.
  private func refusal(_ user: UInt32) -> [UInt8]? {
    Role.refusal(doorkeeper.roles(of: user), of: .all).map { AnswerText.refused($0, line: 0) }
  }

  /// Ends connections that nobody has any more: of who has lost the last role, and of lines that
  /// do not end.
  private func endIdle() {
    let now = machine.monotonicNanoseconds()
    if hasNewRoles {
      hasNewRoles = false
      for session in order {
        guard let words = refusal(session.user) else { continue }
        if !session.dismiss(words, now) { hasNewRoles = true }
      }
    }
    for session in order { session.look(now, patience: linePatience) }
  }
}

// Requests.
extension Server {
  /// Lets every session handle its lines, each in turn first, so that none starves.
  private func pumpAll() {
    // Nothing is taken behind the last event of a daemon that stops.
    guard !order.isEmpty, !context.hasSaidGoodbye else { return }
    if order.count > 1 { order.append(order.removeFirst()) }
    for session in order where session.mayHaveLines { pump(session) }
  }

  private func pump(_ session: Session) {
    // The lines behind those that were read ahead are read while these are handled.
    lend(session)
    let roles = doorkeeper.roles(of: session.user)
    let refusal = Role.refusal(roles, of: .ingest) ?? (isDiskFull ? .diskFull : nil)
    while let handled = session.pump(
      runtime, block, refusal: refusal, { reply(to: $0, roles) })
    {
      ahead.takeBack(handled)
      lend(session)
    }
  }

  /// Lets a session's lines be read ahead, if it sends many.
  private func lend(_ session: Session) {
    if stopReason == nil, session.mayReadAhead { ahead.lend(session, runtime.hashes) }
  }

  /// Takes back the reader that was lent.
  private func takeReading() {
    guard let loan = ahead.takeResult() else { return }
    if sessions[loan.tag]?.takeReader(loan.block) != true { ahead.takeBack(loan.block) }
  }

  private func reply(to request: Request, _ roles: RoleSet) -> Reply {
    if let refusal = Role.refusal(roles, of: request.roles) { return .refusal(refusal) }
    switch request {
    case .payment: preconditionFailure("a notice is taken by its group")
    case .command(let command): return take(command.taken(by: roles))
    case .words(let command, let words): return take(command.taken(by: roles), words)
    case .erase(let request): return erase(request)
    case .notice(let request): return deliver(request)
    case .query(let query): return answer(query)
    case .stop:
      stopReason = stopReason ?? "request"
      return .text(Array("{\"stopping\":true}\n".utf8), needs: .zero)
    }
  }

  /// Takes a command, and says where its events stand or since when it is so.
  func take(_ command: Command) -> Reply {
    if isDiskFull, !command.body.isControl { return .refusal(.diskFull) }
    let before = runtime.state.next
    do {
      let acceptance = try runtime.accept(command)
      let receipt = acceptance.receipt
      guard let since = acceptance.since else {
        return .receipt(receipt, isRepeat: receipt.first < before)
      }
      return .text(
        AnswerText.already(receipt.first, since: since), needs: receipt.last.advanced(by: 1))
    } catch {
      return .refusal(error)
    }
  }

  private func answer(_ query: Request.Query) -> Reply {
    let barrier = runtime.barrier()
    switch query {
    case .clock:
      return .text(
        context.clockAnswer(runtime, now: barrier.time), needs: .zero)
    case .open(let since, let limit):
      // Written only when every event before the barrier is durable: then no change up to its
      // instant is missing, and every later one carries a later instant.
      let runtime = runtime
      return .late(needs: barrier.position) {
        OpenAnswer.text(runtime, since: since, limit: limit, now: barrier.time)
      }
    case .status:
      return .text(context.clockAnswer(runtime, now: barrier.time), needs: .zero)
    case .dump(let name, let format):
      do throws(WireFault) {
        try ServerContext.checkDump(name: name, format: format)
      } catch { return .wrong(error) }
      // Made when it leaves: a client that asks for many holds one in memory, not all of them.
      let (context, runtime) = (context, runtime)
      return .late(needs: .zero) { context.dumpAnswer(runtime, name: name, format: format) }
    }
  }
}

// The disk.
extension Server {
  private func takeResult() {
    guard let result = commits.takeResult() else { return }
    isBusy = false
    lastCommit = machine.monotonicNanoseconds()
    switch result {
    case .committed(let job):
      retryJob = nil
      // Where the reserve was open to it, nobody knows yet whether there is room.
      if isDiskFull, !job.isControl { endFullDisk() }
      runtime.finish(job)
      let isSealed = job.sealedEnd > sealedEnd
      sealedEnd = job.sealedEnd
      isCovered = false
      noteHead(isSealed: isSealed)
      tree?.note(runtime.model, end: runtime.durableEnd)
    case .marked: isCovered = true
    case .prepared: endFullDisk()
    case .closed: end = .stopped(reason: stopReason ?? "request")
    case .failed(let fault, let job): fail(fault, job)
    }
  }

  private func endFullDisk() {
    isDiskFull = false
    context.say(.notice, "the disk has room again")
  }

  private func fail(_ fault: LogFault, _ job: CommitJob?) {
    if fault.isRetryable, !context.isClosing {
      if !isDiskFull { context.say(.error, "the disk is full: \(fault)") }
      isDiskFull = true
      retryJob = job
      retryAt = machine.monotonicNanoseconds() + Self.idleNanoseconds
      guard let job else { return }
      if !job.isControl, mayUseReserve(job) {
        retryAt = 0
      } else if job.isControl, stopReason != nil {
        hasGivenUp = true
        context.say(
          .error, "\(runtime.waiting) events that nobody was told of are not in the log")
      }
      return
    }
    runtime.fail()
    end = .failed(fault)
  }

  private func seal() {
    guard !isBusy else { return }
    let now = machine.monotonicNanoseconds()
    if let retryJob {
      guard now >= retryAt, !hasGivenUp else { return }
      retryJob.isControl = mayUseReserve(retryJob)
      give(.commit(retryJob))
      return
    }
    if let job = runtime.seal() {
      // A roll that the disk has room for needs no reserve; one that it has not says so first.
      job.isControl = isDiskFull && mayUseReserve(job)
      give(.commit(job))
    } else if isDiskFull {
      if now >= retryAt { give(.prepare) }
    } else if !isCovered, now - lastCommit > Self.idleNanoseconds {
      give(.mark(runtime.barrier().time))
    }
  }

  /// The reserve is for what an operator orders, and for what stands in its way.
  private func mayUseReserve(_ job: CommitJob) -> Bool {
    job.hasControl || runtime.hasOpenControl || stopReason != nil
  }

  private func give(_ task: CommitTask) {
    isBusy = true
    taskBegan = machine.monotonicNanoseconds()
    commits.give(task)
  }
}

// Answers, the clock, the end.
extension Server {
  private func flushAll() {
    errands.answer(durable: runtime.durableEnd)
    if stopReason == nil { endIdle() }
    let (durable, isStopping) = (runtime.durableEnd, stopReason != nil)
    var isSomebodyGone = false
    for session in order {
      switch session.flush(durable: durable, isStopping: isStopping) {
      case .asBefore: break
      case .wants(let interest):
        try? poller.modify(session.reader.socket.number, tag: session.tag, interest)
      case .done:
        isSomebodyGone = true
        leave(session)
      }
    }
    if isSomebodyGone { order.removeAll { sessions[$0.tag] == nil } }
  }

  /// Forgets a session that is done.
  private func leave(_ session: Session) {
    sessions[session.tag] = nil
    places.leave(session.user)
    for block in session.takeBlocks() { ahead.takeBack(block) }
    try? poller.remove(session.reader.socket.number)
  }

  /// A large step of the wall clock against the monotonic one holds the scheduler.
  private func watchClock() {
    guard let step = steps.step(machine), !runtime.state.isClockHeld else { return }
    context.say(
      .warning, "the clock made a step of \(DurationText.text(step)): the scheduler waits")
    submit(.stepClock(ClockStepped(step: step)), purpose: "clock step")
  }

  func submit(_ body: Command.Body, purpose: String) {
    let random = SystemRandom.bytes16()
    let command = Command(
      id: CommandID(low: random.0, high: random.1), digest: random.0, actor: .system, body: body)
    do {
      _ = try runtime.submit(command)
    } catch {
      context.say(.error, "the event of a \(purpose) was refused: \(error.message)")
    }
  }

  /// Everything taken is durable: writes the last event, then closes the log.
  private func finishStopping() {
    if !context.hasSaidGoodbye, !hasGivenUp {
      context.hasSaidGoodbye = true
      let reason = ShortText(stopReason ?? "request") ?? .none
      submit(.stopDaemon(DaemonStopped(cause: reason)), purpose: "stop")
      seal()
      return
    }
    guard !context.isClosing else { return }
    context.isClosing = true
    give(.close(runtime.currentTime()))
  }

  private func close(_ end: ServerEnd) throws(Fault) -> ServerEnd {
    for session in order {
      _ = session.flush(durable: runtime.durableEnd, isStopping: true)
    }
    errands.answer(durable: runtime.durableEnd)
    endErrands()
    house?.thread.end()
    tree?.thread.end()
    ahead.thread.end()
    ahead.worker.join()
    if case .stopped = end {
      worker.join()
      endSigning(isClean: true)
      endPublishing(isClean: true)
    } else {
      endSigning(isClean: false)
      endPublishing(isClean: false)
    }
    // It may have been removed from outside; that is no fault of the log.
    try? SystemDisk().remove(socketPath)
    return end
  }
}
