// Hashes the leaves of a log on a thread of its own while another thread folds the same events.
//
// Side by side the longer of the two counts. Over projections alone that is the hashing, with the
// decision state as well it is the fold.

public import Events
public import Merkle
import Platform

/// The Merkle tree over batches that are handed in one after the other.
public final class LeafHasher {
  /// Events on their way to the other thread; one thread at a time has them.
  private struct Run: @unchecked Sendable {
    let buffer = BatchBuffer()
  }

  private let relay: Relay<Run, CompactTree, Never>
  private var run = Run()

  /// Begins where a tree ends.
  public init(after tree: CompactTree = CompactTree()) {
    relay = Relay("leaves", tree) { (tree, run) throws(Never) in
      run.buffer.withBatch(first: .zero, logTime: .none) { batch in
        for index in 0..<batch.count { tree.append(Digest.eventLeaf(batch.bytes(of: index))) }
      }
    }
  }

  /// Hands in the events that follow; returns before they are hashed.
  public func append(_ batch: borrowing EventBatch) {
    for index in 0..<batch.count {
      let event = batch.bytes(of: index)
      if !run.buffer.hasRoom(events: 1, bytes: event.byteCount) { handOver() }
      run.buffer.append(event)
    }
    handOver()
  }

  private func handOver() {
    guard !run.buffer.isEmpty else { return }
    relay.hand(&run) { _ in Run() }
    run.buffer.reset()
  }

  /// The tree over everything that was handed in; call it once, at the end.
  public func finish() -> CompactTree { relay.finish(run) }
}
