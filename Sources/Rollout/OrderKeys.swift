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

  func key(_ external: ExternalID) -> UInt64 {
    let length = prefix.count + Int(external.count)
    guard length <= OrderKeys.oneBlockMax else {
      let text = prefix + external.bytes
      return unsafe SHA256.hash(text.span.bytes).words.0.byteSwapped
    }
    var block = template
    // The id's words, moved behind the prefix; behind the id's end they hold zeros.
    let shift = UInt64(prefix.count & 7) << 3
    var place = prefix.count >> 3
    for index in 0..<(Int(external.count) + 7) >> 3 {
      let word = external.word(index)
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
