// One simulated world: a daemon, its disk, its clock and its clients, driven by a seed.
//
// The daemon is the production Runtime over the production FileCarrier; only the disk and the clock
// are simulated. The world lets time pass, lets clients send, lets the scheduler look, seals and
// commits batches, and in between breaks things: the power goes at some call of the disk, the
// process dies with its cache intact, calls fail or do half, the disk is full, the clock goes back,
// the daemon is away for hours. After each of them the daemon is started again and must find
// everything that it had acknowledged. Two worlds of one seed do exactly the same.

import EventLog
import Events
import Orchestrator
import Platform
import Projections

/// Why a step of the world ended early.
enum Halt: Error {
  /// The daemon is gone and has to be started again.
  case death(Death)
  case violation(String)
}

/// How a daemon ends.
enum Death {
  case powerCut, kill, stop
  /// It ended itself after a call of the disk failed.
  case failure
}

/// One opening of the log and what follows it.
final class Life {
  let runtime: Runtime
  var committer: Committer<FileCarrier<SimulatedDisk>>
  /// The batch that is being written.
  var job: CommitJob?
  /// Whether a write to the log has begun and not ended.
  var isWriting = false
  var housekeeper: Housekeeper<SimulatedDisk>

  init(
    _ runtime: Runtime, _ carrier: FileCarrier<SimulatedDisk>,
    _ housekeeper: Housekeeper<SimulatedDisk>
  ) {
    self.runtime = runtime
    self.housekeeper = housekeeper
    committer = Committer(carrier: carrier)
  }
}

/// A command and the receipt its client has.
struct Answer {
  var command: Command
  var receipt: Receipt
}

/// A daemon with everything around it.
final class World {
  static let directory = "/log"
  /// A story whose commands are not answered after this many turns has got stuck.
  static let turnsPerStageMax = 4_000

  let seed: UInt64
  let settings: WorldSettings
  let workload: Workload
  let disk: SimulatedDisk
  let clock = ManualClock(Workload.genesis)
  var random: SeededRandom
  var trouble: Trouble
  var life: Life?
  var clients = [SimulatedClient](repeating: SimulatedClient(), count: Workload.clientCount)
  var answers: [Answer] = []
  var refusals: [String] = []
  var counts = WorldCounts()
  var trace = TraceHash()
  var step = 0
  /// What the time is; the daemon's clock is `lag` behind it.
  var trueTime = Workload.genesis
  var lag: Int64 = 0
  /// How much longer the daemon may be away before the next stage.
  var slack: Int64 = 0
  var nextStage = Workload.genesis
  var fullTurns = 0

  init(seed: UInt64, settings: WorldSettings, workload: Workload) {
    self.seed = seed
    self.settings = settings
    self.workload = workload
    disk = SimulatedDisk(seed: seed &* 3 &+ 1)
    var random = SeededRandom(seed: seed)
    trouble = Trouble(budget: settings.breaks ? 3 + random.below(12) : 0)
    self.random = random
  }

  /// Runs the whole story.
  func run() throws(Violation) {
    do throws(Halt) {
      try begin(after: nil)
      for stage in workload.stages {
        nextStage = stage.at
        slack = stage.at == workload.stages.first?.at ? 0 : longestAbsence(until: stage.at)
        while trueTime < stage.at { try surviving { () throws(Halt) in try idle(until: stage.at) } }
        (lag, slack) = (0, 0)
        setClock()
        if stage.isQuiet { try checkQuiet(stage.at) }
        for index in clients.indices { clients[index].take(stage.clients[index]) }
        try answerAll()
      }
      trouble.budget = 0
      try calmDown()
      try settle()
    } catch {
      throw violation(error)
    }
  }

  func violation(_ halt: Halt) -> Violation {
    if case .violation(let what) = halt { return Violation(seed: seed, step: step, what: what) }
    return Violation(seed: seed, step: step, what: "the daemon died outside its life")
  }

  /// A third of the way to the next stage, at most two hours: what waves can make up for.
  private func longestAbsence(until next: Timestamp) -> Int64 {
    min(2 * 3_600, (next.seconds - trueTime.seconds) / 3) * Timestamp.nanosecondsPerSecond
  }

  /// Does something, starting the daemon again as often as it dies.
  private func surviving(_ body: () throws(Halt) -> Void) throws(Halt) {
    do throws(Halt) { try body() } catch {
      guard case .death(let death) = error else { throw error }
      try begin(after: death)
    }
  }

