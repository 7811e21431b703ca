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
    let before = disk.trace.count
    try work()
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

  @Test func `frames before a position are passed by their headers`() throws {
    let disk = SimulatedDisk(seed: 7)
    var carrier = try newLog(disk, testOptions(capacity: 1 << 20))
    var bodies: [Int] = []
    for _ in 0..<20 {
      let begin = segmentPaths(disk).first.map { InventoryTests.end(disk, $0) } ?? 0
      // Far enough behind its header, and before the next one.
      bodies.append((begin + 10_000) / 512)
      try carrier.appendTest(200)
    }
    carrier.abandon()
    let path = try #require(segmentPaths(disk).first)
    // The one that ends at the position is looked at.
    for sector in bodies.dropLast(2) { disk.spoil(path, sector: sector) }
    var found = 0
    let count = try InventoryTests.calls("pread", disk) {
      let reader = try LogReader(disk, testDirectory)
      try reader.read(from: Position(19 * 200)) { (batch) throws(Never) in found += batch.count }
    }
    #expect(found == 200)
    // Twice each header: for the mark, and for the reading.
    #expect(count < 60, "\(count) reads")
  }
}
