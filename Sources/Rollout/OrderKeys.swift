// The keys by which merchants are put in order: rule 2 in FrozenOrder's header.

import Events
import Merkle
import Projections

/// Makes keys of external ids: the first 8 bytes, big-endian, of SHA-256(seed, 0x00, external id).
struct OrderKeys {
  /// A message of so many bytes fits one block of SHA-256 with its padding.
  private static let oneBlockMax = 55

  private let prefix: [UInt8]
  private let empty = SHA256()
  /// The seed and its zero at the head of a block that is empty otherwise.
  private var template = InlineArray<8, UInt64>(repeating: 0)

  init(_ plan: Plan) {
    prefix = plan.order.seed.bytes + [0]
    for (index, byte) in prefix.enumerated() where index < OrderKeys.oneBlockMax {
      template[index >> 3] |= UInt64(byte) << UInt64((index & 7) << 3)
    }
  }

  /// The key of an external id, where its bytes lie.
  func key(_ external: RawSpan) -> UInt64 {
    let length = prefix.count + external.byteCount
    guard length <= OrderKeys.oneBlockMax else {
      var hash = SHA256()
      hash.update(unsafe prefix.span.bytes)
      hash.update(external)
      return hash.digest().words.0.byteSwapped
    }
    var block = template
    // The id's words, moved behind the prefix; behind the id's end they hold zeros.
    let shift = UInt64(prefix.count & 7) << 3
    var place = prefix.count >> 3
    for offset in stride(from: 0, to: external.byteCount, by: 8) {
      let word = external.word(at: offset, count: min(8, external.byteCount - offset))
      block[place] |= word << shift
      place += 1
      if shift > 0, place < 8 { block[place] |= word >> (64 - shift) }
    }
    block[length >> 3] |= 0x80 << UInt64((length & 7) << 3)
    block[7] = UInt64(length << 3).byteSwapped
    let span = block.span
    return empty.head(ofBlock: unsafe span.bytes)
  }
}