  /// Lets some minutes pass, or hours where nothing is being opened.
  private func idle(until end: Timestamp) throws(Halt) {
    let rollouts = life?.runtime.state.board.rollouts ?? []
    let isRunning = rollouts.contains { $0.phase == .running && $0.effectiveAt <= trueTime }
    let minutes = Int64(isRunning ? 2 + random.below(24) : 20 + random.below(200))
    trueTime = min(end, trueTime.advanced(bySeconds: minutes * 60))
    setClock()
    try turn(isBusy: false)
  }

  /// Goes on until every client has its answers and what they ordered has been carried out.
  private func answerAll() throws(Halt) {
    let end = trueTime.advanced(bySeconds: 300)
    for _ in 0..<World.turnsPerStageMax {
      if clients.allSatisfy(\.isDone), isSettled { return }
      let pause = Int64(random.below(200)) * 1_000_000
      trueTime = max(trueTime, min(end, trueTime.advanced(byNanoseconds: pause)))
      setClock()
      try surviving { () throws(Halt) in try turn(isBusy: true) }
    }
    throw .violation("the commands of a stage are not answered")
  }

  /// Whether nothing waits to be written or to be carried out.
  private var isSettled: Bool {
    guard let life else { return false }
    return life.job == nil && !life.runtime.hasOpenBatch && hasNoOrders(life)
  }

  private func hasNoOrders(_ life: Life) -> Bool {
    life.runtime.state.board.rollouts.allSatisfy { $0.runningOrder == nil }
  }

  /// Takes back whatever was planned to break and has not.
  private func calmDown() throws(Halt) {
    disk.plan = SimulatedDisk.FaultPlan()
    makeRoom()
    if disk.isDown { try begin(after: .failure) }
  }

  private func settle() throws(Halt) {
    for _ in 0..<World.turnsPerStageMax where !isSettled {
      try surviving { () throws(Halt) in try turn(isBusy: true) }
    }
    guard isSettled else { throw .violation("a batch is not written") }
  }

  func setClock() { clock.set(trueTime.advanced(byNanoseconds: -lag)) }

  /// Every wave that is open is complete a while before a quiet stage, however often the daemon
  /// was away.
  private func checkQuiet(_ at: Timestamp) throws(Halt) {
    guard let state = life?.runtime.state else { return }
    for rollout in state.board.rollouts
    where rollout.phase == .running && !rollout.isPaused && !state.isClockHeld {
      guard let wave = rollout.waves.last else { continue }
      let latest = at.advanced(bySeconds: -900)
      guard wave.completedAt != .none, wave.completedAt < latest else {
        throw .violation(
          "wave \(wave.number.rawValue) is not complete at \(at.seconds): \(wave.enabled) of "
            + "\(wave.merchants), completed \(wave.completedAt.seconds)")
      }
    }
  }
}

// One turn of the daemon's loop.
extension World {
  private func turn(isBusy: Bool) throws(Halt) {
    step += 1
    try meddle(isBusy: isBusy)
    guard let life else { throw .violation("there is no daemon") }
    trace.mix(UInt64(disk.operations))
    if isBusy { try send(life) }
    if random.below(8) == 0 { try askAgain(life) }
    life.runtime.tick()
    try checkAsked(life)
    if life.job == nil { life.job = life.runtime.seal() }
    try acknowledge(life)
    // Now and then the disk takes its time, and the next batch gathers.
    if life.job != nil, !settings.breaks || random.below(5) > 0 { try commit(life) }
    if life.job == nil, random.below(isBusy ? 12 : 4) == 0 {
      try mark(life)
    }
    if random.below(isBusy ? 10 : 3) == 0 { try keep(life) }
  }

  /// The housekeeper gets a turn.
  private func keep(_ life: Life) throws(Halt) {
    do throws(LogFault) {
      try life.housekeeper.refresh()
      for _ in 0..<1 + random.below(3) where try life.housekeeper.step() {
        counts.derivedFiles += 1
      }
    } catch {
      if case .corrupt = error, !disk.isDown { throw .violation("what is derived: \(error)") }
    }
    if disk.isDown { throw .death(.failure) }
    life.runtime.use(life.housekeeper.index)
    try checkAsked(life)
  }

  /// A sealed segment that cannot be asked is the end of a daemon.
  private func checkAsked(_ life: Life) throws(Halt) {
    guard let fault = life.runtime.fault else { return }
    if isDamage(fault) { throw .violation("an index that saw no damage is refused: \(fault)") }
    throw .death(.failure)
  }

  /// Whether a fault says that something is damaged, where nothing was.
  private func isDamage(_ fault: LogFault) -> Bool {
    if case .corrupt = fault { return !disk.isDown }
    return false
  }

