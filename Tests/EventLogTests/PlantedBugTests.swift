// Mistakes planted on purpose: each makes a property false that the other tests rely on.

import EventLog
import Events
import Platform
import Simulation
import Testing

/// Properties of a log, true for the product and false under the mistake each was written for.
enum Scenario {
  static func options(_ bugs: PlantedBugs, capacity: Int = 16_384) -> LogOptions {
    var options = testOptions(capacity: capacity)
    #if PLANTED_BUGS
      options.bugs = bugs
    #endif
    return options
  }

  static func powerCutsAreSurvived(_ bugs: PlantedBugs) throws -> Bool {
    try CrashRun.sweep(options(bugs), seeds: 0..<2, step: 3) == nil
  }

  /// Flips a bit in an early, acknowledged batch.
  static func rotIsRefused(_ bugs: PlantedBugs) throws -> Bool {
    let disk = try oldLog(batches: 4)
    disk.flip(try #require(segmentPaths(disk).last), offset: 1_900, bit: 3)
    return corruption { () throws(LogFault) in try reopen(disk, options(bugs)) } != nil
  }

  /// Flips a bit in the last acknowledged batch, which nothing follows.
  static func lastBatchIsMissed(_ bugs: PlantedBugs) throws -> Bool {
    let disk = try oldLog(batches: 4)
    let path = try #require(segmentPaths(disk).last)
    let used = try #require(disk.contents(path)?.lastIndex { $0 != 0 })
    disk.flip(path, offset: used - 5, bit: 3)
    return corruption { () throws(LogFault) in try reopen(disk, options(bugs)) } != nil
  }

  static func failedSyncIsNotRetried(_ bugs: PlantedBugs) throws -> Bool {
    let disk = SimulatedDisk(seed: 1)
    var carrier = try newLog(disk, options(bugs))
    disk.plan.nextNamed["fdatasync"] = .fail(.inputOutput)
    try? carrier.appendTest(4)
    let acknowledged = carrier.durableEnd
    disk.crash()
    return CrashRun.complaint(disk, options(bugs), acknowledged: acknowledged) == nil
  }

  static func tornBytesAreGone(_ bugs: PlantedBugs) throws -> Bool {
    let disk = try oldLog(batches: 2)
    let path = try #require(segmentPaths(disk).last)
    let used = try #require(disk.contents(path)?.lastIndex { $0 != 0 }) + 1
    disk.plant(path, [UInt8](repeating: 0xab, count: 3_000), at: used + 1)
    let copy = disk.copy()
    guard CrashRun.complaint(disk, options(bugs), acknowledged: Position(20)) == nil else {
      return false
    }
    // Before anything is written over them.
    var (first, _) = try reopen(copy, options(bugs))
    first.abandon()
    copy.crash()
    return try reopen(copy, options(bugs)).report.verdict == .clean
  }

  /// After a failed synchronization the process dies, another opens the log, then the power goes.
  static func cacheIsNotTrusted(_ bugs: PlantedBugs) throws -> Bool {
    let disk = SimulatedDisk(seed: 1)
    var carrier = try newLog(disk, options(bugs))
    try carrier.appendTest(4)
    disk.plan.nextNamed["fdatasync"] = .fail(.inputOutput)
    try? carrier.appendTest(4)
    disk.kill()
    var (second, _) = try reopen(disk, options(bugs))
    let shown = second.durableEnd
    second.abandon()
    disk.crash()
    return CrashRun.complaint(disk, options(bugs), acknowledged: shown) == nil
  }

  /// Two histories part after the first batch; the third batch of one is put into the other.
  static func staleFrameIsFound(_ bugs: PlantedBugs) throws -> Bool {
    let base = try oldLog(batches: 1)
    let path = try #require(segmentPaths(base).last)
    let other = base.copy()
    var (one, _) = try reopen(base, options(bugs))
    try one.appendTest(5)
    let start = try #require(base.contents(path)?.lastIndex { $0 != 0 }) + 1
    try one.appendTest(5)
    one.abandon()
    var (two, _) = try reopen(other, options(bugs))
    let buffer = BatchBuffer()
    let events = (0..<5).map { testEvent(UInt64($0) + 500) }
    for event in events { buffer.append(event) }
    let leaves = events.map { testLeaf($0) }
    try two.append(
      buffer, expecting: two.durableEnd, logTime: two.lastLogTime.advanced(byNanoseconds: 1),
      leaves: leaves.span)
    try two.appendTest(5)
    two.abandon()
    let stale = try #require(other.contents(path)).dropFirst(start)
    base.plant(path, [UInt8](stale), at: start)
    base.vanish("/log/sync.mark")
    return corruption { () throws(LogFault) in try reopen(base, options(bugs)) } != nil
  }

  static func everyLengthLeavesRoomForTheSeal(_ bugs: PlantedBugs) throws -> Bool {
    for length in 72...120 {
      let disk = SimulatedDisk(seed: 1)
      let options = options(bugs, capacity: 4_096)
      var carrier = try newLog(disk, options)
      while segmentPaths(disk).count < 3 { try carrier.appendTest(4, length: length) }
      carrier.abandon()
      var checking = options
      checking.verifyEverything = true
      if (try? reopen(disk, checking)) == nil { return false }
    }
    return true
  }

  static func leavesAreCompared(_ bugs: PlantedBugs) throws -> Bool {
    let disk = try oldLog(batches: 3)
    disk.flip("/log/leaves", offset: 77, bit: 1)
    return try reopen(disk, options(bugs)).carrier.root == testRoot(30)
  }

  static func aFailedWriteEndsTheCarrier(_ bugs: PlantedBugs) throws -> Bool {
    let disk = SimulatedDisk(seed: 1)
    var carrier = try newLog(disk, options(bugs))
    disk.plan.nextNamed["fdatasync"] = .fail(.inputOutput)
    try? carrier.appendTest(4)
    return (try? carrier.appendTest(4)) == nil
  }
}

#if PLANTED_BUGS
  @Suite struct PlantedBugTests {
    typealias Property = @Sendable (PlantedBugs) throws -> Bool

