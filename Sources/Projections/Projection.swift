// What a projection is: a deterministic fold of the log, printable as a table.

public import Events

/// A deterministic fold over the log.
///
/// A projection reads no clock and draws nothing at random, iterates no Dictionary and no Set on
/// the way to its rows, and keeps no floating-point number. The same events give the same rows.
public protocol Projection: Sendable {
  /// Folds a batch. Each conformer writes its own loop, so that the fold of one event is inlined.
  ///
  /// - Throws: `DecodeFault` where an event is not of this release: a replay stops, it never skips.
  mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault)
}
