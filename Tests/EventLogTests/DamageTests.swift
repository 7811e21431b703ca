// Rot, cuts and misplaced bytes: each is found, or does not matter, and nothing is silently lost.

import EventLog
import Events
import Platform
import Simulation
import Testing

@Suite struct DamageTests {
  static let options = testOptions(capacity: 4_096)

  static let smallLogRoot = testRoot(63)

  /// A log of three segments, every batch acknowledged.
  static func smallLog() throws -> (disk: SimulatedDisk, end: UInt64) {
    let disk = SimulatedDisk(seed: 4)
    var carrier = try newLog(disk, options)
    while carrier.durableEnd < Position(60) { try carrier.appendTest(7) }
    let end = carrier.durableEnd.rawValue
    carrier.abandon()
    return (disk, end)
  }

  /// Opens a damaged log: it is refused, or every event is there; says which.
  static func judge(_ disk: SimulatedDisk, end: UInt64, _ what: String) throws -> Bool {
    defer { disk.kill() }
    var checking = options
    checking.verifyEverything = true
    do {
      let opened = try reopen(disk, checking)
      #expect(opened.carrier.durableEnd.rawValue == end, "\(what): the log was shortened")
      #expect(try opened.carrier.intactCount() == end, "\(what): events differ")
      #expect(opened.carrier.root == smallLogRoot, "\(what): another root")
      return false
    } catch {
      guard case .corrupt(let corruption) = error as? LogFault else { throw error }
      #expect(!corruption.hint.isEmpty)
      return true
    }
  }

