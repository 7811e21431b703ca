// Where a batch grows before it becomes a frame: one piece of memory, reused for ever.

import CRecord

/// Encoded events waiting for their frame.
///
/// The first 96 bytes are kept free for the frame's header, so that header and body leave in one
/// write. The memory grows to what a batch has needed and is never given back: a warm batch
/// allocates nothing.
@safe public final class BatchBuffer {
  /// The most bytes of events one batch may hold.
  public static let byteCountMax = Int(SLUICE_BODY_LENGTH_MAX)
  /// The most events one batch may hold.
  public static let countMax = 65_536
  public static let headerLength = MemoryLayout<sluice_frame_header>.size
  private static let capacityMin = 1 << 20

  private var memory: UnsafeMutableRawBufferPointer
  private let offsets: UnsafeMutableBufferPointer<UInt32>
  public private(set) var count = 0
  /// Bytes of the events alone.
  public private(set) var byteCount = 0

  public init() {
    unsafe memory = .allocate(byteCount: BatchBuffer.capacityMin, alignment: 64)
    unsafe offsets = .allocate(capacity: BatchBuffer.countMax)
  }

  deinit {
    unsafe memory.deallocate()
    unsafe offsets.deallocate()
  }

  public var isEmpty: Bool { count == 0 }

  /// Whether `events` more of at most `bytes` in all still fit.
  public func hasRoom(events: Int, bytes: Int) -> Bool {
    count + events <= BatchBuffer.countMax && byteCount + bytes <= BatchBuffer.byteCountMax
  }

  public func reset() {
    count = 0
    byteCount = 0
  }

  /// Appends the canonical bytes of one event.
  public func append(_ event: [UInt8]) { append(unsafe event.span.bytes) }

  /// Appends the canonical bytes of one event.
  public func append(_ event: RawSpan) {
    precondition(
      hasRoom(events: 1, bytes: event.byteCount), "a batch is filled beyond its limit")
    let start = BatchBuffer.headerLength + byteCount
    if unsafe start + event.byteCount > memory.count { grow(to: start + event.byteCount) }
    unsafe event.withUnsafeBytes { source in
      let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start...])
      unsafe target.copyMemory(from: source)
    }
    unsafe offsets[count] = UInt32(byteCount)
    count += 1
    byteCount += event.byteCount
  }

  private func grow(to length: Int) {
    var capacity = unsafe memory.count
    while capacity < length { capacity *= 2 }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: capacity, alignment: 64)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(memory))
    unsafe memory.deallocate()
    unsafe memory = larger
  }

  /// Lets `body` see the events as a view.
  public func withBatch<Result, Failure: Error>(
    first: Position, logTime: Timestamp,
    _ body: (borrowing EventBatch) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let events = unsafe UnsafeRawBufferPointer(
      rebasing: memory[BatchBuffer.headerLength..<BatchBuffer.headerLength + byteCount])
    let starts = unsafe UnsafeBufferPointer(rebasing: offsets[0..<count])
    let batch = unsafe EventBatch(
      bytes: events.bytes, offsets: starts.span, first: first, logTime: logTime)
    return try body(batch)
  }

  /// Lets `header` fill the header's bytes, then hands the whole frame to `write`.
  public func withFrame<Result, Failure: Error>(
    header: (inout MutableRawSpan) -> Void, _ write: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    do {
      let head = unsafe UnsafeMutableRawBufferPointer(
        rebasing: memory[0..<BatchBuffer.headerLength])
      var bytes = unsafe head.mutableBytes
      header(&bytes)
    }
    let frame = unsafe UnsafeRawBufferPointer(
      rebasing: memory[0..<BatchBuffer.headerLength + byteCount])
    return try write(unsafe frame.bytes)
  }

  /// The bytes of the events alone, for their checksum.
  public func withBody<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let events = unsafe UnsafeRawBufferPointer(
      rebasing: memory[BatchBuffer.headerLength..<BatchBuffer.headerLength + byteCount])
    return try body(unsafe events.bytes)
  }
}
