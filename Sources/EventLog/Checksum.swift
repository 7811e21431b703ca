// CRC-32C, computed by the instruction the processor has for it.

import CISAL

/// The CRC-32C (Castagnoli) of some bytes; 0xe3069283 for the ASCII digits 1 to 9.
///
/// - Parameter before: that of the bytes in front of them, which it goes on with.
public func checksum(_ bytes: RawSpan, after before: UInt32 = 0) -> UInt32 {
  unsafe bytes.withUnsafeBytes { source in
    guard let base = source.baseAddress else { return before }
    // The library only reads, though its declaration does not say so.
    let start = unsafe UnsafeMutableRawPointer(mutating: base)
      .assumingMemoryBound(to: UInt8.self)
    return unsafe ~sluice_checksum(start, Int32(source.count), ~before)
  }
}

extension [UInt8] {
  /// The CRC-32C of a part of the array.
  func checksum(_ range: Range<Int>) -> UInt32 {
    let bytes = unsafe span.bytes
    return EventLog.checksum(bytes.extracting(range))
  }
}
