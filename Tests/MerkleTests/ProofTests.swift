import Events
import Merkle
import Testing

@Suite struct ProofTests {
  static let sizeMax = 64
  let leaves = numberedLeaves(ProofTests.sizeMax)

  private func root(_ size: Int) -> Digest { CompactTree.root(of: leaves.span, size: size) }

  /// The same hashes with one altered, dropped, added or exchanged.
  private func mutations(_ hashes: [Digest]) -> [[Digest]] {
    var all = [hashes + [.zero], [.zero] + hashes]
    if let last = hashes.last { all.append(hashes + [last]) }
    for index in hashes.indices {
      var altered = hashes
      var words = hashes[index].words
      words.3 ^= 1 << 63
      altered[index] = Digest(words: words)
      all.append(altered)
      var dropped = hashes
      dropped.remove(at: index)
      all.append(dropped)
      if index > 0 {
        var exchanged = hashes
        exchanged.swapAt(index, index - 1)
        all.append(exchanged)
      }
    }
    return all
  }

  @Test func `Every leaf is proven in every tree, and no altered proof passes`() {
    var failures = 0
    for size in 1...ProofTests.sizeMax {
      let root = root(size)
      let tree = leaves.span.extracting(0..<size)
      for index in 0..<size {
        let proof = InclusionProof(of: UInt64(index), in: tree)
        if !proof.verifies(leaf: leaves[index], root: root) { failures += 1 }
        let length = InclusionProof.length(index: proof.index, size: proof.size)
        if proof.hashes.count != length { failures += 1 }
        if proof.verifies(leaf: leaves[(index + 1) % 64], root: root) { failures += 1 }
        if proof.verifies(leaf: leaves[index], root: .zero) { failures += 1 }
        for other in 0..<size where other != index {
          var moved = proof
          moved.index = UInt64(other)
          if moved.verifies(leaf: leaves[index], root: root) { failures += 1 }
        }
        for hashes in mutations(proof.hashes) {
          var altered = proof
          altered.hashes = hashes
          if altered.verifies(leaf: leaves[index], root: root) { failures += 1 }
        }
      }
    }
    #expect(failures == 0)
  }

  @Test func `Every tree is proven to grow into every larger one, and no altered proof passes`() {
    var failures = 0
    for new in 1...ProofTests.sizeMax {
      for old in 1...new {
        let proof = ConsistencyProof(from: UInt64(old), in: leaves.span.extracting(0..<new))
        let (before, after) = (root(old), root(new))
        if !proof.verifies(oldRoot: before, newRoot: after) { failures += 1 }
        if proof.verifies(oldRoot: .zero, newRoot: after) { failures += 1 }
        if proof.verifies(oldRoot: before, newRoot: .zero) { failures += 1 }
        for hashes in mutations(proof.hashes) {
          var altered = proof
          altered.hashes = hashes
          if altered.verifies(oldRoot: before, newRoot: after) { failures += 1 }
        }
      }
    }
    #expect(failures == 0)
  }

  @Test func `A leaf outside its tree and an old tree of nothing are refused`() {
    #expect(InclusionProof(index: 1, size: 1, hashes: []).root(from: leaves[0]) == nil)
    #expect(InclusionProof(index: 0, size: 0, hashes: []).root(from: leaves[0]) == nil)
    let nothing = ConsistencyProof(from: 0, in: leaves.span)
    #expect(nothing.hashes.isEmpty)
    #expect(!nothing.verifies(oldRoot: .emptyRoot, newRoot: root(64)))
    let shrunk = ConsistencyProof(oldSize: 3, newSize: 2, hashes: [])
    #expect(!shrunk.verifies(oldRoot: root(3), newRoot: root(2)))
  }

  @Test func `A proof asks only for complete subtrees inside the tree, two a level at most`() {
    for size in 1...ProofTests.sizeMax {
      for index in 0..<size {
        var asked: [Subtree] = []
        _ = InclusionProof(of: UInt64(index), size: UInt64(size)) { subtree in
          asked.append(subtree)
          return .zero
        }
        #expect(asked.allSatisfy { $0.leaves.upperBound <= UInt64(size) })
        #expect(asked.allSatisfy { !$0.leaves.contains(UInt64(index)) })
        #expect(asked.count <= 14)
      }
    }
  }
}
