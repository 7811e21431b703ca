// Hashes the leaves of a log beside the thread that folds the same events.
//
//   folds      copies events into a run ─ full: hands it over ─ goes on with an empty one ...
//                                         none is empty: hashes of its own run meanwhile
//   hashes     takes the run, hashes what is left of it, uses its leaves in their order
//
// Whichever thread has less to do hashes more: payments fold in half the time their leaves take,
// attempts in twice as long, and both processors are busy with either.

public import Events
public import Merkle
import Platform

/// Leaves of events that are handed in one batch after the other, used in their order by a state.
public final class LeafRelay<State: Sendable> {
  /// Events on their way to the other thread, and their leaves as far as they are hashed.
  ///
  /// One thread at a time has it.
  private final class Run: @unchecked Sendable {
    static var countMax: Int { 4_096 }
    static var byteCountMax: Int { 1 << 20 }
    /// How many leaves are hashed before the other thread is looked after.
    private static var pieceCount: Int { 128 }

    let buffer = BatchBuffer()
    var leaves: [Digest] = []

    init() { leaves.reserveCapacity(Run.countMax) }

    var isFull: Bool { buffer.count >= Run.countMax || buffer.byteCount >= Run.byteCountMax }

    /// Hashes some leaves; false where none was left.
    func hashPiece() -> Bool {
      let end = min(leaves.count + Run.pieceCount, buffer.count)
      guard leaves.count < end else { return false }
      hash(upTo: end)
      return true
    }

    func hash(upTo end: Int) {
      buffer.withBatch(first: .zero, logTime: .none) { batch in
        batch.appendLeaves(leaves.count..<end, to: &leaves)
      }
    }

    func reset() {
      buffer.reset()
      leaves.removeAll(keepingCapacity: true)
    }
  }

  private let relay: Relay<Run, State, Never>
  private var run = Run()

  /// - Parameter use: takes the leaves of the events that follow the last ones; on either thread.
  public init(
    _ state: consuming State, _ use: @escaping @Sendable (inout State, [Digest]) -> Void
  ) {
    relay = Relay("leaves", state) { (state, run) throws(Never) in
      run.hash(upTo: run.buffer.count)
      use(&state, run.leaves)
    }
  }

  /// Hands in the events that follow; returns before all of them are hashed.
  public func append(_ batch: borrowing EventBatch) {
    for index in 0..<batch.count {
      let event = batch.bytes(of: index)
      if run.isFull || !run.buffer.hasRoom(events: 1, bytes: event.byteCount) { handOver() }
      run.buffer.append(event)
    }
  }

  private func handOver() {
    relay.hand(&run, meanwhile: { $0.hashPiece() }, { _ in Run() })
    run.reset()
  }

  /// The state once it has used everything that was handed in; call it once, at the end.
  public func finish() -> State { relay.finish(run) }
}

/// The Merkle tree over batches that are handed in one after the other.
public final class LeafHasher {
  private let relay: LeafRelay<CompactTree>

  /// Begins where a tree ends.
  public init(after tree: CompactTree = CompactTree()) {
    relay = LeafRelay(tree) { (tree, leaves) in tree.append(contentsOf: leaves.span) }
  }

  /// Hands in the events that follow; returns before all of them are hashed.
  public func append(_ batch: borrowing EventBatch) { relay.append(batch) }

  /// The tree over everything that was handed in; call it once, at the end.
  public func finish() -> CompactTree { relay.finish() }
}
