// What looking for segments costs: it is asked at every seal and by every command.

import EventLog
import Events
import Platform
import Simulation
import Testing

@Suite struct InventoryTests {
  /// The calls of a disk that some work makes at segments, by their names.
  private static func calls(
    _ name: String, _ disk: SimulatedDisk, _ work: () throws -> Void
  ) throws -> Int {
    disk.isTracing = true
    let (before, made) = (disk.trace.count, disk.operations)
    try work()
    // A long trace loses its beginning.
    try #require(disk.trace.count - before == disk.operations - made)
    return disk.trace.dropFirst(before).count { $0.contains(" \(name) ") && $0.contains(".seg") }
  }

  @Test func `who looks again opens what is new and what that stands behind`() throws {
    let disk = SimulatedDisk(seed: 5)
    var carrier = try newLog(disk)
    for _ in 0..<60 { try carrier.appendTest(10) }
    var keeper = try IndexKeeper(disk, testDirectory)
    let old = segmentPaths(disk).count
    #expect(old > 4 && keeper.sealedEnd == carrier.sealedEnd)
    #expect(try InventoryTests.calls("openat", disk) { try keeper.refresh() } == 0)
    while segmentPaths(disk).count < old + 2 { try carrier.appendTest(10) }
    #expect(try InventoryTests.calls("openat", disk) { try keeper.refresh() } == 3)
    #expect(keeper.sealedEnd == carrier.sealedEnd)
    let root = try keeper.sealedRoot(at: keeper.sealedEnd)
    #expect(root == testRoot(keeper.sealedEnd.rawValue))
  }

  @Test func `a segment that is gone since is missed`() throws {
    let disk = try oldLog(batches: 60)
    var keeper = try IndexKeeper(disk, testDirectory)
    disk.vanish(segmentPaths(disk)[1])
    #expect(corruption { () throws(LogFault) in try keeper.refresh() }?.what == .segmentGap)
  }

  @Test func `a log that went on otherwise is looked at from its beginning`() throws {
    let disk = SimulatedDisk(seed: 8)
    var carrier = try newLog(disk)
    for _ in 0..<60 { try carrier.appendTest(10) }
    carrier.abandon()
    var keeper = try IndexKeeper(disk, testDirectory)
    // The same log, other bytes from its beginning on: every name is as it was.
    let other = SimulatedDisk(seed: 9)
    var stranger = try FileCarrier.create(
      other, testDirectory, logID: testLogID, created: testStart.advanced(bySeconds: 1),
      options: testOptions()
    ).carrier
    for _ in 0..<80 { try stranger.appendTest(10) }
    stranger.abandon()
    for path in segmentPaths(disk) { try disk.remove(path) }
    for path in segmentPaths(other) { disk.place(path, other.contents(path) ?? []) }
    try keeper.refresh()
    #expect(keeper.sealedEnd == stranger.sealedEnd)
    let root = try LogReader(other, testDirectory).sealedRoot(at: stranger.sealedEnd)
    #expect(try root != nil && keeper.sealedRoot(at: stranger.sealedEnd) == root)
  }

  /// One past the last byte of a file that is not zero.
  private static func end(_ disk: SimulatedDisk, _ path: String) -> Int {
    (disk.contents(path)?.lastIndex { $0 != 0 } ?? -1) + 1
  }

  @Test func `a seal is read without what stands behind it`() throws {
    let disk = SimulatedDisk(seed: 6)
    var carrier = try newLog(disk, testOptions(capacity: 64 << 10))
    for _ in 0..<30 { try carrier.appendTest(100) }
    carrier.abandon()
    // Not the first: of its first event the keys of the index are made.
    let sealed = segmentPaths(disk).dropFirst().dropLast()
    var spoiled = 0
    // Zeros that nobody needs: a sector that cannot be read makes who asks for it ask for each.
    for path in sealed {
      let sector = (InventoryTests.end(disk, path) + 511) / 512 + 1
      guard sector < 128 else { continue }
      disk.spoil(path, sector: sector)
      spoiled += 1
    }
    #expect(spoiled > 3)
    let count = try InventoryTests.calls("pread", disk) {
      _ = try IndexKeeper(disk, testDirectory)
    }
    // A header each, and a seal each.
    #expect(count <= 2 * segmentPaths(disk).count + 4, "\(count) for \(sealed.count)")
  }

  private static let frames = 20

  /// A segment of frames of so many events each, bodies that cannot be read before the last one.
  private static func spoiled(events: Int) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 7)
    var carrier = try newLog(disk, testOptions(capacity: frames * events * 200))
    var bodies: [Int] = []
    for _ in 0..<frames {
      let path = try #require(segmentPaths(disk).first)
      // Behind its header, and before the next one.
      bodies.append((InventoryTests.end(disk, path) + 60 * events) / 512)
      try carrier.appendTest(events)
    }
    carrier.abandon()
    for sector in bodies.dropLast() {
      disk.spoil(try #require(segmentPaths(disk).first), sector: sector)
    }
    return disk
  }

  @Test(arguments: [100, 1_500])
  func `frames before a position are passed by their headers, whatever their bodies are`(
    events: Int
  ) throws {
    let disk = try InventoryTests.spoiled(events: events)
    let last = Position(UInt64((InventoryTests.frames - 1) * events))
    func read() throws {
      var found = 0
      let reader = try LogReader(disk, testDirectory)
      try reader.read(from: last) { (batch) throws(Never) in found += batch.count }
      #expect(found == events)
    }
    // Short ones are read with a chunk around them, sector by sector where one cannot be.
    guard events == 1_500 else { return try read() }
    let count = try InventoryTests.calls("pread", disk, read)
    // Of long frames each header twice, for the mark and for the reading.
    #expect(count < 60, "\(count) reads")
  }

  @Test func `a header that cannot be read is met on the way to a position`() throws {
    let disk = SimulatedDisk(seed: 7)
    var carrier = try newLog(disk, testOptions(capacity: 8 << 20))
    let path = try #require(segmentPaths(disk).first)
    for _ in 0..<9 { try carrier.appendTest(1_500) }
    let header = InventoryTests.end(disk, path) / 512
    for _ in 0..<9 { try carrier.appendTest(1_500) }
    carrier.abandon()
    let reader = try LogReader(disk, testDirectory)
    disk.spoil(path, sector: header)
    #expect(throws: ReadFailure<Never>.self) {
      try reader.read(from: Position(17 * 1_500)) { (_) throws(Never) in }
    }
  }
}
