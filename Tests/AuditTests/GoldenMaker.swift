// Makes events/golden anew: only on request, and only to add a log, never to change one.

import EventLog
import Events
import Glibc
import Platform
import Simulation
import Testing

/// The logs of events/golden by their names.
enum GoldenMaker {
  static let smallCapacity = 4_096
  static let largeCapacity = 16_384
  static let headerLength = 96

  static var isWanted: Bool {
    unsafe getenv("SLUICE_WRITE_GOLDEN").map { unsafe String(cString: $0) } == "1"
  }

  static func capacity(_ name: String) -> Int {
    name.hasPrefix("every-kind") ? largeCapacity : smallCapacity
  }

  /// Logs of earlier releases, whose events this one reads and no longer writes.
  static let kept = [
    "every-kind", "every-kind-2", "every-kind-3", "every-kind-4", "every-kind-5", "every-kind-6",
  ]

  /// The log that holds every kind of event of this release.
  static let latest = "every-kind-7"

  static let makers: [(name: String, make: @Sendable () throws -> SimulatedDisk)] = [
    (latest, GoldenStory.everyKind),
    ("rolled-segments", { try rolled(batches: 14) }),
    ("behind-mark", behindMark), ("dirt-after-seal", dirtAfterSeal),
    ("ends-with-seal", endsWithSeal), ("flipped-body", flippedBody),
    ("flipped-header", flippedHeader), ("flipped-last-batch", flippedLastBatch),
    ("foreign-segment", foreignSegment), ("mark-ahead", markAhead),
    ("missing-segment", missingSegment),
    ("no-mark", noMark), ("short-last-segment", shortLastSegment), ("stranger", stranger),
    ("swapped-frames", swappedFrames), ("torn", { try torn(0..<500) }),
    ("torn-middle", { try torn(300..<500) }),
  ]

  /// A log of small segments: batches of four payments, killed or closed at its end.
  static func rolled(
    batches: Int, isClosed: Bool = true, logID: LogID = GoldenStory.logID
  ) throws -> SimulatedDisk {
    let story = try GoldenStory(capacity: smallCapacity, logID: logID)
    for batch in 0..<batches {
      try story.add(
        (0..<4).map {
          GoldenStory.payment(
            .captured, "\(batch)-\($0)", shop: "shop-1", fen: 100, at: story.clock.now())
        }, by: Actor(.institution), occurredAt: story.clock.now())
    }
    if isClosed { try story.close() } else { story.kill() }
    return story.disk
  }

  static func segments(_ disk: SimulatedDisk) -> [String] {
    disk.paths.filter { $0.hasSuffix(".seg") }.sorted()
  }

  /// Where the frames of a segment begin, and where the last one ends.
  static func frames(_ bytes: [UInt8]) -> [Int] {
    var offsets = [512]
    while let last = offsets.last, last + headerLength <= bytes.count,
      Array(bytes[last..<last + 4]) == Array("SLCF".utf8)
    {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[last + 68 + $1]) << (8 * $1) }
      offsets.append(last + headerLength + length)
    }
    return offsets
  }

  static func segment(_ disk: SimulatedDisk, _ index: Int) throws -> (String, [UInt8], [Int]) {
    let paths = segments(disk)
    let path = try #require(paths.indices.contains(index) ? paths[index] : paths.last)
    let bytes = try #require(disk.contents(path))
    return (path, bytes, frames(bytes))
  }

  static let lastSegment = Int.max
  static let mark = GoldenStory.folder + "/sync.mark"

  private static func dirtAfterSeal() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    let (path, bytes, _) = try segment(disk, 0)
    disk.flip(path, offset: bytes.count - 1, bit: 0)
    return disk
  }

  /// Killed in the middle of a roll: the last file that stands ends with its seal.
  private static func endsWithSeal() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    disk.vanish(try segment(disk, lastSegment).0)
    disk.vanish(mark)
    return disk
  }

  private static func flippedBody() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    let (path, _, frames) = try segment(disk, 1)
    disk.flip(path, offset: frames[1] + 200, bit: 3)
    return disk
  }

  private static func flippedHeader() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    let (path, _, frames) = try segment(disk, lastSegment)
    disk.flip(path, offset: frames[0] + 68, bit: 5)
    return disk
  }

  private static func flippedLastBatch() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14, isClosed: false)
    let (path, _, frames) = try segment(disk, lastSegment)
    disk.flip(path, offset: frames[frames.count - 2] + 300, bit: 1)
    return disk
  }

  private static func foreignSegment() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    let other = try rolled(batches: 14, logID: LogID(low: 77, high: 78))
    let (path, bytes, _) = try segment(other, 1)
    disk.place(path, bytes)
    return disk
  }

  /// The last batch is gone, and the mark says that it was acknowledged.
  private static func markAhead() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14, isClosed: false)
    let (path, bytes, frames) = try segment(disk, lastSegment)
    let from = frames[frames.count - 2]
    disk.plant(path, [UInt8](repeating: 0, count: bytes.count - from), at: from)
    return disk
  }

  /// Killed between the synchronization of the last batch and the writing of the mark.
  private static func behindMark() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14, isClosed: false)
    let earlier = try rolled(batches: 13, isClosed: false)
    disk.place(mark, try #require(earlier.contents(mark)))
    return disk
  }

  private static func missingSegment() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    disk.vanish(try segment(disk, 1).0)
    return disk
  }

  private static func noMark() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    for name in ["sync.mark", "leaves", "tree"] { disk.vanish("\(GoldenStory.folder)/\(name)") }
    return disk
  }

  /// The zeros at the end of the last file were not copied.
  private static func shortLastSegment() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    let (path, _, frames) = try segment(disk, lastSegment)
    disk.cut(path, to: frames[frames.count - 1])
    return disk
  }

  /// A whole frame of the segment stands once more behind the last one.
  private static func stranger() throws -> SimulatedDisk {
    let disk = try rolled(batches: 13, isClosed: false)
    let (path, bytes, frames) = try segment(disk, lastSegment)
    disk.plant(path, Array(bytes[frames[0]..<frames[1]]), at: frames[frames.count - 1])
    return disk
  }

  private static func swappedFrames() throws -> SimulatedDisk {
    let disk = try rolled(batches: 14)
    let (path, bytes, frames) = try segment(disk, 1)
    disk.plant(
      path, Array(bytes[frames[1]..<frames[2]] + bytes[frames[0]..<frames[1]]), at: frames[0])
    return disk
  }

  /// The power went while the next batch was being written: some of its bytes are there.
  private static func torn(_ part: Range<Int>) throws -> SimulatedDisk {
    let disk = try rolled(batches: 13, isClosed: false)
    let whole = try rolled(batches: 14, isClosed: false)
    let (path, _, frames) = try segment(disk, lastSegment)
    let bytes = try #require(whole.contents(path))
    let end = frames[frames.count - 1]
    disk.plant(
      path, Array(bytes[end + part.lowerBound..<end + part.upperBound]),
      at: end + part.lowerBound)
    return disk
  }
}

@Suite struct GoldenMakerTests {
  @Test(.enabled(if: GoldenMaker.isWanted, "set SLUICE_WRITE_GOLDEN=1 to write events/golden"))
  func `the golden logs are written`() throws {
    for (name, make) in GoldenMaker.makers {
      let disk = try make()
      let verdict = try GoldenVerdict(judging: disk, capacity: GoldenMaker.capacity(name))
      try GoldenFolder.write(name, disk, verdict)
    }
  }
}
