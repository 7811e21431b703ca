// The read model that is folded behind the daemon's back, against the fold of the same events.

import Dumps
import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Simulation
import Testing

@Suite struct ModelFollowerTests {
  /// Every table and the page, as they are printed of a model.
  private func prints(_ model: ReadModel, _ log: KeptLog) -> [[UInt8]] {
    let context = LogContext(
      origin: .none, id: log.id, position: model.position, root: .zero, logTime: model.logTime,
      release: "test")
    return DumpName.allCases.map { Dump.bytes($0, .csv, model, context).bytes }
      + [DashboardPage.bytes(model, context)]
  }

  private func folded(_ log: KeptLog, to end: Int) throws -> [[UInt8]] {
    var folds = Folds()
    try folds.fold(log, to: end)
    return prints(folds.model, log)
  }

  @Test func `at every position that it is asked for it stands as a fold from the beginning`()
    throws
  {
    let disk = try GoldenFolder.copy("every-kind-7")
    let log = try KeptLog(disk)
    var follower = ModelFollower(disk, GoldenStory.folder)
    for end in [1, 2, 30, 31, 60, log.events.count, log.events.count] {
      try follower.follow(to: Position(UInt64(end)))
      #expect(prints(follower.model, log) == (try folded(log, to: end)), "\(end)")
    }
  }

  @Test func `after a fault and after it was hurried it goes on where it was`() throws {
    let disk = try GoldenFolder.copy("rolled-segments")
    let log = try KeptLog(disk)
    let end = Position(UInt64(log.events.count))
    var follower = ModelFollower(disk, GoldenStory.folder)
    try follower.follow(to: Position(3))
    #expect(throws: FollowFault.self) { try follower.follow(to: end.advanced(by: 1)) }
    #expect(throws: FollowFault.self) { try follower.follow(to: end) { true } }
    #expect(follower.model.position == Position(3))
    try follower.follow(to: end)
    #expect(prints(follower.model, log) == (try folded(log, to: log.events.count)))
  }

  @Test func `it begins with the latest snapshot and reads nothing before it`() throws {
    let disk = try GoldenFolder.copy("rolled-segments")
    let log = try KeptLog(disk)
    let reader = try LogReader(disk, GoldenStory.folder)
    let sealed = try (1..<log.events.count).last {
      try reader.sealedRoot(at: Position(UInt64($0))) != nil
    }
    let place = try #require(sealed)
    var folds = Folds()
    try folds.fold(log, to: place)
    let root = try #require(try reader.sealedRoot(at: Position(UInt64(place))))
    try folds.snapshot.write(to: SnapshotBytes.folder, on: disk, log: log.id, root: root)
    let segments = GoldenStory.folder + "/segments"
    let first = try #require(try disk.list(segments).sorted().first)
    let path = "\(segments)/\(first)"
    var bytes = try #require(disk.contents(path))
    let second = try #require(bytes.firstRange(of: log.events[1]))
    bytes[second.lowerBound] ^= 1
    disk.place(path, bytes)
    let end = Position(UInt64(log.events.count))
    var follower = ModelFollower(disk, GoldenStory.folder)
    try follower.follow(to: end)
    #expect(prints(follower.model, log) == (try folded(log, to: log.events.count)))
    // Where there is none it reads what is damaged.
    let name = SnapshotFile.name(Position(UInt64(place)))
    try disk.remove("\(SnapshotBytes.folder)/\(name)")
    var other = ModelFollower(disk, GoldenStory.folder)
    #expect(throws: FollowFault.self) { try other.follow(to: end) }
  }
}
