// A log that is folded beside its reading shows what a log that is read shows, and fails as it
// does.

import EventLog
import Events
import Platform
import Simulation
import Testing

@Suite struct FoldTests {
  private struct Refused: Error { var at: Position }

  /// What became of a fold: every batch it saw, and how it ended.
  private struct Story: Equatable {
    var seen: [String] = []
    var ending = "whole"
  }

  private static let batches = 12
  private static let eventsOfBatch = 2_000

  /// Several runs of bytes in two segments.
  private static func log() throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 5)
    var (carrier, _) = try FileCarrier.create(
      disk, testDirectory, logID: testLogID, created: testStart,
      options: testOptions(capacity: 2 << 20))
    for _ in 0..<batches { try carrier.appendTest(eventsOfBatch) }
    try carrier.close(at: carrier.lastLogTime)
    return disk
  }

  private static func take(
    _ batch: borrowing EventBatch, _ refused: Position, _ seen: inout [String]
  ) throws(Refused) {
    let sum = checksum(batch.bytes(of: 0), after: checksum(batch.bytes(of: batch.count - 1)))
    guard !(batch.first..<batch.position(batch.count)).contains(refused) else {
      throw Refused(at: batch.first)
    }
    seen.append("\(batch.first.rawValue) \(batch.count) \(batch.logTime) \(sum)")
  }

  private static func ending(_ failure: ReadFailure<Refused>) -> String {
    switch failure {
    case .log(let fault): "\(fault)"
    case .body(let refused): "refused at \(refused.at.rawValue)"
    }
  }

  private func read(_ disk: SimulatedDisk, from: Position, _ refused: Position) throws -> Story {
    let reader = try LogReader(disk, testDirectory)
    var story = Story()
    do throws(ReadFailure<Refused>) {
      try reader.read(from: from) { (batch) throws(Refused) in
        try FoldTests.take(batch, refused, &story.seen)
      }
    } catch { story.ending = FoldTests.ending(error) }
    return story
  }

  private func fold(_ disk: SimulatedDisk, from: Position, _ refused: Position) throws -> Story {
    let reader = try LogReader(disk, testDirectory)
    var story = Story()
    do throws(ReadFailure<Refused>) {
      try reader.fold(from: from, into: &story.seen) { (seen, batch) throws(Refused) in
        try FoldTests.take(batch, refused, &seen)
      }
    } catch { story.ending = FoldTests.ending(error) }
    return story
  }

  @Test(arguments: [0, 1, 2_000, 11_999, 23_999, 24_000])
  func `the same batches in the same order, from wherever it begins`(from: UInt64) throws {
    let disk = try FoldTests.log()
    let wanted = try read(disk, from: Position(from), .none)
    #expect(try fold(disk, from: Position(from), .none) == wanted)
    #expect(wanted.ending == "whole")
  }

  @Test(arguments: [0, 3_000, 9_000, 21_000])
  func `what stands first in the log is what is told`(refused: UInt64) throws {
    let whole = try FoldTests.log()
    #expect(
      try fold(whole, from: .zero, Position(refused)) == read(whole, from: .zero, Position(refused))
    )
    let segments = whole.paths.filter { $0.contains("/segments/") }
    #expect(segments.count > 1)
    for segment in segments {
      for offset in [2_000, 700_000, 1_400_000] {
        let disk = whole.copy()
        disk.flip(segment, offset: offset, bit: 3)
        let wanted = try read(disk, from: .zero, Position(refused))
        #expect(try fold(disk, from: .zero, Position(refused)) == wanted)
        #expect(wanted.ending != "whole")
      }
    }
  }
}
