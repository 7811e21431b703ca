// A view of events that stand back to back in memory: what crosses a module line instead of one
// event at a time.

package import CRecord

/// Encoded events in a row, as a frame holds them.
///
/// It owns nothing and lives no longer than the bytes it was made of.
package struct EventBatch: ~Escapable {
  private let bytes: RawSpan
  private let offsets: Span<UInt32>
  /// The position of event 0.
  package let first: Position
  /// The log time of every event in it.
  package let logTime: Timestamp

  /// Events at `offsets` of `bytes`; every offset has a whole head behind it, as the reader of the
  /// frame has checked.
  @_lifetime(copy bytes, copy offsets)
  package init(bytes: RawSpan, offsets: Span<UInt32>, first: Position, logTime: Timestamp) {
    self.bytes = bytes
    self.offsets = offsets
    self.first = first
    self.logTime = logTime
  }

  package var count: Int { offsets.count }

  package func position(_ index: Int) -> Position { first.advanced(by: index) }

  package func head(_ index: Int) -> sluice_head {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: Int(offsets[index]), as: sluice_head.self)
  }

  /// The fixed fields of a payment event; call it only where the head's kind is a payment.
  package func payment(_ index: Int) -> sluice_payment {
    let offset = Int(offsets[index]) + MemoryLayout<sluice_head>.size
    return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: sluice_payment.self)
  }

  /// The canonical bytes of one event.
  @_lifetime(copy self)
  package func bytes(of index: Int) -> RawSpan {
    let offset = Int(offsets[index])
    return bytes.extracting(offset..<offset + Int(head(index).length))
  }

  /// One event, decoded.
  package func event(_ index: Int) throws(DecodeFault) -> Event {
    try Event(decoding: bytes(of: index))
  }
}
