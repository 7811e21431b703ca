// The snapshots of a log: which one to begin with, and which to keep.

public import EventLog
public import Events
public import Platform
public import Projections

/// The snapshots beside a log's segments.
public struct SnapshotShelf<D: Disk>: Sendable {
  private let disk: D
  private let directory: String

  /// - Parameter log: the folder of the log.
  public init(_ disk: D, _ log: String) {
    self.disk = disk
    directory = log + "/" + SnapshotFile.folder
  }

  /// The latest snapshot up to a position, or the parts of it that are asked for.
  ///
  /// Only one whose root is that of the seal at its position is used; one that is not is told of
  /// and passed over.
  ///
  /// - Parameters:
  ///   - asOf: no event of a later log time may be in it.
  ///   - root: the root in the seal that ends before a position.
  ///   - warn: takes the position and the fault of each snapshot that cannot be used.
  public func latest(
    upTo end: Position, asOf: Timestamp? = nil, of log: LogID, _ sections: SnapshotSections,
    root: (Position) throws(LogFault) -> Digest?, warn: (Position, SnapshotFault) -> Void
  ) -> (head: SnapshotHead, snapshot: Snapshot)? {
    latest(upTo: end, asOf: asOf, of: log, root: root, warn: warn) {
      position throws(SnapshotFault) in
      try SnapshotFile.read(directory, position, disk, sections: sections)
    }
  }

  /// The registry of the latest snapshot up to a position, found in the same way.
  ///
  /// - Parameter findsIDs: whether its merchants are found by their external ids.
  public func latestRegistry(
    upTo end: Position, asOf: Timestamp? = nil, of log: LogID, findsIDs: Bool,
    root: (Position) throws(LogFault) -> Digest?, warn: (Position, SnapshotFault) -> Void
  ) -> (head: SnapshotHead, book: MerchantBook)? {
    latest(upTo: end, asOf: asOf, of: log, root: root, warn: warn) {
      position throws(SnapshotFault) in
      try SnapshotFile.readRegistry(directory, position, disk, findsIDs: findsIDs)
    }
  }

  private func latest<Found>(
    upTo end: Position, asOf: Timestamp?, of log: LogID,
    root: (Position) throws(LogFault) -> Digest?, warn: (Position, SnapshotFault) -> Void,
    read: (Position) throws(SnapshotFault) -> Found
  ) -> Found? {
    let positions = (try? SnapshotFile.list(directory, disk)) ?? []
    for position in positions.reversed() where position <= end {
      do throws(SnapshotFault) {
        let head = try SnapshotFile.head(directory, position, disk)
        if let asOf, head.logTime > asOf { continue }
        var sealed: Digest?
        do throws(LogFault) { sealed = try root(position) } catch {
          // A seal that cannot be read now says nothing against the snapshot.
          if case .disk(let fault) = error { throw .disk(fault) }
        }
        guard head.logID == log, sealed == head.root else {
          throw .damaged("it is of another log, or of one that went on otherwise")
        }
        return try read(position)
      } catch {
        warn(position, error)
      }
    }
    return nil
  }

  /// The head of the latest snapshot that has one.
  func newest(upTo end: Position) -> SnapshotHead? {
    let positions = (try? SnapshotFile.list(directory, disk)) ?? []
    for position in positions.reversed() where position <= end {
      if let head = try? SnapshotFile.head(directory, position, disk) { return head }
    }
    return nil
  }

  /// Writes a snapshot and removes those that are of no more use.
  func put(_ snapshot: Snapshot, of log: LogID, root: Digest) throws(Fault) -> SnapshotHead {
    // What a crash has left under a name of another position.
    for name in try disk.exists(directory) ? disk.list(directory) : []
    where name.hasSuffix(SnapshotFile.suffix + ".tmp") { try disk.remove(directory + "/" + name) }
    let head = try snapshot.write(to: directory, on: disk, log: log, root: root)
    let positions = try SnapshotFile.list(directory, disk)
    for position in positions where !isKept(position, in: positions, latest: head.position) {
      try disk.remove(directory + "/" + SnapshotFile.name(position))
    }
    return head
  }

  /// The further back, the fewer are kept.
  ///
  /// Of those that are as far from the latest as each other, by the power of two, it is the
  /// earliest. So there are few, and one is never much further from a position than half of what
  /// lies behind the position.
  private func isKept(
    _ position: Position, in positions: [Position], latest: Position
  ) -> Bool {
    guard position < latest else { return position == latest }
    func band(_ other: Position) -> Int {
      (latest.rawValue - other.rawValue).leadingZeroBitCount
    }
    return positions.first { $0 < latest && band($0) == band(position) } == position
  }

  /// Removes a snapshot that cannot be used.
  func remove(_ position: Position) throws(Fault) {
    try disk.remove(directory + "/" + SnapshotFile.name(position))
  }
}
