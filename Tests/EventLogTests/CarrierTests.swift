// What every carrier of files must do, on the simulated disk and on the machine's.

import EventLog
import Events
import Merkle
import Platform
import Simulation
import Testing

@Suite struct CarrierTests {
  @Test func `events come back as they were written, across segments and openings`() throws {
    try Behaviour.roundTrip(SimulatedDisk(seed: 1).anchored, testDirectory)
  }

  @Test func `events come back from the machine's own disk`() throws {
    let scratch = try Scratch()
    try Behaviour.roundTrip(SystemDisk(), scratch.path + "/log")
  }

  @Test func `R16: the machine's own lock keeps a second writer out`() throws {
    let scratch = try Scratch()
    var carrier = try FileCarrier.create(
      SystemDisk(), scratch.path, logID: testLogID, created: testStart, options: testOptions()
    ).carrier
    #expect(throws: LogFault.locked(directory: scratch.path, holder: "")) {
      try FileCarrier.open(SystemDisk(), scratch.path, options: testOptions())
    }
    try carrier.close(at: testStart)
    var again = try FileCarrier.open(SystemDisk(), scratch.path, options: testOptions()).carrier
    again.abandon()
  }

  @Test func `R1: a batch is durable when append returns`() throws {
    for seed in 0..<40 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      var carrier = try newLog(disk)
      for _ in 0..<3 { try carrier.appendTest(5) }
      disk.crash()
      let opened = try reopen(disk)
      #expect(try opened.carrier.intactCount() == 15)
      #expect(opened.report.verdict == .clean)
    }
  }

  @Test func `R3: a failed synchronization poisons the carrier and is never retried`() throws {
    try Behaviour.poison(.fail(.inputOutput), "fdatasync")
    try Behaviour.poison(.fail(.inputOutput), "pwrite")
    try Behaviour.poison(.fail(.readOnlyFileSystem), "pwrite")
    try Behaviour.poison(.fail(.noSpace), "pwrite")
  }

  @Test func `R1: a short write is gone on with`() throws {
    let disk = SimulatedDisk(seed: 1)
    var carrier = try newLog(disk)
    disk.plan.nextNamed["pwrite"] = .short
    try carrier.appendTest(9)
    carrier.abandon()
    disk.crash()
    #expect(try reopen(disk).carrier.intactCount() == 9)
  }

  @Test func `a batch numbered for another position is refused and changes nothing`() throws {
    var carrier = try newLog(SimulatedDisk(seed: 1))
    try carrier.appendTest(3)
    let buffer = BatchBuffer()
    buffer.append(testEvent(7))
    let leaves = [testLeaf(testEvent(7))]
    #expect(throws: LogFault.unexpectedPosition(expected: Position(7), durableEnd: Position(3))) {
      try carrier.append(
        buffer, expecting: Position(7), logTime: carrier.lastLogTime, leaves: leaves.span)
    }
    try carrier.appendTest(1)
    #expect(try carrier.intactCount() == 4)
  }

  @Test func `a batch larger than a segment is refused and changes nothing`() throws {
    var carrier = try newLog(SimulatedDisk(seed: 1))
    let fault = #expect(throws: LogFault.self) { try carrier.appendTest(200) }
    guard case .batchTooLarge = fault else { throw Unexpected(fault) }
    try carrier.appendTest(1)
    #expect(try carrier.intactCount() == 1)
  }

  @Test func `reading begins and ends in the middle of a batch`() throws {
    let disk = try oldLog(batches: 30)
    let carrier = try reopen(disk).carrier
    for (from, to) in [(0, 1), (3, 17), (95, 211), (299, 300), (120, 120)] as [(UInt64, UInt64)] {
      var seen: [UInt64] = []
      try carrier.read(from: Position(from), to: Position(to)) { batch in
        for index in 0..<batch.count { seen.append(batch.position(index).rawValue) }
      }
      #expect(seen == Array(from..<to))
    }
    #expect(throws: ReadFailure<Never>.self) {
      try carrier.read(from: .zero, to: Position(301)) { _ in }
    }
  }

  @Test func `R16: a second opener is told who holds the lock`() throws {
    let disk = SimulatedDisk(seed: 1)
    var options = testOptions()
    options.holder = "process 4711"
    var carrier = try newLog(disk, options)
    #expect(throws: LogFault.locked(directory: testDirectory, holder: "process 4711")) {
      try reopen(disk)
    }
    try carrier.close(at: testStart)
    _ = try reopen(disk)
  }

  @Test func `R17: a clean shutdown is seen, and a death is not one`() throws {
    let disk = try oldLog(batches: 2)
    var (carrier, report) = try reopen(disk)
    #expect(!report.wasClean)
    #expect(report.incarnation == 2)
    try carrier.close(at: carrier.lastLogTime)
    #expect(throws: LogFault.self) { try carrier.appendTest(1) }
    (carrier, report) = try reopen(disk)
    #expect(report.wasClean)
    #expect(report.incarnation == 3)
    #expect(carrier.root == testRoot(20))
  }

  @Test func `R7: idle covers the last batch with one mark frame`() throws {
    var carrier = try newLog(SimulatedDisk(seed: 1))
    try carrier.appendTest(1)
    let frames = carrier.frames
    try carrier.idle(at: testStart)
    try carrier.idle(at: testStart)
    #expect(carrier.frames == frames + 1)
  }

  @Test func `R11: a finished segment ends with its root and loses its write permission`() throws {
    let disk = try oldLog(batches: 40)
    let segments = segmentPaths(disk)
    #expect(segments.count >= 3)
    for path in segments.dropLast() { #expect(disk.isProtected(path)) }
    var options = testOptions()
    options.verifyEverything = true
    #expect(try reopen(disk, options).carrier.root == testRoot(400))
  }

  @Test func `the root at every position is the root of a tree built by hand`() throws {
    let carrier = try reopen(try oldLog(batches: 30)).carrier
    for position in [0, 1, 2, 77, 150, 299, 300] as [UInt64] {
      #expect(try carrier.root(at: Position(position)) == testRoot(position))
    }
    #expect(try carrier.leaves(5..<7) == [testLeaf(testEvent(5)), testLeaf(testEvent(6))])
  }

  @Test func `creating twice is refused and an interrupted creation can be repeated`() throws {
    let made = SimulatedDisk(seed: 1)
    var first = try newLog(made)
    try first.close(at: testStart)
    #expect(throws: LogFault.alreadyALog(directory: testDirectory)) { try newLog(made) }
    let total = made.operations
    for operation in 1...total {
      let disk = SimulatedDisk(seed: UInt64(operation))
      disk.plan.atOperation[operation] = .powerCut
      _ = try? newLog(disk)
      disk.restart()
      if (try? reopen(disk)) == nil {
        var carrier = try newLog(disk)
        try carrier.appendTest(1)
        #expect(try carrier.intactCount() == 1)
      }
    }
  }

  @Test func `a folder without a log is no log`() {
    #expect(throws: LogFault.notALog(directory: "/nowhere")) {
      try FileCarrier.open(SimulatedDisk(seed: 1), "/nowhere", options: testOptions())
    }
  }
}