  @Test(arguments: [0, 1, 2])
  func `R4, R7: every byte of a segment may rot and no event is silently lost`(
    number: Int
  ) throws {
    let (base, end) = try DamageTests.smallLog()
    let path = try #require(segmentPaths(base).dropFirst(number).first)
    let bytes = try #require(base.contents(path))
    let used = try #require(bytes.lastIndex { $0 != 0 })
    var refused = 0
    for offset in bytes.indices {
      let disk = base.copy()
      disk.flip(path, offset: offset, bit: offset % 8)
      let isRefused = try DamageTests.judge(disk, end: end, "\(path) byte \(offset)")
      if isRefused { refused += 1 }
      if offset >= 512, offset <= used - 96 { #expect(isRefused, "byte \(offset) was not seen") }
    }
    #expect(refused >= used - 96)
  }

  @Test(arguments: ["/log/sync.mark", "/log/leaves", "/log/tree"])
  func `R8: a damaged derived file is mended and harms nothing`(path: String) throws {
    let (base, end) = try DamageTests.smallLog()
    let length = try #require(base.contents(path)).count
    for offset in stride(from: 0, to: length, by: 3) {
      let disk = base.copy()
      disk.flip(path, offset: offset, bit: 1)
      let isRefused = try DamageTests.judge(disk, end: end, "\(path) byte \(offset)")
      #expect(!isRefused)
    }
    let disk = base.copy()
    disk.vanish(path)
    #expect(try DamageTests.judge(disk, end: end, "without \(path)") == false)
    let opened = try reopen(disk, DamageTests.options)
    #expect(try opened.carrier.leaves(0..<end).count == Int(end))
  }

  @Test func `after a clean end, a start and a crash no sealed leaf is read again`() throws {
    let disk = SimulatedDisk(seed: 4)
    var carrier = try newLog(disk, DamageTests.options)
    while carrier.durableEnd < Position(60) { try carrier.appendTest(7) }
    try carrier.close(at: carrier.lastLogTime)
    var again = try reopen(disk, DamageTests.options)
    try again.carrier.appendTest(3)
    again.carrier.abandon()
    // Who reads it to find the tree says that the leaves are wrong.
    disk.flip("/log/leaves", offset: 0, bit: 0)
    let opened = try reopen(disk, DamageTests.options)
    #expect(opened.report.warnings == [])
    #expect(opened.carrier.root == testRoot(opened.carrier.durableEnd.rawValue))
  }

  @Test func `R7: a last segment cut at any length is refused where an answer is missing`() throws {
    let (base, end) = try DamageTests.smallLog()
    let path = try #require(segmentPaths(base).last)
    let bytes = try #require(base.contents(path))
    let used = try #require(bytes.lastIndex { $0 != 0 }) + 1
    for length in bytes.indices {
      let disk = base.copy()
      disk.cut(path, to: length)
      let isRefused = try DamageTests.judge(disk, end: end, "cut at \(length)")
      if length < used { #expect(isRefused, "cut at \(length)") }
      if length > used { #expect(!isRefused, "cut at \(length)") }
    }
  }

  @Test func `R9: a sector that cannot be read is damage, not the end`() throws {
    let (base, end) = try DamageTests.smallLog()
    for path in segmentPaths(base) {
      for sector in 0..<4 {
        let disk = base.copy()
        disk.spoil(path, sector: sector)
        _ = try DamageTests.judge(disk, end: end, "\(path) sector \(sector)")
      }
    }
  }

  @Test func `R9: sectors that changed places are found`() throws {
    let (base, end) = try DamageTests.smallLog()
    for path in segmentPaths(base) {
      let bytes = try #require(base.contents(path))
      let used = try #require(bytes.lastIndex { $0 != 0 })
      for first in 0..<8 {
        for second in first + 1..<8 {
          let left = [UInt8](bytes[first * 512..<first * 512 + 512])
          let right = [UInt8](bytes[second * 512..<second * 512 + 512])
          if left == right { continue }
          let disk = base.copy()
          disk.plant(path, right, at: first * 512)
          disk.plant(path, left, at: second * 512)
          let isRefused = try DamageTests.judge(disk, end: end, "sectors \(first), \(second)")
          if first * 512 + 96 < used { #expect(isRefused, "sectors \(first) and \(second)") }
        }
      }
    }
  }

  @Test func `R9: a stale frame of a dead history is found`() throws {
    #expect(try Scenario.staleFrameIsFound([]))
  }

  @Test func `R12: gaps, foreign segments and files that do not belong are refused`() throws {
    let (base, _) = try DamageTests.smallLog()
    let paths = segmentPaths(base)
    for (index, expected) in [Corruption.What.segmentGap, .segmentGap].enumerated() {
      let disk = base.copy()
      disk.vanish(paths[index])
      #expect(corruption { () throws(LogFault) in try reopen(disk) }?.what == expected)
    }
    let short = base.copy()
    short.vanish(paths[paths.count - 1])
    #expect(
      corruption { () throws(LogFault) in try reopen(short) }?.what == .acknowledgedDataMissing)

    let extra = base.copy()
    extra.place("/log/segments/notes.txt", [1])
    #expect(corruption { () throws(LogFault) in try reopen(extra) }?.what == .extraFile)

    let other = SimulatedDisk(seed: 5)
    other.place("/anchor", [])
    var foreign = try FileCarrier.create(
      other, testDirectory, logID: LogID(low: 1, high: 2), created: testStart,
      options: DamageTests.options
    ).carrier
    while segmentPaths(other).count < 2 { try foreign.appendTest(7) }
    let mixed = base.copy()
    mixed.plant(paths[1], try #require(other.contents(paths[1])), at: 0)
    #expect(corruption { () throws(LogFault) in try reopen(mixed) }?.what == .foreignSegment)
  }

  @Test func `R12: a spare full of zeros is legal and an interrupted roll is set aside`() throws {
    let (base, end) = try DamageTests.smallLog()
    let zeros = base.copy()
    zeros.place("/log/segments/next.tmp", [UInt8](repeating: 0, count: 4_096))
    #expect(try DamageTests.judge(zeros, end: end, "a spare") == false)
    let begun = base.copy()
    begun.place("/log/segments/next.tmp", [UInt8](repeating: 7, count: 4_096))
    #expect(try DamageTests.judge(begun, end: end, "a begun segment") == false)
    #expect(begun.paths.contains { $0.hasPrefix("/log/quarantine/segment-") })
  }

  @Test func `R4: a batch of dirt behind the last frame is torn, kept aside and zeroed`() throws {
    let (disk, end) = try DamageTests.smallLog()
    let path = try #require(segmentPaths(disk).last)
    let used = try #require(disk.contents(path)?.lastIndex { $0 != 0 }) + 1
    disk.plant(path, [UInt8](repeating: 0xab, count: 200), at: used + 40)
    let opened = try reopen(disk, DamageTests.options)
    #expect(opened.report.verdict == .torn)
    #expect(opened.report.droppedFrames == 1)
    let copy = try #require(opened.report.quarantinePath)
    #expect(disk.contents(copy)?.count == opened.report.droppedBytes)
    #expect(opened.carrier.durableEnd.rawValue == end)
    #expect(disk.contents(path)?.contains(0xab) == false)
  }

  @Test func `readers without the lock stop at sync.mark`() throws {
    let (disk, end) = try DamageTests.smallLog()
    var (carrier, _) = try reopen(disk, DamageTests.options)
    let before = try #require(disk.contents("/log/sync.mark"))
    try carrier.appendTest(5)
    let after = try LogReader(disk, testDirectory)
    #expect(after.durableEnd.rawValue == end + 5)
    // As it stands between the synchronization and the mark.
    disk.plant("/log/sync.mark", before, at: 0)
    let reader = try LogReader(disk, testDirectory)
    #expect(reader.durableEnd.rawValue == end)
    disk.vanish("/log/sync.mark")
    #expect(try LogReader(disk, testDirectory).durableEnd.rawValue == end + 5)
    #expect(try LogReader(disk, "/log/segments").durableEnd.rawValue == end + 5)
    #expect(
      try LogReader(disk, testDirectory, stopAt: Position(9)).durableEnd == Position(9))
  }
}
