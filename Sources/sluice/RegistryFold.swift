// The registry at a position and nothing else: of ten million merchants it is what a preview reads.
//
// Where merchants stand under rollouts, what they were paid and which event was their latest is
// passed over, unread in a snapshot and by their heads in the log.

import CRecord
import Events
import Orchestrator
import Projections

/// What a preview folds.
struct RegistryFold {
  private(set) var book: MerchantBook
  private(set) var next = Position.zero

  /// Begins with the latest snapshot that belongs to a view.
  ///
  /// - Parameter findsIDs: whether merchants are found by their external ids. A fold that does not
  ///   find them does not notice that one is registered twice, which no daemon writes.
  init(_ view: LogView, findsIDs: Bool) {
    book = MerchantBook(findsIDs: findsIDs)
    guard let found = view.registry(findsIDs: findsIDs) else { return }
    (book, next) = found
  }

  /// Folds a batch.
  mutating func apply(_ batch: borrowing EventBatch) throws {
    for index in 0..<batch.count {
      switch EventKind(rawValue: batch.kind(index)) {
      case .logCreated, .merchantRegistered, .merchantUpdated, .merchantClosed:
        try book.apply(try batch.event(index), at: batch.position(index))
      case nil:
        // Another release's: decoding it says so.
        _ = try batch.event(index)
      default: break
      }
      next = batch.position(index).advanced(by: 1)
    }
  }
}
