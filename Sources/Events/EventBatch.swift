// A view of events that stand back to back in memory: what crosses a module line instead of one
// event at a time.

public import CRecord

/// Encoded events in a row, as a frame holds them.
///
/// It owns nothing and lives no longer than the bytes it was made of.
public struct EventBatch: ~Escapable {
  public let bytes: RawSpan
  public let offsets: Span<UInt32>
  /// The position of event 0.
  public let first: Position
  /// The log time of every event in it.
  public let logTime: Timestamp

  /// Events at `offsets` of `bytes`; every offset has a whole head behind it, as the reader of the
  /// frame has checked.
  @_lifetime(copy bytes, copy offsets)
  public init(bytes: RawSpan, offsets: Span<UInt32>, first: Position, logTime: Timestamp) {
    self.bytes = bytes
    self.offsets = offsets
    self.first = first
    self.logTime = logTime
  }

  // What a fold asks of every event is compiled into the fold, whichever room it stands in.

  public var count: Int { @inline(__always) get { offsets.count } }

  @inline(__always)
  public func position(_ index: Int) -> Position {
    Position(rawValue: first.rawValue + UInt64(index))
  }

  @inline(__always)
  public func head(_ index: Int) -> sluice_head {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: Int(offsets[index]), as: sluice_head.self)
  }

  /// The number of one event's kind.
  @inline(__always)
  public func kind(_ index: Int) -> UInt16 {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: Int(offsets[index]), as: UInt16.self)
  }

  /// The merchant in the head of one event.
  @inline(__always)
  public func merchant(_ index: Int) -> MerchantNumber {
    let offset = Int(offsets[index]) + 64
    return MerchantNumber(
      rawValue: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The fixed fields of a payment event; call it only where the head's kind is a payment.
  @inline(__always)
  public func payment(_ index: Int) -> sluice_payment {
    let offset = Int(offsets[index]) + MemoryLayout<sluice_head>.size
    return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: sluice_payment.self)
  }

  /// The canonical bytes of one event.
  @_lifetime(copy self)
  public func bytes(of index: Int) -> RawSpan {
    let offset = Int(offsets[index])
    return bytes.extracting(offset..<offset + Int(head(index).length))
  }

  /// One event, decoded.
  public func event(_ index: Int) throws(DecodeFault) -> Event {
    try Event(decoding: bytes(of: index))
  }
}