  private func send(_ life: Life) throws(Halt) {
    for _ in 0..<clients.count {
      let index = random.below(clients.count)
      for _ in 0..<1 + random.below(10) {
        guard let next = clients[index].next, life.runtime.hasRoom else { break }
        // Operators wait until what they ordered has been carried out.
        if index == 0, !hasNoOrders(life) { break }
        let command = clients[index].commands[next]
        do throws(Refusal) {
          let acceptance = try life.runtime.accept(command)
          let receipt = acceptance.receipt
          if acceptance.since == nil {
            clients[index].note(next, receipt)
          } else {
            // It was so before, and nothing is remembered of it, as of a refusal.
            clients[index].noteRefused(next)
          }
          trace.mix(receipt.first.rawValue)
        } catch {
          refused(index, next, error)
        }
      }
    }
  }

  private func refused(_ client: Int, _ next: Int, _ refusal: Refusal) {
    guard !refusal.isRetryable else { return }
    clients[client].noteRefused(next)
    // The reason may differ: a rollout that is over is not paused either.
    refusals.append("command \(next) of client \(client)")
    counts.refused += 1
  }

  /// A command that was answered gets its first receipt again, and its id takes no other body.
  private func askAgain(_ life: Life) throws(Halt) {
    guard !answers.isEmpty else { return }
    let answer = answers[random.below(answers.count)]
    try expect(answer, from: life.runtime)
    var other = answer.command
    other.digest ^= 1
    var refusal: Refusal?
    do throws(Refusal) { _ = try life.runtime.submit(other) } catch { refusal = error }
    try checkAsked(life)
    guard case .commandBodyDiffers = refusal else {
      throw .violation(
        "another body under a known id: \(refusal?.name ?? "it was taken")")
    }
  }

  /// Repeats a command that was answered: it gets its first receipt and changes nothing.
  func expect(_ answer: Answer, from runtime: Runtime) throws(Halt) {
    let end = runtime.state.next
    let found: Receipt
    do throws(Refusal) { found = try runtime.submit(answer.command) } catch {
      if let fault = runtime.fault, !isDamage(fault) { throw .death(.failure) }
      throw .violation(
        "the acknowledged command at \(answer.receipt.first.rawValue) is refused when repeated: "
          + error.name)
    }
    guard found == answer.receipt, runtime.state.next == end else {
      throw .violation(
        "the acknowledged command at \(answer.receipt.first.rawValue) was done again at "
          + "\(found.first.rawValue)")
    }
  }

  private func acknowledge(_ life: Life) throws(Halt) {
    for index in clients.indices {
      for answer in clients[index].takeAnswers(upTo: life.runtime.durableEnd) {
        answers.append(Answer(command: answer.command, receipt: answer.receipt))
        counts.acknowledged += 1
      }
    }
  }

  func commit(_ life: Life) throws(Halt) {
    guard let job = life.job else { return }
    guard job.logTime >= life.committer.carrier.lastLogTime else {
      throw .violation("log time goes back")
    }
    life.isWriting = true
    do throws(LogFault) { try life.committer.commit(job) } catch {
      try endure(error, life)
      return
    }
    life.isWriting = false
    life.runtime.finish(job)
    life.job = nil
    try acknowledge(life)
    trace.mix(job.end.rawValue)
  }

  private func mark(_ life: Life) throws(Halt) {
    life.isWriting = true
    // The mark's time is a promise: the clock may go back before the next event.
    do throws(LogFault) { try life.committer.mark(at: life.runtime.barrier().time) } catch {
      try endure(error, life)
      return
    }
    life.isWriting = false
  }

  /// The calls after whose failure nobody knows what the disk holds.
  private static let writing = ["pwrite", "fdatasync", "fsync", "renameat2"]

  /// A full disk is waited out; after anything else the daemon ends itself.
  private func endure(_ fault: LogFault, _ life: Life) throws(Halt) {
    trace.mix(0xf)
    if fault.isRetryable {
      life.isWriting = false
      fullTurns += 1
      if fullTurns > 3 { makeRoom() }
      return
    }
    if case .disk(let failed) = fault, World.writing.contains(failed.operation),
      life.committer.carrier.fault == nil
    {
      throw .violation("the log goes on after a failed call: \(fault)")
    }
    life.runtime.fail()
    throw .death(.failure)
  }

  func makeRoom() {
    disk.capacity = nil
    fullTurns = 0
  }
}

/// A number that two runs share only where they did the same.
struct TraceHash: Hashable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func mix(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01b3
    value ^= value >> 29
  }
}