struct Unexpected: Error {
  init(_ value: Any?) {}
}

extension SimulatedDisk {
  /// This disk with a root directory.
  var anchored: SimulatedDisk {
    place("/anchor", [])
    return self
  }
}

/// Behaviours that are checked on more than one disk or under more than one fault.
enum Behaviour {
  static func roundTrip<D: Disk>(_ disk: D, _ directory: String) throws {
    var carrier = try FileCarrier.create(
      disk, directory, logID: testLogID, created: testStart, options: testOptions()
    ).carrier
    for size in 1...40 { try carrier.appendTest(size) }
    try carrier.idle(at: carrier.lastLogTime)
    #expect(try carrier.intactCount() == 820)
    try carrier.close(at: carrier.lastLogTime)
    let reader = try LogReader(disk, directory)
    #expect(reader.durableEnd == Position(820))
    #expect(try reader.verdict() == .clean)
    var seen = 0
    try reader.read(from: .zero) { batch in seen += batch.count }
    #expect(seen == 820)
    var options = testOptions()
    options.verifyEverything = true
    var again = try FileCarrier.open(disk, directory, options: options).carrier
    #expect(again.root == testRoot(820))
    try again.appendTest(3)
    #expect(try again.intactCount() == 823)
    #expect(again.root == testRoot(823))
    again.abandon()
  }

  static func poison(_ effect: SimulatedDisk.Effect, _ call: String) throws {
    let disk = SimulatedDisk(seed: 3)
    var carrier = try newLog(disk)
    try carrier.appendTest(2)
    disk.plan.nextNamed[call] = effect
    let first = try #require(
      #expect(throws: LogFault.self) { try carrier.appendTest(2) })
    let operations = disk.operations
    #expect(throws: first) { try carrier.appendTest(2) }
    #expect(throws: first) { try carrier.idle(at: testStart) }
    #expect(throws: first) { try carrier.close(at: testStart) }
    #expect(disk.operations == operations)
    #expect(carrier.durableEnd == Position(2))
  }
}
