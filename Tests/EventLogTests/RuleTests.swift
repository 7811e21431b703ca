// The rules of writing that no other suite names: R2, R10, R14, R15.

import CRecord
import EventLog
import Events
import Merkle
import Platform
import Simulation
import Testing

@Suite struct RuleTests {
  /// The headers of the frames of a segment, as its bytes say.
  func headers(_ bytes: [UInt8]) -> [sluice_frame_header] {
    var headers: [sluice_frame_header] = []
    var offset = 512
    while offset + 96 <= bytes.count {
      let header = unsafe bytes.span.bytes.unsafeLoadUnaligned(
        fromByteOffset: offset, as: sluice_frame_header.self)
      if header.magic != SLUICE_FRAME_MAGIC { break }
      headers.append(header)
      offset += 96 + Int(header.body_length)
    }
    return headers
  }

  @Test func `R2: every frame names its log, place, number and predecessor, over segments`() throws
  {
    let disk = try oldLog(batches: 30)
    var link: UInt64 = 0
    var batch: UInt64 = 0
    var position: UInt64 = 0
    for (number, path) in segmentPaths(disk).enumerated() {
      let bytes = try #require(disk.contents(path))
      var offset: UInt32 = 512
      for header in headers(bytes) {
        batch += 1
        #expect(header.log_id_low == testLogID.low && header.log_id_high == testLogID.high)
        #expect(header.segment == UInt32(number) && header.offset == offset)
        #expect(header.batch == batch && header.link == link)
        #expect(header.first_position == position && header.incarnation >= 1)
        let head = Array(bytes[Int(offset) + 8..<Int(offset) + 96])
        #expect(header.header_crc == checksum(unsafe head.span.bytes))
        link = UInt64(header.header_crc) | UInt64(header.body_crc) << 32
        position += UInt64(header.count)
        offset += 96 + header.body_length
      }
    }
    #expect(position == 300 && segmentPaths(disk).count > 1)
  }

  @Test func `R10, R14: a segment has its header and its name on the disk before a frame`() throws {
    let disk = SimulatedDisk(seed: 1)
    var carrier = try newLog(disk)
    for _ in 0..<5 { try carrier.appendTest(10) }
    disk.isTracing = true
    let before = segmentPaths(disk).count
    while segmentPaths(disk).count == before { try carrier.appendTest(10) }
    let trace = disk.trace.map { $0.split(separator: " ", maxSplits: 1)[1] }
    let rename = try #require(trace.lastIndex { $0.hasPrefix("rename") })
    let spare = "\(testDirectory)/segments/next.tmp"
    #expect(trace[..<rename].last == "fdatasync \(spare)")
    #expect(trace[rename + 1] == "fsync \(testDirectory)/segments")
    // The first frame of the new segment: the next write into the folder of the segments.
    let write = try #require(
      trace[rename...].firstIndex { $0.hasPrefix("pwrite \(testDirectory)/segments/") })
    #expect(write > rename + 1)
  }

  @Test func `The leaves of a batch are those of its events, however long they are`() {
    let buffer = BatchBuffer()
    var expected: [Digest] = []
    for length in Array(72...400) + [5_000, 65_535, 72] {
      let event = testEvent(UInt64(length), length: length)
      buffer.append(event)
      var hash = SHA256()
      hash.update(byte: 0)
      hash.update(unsafe event.span.bytes)
      expected.append(hash.digest())
    }
    buffer.withBatch(first: .zero, logTime: testStart) { batch in
      var leaves: [Digest] = []
      batch.appendLeaves(to: &leaves)
      #expect(leaves == expected)
      batch.appendLeaves(7..<9, to: &leaves)
      #expect(leaves == expected + expected[7..<9])
    }
  }

  @Test func `Zeros are laid ahead of small frames and not of large ones`() throws {
    var options = testOptions(capacity: 8 << 20)
    options.zerosLength = 1 << 20
    let disk = SimulatedDisk(seed: 1)
    var carrier = try newLog(disk, options)
    func writes(_ count: Int, times: Int) throws -> Int {
      disk.isTracing = true
      let before = disk.trace.count
      for _ in 0..<times { try carrier.appendTest(count, length: 1_000) }
      return disk.trace[before...].count {
        $0.contains(" pwrite \(testDirectory)/segments/")
      }
    }
    // One write a frame, and the zeros with the first.
    #expect(try writes(10, times: 60) == 61)
    // A mebibyte of them lasts for three quarters of one.
    #expect(try writes(10, times: 20) == 21)
    #expect(try writes(600, times: 4) == 4)
    #expect(try writes(10, times: 1) == 2)
    // What was laid is no dirt to who opens the log.
    let end = carrier.durableEnd
    carrier.abandon()
    let (again, report) = try reopen(disk, options)
    #expect(again.durableEnd == end && report.verdict == .clean)
  }

  @Test func `R15: a file that is replaced is the old one or the new one after any power cut`()
    throws
  {
    let old = [UInt8](repeating: 1, count: 5_000)
    let new = [UInt8](repeating: 2, count: 7_000)
    var seen: Set<Int> = []
    for operation in 1...12 {
      for seed in 0..<6 as Range<UInt64> {
        let disk = SimulatedDisk(seed: seed).anchored
        disk.place("/dump.csv", old)
        disk.plan.atOperation[disk.operations + operation] = .powerCut
        try? disk.replaceFile("/dump.csv", with: unsafe new.span.bytes)
        disk.crash()
        let found = try #require(disk.contents("/dump.csv"))
        #expect(found == old || found == new)
        seen.insert(found.count)
      }
    }
    #expect(seen == [5_000, 7_000])
  }
}
