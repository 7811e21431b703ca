// Sorts millions of integers by their digits: no comparisons, few passes.

import Platform

/// Sorts integers whose leading bits are spread evenly, as those of a hash are.
///
/// The first digit scatters all of them into buckets that fit a core's own cache; there two more
/// digits put nearly all in place, and an insertion moves the rest by a step or two. Buckets are
/// sorted by two threads, each its own.
enum ItemSorter {
  private static let digitBits: UInt64 = 11
  private static let digitCount = 1 << 11
  private static let digitMask = UInt64(digitCount - 1)
  /// Where each digit stands, from the first.
  private static let shifts: (UInt64, UInt64, UInt64) = (53, 42, 31)
  /// How many buckets a thread sorts at a time; the number of digits is a multiple of it.
  private static let bucketsInRun = 16
  /// Up to so many are sorted by comparison.
  private static let fewMax = 4_096
  /// Up to so many in a bucket are put in place by insertion alone.
  private static let insertionMax = 48

  static func sorted(_ items: [UInt64]) -> [UInt64] {
    guard items.count > fewMax else { return items.sorted() }
    var starts = [Int](repeating: 0, count: digitCount + 1)
    for item in items { starts[Int(item >> shifts.0) + 1] += 1 }
    var most = 0
    for digit in 1...digitCount {
      most = max(most, starts[digit])
      starts[digit] += starts[digit - 1]
    }
    var sorted = [UInt64](capacity: items.count) { sorted in
      sorted.askForLargePages()
      sorted.append(repeating: 0, count: items.count)
    }
    do {
      var next = starts
      var places = next.mutableSpan
      var target = sorted.mutableSpan
      for item in items {
        let digit = Int(item >> shifts.0)
        target[places[digit]] = item
        places[digit] += 1
      }
    }
    let runs = stride(from: 0, through: digitCount, by: bucketsInRun).map { starts[$0] }
    SharedWork.change("order", &sorted, at: runs) { [starts, most] number, run in
      var scratch = [UInt64](repeating: 0, count: most)
      var counts = [UInt32](repeating: 0, count: digitCount)
      let first = number * bucketsInRun
      for digit in first..<first + bucketsInRun {
        var bucket = run._mutatingExtracting(
          starts[digit] - starts[first]..<starts[digit + 1] - starts[first])
        sort(&bucket, &scratch, &counts)
      }
    }
    return sorted
  }

  /// Sorts by the upper bits alone: who is equal in them stays in the order it had.
  static func sortStably(_ items: inout [UInt64], byBitsFrom first: UInt64) {
    var scratch = [UInt64](repeating: 0, count: items.count)
    var counts = [UInt32](repeating: 0, count: digitCount)
    let used = items.reduce(0) { $0 | $1 }
    var shift = first
    while shift < UInt64.bitWidth, used >> shift > 0 {
      var target = scratch.mutableSpan
      var counters = counts.mutableSpan
      move(items.span, to: &target, by: shift, &counters)
      swap(&items, &scratch)
      shift += digitBits
    }
  }

  private static func sort(
    _ bucket: inout MutableSpan<UInt64>, _ scratch: inout [UInt64], _ counts: inout [UInt32]
  ) {
    if bucket.count > insertionMax {
      var other = scratch.mutableSpan
      var counters = counts.mutableSpan
      var rest = other._mutatingExtracting(0..<bucket.count)
      move(bucket.span, to: &rest, by: shifts.2, &counters)
      move(rest.span, to: &bucket, by: shifts.1, &counters)
    }
    for index in bucket.indices.dropFirst() {
      let item = bucket[index]
      var place = index
      while place > 0, bucket[place - 1] > item {
        bucket[place] = bucket[place - 1]
        place -= 1
      }
      bucket[place] = item
    }
  }

  /// One pass: stable by one digit.
  private static func move(
    _ source: Span<UInt64>, to target: inout MutableSpan<UInt64>, by shift: UInt64,
    _ counts: inout MutableSpan<UInt32>
  ) {
    for digit in counts.indices { counts[digit] = 0 }
    for index in source.indices { counts[Int(source[index] >> shift & digitMask)] += 1 }
    var sum: UInt32 = 0
    for digit in counts.indices {
      let count = counts[digit]
      counts[digit] = sum
      sum += count
    }
    for index in source.indices {
      let item = source[index]
      let digit = Int(item >> shift & digitMask)
      target[Int(counts[digit])] = item
      counts[digit] += 1
    }
  }
}
