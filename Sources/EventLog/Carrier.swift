// The carrier: storage as the orchestrator sees it. Files are one, the simulated disk under them
// another; an engine that spans machines can be a third. Nothing above knows which.

public import Events

/// Keeps the events of a log, in order, durably.
public protocol Carrier {
  /// One past the last durable event.
  var durableEnd: Position { get }
  /// The log time of the last frame; no batch may be before it.
  var lastLogTime: Timestamp { get }
  /// The Merkle root of all durable events.
  var root: Digest { get }

  /// One past the last event that stands in a part of the storage which never changes again.
  var sealedEnd: Position { get }

  /// Whether that part will soon reach up to here: what is kept until then is best begun anew.
  var isNearSeal: Bool { get }

  /// Makes a batch durable; returns only then.
  ///
  /// `leaves` are the Merkle leaves of the events, hashed by the caller while it has time.
  /// `isControl` lets a pause, a rollback or a shutdown use the space held back for them.
  mutating func append(
    _ batch: BatchBuffer, expecting: Position, logTime: Timestamp, leaves: Span<Digest>,
    isControl: Bool
  ) throws(LogFault)

  /// Shows the durable events from one position up to another, in batches, each frame verified.
  func read<Failure: Error>(
    from: Position, to: Position,
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>)

  /// Covers the last batch with a mark frame where none does; call it within a second of the last
  /// append.
  mutating func idle(at time: Timestamp) throws(LogFault)

  /// Makes room for what comes after the active segment, where there is none yet; `.full` where
  /// the disk has none.
  mutating func prepareNextSegment() throws(LogFault)

  /// Says that the writer stops in order, and gives the log free.
  mutating func close(at time: Timestamp) throws(LogFault)

  /// The Merkle leaves of a range of durable positions.
  func leaves(_ range: Range<UInt64>) throws(LogFault) -> [Digest]

  /// The Merkle root of the first events up to a position.
  func root(at position: Position) throws(LogFault) -> Digest
}

extension Carrier {
  /// A carrier without segments seals nothing.
  public var sealedEnd: Position { .zero }
  public var isNearSeal: Bool { false }

  /// A carrier without segments has nothing to prepare.
  public mutating func prepareNextSegment() throws(LogFault) {}

  public mutating func append(
    _ batch: BatchBuffer, expecting: Position, logTime: Timestamp, leaves: Span<Digest>
  ) throws(LogFault) {
    try append(
      batch, expecting: expecting, logTime: logTime, leaves: leaves, isControl: false)
  }
}