    static let pairs: [(bug: PlantedBugs, name: String, holds: Property)] = [
      (.skipDirectorySync, "skipDirectorySync", Scenario.powerCutsAreSurvived),
      (.skipSync, "skipSync", Scenario.powerCutsAreSurvived),
      (.truncateAtFirstDamage, "truncateAtFirstDamage", Scenario.rotIsRefused),
      (.ignoreMark, "ignoreMark", Scenario.lastBatchIsMissed),
      (.retryFailedSync, "retryFailedSync", Scenario.failedSyncIsNotRetried),
      (.noTailZeroing, "noTailZeroing", Scenario.tornBytesAreGone),
      (.noQuarantine, "noQuarantine", Scenario.tornBytesAreGone),
      (.keepCache, "keepCache", Scenario.cacheIsNotTrusted),
      (.ignoreLink, "ignoreLink", Scenario.staleFrameIsFound),
      (.ignoreBodyChecksum, "ignoreBodyChecksum", Scenario.lastBatchIsMissed),
      (.noRoomForSeal, "noRoomForSeal", Scenario.everyLengthLeavesRoomForTheSeal),
      (.trustLeaves, "trustLeaves", Scenario.leavesAreCompared),
      (.noPoison, "noPoison", Scenario.aFailedWriteEndsTheCarrier),
    ]

    @Test(arguments: 0..<13)
    func `each planted mistake breaks a property that holds without it`(index: Int) throws {
      let (bug, name, holds) = PlantedBugTests.pairs[index]
      #expect(try holds([]), "the property fails without \(name)")
      #expect(try !holds(bug), "\(name) is not noticed")
    }
  }
#else
  /// A build without the hooks has no mistakes to switch on.
  struct PlantedBugs: OptionSet, Sendable {
    let rawValue: Int
  }
#endif
