// The filter of the index: never a wrong no, and few a wrong yes.

import Events
import Platform
import Testing

@testable import EventLog

@Suite struct FilterTests {
  /// With so many bits a hash, fewer than one wrong yes in so many.
  @Test(arguments: [(1_000, 12, 100), (200_000, 12, 100), (1_000, 16, 400), (200_000, 16, 400)])
  func `every hash put in is held, and few others`(count: Int, bits: Int, among: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let filter = IdentifierFilter(
      blocks: IdentifierFilter.blocks(for: count, bitsPerHash: bits))
    let hashes = (0..<count).map { _ in random.next() >> 23 }
    for hash in hashes { filter.bits.insert(hash) }
    #expect(hashes.allSatisfy { filter.bits.mayHold($0) })
    let asked = 200_000
    let wrong = (0..<asked).count { _ in filter.bits.mayHold(random.next() >> 23) }
    print("\(wrong) of \(asked) answers about others are wrong")
    #expect(wrong * among < asked)
  }
}
