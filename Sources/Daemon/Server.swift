// The daemon: sockets, signals and timers around the Runtime.
//
// One front thread runs everything but the disk; one back thread owns the log. They meet in a
// mailbox with one batch at a time, so a batch gathers while the one before it is being written.

package import EventLog
import Events
package import Orchestrator
package import Platform
import Dumps
import Projections
import Text

/// Why the daemon ended.
package enum ServerEnd: Sendable {
  /// It was asked to; everything taken is durable and answered.
  case stopped(reason: String)
  /// The log could not be written; nothing was acknowledged that is not durable.
  case failed(LogFault)
}

/// A running daemon.
package final class Server<Storage: Carrier & Sendable> {
  /// How many clients may be connected.
  package static var clientsMax: Int { 256 }
  private static var listenerTag: UInt64 { 0 }
  private static var signalTag: UInt64 { 1 }
  private static var wakeTag: UInt64 { 2 }
  /// How long nothing happens before the last batch is covered by a mark, and how long a full disk
  /// is left alone before the next try.
  private static var idleNanoseconds: Int64 { 500_000_000 }

  private let runtime: Runtime
  private let time: any TimeSource
  private let machine = WallClock()
  private let socketPath: String
  private let context: ServerContext
  private var poller: Poller
  private let listener: Descriptor
  private let signals: SignalSource
  private let wakeUp: WakeUp
  private let commits: CommitThread<Storage>
  private let worker: Worker
  private var sessions: [UInt64: Session] = [:]
  private var order: [UInt64] = []
  private var interests: [UInt64: Interest] = [:]
  private var nextTag: UInt64 = 16
  private var isBusy = false
  private var isCovered = true
  private var lastCommit: Int64 = 0
  private var retryAt: Int64?
  private var retryJob: CommitJob?
  private var stopReason: String?
  private var end: ServerEnd?
  private var steps: ClockWatch

  /// Binds the socket and starts the back thread; `run` then serves.
  package init(
    runtime: Runtime, carrier: Storage, time: any TimeSource, socketPath: String,
    context: ServerContext
  ) throws(Fault) {
    self.runtime = runtime
    self.time = time
    self.socketPath = socketPath
    self.context = context
    poller = try Poller()
    listener = try UnixSocket.listen(socketPath, mode: 0o600)
    signals = try SignalSource()
    wakeUp = try WakeUp()
    commits = CommitThread(wakeUp: wakeUp)
    worker = try commits.start(carrier)
    steps = ClockWatch(isWall: context.clock == .wall)
    try poller.add(listener.number, tag: Self.listenerTag, .readable)
    try poller.add(signals.number, tag: Self.signalTag, .readable)
    try poller.add(wakeUp.number, tag: Self.wakeTag, .readable)
  }

  /// Serves until a signal, a request or a fault ends it.
  package func run() throws(Fault) -> ServerEnd {
    while true {
      try poller.wait(milliseconds: timeout())
      for ready in poller.ready { try handle(ready) }
      takeResult()
      if let end { return try close(end) }
      watchClock()
      pumpAll()
      if stopReason == nil { runtime.tick() }
      seal()
      flushAll()
      if stopReason != nil, !isBusy, runtime.waiting == 0, !hasInput { finishStopping() }
    }
  }

  private var hasInput: Bool { sessions.values.contains { $0.hasInput } }

  /// How long the poller may sleep: not at all while input waits for room that is there.
  private func timeout() -> Int32 {
    if hasInput, runtime.hasRoom { return 0 }
    if isBusy { return 20 }
    return 5
  }

  private func handle(_ ready: Readiness) throws(Fault) {
    switch ready.tag {
    case Self.listenerTag: try accept()
    case Self.signalTag:
      while let signal = try signals.next() {
        switch signal {
        case .terminate: stopReason = stopReason ?? "SIGTERM"
        case .interrupt: stopReason = stopReason ?? "SIGINT"
        default: break
        }
      }
    case Self.wakeTag: _ = wakeUp.drain()
    default:
      guard let session = sessions[ready.tag] else { return }
      if ready.readable || ready.hangup { session.receive() }
    }
  }

  private func accept() throws(Fault) {
    while let socket = try UnixSocket.accept(listener) {
      guard sessions.count < Self.clientsMax, stopReason == nil else { continue }
      let peer = try UnixSocket.peer(socket)
      let tag = nextTag
      nextTag += 1
      let number = socket.number
      let session = Session(socket: socket, tag: tag, user: peer.user)
      sessions[tag] = session
      order.append(tag)
      interests[tag] = .readable
      try poller.add(number, tag: tag, .readable)
    }
  }
}

