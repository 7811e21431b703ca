// SHA-256 by libcrypto, and the two hashes of RFC 6962 made of it.
//
// The low-level calls of libcrypto are used: they need no context from the heap and are four times
// faster on messages of an event's size than the one-shot call, which fetches the algorithm anew.

private import COpenSSL
public import Events

/// A SHA-256 that is fed piece by piece.
public struct SHA256: Sendable {
  private var context: SHA256_CTX

  @inline(__always)
  public init() {
    context = SHA256_CTX()
    let started = unsafe SHA256_Init(&context)
    precondition(started == 1, "libcrypto cannot begin a SHA-256")
  }

  @inline(__always)
  public mutating func update(_ bytes: RawSpan) {
    let taken = unsafe bytes.withUnsafeBytes { buffer in
      unsafe SHA256_Update(&context, buffer.baseAddress, buffer.count)
    }
    precondition(taken == 1, "libcrypto cannot go on with a SHA-256")
  }

  /// The digest of all that was fed.
  @inline(__always)
  public consuming func digest() -> Digest {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let ended = unsafe withUnsafeMutableBytes(of: &words) { buffer in
      unsafe SHA256_Final(
        buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
    }
    precondition(ended == 1, "libcrypto cannot end a SHA-256")
    return Digest(
      words: (
        UInt64(littleEndian: words.0), UInt64(littleEndian: words.1),
        UInt64(littleEndian: words.2), UInt64(littleEndian: words.3)
      ))
  }
}

extension SHA256 {
  public static func hash(_ bytes: RawSpan) -> Digest {
    guard bytes.byteCount > PaddedMessage.lengthMax else { return PaddedMessage.digest(bytes) }
    var hash = SHA256()
    hash.update(bytes)
    return hash.digest()
  }

  /// The digest of one byte followed by others.
  public static func hash(prefix: UInt8, _ bytes: RawSpan) -> Digest {
    guard bytes.byteCount >= PaddedMessage.lengthMax else {
      return PaddedMessage.digest(prefix: prefix, bytes)
    }
    var hash = SHA256()
    hash.update(byte: prefix)
    hash.update(bytes)
    return hash.digest()
  }

  @inline(__always)
  public mutating func update(byte: UInt8) {
    let taken = unsafe withUnsafeBytes(of: byte) { buffer in
      unsafe SHA256_Update(&context, buffer.baseAddress, 1)
    }
    precondition(taken == 1, "libcrypto cannot go on with a SHA-256")
  }
}

extension SHA256 {
  /// The digest of a message that stands there with its padding: whole blocks.
  @inline(__always)
  static func digest(ofPadded message: RawSpan) -> Digest {
    func word(_ first: UInt32, _ second: UInt32) -> UInt64 {
      UInt64(littleEndian: UInt64(first.bigEndian) | UInt64(second.bigEndian) << 32)
    }
    var hash = SHA256()
    hash.update(message)
    let h = hash.context.h
    return Digest(words: (word(h.0, h.1), word(h.2, h.3), word(h.4, h.5), word(h.6, h.7)))
  }

  /// The first 8 bytes, big-endian, of the digest of a message of one block of 64 bytes with its
  /// padding, by a hash that has taken nothing: for millions of short texts.
  @inline(__always)
  public func head(ofBlock block: RawSpan) -> UInt64 {
    var context = context
    unsafe block.withUnsafeBytes { buffer in
      precondition(buffer.count == 64, "a block of SHA-256 has 64 bytes")
      unsafe SHA256_Transform(&context, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    return UInt64(context.h.0) << 32 | UInt64(context.h.1)
  }
}

extension Digest {
  /// The byte in front of an event: a leaf can never be taken for a node.
  public static let leafPrefix: UInt8 = 0
  /// The byte in front of the two halves of a node.
  public static let nodePrefix: UInt8 = 1

  /// The leaf of an event: SHA-256(0x00, event).
  public static func eventLeaf(_ event: RawSpan) -> Digest {
    SHA256.hash(prefix: leafPrefix, event)
  }

  /// The node over two subtrees: SHA-256(0x01, left, right).
  public static func node(_ left: Digest, _ right: Digest) -> Digest {
    PaddedMessage.digest(nodeLength) { message in
      message.storeBytes(of: nodePrefix, as: UInt8.self)
      left.write(into: &message, at: 1)
      right.write(into: &message, at: 1 + byteCount)
    }
  }

  /// The bytes of a node as a message.
  static let nodeLength = 1 + 2 * byteCount

  /// The root of the tree without leaves: the SHA-256 of nothing.
  public static let emptyRoot = Digest(
    words: (
      0x141c_fc98_42c4_b0e3, 0x24b9_6f99_c8f4_fb9a, 0x4c93_9b64_e441_ae27, 0x55b8_5278_1b99_95a4
    ))
}
