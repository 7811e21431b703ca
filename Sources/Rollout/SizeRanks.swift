// Finds the n-th of millions of sizes by counting, without sorting them.

/// How often each size occurs, digit by digit: two passes find any rank.
struct SizeRanks {
  private static let half: UInt32 = 16

  /// The size at a rank from 0, the smallest first.
  ///
  /// - Returns: the size, how many are smaller and how many are equal.
  static func find(
    rank: Int, _ sizes: Span<UInt32>
  ) -> (size: UInt32, smaller: Int, equal: Int) {
    var counts = [Int](repeating: 0, count: 1 << half)
    for index in sizes.indices { counts[Int(sizes[index] >> half)] += 1 }
    let (high, below, _) = place(rank, counts)
    for digit in counts.indices { counts[digit] = 0 }
    for index in sizes.indices where sizes[index] >> half == UInt32(high) {
      counts[Int(sizes[index] & 0xffff)] += 1
    }
    let (low, before, equal) = place(rank - below, counts)
    return (UInt32(high) << half | UInt32(low), below + before, equal)
  }

  /// The digit in which a rank falls, how many are before it and how many in it.
  private static func place(
    _ rank: Int, _ counts: [Int]
  ) -> (digit: Int, before: Int, count: Int) {
    var before = 0
    for digit in counts.indices {
      if before + counts[digit] > rank { return (digit, before, counts[digit]) }
      before += counts[digit]
    }
    preconditionFailure("a rank lies beyond what was counted")
  }
}
