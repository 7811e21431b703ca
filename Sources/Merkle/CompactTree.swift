// The right edge of a growing Merkle tree (RFC 6962 section 2.1): all that appending needs.
//
// A tree of n leaves is a row of complete subtrees, one for each bit of n that is set, the largest
// first. Only their roots are kept. Appending a leaf is adding one to n in binary: where a bit
// carries, two equal subtrees become one. The root of the whole folds the row from the right.
//
// Example, n = 6 = 110b: the edge holds the subtree of leaves 0 to 3 and that of leaves 4 to 5.

public import Events

/// How many leaves a tree has, and its root: what a checkpoint signs.
public struct TreeHead: Hashable, Sendable {
  public var size: UInt64
  public var root: Digest
  public init(size: UInt64, root: Digest) {
    self.size = size
    self.root = root
  }

  public static let empty = TreeHead(size: 0, root: .emptyRoot)
}

/// A tree that grows at its right edge and forgets its leaves.
public struct CompactTree: Sendable {
  /// The roots of complete subtrees: at most one of each height below this.
  public static let heightMax = 64

  public private(set) var size: UInt64 = 0
  /// At `height`, the root of the complete subtree of that height, where size has that bit.
  private var edge = InlineArray<64, Digest>(repeating: .zero)

  public init() {}

  /// The tree over these leaves.
  public init(_ leaves: Span<Digest>) {
    append(contentsOf: leaves)
  }

  public mutating func append(_ leaf: Digest) { append(leaf, height: 0) }

  public mutating func append(contentsOf leaves: Span<Digest>) {
    var index = 0
    while index < leaves.count {
      let isWhole = size % UInt64(CompactTree.blockCount) == 0
      if isWhole, index + CompactTree.blockCount <= leaves.count {
        append(block: leaves.extracting(index..<index + CompactTree.blockCount))
        index += CompactTree.blockCount
      } else {
        append(leaves[index])
        index += 1
      }
    }
  }

  /// Leaves whose nodes are hashed level by level, where they begin a subtree.
  private static let blockCount = 64

  private mutating func append(block leaves: Span<Digest>) {
    var level = InlineArray<64, Digest>(repeating: .zero)
    for index in leaves.indices { level[index] = leaves[index] }
    var digests = level.mutableSpan
    var pairs = CompactTree.blockCount / 2
    while pairs > 0 {
      Digest.pairUp(&digests, pairs: pairs)
      pairs /= 2
    }
    append(digests[0], height: CompactTree.blockCount.trailingZeroBitCount)
  }

  /// Adds a complete subtree of 2^height leaves, of which the size is a multiple.
  private mutating func append(_ subtree: Digest, height: Int) {
    let count: UInt64 = 1 << UInt64(height)
    precondition(size <= UInt64.max - count, "a tree has at most 2^64 - 1 leaves")
    var carried = subtree
    let end = (~(size | (count - 1))).trailingZeroBitCount
    for lower in height..<end { carried = .node(edge[lower], carried) }
    edge[end] = carried
    size += count
  }

  /// The root over all leaves so far; takes no memory from the heap.
  public var root: Digest {
    guard size > 0 else { return .emptyRoot }
    var height = size.trailingZeroBitCount
    var folded = edge[height]
    height += 1
    while height < CompactTree.heightMax {
      if size >> UInt64(height) & 1 == 1 { folded = .node(edge[height], folded) }
      height += 1
    }
    return folded
  }

  public var head: TreeHead { TreeHead(size: size, root: root) }

  /// The root of the first `size` of some leaves.
  public static func root(of leaves: Span<Digest>, size: Int) -> Digest {
    CompactTree(leaves.extracting(0..<size)).root
  }

  public static func root(of leaves: Span<Digest>) -> Digest { CompactTree(leaves).root }
}

extension CompactTree: Equatable {
  public static func == (left: CompactTree, right: CompactTree) -> Bool {
    guard left.size == right.size else { return false }
    for height in 0..<heightMax
    where left.size >> UInt64(height) & 1 == 1 && left.edge[height] != right.edge[height] {
      return false
    }
    return true
  }
}

extension CompactTree {
  /// The digests of the edge, largest subtree first.
  public var edgeHashes: [Digest] {
    (0..<CompactTree.heightMax).reversed().filter { size >> UInt64($0) & 1 == 1 }.map { edge[$0] }
  }

  /// The edge as bytes: the size as eight little-endian bytes, then the digests, largest subtree
  /// first, one for each bit of the size that is set.
  public var serialized: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + size.nonzeroBitCount * Digest.byteCount)
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: size >> UInt64(shift * 8))) }
    for height in stride(from: CompactTree.heightMax - 1, through: 0, by: -1)
    where size >> UInt64(height) & 1 == 1 { bytes += edge[height].bytes }
    return bytes
  }

  /// The tree of serialized bytes; nil where their count does not fit the size they name.
  ///
  /// Nothing else can be checked here: compare the root with one that is signed.
  public init?(serialized bytes: RawSpan) {
    guard bytes.byteCount >= 8 else { return nil }
    let size = UInt64(
      littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
    guard bytes.byteCount == 8 + size.nonzeroBitCount * Digest.byteCount else { return nil }
    self.size = size
    var offset = 8
    for height in stride(from: CompactTree.heightMax - 1, through: 0, by: -1)
    where size >> UInt64(height) & 1 == 1 {
      edge[height] = Digest(bytes, at: offset)
      offset += Digest.byteCount
    }
  }
}
