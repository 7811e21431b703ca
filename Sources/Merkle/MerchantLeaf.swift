// The leaf of a merchant in the tree of merchants (`MerchantTreeCommitted`), byte for byte:
//
//   length   1 byte     of the id
//   id       length     as it came from outside
//   count    8 bytes    big-endian: how many events are the merchant's
//   last     8 bytes    big-endian: the position of the last of them
//   chain    32 bytes   over the positions of all of them, in their order
//
// The chain is h(0) = 32 zero bytes, h(k) = SHA-256(h(k-1), position k as 8 bytes big-endian): each
// link commits to all before it, and three lines of any language make it again. The tree is that of
// RFC 6962 section 2.1, its leaves in the order of the ids' bytes, so that two neighbours show that
// no id between them has an event.

public import Events

/// Which events are a merchant's.
public struct MerchantLeaf: Hashable, Sendable {
  public var merchant: ExternalID
  public var count: UInt64
  public var last: Position
  public var chain: Digest

  public init(merchant: ExternalID, count: UInt64, last: Position, chain: Digest) {
    self.merchant = merchant
    self.count = count
    self.last = last
    self.chain = chain
  }

  /// The leaf over the positions of all events of a merchant.
  public init(merchant: ExternalID, positions: [Position]) {
    self.init(merchant: merchant, count: 0, last: .zero, chain: .zero)
    for position in positions { append(position) }
  }

  private static var fixedLength: Int { 1 + 8 + 8 + Digest.byteCount }

  /// Reads a leaf; nil for any bytes that are none.
  public init?(_ bytes: [UInt8]) {
    guard let length = bytes.first, (1...UInt8(ExternalID.lengthMax)).contains(length),
      bytes.count == Int(length) + MerchantLeaf.fixedLength,
      let merchant = ExternalID(Array(bytes[1..<1 + Int(length)])),
      let chain = Digest(bytes: Array(bytes.suffix(Digest.byteCount)))
    else { return nil }
    func number(_ offset: Int) -> UInt64 {
      bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    let place = 1 + Int(length)
    self.init(
      merchant: merchant, count: number(place), last: Position(rawValue: number(place + 8)),
      chain: chain)
  }

  public var bytes: [UInt8] {
    func bytes(_ number: UInt64) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }
    return [merchant.count] + merchant.bytes + bytes(count) + bytes(last.rawValue) + chain.bytes
  }

  /// The hash of the leaf in its tree.
  public var hash: Digest {
    let bytes = self.bytes
    return Digest.eventLeaf(unsafe bytes.span.bytes)
  }

  /// Adds the next event of the merchant.
  public mutating func append(_ position: Position) {
    count += 1
    last = position
    chain = .link(chain, position)
  }
}

extension Digest {
  /// The next link of a chain of positions: SHA-256(link before, position as 8 bytes big-endian).
  public static func link(_ before: Digest, _ position: Position) -> Digest {
    unsafe withUnsafeTemporaryAllocation(byteCount: byteCount + 8, alignment: 8) { memory in
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
      var message = unsafe memory.mutableBytes
      before.write(into: &message)
      message.storeBytes(
        of: position.rawValue.bigEndian, toByteOffset: byteCount, as: UInt64.self)
      return SHA256.hash(message.bytes)
    }
  }
}
