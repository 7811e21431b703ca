// Proof that a leaf stands at an index of a tree: RFC 6962 section 2.1.1, RFC 9162 section 2.1.3.
//
// The proof is the hash of every subtree beside the way from the leaf up to the root: the leaf's
// sibling first, the root's child last. Its length is given by index and size alone, and a proof
// of any other length is refused.

public import Events

/// The hashes beside the way from a leaf to the root.
public struct InclusionProof: Hashable, Sendable {
  public var index: UInt64
  public var size: UInt64
  public var hashes: [Digest]

  public init(index: UInt64, size: UInt64, hashes: [Digest]) {
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// Makes the proof, asking for the roots of complete subtrees, at most two for each level.
  public init<Failure: Error>(
    of index: UInt64, size: UInt64, node: (Subtree) throws(Failure) -> Digest
  ) throws(Failure) {
    precondition(index < size, "a leaf can be proven only inside its tree")
    var range = LeafRange(lower: 0, upper: size)
    var beside: [LeafRange] = []
    while range.count > 1 {
      let middle = range.middle
      if index < middle {
        beside.append(LeafRange(lower: middle, upper: range.upper))
        range.upper = middle
      } else {
        beside.append(LeafRange(lower: range.lower, upper: middle))
        range.lower = middle
      }
    }
    var hashes: [Digest] = []
    hashes.reserveCapacity(beside.count)
    for range in beside.reversed() { hashes.append(try range.root(node)) }
    self.init(index: index, size: size, hashes: hashes)
  }

  /// Makes the proof from leaves that are all at hand.
  public init(of index: UInt64, in leaves: Span<Digest>) {
    self.init(of: index, size: UInt64(leaves.count)) { $0.root(in: leaves) }
  }

  /// How many hashes such a proof has.
  public static func length(index: UInt64, size: UInt64) -> Int {
    precondition(index < size, "a leaf can be proven only inside its tree")
    let inner = 64 - (index ^ (size - 1)).leadingZeroBitCount
    return inner + (inner == 64 ? 0 : (index >> UInt64(inner)).nonzeroBitCount)
  }

  /// The root that the proof leads to from a leaf; nil where its length is wrong.
  public func root(from leaf: Digest) -> Digest? {
    guard index < size else { return nil }
    var place = index
    var last = size - 1
    var folded = leaf
    for hash in hashes {
      if last == 0 { return nil }
      if place & 1 == 1 || place == last {
        folded = .node(hash, folded)
        // Levels at which this subtree has no sibling to its right are passed without a hash.
        while place & 1 == 0 && place != 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        folded = .node(folded, hash)
      }
      place >>= 1
      last >>= 1
    }
    return last == 0 ? folded : nil
  }

  /// Whether the proof shows that the leaf is in the tree of this root.
  public func verifies(leaf: Digest, root: Digest) -> Bool {
    self.root(from: leaf) == root
  }
}
