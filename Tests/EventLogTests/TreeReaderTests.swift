// Roots and proofs of a log, from its leaves and from its events.

import EventLog
import Events
import Merkle
import Platform
import Simulation
import Testing

@Suite struct TreeReaderTests {
  private func log() throws -> (SimulatedDisk, [Digest]) {
    let disk = SimulatedDisk(seed: 5)
    var carrier = try newLog(disk, testOptions())
    for _ in 0..<30 { try carrier.appendTest(7) }
    try carrier.close(at: carrier.lastLogTime)
    let reader = try LogReader(disk, testDirectory)
    var leaves: [Digest] = []
    try reader.read(from: .zero) { (batch) throws(Never) in
      for index in 0..<batch.count { leaves.append(Digest.eventLeaf(batch.bytes(of: index))) }
    }
    return (disk, leaves)
  }

  @Test(arguments: [nil, 0, 1, 40, 209] as [Int?])
  func `with all leaves, some or none the tree is the same`(_ kept: Int?) throws {
    let (disk, leaves) = try log()
    if let kept { disk.cut("\(testDirectory)/leaves", to: kept * 32 + (kept == 40 ? 9 : 0)) }
    let tree = try TreeReader(
      try LogReader(disk, testDirectory), upTo: Position(UInt64(leaves.count)))
    for size in [0, 1, 2, 39, 40, 41, 128, leaves.count] {
      let root = CompactTree.root(of: leaves.span, size: size)
      #expect(try tree.tree(size: UInt64(size)).root == root)
      for index in stride(from: 0, to: size, by: 17) {
        let proof = try tree.inclusion(of: Position(UInt64(index)), size: UInt64(size))
        #expect(proof.verifies(leaf: leaves[index], root: root))
        #expect(try tree.leaf(Position(UInt64(index))) == leaves[index])
      }
      for old in stride(from: 1, through: size, by: 13) {
        let proof = try tree.consistency(from: UInt64(old), to: UInt64(size))
        #expect(
          proof.verifies(oldRoot: CompactTree.root(of: leaves.span, size: old), newRoot: root))
      }
    }
  }

  @Test func `the tree at the last seal is had where its seal has the same root`() throws {
    let (disk, leaves) = try log()
    let reader = try LogReader(disk, testDirectory)
    let tree = try #require(reader.sealedTree(upTo: reader.durableEnd))
    let size = Int(tree.size)
    #expect(size > 0 && size < leaves.count)
    #expect(tree.root == CompactTree.root(of: leaves.span, size: size))
    #expect(reader.sealedTree(upTo: Position(tree.size - 1)) == nil)
    // Leaves that follow lead to the root at the end.
    var whole = tree
    let rest = Array(leaves[size...])
    whole.append(contentsOf: rest.span)
    #expect(whole.root == testRoot(UInt64(leaves.count)))
    disk.cut("\(testDirectory)/tree", to: 40)
    #expect(try LogReader(disk, testDirectory).sealedTree(upTo: reader.durableEnd) == nil)
  }

  @Test func `a carrier knows the root at every size, after a clean end and after a kill`() throws {
    let disk = SimulatedDisk(seed: 6)
    var carrier = try newLog(disk, testOptions())
    for _ in 0..<30 { try carrier.appendTest(7) }
    for isClean in [true, false] {
      if isClean { try carrier.close(at: carrier.lastLogTime) } else { carrier.abandon() }
      carrier = try reopen(disk).carrier
      for size in [0, 1, 7, 100, 205, 210] as [UInt64] {
        #expect(try carrier.root(at: size) == testRoot(size), "\(size)")
      }
      #expect(try carrier.root(at: carrier.durableEnd.rawValue) == carrier.root)
      #expect(try carrier.root(at: carrier.durableEnd.rawValue + 1) == nil)
      try carrier.appendTest(3)
    }
  }
}
