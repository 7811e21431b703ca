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

  /// They stand outside of the object, which would ask at each access to a field who else is at it.
  private let store: UnsafeMutablePointer<Events>
  private var events: Events { unsafe store.pointee }

  public init() {
    unsafe store = .allocate(capacity: 1)
    unsafe store.initialize(to: Events())
  }

  deinit {
    events.deallocate()
    unsafe store.deallocate()
  }

  public var count: Int { events.count }
  /// Bytes of the events alone.
  public var byteCount: Int { events.byteCount }
  public var isEmpty: Bool { events.count == 0 }

  /// Whether `events` more of at most `bytes` in all still fit.
  public func hasRoom(events: Int, bytes: Int) -> Bool {
    self.events.hasRoom(events, bytes)
  }

  public func reset() { unsafe store.pointee.reset() }

  /// Appends the canonical bytes of one event.
  public func append(_ event: [UInt8]) { append(unsafe event.span.bytes) }

  /// Appends the canonical bytes of one event.
  public func append(_ event: RawSpan) { unsafe store.pointee.append(event) }

  /// Lets `body` see the events as a view.
  public func withBatch<Result, Failure: Error>(
    first: Position, logTime: Timestamp,
    _ body: (borrowing EventBatch) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let (bytes, starts) = unsafe (events.body, events.starts)
    let batch = unsafe EventBatch(
      bytes: bytes.bytes, offsets: starts.span, first: first, logTime: logTime)
    return try body(batch)
  }

  /// Lets `header` fill the header's bytes, then hands the whole frame to `write`.
  public func withFrame<Result, Failure: Error>(
    header: (inout MutableRawSpan) -> Void, _ write: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    do {
      var bytes = unsafe events.head.mutableBytes
      header(&bytes)
    }
    return try write(unsafe events.frame.bytes)
  }

  /// The bytes of the events alone, for their checksum.
  public func withBody<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe events.body.bytes)
  }
}

extension BatchBuffer {
  /// The memory of a buffer, which frees it.
  @safe private struct Events {
    private static let capacityMin = 1 << 20

    private var memory: UnsafeMutableRawBufferPointer
    private let offsets: UnsafeMutableBufferPointer<UInt32>
    private(set) var count = 0
    private(set) var byteCount = 0

    init() {
      unsafe memory = .allocate(byteCount: Events.capacityMin, alignment: 64)
      unsafe offsets = .allocate(capacity: BatchBuffer.countMax)
    }

    func deallocate() {
      unsafe memory.deallocate()
      unsafe offsets.deallocate()
    }

    mutating func reset() { (count, byteCount) = (0, 0) }

    @inline(__always)
    func hasRoom(_ events: Int, _ bytes: Int) -> Bool {
      count + events <= BatchBuffer.countMax && byteCount + bytes <= BatchBuffer.byteCountMax
    }

    @inline(__always)
    mutating func append(_ event: RawSpan) {
      precondition(hasRoom(1, event.byteCount), "a batch is filled beyond its limit")
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

    private mutating func grow(to length: Int) {
      var capacity = unsafe memory.count
      while capacity < length { capacity *= 2 }
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
      unsafe larger.copyMemory(from: UnsafeRawBufferPointer(memory))
      unsafe memory.deallocate()
      unsafe memory = larger
    }

    /// The bytes in front of the events.
    @unsafe var head: UnsafeMutableRawBufferPointer {
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<BatchBuffer.headerLength])
    }
    @unsafe var body: UnsafeRawBufferPointer {
      unsafe UnsafeRawBufferPointer(
        rebasing: memory[BatchBuffer.headerLength..<BatchBuffer.headerLength + byteCount])
    }
    @unsafe var frame: UnsafeRawBufferPointer {
      unsafe UnsafeRawBufferPointer(rebasing: memory[..<(BatchBuffer.headerLength + byteCount)])
    }
    /// Where each event begins.
    @unsafe var starts: UnsafeBufferPointer<UInt32> {
      unsafe UnsafeBufferPointer(rebasing: offsets[..<count])
    }
  }
}
