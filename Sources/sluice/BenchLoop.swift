// The daemon's loop without its sockets, for the bench: payments that arrive on time, the
// scheduler's ticks, and a back thread that makes batches durable.

import EventLog
import Events
import Orchestrator
import Platform
import Rollout

struct BenchLoop {
  let runtime: Runtime
  private let clock: ManualClock
  private let machine = WallClock()
  private let tasks = Mailbox<CommitJob>()
  private let results = Mailbox<CommitJob>()
  private let worker: Worker
  /// One payment every so many nanoseconds: 20,000 a second.
  private static let paymentGap: Int64 = 50_000
  private var payment = BenchPayments()
  private var serial: UInt64 = 0
  /// Of command ids, which the index takes for hashes.
  private var random = SeededRandom(seed: 5)
  /// When the next payment arrives; nil while none do.
  private var arrival: Int64?
  /// When payments arrived that are not durable yet, and where they stand.
  private var waiting: [(at: Int64, last: Position)] = []
  private(set) var payments = 0
  private(set) var steps = 0
  private(set) var delayMax: Int64 = 0
  private(set) var tickMax: Int64 = 0

  init(_ runtime: Runtime, _ carrier: BenchCarrier, _ clock: ManualClock) throws {
    self.runtime = runtime
    self.clock = clock
    let (tasks, results) = (self.tasks, self.results)
    worker = try Worker("commit") {
      var committer = Committer(carrier: carrier)
      while let job = tasks.take() {
        do throws(LogFault) {
          try committer.commit(job)
        } catch {
          say("\(error)\n")
          break
        }
        guard results.put(job) else { break }
      }
      try? committer.close(at: .latest)
      results.close()
    }
  }

  /// Sends one command and waits until it is durable.
  mutating func send(_ body: Command.Body) throws {
    serial += 1
    let command = Command(
      id: CommandID(low: random.next(), high: random.next()), digest: serial,
      actor: Actor(.operator, id: 1),
      body: body)
    _ = try runtime.submit(command)
    try drain()
  }

  mutating func beginMeasuring() {
    (payments, steps, delayMax, tickMax) = (0, 0, 0, 0)
    arrival = machine.monotonicNanoseconds()
  }

  /// One turn: what is durable is answered, what has arrived is taken, what is due is done.
  mutating func turn() throws {
    if !runtime.hasRoom { try settleNext() } else { settle(results.takeIfPresent()) }
    try takePayments()
    let before = machine.monotonicNanoseconds()
    steps += runtime.tick()
    tickMax = max(tickMax, machine.monotonicNanoseconds() - before)
    seal()
  }

  /// Waits until everything is durable; payments no longer arrive.
  mutating func drain() throws {
    arrival = nil
    while runtime.waiting > 0 {
      seal()
      try settleNext()
    }
  }

  private mutating func settleNext() throws {
    guard let job = results.take() else {
      throw CommandFailure(
        .fault, "the log failed",
        hint: "See that --dir has room, and run the bench again")
    }
    settle(job)
  }

  private func seal() {
    if let job = runtime.seal() { _ = tasks.put(job) }
    clock.advance(byNanoseconds: 1_000)
  }

  private mutating func settle(_ job: CommitJob?) {
    guard let job else { return }
    runtime.finish(job)
    let now = machine.monotonicNanoseconds()
    var answered = 0
    while answered < waiting.count, waiting[answered].last < runtime.durableEnd {
      delayMax = max(delayMax, now - waiting[answered].at)
      answered += 1
    }
    waiting.removeFirst(answered)
  }

  private mutating func takePayments() throws {
    guard var next = arrival else { return }
    let now = machine.monotonicNanoseconds()
    while next <= now, runtime.hasRoom {
      serial += 1
      let command = Command(
        id: CommandID(low: random.next(), high: random.next()), digest: serial,
        actor: Actor(.institution), body: .recordPayment(payment.next()))
      let receipt = try runtime.submit(command)
      waiting.append((next, receipt.last))
      payments += 1
      next += BenchLoop.paymentGap
    }
    arrival = next
  }

  mutating func close() throws {
    try drain()
    tasks.close()
    worker.join()
  }
}
