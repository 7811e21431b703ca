// A log whose segments are longer than the window of their reader: frames lie across its ends.

import EventLog
import Events
import Platform
import Simulation
import Testing

@Suite struct LongLogTests {
  private static let batches = 12
  private static let eventsOfBatch = 2_000

  /// Two segments, each of several windows.
  private static func log() throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 5)
    var (carrier, _) = try FileCarrier.create(
      disk, testDirectory, logID: testLogID, created: testStart,
      options: testOptions(capacity: 2 << 20))
    for _ in 0..<batches { try carrier.appendTest(eventsOfBatch) }
    try carrier.close(at: carrier.lastLogTime)
    return disk
  }

  /// How many events are shown in a row, and why no more are.
  private func read(_ disk: SimulatedDisk, from: UInt64) throws -> (count: UInt64, end: LogFault?) {
    let reader = try LogReader(disk, testDirectory)
    var next = Position(from)
    do throws(ReadFailure<Never>) {
      try reader.read(from: next) { batch in
        if batch.first == next { next = batch.position(batch.count) }
      }
    } catch {
      if case .log(let fault) = error { return (next.rawValue - from, fault) }
    }
    return (next.rawValue - from, nil)
  }

  @Test(arguments: [0, 1, 2_000, 11_999, 23_999, 24_000])
  func `every event is shown, from wherever the reading begins`(from: UInt64) throws {
    let (count, end) = try read(try LongLogTests.log(), from: from)
    #expect(count == 24_000 - from && end == nil)
  }

  @Test func `a bit turned anywhere ends the reading at its frame`() throws {
    let whole = try LongLogTests.log()
    let segments = whole.paths.filter { $0.contains("/segments/") }
    #expect(segments.count == 2)
    var counts: [UInt64] = []
    for (segment, offsets) in zip(segments, [[2_000, 700_000, 1_400_000], [2_000, 700_000]]) {
      for offset in offsets {
        let disk = whole.copy()
        disk.flip(segment, offset: offset, bit: 3)
        let (count, end) = try read(disk, from: 0)
        guard case .corrupt? = end else {
          Issue.record("a flip at \(offset) of \(segment) was not met: \(String(describing: end))")
          continue
        }
        #expect(count % UInt64(LongLogTests.eventsOfBatch) == 0)
        counts.append(count)
      }
    }
    #expect(counts == counts.sorted() && counts.first == 0 && Set(counts).count == 5)
  }
}
