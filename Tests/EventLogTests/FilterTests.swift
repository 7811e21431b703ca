// The filter of the index: never a wrong no, and few a wrong yes.

import Events
import Platform
import Testing

@testable import EventLog

@Suite struct FilterTests {
  @Test(arguments: [1_000, 200_000])
  func `every hash put in is held, and fewer than one in a hundred others`(count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let filter = IdentifierFilter(blocks: IdentifierFilter.blocks(for: count))
    let hashes = (0..<count).map { _ in random.next() >> 23 }
    for hash in hashes { filter.bits.insert(hash) }
    #expect(hashes.allSatisfy { filter.bits.mayHold($0) })
    let asked = 200_000
    let wrong = (0..<asked).count { _ in filter.bits.mayHold(random.next() >> 23) }
    print("\(wrong) of \(asked) answers about others are wrong")
    #expect(wrong * 100 < asked)
  }
}
