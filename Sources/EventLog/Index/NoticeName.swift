// The id of a payment notice that brings none of its own.

public import Events
import Merkle

/// What a notice says names it, where its sender did not.
public enum NoticeName {
  /// The first 16 bytes of the SHA-256 of "payment", a zero byte, institution, outcome, transaction
  /// and refund, each string behind its length.
  @inline(__always)
  public static func commandID(
    _ institution: UInt8, _ outcome: Outcome, _ transaction: RawSpan, _ refund: RawSpan
  ) -> CommandID {
    // One message, so that it is hashed by one call.
    var storage = InlineArray<160, UInt8>(repeating: 0)
    var span = storage.mutableSpan
    var message = unsafe span.mutableBytes
    message.storeBytes(of: UInt64(0x0074_6e65_6d79_6170).littleEndian, as: UInt64.self)
    message.storeBytes(of: institution, toByteOffset: 8, as: UInt8.self)
    message.storeBytes(of: outcome.rawValue, toByteOffset: 9, as: UInt8.self)
    var count = append(transaction, to: &message, at: 10)
    count = append(refund, to: &message, at: count)
    let digest = SHA256.hash(message.bytes.extracting(0..<count))
    return CommandID(low: digest.words.0, high: digest.words.1)
  }

  /// Adds a string behind its length; the bytes behind it are written over by what follows.
  @inline(__always)
  private static func append(
    _ text: RawSpan, to message: inout MutableRawSpan, at start: Int
  ) -> Int {
    precondition(text.byteCount <= ExternalID.lengthMax, "an id is longer than its limit")
    message.storeBytes(of: UInt8(text.byteCount), toByteOffset: start, as: UInt8.self)
    var offset = 0
    while offset < text.byteCount {
      let count = min(8, text.byteCount &- offset)
      message.storeBytes(
        of: text.word(at: offset, count: count).littleEndian, toByteOffset: start + 1 + offset,
        as: UInt64.self)
      offset += 8
    }
    return start + 1 + text.byteCount
  }
}
