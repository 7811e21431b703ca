// Hashes the leaves of a log on a thread of its own while another thread folds the same events.
//
//   fold     reads a batch ─ copies it into the free buffer ─ folds it ─ reads the next ...
//                                     │ full            ▲ free
//   hasher                            └─ leaves, tree ──┘
//
// Side by side the longer of the two counts. Over projections alone that is the hashing, with the
// decision state as well it is the fold.

public import Events
public import Merkle
public import Platform

/// The Merkle tree over batches that are handed in one after the other.
public final class LeafHasher {
  /// A buffer that one thread at a time has.
  private struct Loan: @unchecked Sendable {
    let buffer: BatchBuffer
  }

  private final class Exchange: Sendable {
    let full = Mailbox<Loan>()
    let free = Mailbox<Loan>()
    let result = Mailbox<CompactTree>()
  }

  private let exchange = Exchange()
  private let worker: Worker
  private var buffer = BatchBuffer()

  /// Begins where a tree ends.
  ///
  /// - Throws: `Fault` where the system has no thread left.
  public init(after tree: CompactTree = CompactTree()) throws(Fault) {
    _ = exchange.free.put(Loan(buffer: BatchBuffer()))
    worker = try Worker("leaves") { [exchange] in
      var grown = tree
      while let loan = exchange.full.take() {
        loan.buffer.withBatch(first: .zero, logTime: .none) { batch in
          for index in 0..<batch.count { grown.append(Digest.eventLeaf(batch.bytes(of: index))) }
        }
        loan.buffer.reset()
        guard exchange.free.put(loan) else { break }
      }
      _ = exchange.result.put(grown)
    }
  }

  /// Hands in the events that follow; returns before they are hashed.
  public func append(_ batch: borrowing EventBatch) {
    for index in 0..<batch.count {
      let event = batch.bytes(of: index)
      if !buffer.hasRoom(events: 1, bytes: event.byteCount) { handOver() }
      buffer.append(event)
    }
    handOver()
  }

  private func handOver() {
    guard !buffer.isEmpty else { return }
    // The hasher ends only when `finish` closes the boxes.
    guard exchange.full.put(Loan(buffer: buffer)), let loan = exchange.free.take() else {
      preconditionFailure("leaves are handed to a hasher that has finished")
    }
    buffer = loan.buffer
  }

  /// The tree over everything that was handed in; call it once, at the end.
  public func finish() -> CompactTree {
    exchange.full.close()
    // What is full is still taken; then there is nobody who would take a free buffer.
    guard let tree = exchange.result.take() else {
      preconditionFailure("a hasher has ended without its tree")
    }
    worker.join()
    return tree
  }

  deinit {
    // A hasher that is let go of without its end, as after a fault of the log, ends by itself.
    exchange.full.close()
    exchange.free.close()
  }
}
