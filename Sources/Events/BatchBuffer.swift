// Where a batch grows before it becomes a frame: one buffer, reused for ever.

import CRecord

/// Encoded events waiting for their frame.
///
/// The first 96 bytes are kept free for the frame's header, so that header and body leave in one
/// write.
package final class BatchBuffer {
  /// The most bytes of events one batch may hold.
  package static let byteCountMax = Int(SLUICE_BODY_LENGTH_MAX)
  /// The most events one batch may hold.
  package static let countMax = 65_536
  package static let headerLength = MemoryLayout<sluice_frame_header>.size

  private var storage: [UInt8]
  private var offsets: [UInt32] = []

  package init() {
    storage = [UInt8](repeating: 0, count: BatchBuffer.headerLength)
    storage.reserveCapacity(1 << 20)
    offsets.reserveCapacity(16_384)
  }

  package var count: Int { offsets.count }
  package var isEmpty: Bool { offsets.isEmpty }
  /// Bytes of the events alone.
  package var byteCount: Int { storage.count - BatchBuffer.headerLength }

  /// Whether `events` more of at most `bytes` in all still fit.
  package func hasRoom(events: Int, bytes: Int) -> Bool {
    offsets.count + events <= BatchBuffer.countMax
      && byteCount + bytes <= BatchBuffer.byteCountMax
  }

  package func reset() {
    storage.removeSubrange(BatchBuffer.headerLength...)
    offsets.removeAll(keepingCapacity: true)
  }

  /// Appends the canonical bytes of one event.
  package func append(_ event: [UInt8]) {
    precondition(
      hasRoom(events: 1, bytes: event.count), "a batch is filled beyond its limit")
    offsets.append(UInt32(byteCount))
    storage.append(contentsOf: event)
  }

  /// Lets `body` see the events as a view.
  package func withBatch<Result, Failure: Error>(
    first: Position, logTime: Timestamp,
    _ body: (borrowing EventBatch) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let storage = storage
    let offsets = offsets
    let whole = unsafe storage.span.bytes
    let bytes = whole.extracting(BatchBuffer.headerLength..<whole.byteCount)
    let batch = EventBatch(bytes: bytes, offsets: offsets.span, first: first, logTime: logTime)
    return try body(batch)
  }

  /// Lets `header` fill the header's bytes, then hands the whole frame to `write`.
  package func withFrame<Result, Failure: Error>(
    header: (inout MutableRawSpan) -> Void, _ write: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    do {
      var elements = storage.mutableSpan
      var bytes = unsafe elements.mutableBytes
      var head = bytes._mutatingExtracting(0..<BatchBuffer.headerLength)
      header(&head)
    }
    let storage = storage
    let bytes = unsafe storage.span.bytes
    return try write(bytes)
  }

  /// The bytes of the events alone, for their checksum.
  package func withBody<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let storage = storage
    let whole = unsafe storage.span.bytes
    return try body(whole.extracting(BatchBuffer.headerLength..<whole.byteCount))
  }
}
