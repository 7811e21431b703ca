// Entries of the index are sorted by the digits of their hashes: as a comparison would sort them.

import Platform
import Testing

@testable import EventLog

@Suite struct EntrySorterTests {
  @Test(arguments: [0, 1, 255, 256, 257, 3_000, 70_000])
  func `entries in the order of their events are sorted as whole numbers`(count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    var sorter = EntrySorter()
    // Few hashes, so that many entries share one, and all of them; the events reach the last bit.
    for hashes in [UInt64(1), 7, 1 << 35] {
      let first = (1 << 28) - count
      var entries = (0..<count).map { place in
        let hash = random.next() % hashes &* (1 << 35 / hashes)
        return IndexEntry.packed(hash, first + place, isAsked: place % 3 == 0)
      }
      let expected = entries.sorted()
      sorter.sort(&entries)
      #expect(entries == expected)
    }
  }
}
