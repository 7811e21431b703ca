// A log folded beside its reading: one thread reads and verifies frames, another folds them.
//
//   reader   frames, checksums ─ copies them into the free run ─ hands it over ...
//                                        │ full             ▲ free
//   fold                                 └── its batches ───┘
//
// The fold sees the same batches in the same order as it does without a thread. What is told is
// what stands first in the log: a fault of the reading waits for the fold of all that was read.

public import Events
import Platform

/// Batches back to back, on their way to another thread.
struct BatchRun: Sendable {
  /// It is handed over when it has so many bytes.
  private static let lengthMin = 1 << 19

  private struct Place: Sendable {
    var bytes: Range<Int>
    var offsets: Range<Int>
    var first: Position
    var logTime: Timestamp
  }

  private var bytes: [UInt8] = []
  private var offsets: [UInt32] = []
  private var places: [Place] = []

  var isFull: Bool { bytes.count >= BatchRun.lengthMin }

  mutating func append(_ batch: borrowing EventBatch) {
    let (byteStart, offsetStart) = (bytes.count, offsets.count)
    unsafe batch.bytes.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    unsafe batch.offsets.withUnsafeBufferPointer { unsafe offsets.append(contentsOf: $0) }
    places.append(
      Place(
        bytes: byteStart..<bytes.count, offsets: offsetStart..<offsets.count,
        first: batch.first, logTime: batch.logTime))
  }

  mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    offsets.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }

  /// Shows the batches as they were appended.
  func forEach<Failure: Error>(
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(Failure) {
    let all = unsafe bytes.span.bytes
    for place in places {
      let batch = EventBatch(
        bytes: all.extracting(place.bytes), offsets: offsets.span.extracting(place.offsets),
        first: place.first, logTime: place.logTime)
      try body(batch)
    }
  }
}

/// Ends a reading whose fold has failed.
private struct FoldHasFailed: Error {}

extension LogReader {
  /// Folds the events from one position up to another into a state, beside their reading.
  ///
  /// What is longer than a run is folded by a thread of its own. After a failure the state is what
  /// the fold has left.
  public func fold<State: Sendable, Failure: Error>(
    from: Position, to: Position? = nil, into state: inout State,
    _ apply: @escaping @Sendable (inout State, borrowing EventBatch) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>) {
    let relay = Relay<BatchRun, State, Failure>("fold", consume state) {
      (state, run) throws(Failure) in
      try run.forEach { (batch) throws(Failure) in try apply(&state, batch) }
    }
    var run = BatchRun()
    var fault: LogFault?
    do throws(ReadFailure<FoldHasFailed>) {
      try read(from: from, to: to) { (batch) throws(FoldHasFailed) in
        run.append(batch)
        guard run.isFull else { return }
        let goesOn = relay.hand(&run) { _ in BatchRun() }
        run.clear()
        if !goesOn { throw FoldHasFailed() }
      }
    } catch {
      if case .log(let met) = error { fault = met }
    }
    let (reached, failure) = relay.end(run)
    state = reached
    if let failure { throw .body(failure) }
    if let fault { throw .log(fault) }
  }
}
