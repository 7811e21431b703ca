// What is derived of the sealed segments, kept beside the daemon's work: never in its way, and
// nothing is lost where it fails.

public import EventLog
public import Events
public import Platform

/// Makes derived files, one step at a time, on whatever thread calls it.
public struct Housekeeper<D: Disk>: Sendable {
  private var keeper: IndexKeeper<D>

  /// Opens what is there.
  public init(_ disk: D, _ directory: String) throws(LogFault) {
    keeper = try IndexKeeper(disk, directory)
  }

  /// What the index covers so far.
  public var index: LogIndex { keeper.index }
  /// One past the last sealed event.
  public var sealedEnd: Position { keeper.sealedEnd }
  /// What was found damaged and is made anew.
  public var warnings: [String] { keeper.warnings }

  /// Looks for segments that were sealed since.
  public mutating func refresh() throws(LogFault) { try keeper.refresh() }

  /// Makes one file that is missing; false where none is.
  ///
  /// - Throws: `LogFault.corrupt` where a sealed segment is damaged; `.disk` where a file cannot be
  ///   written, and then nothing has changed.
  public mutating func step() throws(LogFault) -> Bool { try keeper.step() }
}
