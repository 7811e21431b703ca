// What a verification covers, and that it finds every kind of damage at its place.

import Audit
import Events
import Simulation
import Testing

@Suite struct VerificationTests {
  private func verify(_ log: SmallLog) throws -> VerifyReport {
    try Verification(log.disk, SmallLog.folder).run()
  }

  @Test func `a sound log is covered from the first byte to the last`() throws {
    let log = try SmallLog(batches: 40)
    let report = try verify(log)
    #expect(report.damage == nil)
    #expect(report.isSound)
    #expect(report.position == Position(3 + 160))
    #expect(report.segments.count > 2)
    #expect(report.seals == report.segments.count - 1)
    #expect(report.segments.map(\.path) == log.segments)
    #expect(report.segments.reduce(0) { $0 + $1.events } == 163)
    #expect(report.leaves == .same(163))
    #expect(report.notes.isEmpty)
  }

  @Test func `segments alone are enough`() throws {
    let log = try SmallLog(batches: 40)
    let whole = try verify(log)
    let copy = SimulatedDisk(seed: 2)
    for path in log.segments {
      let name = path.split(separator: "/").last.map { String($0) } ?? ""
      copy.place("/copy/" + name, log.disk.contents(path) ?? [])
    }
    let report = try Verification(copy, "/copy").run()
    #expect(report.isSound)
    #expect(report.root == whole.root)
    #expect(report.leaves == .absent)
  }

  @Test(arguments: [0, 20, 60, 511, 512, 520, 600, 700, 1500, 3000])
  func `one flipped bit in a sealed segment is found`(offset: Int) throws {
    let log = try SmallLog(batches: 40)
    log.disk.flip(log.segments[1], offset: offset, bit: 3)
    let report = try verify(log)
    let damage = try #require(report.damage)
    #expect(damage.path == log.segments[1])
    #expect(damage.offset <= offset)
    #expect(damage.position >= report.segments[1].first)
    #expect(!report.isSound)
  }

  @Test func `a byte behind a seal is found`() throws {
    let log = try SmallLog(batches: 40)
    let path = log.segments[0]
    let length = log.disk.contents(path)?.count ?? 0
    log.disk.flip(path, offset: length - 1, bit: 0)
    #expect(try verify(log).damage?.offset == length - 1)
  }

  @Test func `a missing segment is found`() throws {
    let log = try SmallLog(batches: 40)
    let gone = log.segments[1]
    log.disk.vanish(gone)
    #expect(try verify(log).damage != nil)
  }

  @Test func `an acknowledged batch that is missing at the end is found`() throws {
    let log = try SmallLog(batches: 3)
    let path = log.segments[0]
    let bytes = try #require(log.disk.contents(path))
    // Everything behind the first frames becomes zeros, as if the end had never been written.
    let zeros = [UInt8](repeating: 0, count: bytes.count - 1024)
    log.disk.plant(path, zeros, at: 1024)
    let damage = try #require(try verify(log).damage)
    #expect(damage.position < Position(3 + 12))
  }

  @Test func `leaves are hashed beside the fold of a long log, each one in its place`() throws {
    let log = try SmallLog(batches: 3_500, segmentCapacity: 1 << 22)
    let sound = try verify(log)
    #expect(sound.isSound)
    #expect(sound.leaves == .same(14_003))
    for position in [4_095, 4_096, 9_000, 14_002] {
      let path = "\(SmallLog.folder)/leaves"
      log.disk.flip(path, offset: position * 32 + 31, bit: 7)
      let report = try verify(log)
      #expect(report.leaves == .differs(Position(UInt64(position))))
      #expect(report.root == sound.root)
      log.disk.flip(path, offset: position * 32 + 31, bit: 7)
    }
  }

  @Test func `a leaf that differs is named by its position and harms no event`() throws {
    let log = try SmallLog(batches: 3)
    log.disk.flip("/log/leaves", offset: 32 * 5 + 1, bit: 2)
    let report = try verify(log)
    #expect(report.damage == nil)
    #expect(report.leaves == .differs(Position(5)))
    #expect(!report.isSound)
  }
}
