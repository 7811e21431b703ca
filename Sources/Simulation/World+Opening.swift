// Opening the log of a world as the daemon does, and what must be found there.

import EventLog
import Events
import Orchestrator
import Projections

extension World {
  /// Bytes of a segment: small, so that a story rolls often, and large enough for a batch.
  private var segmentCapacity: Int { 24_576 + settings.merchants * 160 }

  /// So few that a story sees many generations of the tables come and go.
  private static let generationEventsMax = 60

  var options: LogOptions {
    var options = LogOptions()
    options.segmentCapacity = segmentCapacity
    // Half of the reserve makes a segment, which has to hold a batch too.
    options.reserveLength = 2 * segmentCapacity
    // So few that a segment sees them laid many times.
    options.zerosLength = 2_048
    #if PLANTED_BUGS
      options.bugs = settings.logBugs
    #endif
    return options
  }

  /// Opens the log, creating it where there is none yet, and starts the daemon.
  ///
  /// - Returns: the fault that ended it; nil where the daemon lives.
  func open(_ expected: Expected) throws(Halt) -> LogFault? {
    let carrier: FileCarrier<SimulatedDisk>
    let report: RecoveryReport
    do throws(LogFault) {
      (carrier, report) = try openOrCreate()
    } catch {
      if case .notALog = error, !disk.isDown { throw .violation("the log is gone") }
      if case .locked = error { throw .violation("the lock of a dead process is held") }
      return error
    }
    try check(report, expected)
    trouble.hasTorn = report.verdict == .torn
    var housekeeper: Housekeeper<SimulatedDisk>
    do throws(LogFault) {
      housekeeper = try Housekeeper(disk, World.directory)
    } catch { return error }
    var replay = housekeeper.begin()
    let isDamaged = housekeeper.warnings.contains { $0.contains("damaged") }
    if isDamaged, !disk.isDown {
      throw .violation("what is derived saw no damage and is not used: \(housekeeper.warnings)")
    }
    do throws(ReadFailure<ReadModelFault>) {
      try carrier.read(from: replay.state.next, to: carrier.durableEnd) {
        batch throws(ReadModelFault) in
        try replay.apply(batch)
      }
    } catch {
      switch error {
      case .log(let fault): return fault
      case .body(let fault): throw .violation("the log does not fold: \(fault)")
      }
    }
    if let fault = replay.fault { return fault }
    let life = Life(
      Runtime(
        after: replay, root: carrier.root, promised: carrier.lastLogTime, time: clock,
        generationEventsMax: World.generationEventsMax), carrier, housekeeper)
    #if PLANTED_BUGS
      life.runtime.bugs = settings.runtimeBugs
    #endif
    do throws(Halt) {
      for answer in answers { try expect(answer, from: life.runtime) }
    } catch {
      if case .death = error, let fault = life.runtime.fault { return fault }
      throw error
    }
    try greet(life.runtime, report)
    trace.mix(carrier.durableEnd.rawValue)
    self.life = life
    return nil
  }

  private func openOrCreate() throws(LogFault) -> (FileCarrier<SimulatedDisk>, RecoveryReport) {
    do throws(LogFault) {
      return try FileCarrier.open(disk, World.directory, options: options)
    } catch {
      guard case .notALog = error, answers.isEmpty else { throw error }
      return try FileCarrier.create(
        disk, World.directory, logID: workload.logID, created: Workload.genesis, options: options)
    }
  }

  private func check(_ report: RecoveryReport, _ expected: Expected) throws(Halt) {
    if expected != .nothing, report.verdict != .clean {
      throw .violation("nothing was being written, and the end of the log is \(report.verdict)")
    }
    if expected == .cleanEnd, !report.wasClean {
      throw .violation("the log was closed in order and does not say so")
    }
    if report.verdict == .torn, report.droppedBytes > 0, !disk.isDown {
      let copy = report.quarantinePath.flatMap { disk.contents($0) }
      guard let copy, copy.count >= report.droppedBytes else {
        throw .violation("the torn bytes were dropped without a copy")
      }
    }
  }

  /// What a daemon says first.
  private func greet(_ runtime: Runtime, _ report: RecoveryReport) throws(Halt) {
    var commands: [Command] = []
    if runtime.state.next == .zero { commands.append(workload.createLog) }
    let name = Array("\(step) \(report.incarnation)".utf8)
    commands.append(
      Command(
        id: Command.id("start", name), digest: Command.digest(name), actor: .system,
        body: .startDaemon(
          DaemonStarted(
            incarnation: report.incarnation, release: ShortText("simulated") ?? .none,
            downtime: 0))))
    if report.verdict == .torn {
      commands.append(
        Command(
          id: Command.id("recovery", name), digest: Command.digest(name), actor: .system,
          body: .recordRecovery(
            LogRecovered(
              droppedBytes: UInt64(report.droppedBytes), incarnation: report.incarnation))))
    }
    for command in commands {
      do throws(Refusal) { _ = try runtime.submit(command) } catch {
        throw .violation("a start is refused: \(error.name)")
      }
    }
  }
}
