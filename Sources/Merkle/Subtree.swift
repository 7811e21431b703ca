// Complete subtrees of a Merkle tree, and the hash of a range of leaves made of them.

public import Events

/// A complete subtree: the 2^height leaves from index x 2^height on.
public struct Subtree: Hashable, Sendable {
  public var height: Int
  public var index: UInt64
  public init(height: Int, index: UInt64) {
    self.height = height
    self.index = index
  }

  public var leaves: Range<UInt64> {
    index << UInt64(height)..<(index + 1) << UInt64(height)
  }

  /// The root of this subtree over leaves that are all at hand.
  public func root(in leaves: Span<Digest>) -> Digest {
    let range = self.leaves
    return CompactTree.root(of: leaves.extracting(Int(range.lowerBound)..<Int(range.upperBound)))
  }
}

/// A range of leaves that a proof speaks of, as RFC 6962 cuts them: D[lower:upper].
struct LeafRange {
  var lower: UInt64
  var upper: UInt64

  var count: UInt64 { upper - lower }

  /// Where RFC 6962 splits it: after the largest power of two smaller than its count.
  var middle: UInt64 {
    precondition(count > 1, "a range of one leaf is not split")
    return lower + 1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  /// MTH(D[lower:upper]), from the roots of complete subtrees.
  ///
  /// A range that a split yields starts at a multiple of the power of two above its count, so that
  /// it is a row of complete subtrees, the largest first.
  func root<Failure: Error>(
    _ node: (Subtree) throws(Failure) -> Digest
  ) throws(Failure) -> Digest {
    var start = upper
    var folded: Digest?
    var left = count
    while left > 0 {
      let height = left.trailingZeroBitCount
      start -= 1 << UInt64(height)
      left &= left - 1
      let subtree = try node(Subtree(height: height, index: start >> UInt64(height)))
      folded = folded.map { .node(subtree, $0) } ?? subtree
    }
    return folded ?? .emptyRoot
  }
}