// Requests.
extension Server {
  /// Lets every session handle its lines, each in turn first, so that none starves.
  private func pumpAll() {
    guard !order.isEmpty else { return }
    if order.count > 1 { order.append(order.removeFirst()) }
    for tag in order {
      guard let session = sessions[tag] else { continue }
      session.pump(runtime) { reply(to: $0) }
    }
  }

  private func reply(to request: Request) -> Reply {
    switch request {
    case .command(let command):
      if retryJob != nil, case .recordPayment = command.body { return .refusal(.diskFull) }
      do {
        let before = runtime.state.next
        let receipt = try runtime.submit(command)
        return .receipt(receipt, isRepeat: receipt.first < before)
      } catch {
        return .refusal(error)
      }
    case .query(let query): return answer(query)
    case .stop:
      stopReason = stopReason ?? "request"
      return .text(Array("{\"stopping\":true}\n".utf8), needs: .zero)
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
      return .text(context.dumpAnswer(runtime, name: name, format: format), needs: .zero)
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
      runtime.finish(job)
      isCovered = false
    case .marked: isCovered = true
    case .closed: end = .stopped(reason: stopReason ?? "request")
    case .failed(let fault, let job): fail(fault, job)
    }
  }

  private func fail(_ fault: LogFault, _ job: CommitJob?) {
    // Whoever stops the daemon does not wait for room: what is unanswered was never acknowledged.
    if let job, fault.isRetryable, stopReason == nil {
      if retryJob == nil { context.say("the disk is full: \(fault)") }
      retryJob = job
      retryAt = machine.monotonicNanoseconds() + Self.idleNanoseconds
      return
    }
    runtime.fail()
    end = .failed(fault)
  }

  private func seal() {
    guard !isBusy else { return }
    let now = machine.monotonicNanoseconds()
    if let retryJob {
      if let retryAt, now >= retryAt { give(.commit(retryJob)) }
      return
    }
    if let job = runtime.seal() {
      give(.commit(job))
    } else if !isCovered, now - lastCommit > Self.idleNanoseconds {
      give(.mark(runtime.currentTime()))
    }
  }

  private func give(_ task: CommitTask) {
    isBusy = true
    commits.give(task)
  }
}

// Answers, the clock, the end.
extension Server {
  private func flushAll() {
    var gone: [UInt64] = []
    for tag in order {
      guard let session = sessions[tag] else { continue }
      session.flush(durable: runtime.durableEnd)
      if session.isDone {
        gone.append(tag)
      } else {
        setInterest(session)
      }
    }
    for tag in gone {
      if let session = sessions.removeValue(forKey: tag) {
        try? poller.remove(session.socket.number)
      }
      interests[tag] = nil
    }
    if !gone.isEmpty { order.removeAll { gone.contains($0) } }
  }

  private func setInterest(_ session: Session) {
    var interest: Interest = []
    if session.wantsInput { interest.insert(.readable) }
    if session.wantsOutput { interest.insert(.writable) }
    guard interests[session.tag] != interest else { return }
    interests[session.tag] = interest
    try? poller.modify(session.socket.number, tag: session.tag, interest)
  }

  /// A large step of the wall clock against the monotonic one holds the scheduler.
  private func watchClock() {
    guard let step = steps.step(machine), !runtime.state.isClockHeld else { return }
    context.say("the clock made a step of \(DurationText.text(step)): the scheduler waits")
    submit(.stepClock(ClockStepped(step: step)), purpose: "clock step")
  }

  private func submit(_ body: Command.Body, purpose: String) {
    let random = SystemRandom.bytes16()
    let command = Command(
      id: CommandID(low: random.0, high: random.1), digest: random.0, actor: .system, body: body)
    do {
      _ = try runtime.submit(command)
    } catch {
      context.say("the event of a \(purpose) was refused: \(error.message)")
    }
  }

  /// Everything taken is durable: writes the last event, then closes the log.
  private func finishStopping() {
    if !context.hasSaidGoodbye {
      context.hasSaidGoodbye = true
      let reason = ShortText(stopReason ?? "request") ?? .none
      submit(.stopDaemon(DaemonStopped(cause: reason)), purpose: "stop")
      seal()
      return
    }
    give(.close(runtime.currentTime()))
  }

  private func close(_ end: ServerEnd) throws(Fault) -> ServerEnd {
    for tag in order { sessions[tag]?.flush(durable: runtime.durableEnd) }
    if case .stopped = end { worker.join() }
    try SystemDisk().remove(socketPath)
    return end
  }
}
