// The read model once more, folded from the log behind the daemon's back: for who prints of it what
// takes long, and may not hold up who decides.
//
// It begins with the latest snapshot, as a reading command does, and then goes on from where it was
// asked for last: each event is folded once more, from pages that are still cached. Of ten million
// merchants it holds a gigabyte; nothing before it is asked for first.

public import EventLog
public import Events
public import Platform
public import Projections

/// Why there is no read model at a position.
public enum FollowFault: Error, Sendable, CustomStringConvertible {
  case log(LogFault)
  case model(ReadModelFault)
  /// It was asked to end before it was done.
  case ended

  public var description: String {
    switch self {
    case .log(let fault): "\(fault)"
    case .model(let fault): "\(fault)"
    case .ended: "the daemon ends"
    }
  }
}

/// A read model at growing positions of a log, on whatever thread asks for it.
///
/// After a fault of the log it goes on where it was.
public struct ModelFollower<D: Disk>: Sendable {
  private let disk: D
  private let directory: String
  /// Nil before it is asked for, and when it is of no use any more.
  private var folded: ReadModel?

  public init(_ disk: D, _ directory: String) {
    self.disk = disk
    self.directory = directory
  }

  /// Where it stands.
  public var model: ReadModel { folded ?? ReadModel() }

  /// Folds the events before a position, which are durable.
  ///
  /// - Parameter isEnding: asked between batches whether nobody waits for it any more.
  public mutating func follow(
    to end: Position, isEnding: () -> Bool = { false }
  ) throws(FollowFault) {
    let reader: LogReader<D>
    do throws(LogFault) { reader = try LogReader(disk, directory, stopAt: end) } catch {
      throw .log(error)
    }
    var model = folded.take() ?? begin(reader, end)
    do throws(ReadFailure<FollowFault>) {
      try reader.read(from: model.position, to: end) { (batch) throws(FollowFault) in
        guard !isEnding() else { throw .ended }
        do throws(ReadModelFault) { try model.apply(batch) } catch { throw .model(error) }
      }
    } catch {
      if !model.hasFailed { folded = model }
      switch error {
      case .log(let fault): throw .log(fault)
      case .body(let fault): throw fault
      }
    }
    folded = model
  }

  /// What cannot be used of the snapshots is told of by who keeps them.
  private func begin(_ reader: LogReader<D>, _ end: Position) -> ReadModel {
    let found = SnapshotShelf(disk, directory).latest(upTo: end, of: reader.logID, .model) {
      position throws(LogFault) in
      try reader.sealedRoot(at: position)
    } warn: { _, _ in
    }
    return found?.snapshot.model ?? ReadModel()
  }
}
