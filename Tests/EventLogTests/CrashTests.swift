// Power cuts at every call to the disk, and what must hold after each.

import EventLog
import Events
import Platform
import Simulation
import Testing

/// A scripted run that is cut at some call, and the judgement of what is left.
enum CrashRun {
  static let batches = 20

  /// Appends, idles and closes; returns the end of what was acknowledged.
  static func run(_ disk: SimulatedDisk, _ options: LogOptions) -> Position {
    var acknowledged = Position.zero
    guard var (carrier, _) = try? reopen(disk, options) else { return acknowledged }
    acknowledged = carrier.durableEnd
    do {
      for index in 0..<batches {
        try carrier.appendTest(8 + index % 5)
        acknowledged = carrier.durableEnd
        if index % 7 == 3 { try carrier.idle(at: carrier.lastLogTime) }
      }
      try carrier.close(at: carrier.lastLogTime)
    } catch {}
    return acknowledged
  }

  /// Nil where everything acknowledged is there and the log opens; else what is wrong.
  static func complaint(
    _ disk: SimulatedDisk, _ options: LogOptions, acknowledged: Position
  ) -> String? {
    do {
      var (carrier, report) = try reopen(disk, options)
      if carrier.durableEnd < acknowledged {
        return "\(carrier.durableEnd) of \(acknowledged) acknowledged"
      }
      if try carrier.intactCount() != carrier.durableEnd.rawValue { return "events differ" }
      if report.verdict == .torn, report.droppedBytes == 0 { return "torn without a byte" }
      if report.verdict == .torn, report.quarantinePath == nil { return "nothing quarantined" }
      try carrier.appendTest(2)
      let end = carrier.durableEnd
      carrier.abandon()
      disk.crash()
      var checking = options
      checking.verifyEverything = true
      let second = try reopen(disk, checking)
      if second.report.verdict != .clean { return "not clean the second time" }
      if second.carrier.durableEnd != end { return "another end the second time" }
      if second.carrier.root != testRoot(end.rawValue) { return "another root" }
      return nil
    } catch { return "\(error)" }
  }

  static func prepared(_ options: LogOptions) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 9)
    var carrier = try newLog(disk, options)
    try carrier.appendTest(3)
    carrier.abandon()
    disk.crash()
    return disk
  }

  /// Cuts the power at every `step`th call under a seed; returns the first complaint.
  static func sweep(
    _ options: LogOptions, seeds: Range<UInt64>, step: Int = 1
  ) throws -> String? {
    let base = try prepared(options)
    let rehearsal = base.copy(seed: 0)
    let before = rehearsal.operations
    _ = run(rehearsal, options)
    for seed in seeds {
      for operation in stride(from: before + 1, through: rehearsal.operations, by: step) {
        let disk = base.copy(seed: seed &* 1_000_003 &+ UInt64(operation))
        disk.plan.atOperation[operation] = .powerCut
        let acknowledged = run(disk, options)
        disk.restart()
        if let wrong = complaint(disk, options, acknowledged: acknowledged) {
          return "seed \(seed), call \(operation): \(wrong)"
        }
      }
    }
    return nil
  }
}

@Suite struct CrashTests {
  @Test(arguments: [0, 1] as [UInt64])
  func `R1, R4: no power cut at any call loses an answer or refuses the log`(
    seed: UInt64
  ) throws {
    let complaint = try CrashRun.sweep(testOptions(), seeds: seed..<seed + 1)
    #expect(complaint == nil)
  }

  @Test func `R5: recovery may be cut at any call and goes on the next time`() throws {
    var torn = 0
    for seed in 0..<60 as Range<UInt64> where torn < 6 {
      let base = try oldLog(batches: 6, seed: seed)
      var (carrier, _) = try reopen(base)
      base.plan.nextNamed["fdatasync"] = .powerCut
      try? carrier.appendTest(25)
      base.restart()
      let probe = base.copy(seed: 1)
      let before = probe.operations
      guard try reopen(probe).report.verdict == .torn else { continue }
      torn += 1
      for operation in before + 1...probe.operations {
        let disk = base.copy(seed: seed &* 977 &+ UInt64(operation))
        disk.plan.atOperation[operation] = .powerCut
        _ = try? reopen(disk)
        disk.restart()
        let complaint = CrashRun.complaint(disk, testOptions(), acknowledged: Position(60))
        #expect(complaint == nil, "seed \(seed), call \(operation)")
      }
    }
    #expect(torn == 6, "too few power cuts tore a batch")
  }

  @Test(arguments: [Errno.inputOutput, .noSpace, .readOnlyFileSystem])
  func `R3: every call may fail once, and what was acknowledged stays`(errno: Errno) throws {
    let base = try CrashRun.prepared(testOptions())
    let rehearsal = base.copy(seed: 0)
    let before = rehearsal.operations
    _ = CrashRun.run(rehearsal, testOptions())
    for operation in stride(from: before + 1, through: rehearsal.operations, by: 1) {
      let disk = base.copy(seed: UInt64(operation))
      disk.plan.atOperation[operation] = .fail(errno)
      let acknowledged = CrashRun.run(disk, testOptions())
      disk.kill()
      if operation % 2 == 0 { disk.crash() }
      let complaint = CrashRun.complaint(disk, testOptions(), acknowledged: acknowledged)
      #expect(complaint == nil, "call \(operation)")
    }
  }

  @Test func `R6: bytes that only the cache has are not adopted`() throws {
    #expect(try Scenario.cacheIsNotTrusted([]))
  }

  @Test func `R13: a full disk refuses the batch at the roll and takes it when there is room`()
    throws
  {
    let disk = try oldLog(batches: 8)
    // The opening clears away what was prepared of a next segment; behind it the disk is full.
    var (carrier, _) = try reopen(disk)
    disk.capacity = disk.used
    var refused = 0
    for _ in 0..<200 {
      do { try carrier.appendTest(1) } catch {
        guard case .full = error else { throw error }
        refused += 1
      }
    }
    #expect(refused > 0)
    #expect(carrier.fault == nil)
    let end = carrier.durableEnd
    // A pause or a shutdown still fits: the reserve is given up for it.
    try carrier.appendTest(2, isControl: true)
    #expect(carrier.durableEnd == end.advanced(by: 2))
    #expect(disk.contents("/log/reserve") == nil)
    disk.capacity = nil
    for _ in 0..<20 { try carrier.appendTest(10) }
    #expect(disk.contents("/log/reserve")?.count == testOptions().reserveLength)
    #expect(try carrier.intactCount() == carrier.durableEnd.rawValue)
    try carrier.close(at: carrier.lastLogTime)
    var checking = testOptions()
    checking.verifyEverything = true
    #expect(try reopen(disk, checking).report.wasClean)
  }
}
