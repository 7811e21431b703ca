// The order of entries in an index file. They come in the order of their events, so only the hash
// in their upper bits has to be sorted: by its digits, and without a comparison.

/// Sorts entries, with memory that it keeps from one sort to the next.
struct EntrySorter {
  private static let digitBits = 9
  /// Even, so that what is sorted ends where it began.
  private static let digits = 4
  private static let values = 1 << digitBits
  /// Of the event, which stands below the hash, no more than its highest bit is sorted as well.
  private static let lowestBit = 64 - digits * digitBits
  /// Fewer than this are compared.
  private static let countMin = 256

  private var spare: [UInt64] = []
  /// For each digit, where the next entry with a value of it belongs.
  private var places = [Int](repeating: 0, count: digits * values)

  /// Sorts entries that stand in the order of their events.
  ///
  /// By digits from the lowest (Knuth, "The Art of Computer Programming" 3, 5.2.5): each round
  /// keeps, among equal digits, the order of the round before.
  mutating func sort(_ entries: inout [UInt64]) {
    guard entries.count >= EntrySorter.countMin else { return entries.sort() }
    let missing = entries.count - spare.count
    if missing > 0 { spare.append(contentsOf: repeatElement(0, count: missing)) }
    share(entries.span)
    EntrySorter.sort(&entries, &spare, &places)
  }

  private static func sort(
    _ entries: inout [UInt64], _ spare: inout [UInt64], _ places: inout [Int]
  ) {
    let count = entries.count
    var here = entries.mutableSpan
    var there = spare.mutableSpan
    var next = places.mutableSpan
    for digit in stride(from: 0, to: digits, by: 2) {
      move(here.span, count, to: &there, by: digit, &next)
      move(there.span, count, to: &here, by: digit + 1, &next)
    }
  }

  /// Counts the values of every digit, and so knows where the entries with each begin.
  private mutating func share(_ entries: Span<UInt64>) {
    for place in places.indices { places[place] = 0 }
    var counts = places.mutableSpan
    for index in entries.indices {
      for digit in 0..<EntrySorter.digits { counts[EntrySorter.place(entries[index], digit)] += 1 }
    }
    for digit in 0..<EntrySorter.digits {
      var before = 0
      for place in digit * EntrySorter.values..<(digit + 1) * EntrySorter.values {
        (counts[place], before) = (before, before + counts[place])
      }
    }
  }

  private static func move(
    _ entries: Span<UInt64>, _ count: Int, to target: inout MutableSpan<UInt64>, by digit: Int,
    _ places: inout MutableSpan<Int>
  ) {
    for index in 0..<count {
      let place = place(entries[index], digit)
      target[places[place]] = entries[index]
      places[place] += 1
    }
  }

  /// Where the count of an entry's digit stands.
  @inline(__always)
  private static func place(_ entry: UInt64, _ digit: Int) -> Int {
    let shift = UInt64(lowestBit + digit * digitBits)
    return digit * values + Int(truncatingIfNeeded: entry >> shift) & (values - 1)
  }
}
