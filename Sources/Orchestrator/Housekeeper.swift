// What is derived of the sealed segments, kept beside the daemon's work: never in its way, and
// nothing is lost where it fails.
//
//   sealed segment ─ index file ─ merged with others ─ asked by the front in place of its tables
//        │
//        └─ latest snapshot ─ fold ─ leaves hashed, the root held against the seal ─ next snapshot

public import EventLog
public import Events
import Merkle
public import Platform
import Projections

/// Makes derived files, one step at a time, on whatever thread calls it.
public struct Housekeeper<D: Disk>: Sendable {
  private let disk: D
  private let directory: String
  private let shelf: SnapshotShelf<D>
  private var keeper: IndexKeeper<D>
  /// Of snapshots.
  private var snapshotWarnings: [String] = []
  /// What was found damaged and is made anew.
  public var warnings: [String] { keeper.warnings + snapshotWarnings }

  /// Opens what is there, and changes nothing.
  public init(_ disk: D, _ directory: String) throws(LogFault) {
    self.disk = disk
    self.directory = directory
    shelf = SnapshotShelf(disk, directory)
    keeper = try IndexKeeper(disk, directory)
  }

  /// What the index covers so far.
  public var index: LogIndex { keeper.index }
  /// One past the last sealed event.
  public var sealedEnd: Position { keeper.sealedEnd }

  /// What makes the tree of merchants of the same log.
  public var treeMaker: MerchantTreeMaker<D> { MerchantTreeMaker(disk, directory) }

  /// A fold that begins with the latest snapshot, or at position 0 where none can be used.
  ///
  /// - Parameter hashesLeaves: whether leaves are hashed anew behind the snapshot.
  public mutating func begin(hashesLeaves: Bool = false) -> Replay {
    let log = keeper.logID
    var end = index.end
    while true {
      var told: [String] = []
      let found = shelf.latest(upTo: end, of: log, .all) { position throws(LogFault) in
        try keeper.sealedRoot(at: position)
      } warn: { position, fault in
        told.append("a snapshot is left out, position \(position.rawValue): \(fault)")
        // It will be of no use to anybody else either.
        if case .disk = fault { return }
        try? shelf.remove(position)
      }
      snapshotWarnings += told
      guard let (head, snapshot) = found else {
        return Replay(sealed: index, hashesLeaves: hashesLeaves)
      }
      do throws(SnapshotFault) {
        return try Replay(after: snapshot, sealed: index, hashesLeaves: hashesLeaves)
      } catch {
        snapshotWarnings.append(
          "a snapshot is left out, position \(head.position.rawValue): \(error)")
        try? shelf.remove(head.position)
        guard head.position > .zero else {
          return Replay(sealed: index, hashesLeaves: hashesLeaves)
        }
        end = Position(head.position.rawValue - 1)
      }
    }
  }

  /// Leaves an index file out that was found damaged; it is made anew by the next steps.
  public mutating func discard(_ path: String) throws(LogFault) { try keeper.discard(path) }

  /// Looks for segments that were sealed since.
  public mutating func refresh() throws(LogFault) { try keeper.refresh() }

  /// Makes one index file that is missing, and merges none: what a start waits for.
  ///
  /// - Returns: false where none is missing.
  ///
  /// - Throws: `LogFault.corrupt` where a sealed segment is damaged; `.disk` where a file cannot be
  ///   written, and then nothing has changed.
  public mutating func stepIndex() throws(LogFault) -> Bool { try keeper.step(merges: false) }

  /// Makes one file that is missing, an index file or a snapshot; false where none is.
  public mutating func step() throws(LogFault) -> Bool {
    if try keeper.step() { return true }
    return try stepSnapshot()
  }

  /// Folds the latest snapshot and what was sealed since into the next one.
  ///
  /// A snapshot is due when the segments since the last one are twice as long as that one is: so
  /// what is written for snapshots is never more than half of what is written for events.
  private mutating func stepSnapshot() throws(LogFault) -> Bool {
    let end = index.end
    guard end > .zero, let root = try keeper.sealedRoot(at: end) else {
      return false
    }
    let last = shelf.newest(upTo: end)
    let since = keeper.sealedBytes(from: last?.position ?? .zero, to: end)
    guard since > 0, since >= 2 * (last?.length ?? 0) else { return false }
    var replay = begin(hashesLeaves: true)
    let reader = try LogReader(disk, directory, stopAt: end)
    do throws(ReadFailure<ReadModelFault>) {
      try reader.read(from: replay.state.next, to: end) { batch throws(ReadModelFault) in
        try replay.apply(batch)
      }
    } catch {
      switch error {
      case .log(let fault): throw fault
      case .body(let fault): throw damage(end, "events of this release", "\(fault)")
      }
    }
    guard replay.tree.root == root else { throw damage(end, root.hex, replay.tree.root.hex) }
    do throws(Fault) {
      _ = try shelf.put(replay.snapshot, of: keeper.logID, root: root)
    } catch { throw .disk(error) }
    return true
  }

  private func damage(_ position: Position, _ expected: String, _ actual: String) -> LogFault {
    .corrupt(
      Corruption(
        .sealRoot, path: directory, offset: 0, position: position, expected: expected,
        actual: actual))
  }
}
