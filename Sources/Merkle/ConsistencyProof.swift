// Proof that a tree only grew: RFC 6962 section 2.1.2, RFC 9162 section 2.1.4.
//
// The proof is the hashes from which both roots, the old and the new, can be computed. It is empty
// where both sizes are equal. Where the old size is a power of two the old root is itself a node of
// the new tree, and is left out.
//
// Every tree is consistent with the empty one and no hash shows it: an old size of 0 is for the
// caller to settle, and `verifies` refuses it.

public import Events

/// The hashes that lead to the root of a tree and to that of its earlier self.
public struct ConsistencyProof: Hashable, Sendable {
  public var oldSize: UInt64
  public var newSize: UInt64
  public var hashes: [Digest]

  public init(oldSize: UInt64, newSize: UInt64, hashes: [Digest]) {
    self.oldSize = oldSize
    self.newSize = newSize
    self.hashes = hashes
  }

  /// Makes the proof, asking for the roots of complete subtrees, at most two for each level.
  public init<Failure: Error>(
    from oldSize: UInt64, to newSize: UInt64, node: (Subtree) throws(Failure) -> Digest
  ) throws(Failure) {
    precondition(oldSize <= newSize, "a tree does not shrink")
    var hashes: [Digest] = []
    if oldSize > 0 && oldSize < newSize {
      for range in ConsistencyProof.ranges(from: oldSize, to: newSize) {
        hashes.append(try range.root(node))
      }
    }
    self.init(oldSize: oldSize, newSize: newSize, hashes: hashes)
  }

  /// Makes the proof from leaves that are all at hand.
  public init(from oldSize: UInt64, in leaves: Span<Digest>) {
    self.init(from: oldSize, to: UInt64(leaves.count)) { $0.root(in: leaves) }
  }

  /// The ranges of SUBPROOF(oldSize, D[newSize], true), in the order of the proof.
  private static func ranges(from oldSize: UInt64, to newSize: UInt64) -> [LeafRange] {
    var range = LeafRange(lower: 0, upper: newSize)
    var found: [LeafRange] = []
    while oldSize != range.upper {
      let middle = range.middle
      if oldSize <= middle {
        found.append(LeafRange(lower: middle, upper: range.upper))
        range.upper = middle
      } else {
        found.append(LeafRange(lower: range.lower, upper: middle))
        range.lower = middle
      }
    }
    // The whole of the old tree is known to the reader: only a part of it must be named.
    if range.lower > 0 { found.append(range) }
    return found.reversed()
  }

  /// Whether the proof shows that the tree of the new root begins with that of the old one.
  public func verifies(oldRoot: Digest, newRoot: Digest) -> Bool {
    guard oldSize > 0, oldSize <= newSize else { return false }
    if oldSize == newSize { return hashes.isEmpty && oldRoot == newRoot }
    let startsAtOldRoot = oldSize.nonzeroBitCount == 1
    guard let start = startsAtOldRoot ? oldRoot : hashes.first else { return false }
    let skipped = UInt64(oldSize.trailingZeroBitCount)
    var place = (oldSize - 1) >> skipped
    var last = (newSize - 1) >> skipped
    var old = start
    var new = start
    for hash in hashes.dropFirst(startsAtOldRoot ? 0 : 1) {
      if last == 0 { return false }
      if place & 1 == 1 || place == last {
        old = .node(hash, old)
        new = .node(hash, new)
        while place & 1 == 0 && place != 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        new = .node(new, hash)
      }
      place >>= 1
      last >>= 1
    }
    return last == 0 && old == oldRoot && new == newRoot
  }
}
