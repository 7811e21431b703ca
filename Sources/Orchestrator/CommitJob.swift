// What the front thread hands to the back thread: one sealed batch on its way to the disk.

public import EventLog
public import Events
import Merkle

/// A sealed batch.
///
/// One is in flight at a time.
public final class CommitJob: @unchecked Sendable {
  // Handed from the front thread to the back thread and back; never touched by both at once.
  public let buffer: BatchBuffer
  public let first: Position
  public let logTime: Timestamp
  /// Whether the reserve may be used for it.
  public var isControl: Bool
  /// Whether a control command is in it, which must not wait for space on a full disk.
  public let hasControl: Bool
  /// The Merkle root after this batch, once it is durable.
  public fileprivate(set) var root: Digest?
  /// One past the last event that will never be written again, once this batch is durable.
  public fileprivate(set) var sealedEnd = Position.zero
  /// Whether a few batches later that will be an end behind this one.
  fileprivate(set) var isNearSeal = false

  /// A batch that is ready to be written; `isControl` lets it use the reserve.
  public init(
    buffer: BatchBuffer, first: Position, logTime: Timestamp, isControl: Bool,
    hasControl: Bool = false
  ) {
    self.buffer = buffer
    self.first = first
    self.logTime = logTime
    self.isControl = isControl
    self.hasControl = hasControl || isControl
  }

  public var end: Position { first.advanced(by: buffer.count) }
}

/// The back thread's work: leaves, checksum, write, synchronization.
///
/// It owns the log.
public struct Committer<Storage: Carrier>: ~Copyable {
  public private(set) var carrier: Storage
  /// Of the batch at hand.
  private var leaves: [Digest] = []
  /// Whether a mark covers the last batch already.
  private var isCovered = true

  public init(carrier: consuming Storage) { self.carrier = carrier }

  /// Makes a batch durable.
  ///
  /// Returns only when it is.
  ///
  /// - Throws: `LogFault`. After any but `.full` the log takes nothing more.
  public mutating func commit(_ job: CommitJob) throws(LogFault) {
    // On its own while it is filled: every append to a member asks who else has it.
    var leaves = leaves
    self.leaves = []
    defer { self.leaves = leaves }
    leaves.removeAll(keepingCapacity: true)
    job.buffer.withBatch(first: job.first, logTime: job.logTime) { batch in
      batch.appendLeaves(to: &leaves)
    }
    try carrier.append(
      job.buffer, expecting: job.first, logTime: job.logTime, leaves: leaves.span,
      isControl: job.isControl)
    job.root = carrier.root
    job.sealedEnd = carrier.sealedEnd
    job.isNearSeal = carrier.isNearSeal
    isCovered = false
  }

  /// Writes a mark, so that the last batch is covered by a later frame.
  public mutating func mark(at time: Timestamp) throws(LogFault) {
    guard !isCovered else { return }
    try carrier.idle(at: time)
    isCovered = true
  }

  /// Makes the next segment's file while there is room for it.
  public mutating func prepare() throws(LogFault) { try carrier.prepareNextSegment() }

  /// Writes the clean end and closes the log.
  public mutating func close(at time: Timestamp) throws(LogFault) {
    try carrier.close(at: time)
  }
}
