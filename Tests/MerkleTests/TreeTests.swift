// Trees: the published roots, and a tree by the letter of RFC 6962 to compare with.

import Events
import Merkle
import Testing

/// MTH of RFC 6962 section 2.1, word for word.
func definedRoot(_ leaves: ArraySlice<Digest>) -> Digest {
  guard let first = leaves.first else { return .emptyRoot }
  guard leaves.count > 1 else { return first }
  var half = 1
  while half * 2 < leaves.count { half *= 2 }
  let middle = leaves.startIndex + half
  return .node(definedRoot(leaves[..<middle]), definedRoot(leaves[middle...]))
}

func leaf(of event: [UInt8]) -> Digest {
  let span = event.span
  return Digest.eventLeaf(unsafe span.bytes)
}

func numberedLeaves(_ count: Int) -> [Digest] {
  (0..<count).map { leaf(of: [UInt8($0 & 255), UInt8($0 >> 8)]) }
}

@Suite struct TreeTests {
  /// The eight events that the tests of Certificate Transparency have used since 2012.
  static let events = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ]
  static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  static func classicLeaves() throws -> [Digest] {
    try events.map { leaf(of: try #require(Hexadecimal.decode($0))) }
  }

  @Test(arguments: 0...8)
  func `The classic leaves have the published roots`(size: Int) throws {
    let leaves = try TreeTests.classicLeaves()
    #expect(CompactTree.root(of: leaves.span, size: size).hex == TreeTests.roots[size])
  }

  @Test func `A tree grown leaf by leaf has the root of the definition at every size`() {
    let leaves = numberedLeaves(300)
    var tree = CompactTree()
    for size in 0...300 {
      #expect(tree.size == UInt64(size))
      #expect(tree.root == definedRoot(leaves[..<size]), "at size \(size)")
      if size < 300 { tree.append(leaves[size]) }
    }
  }

  @Test func `Leaves that come at once make the tree that they make one by one`() {
    let leaves = numberedLeaves(400)
    for start in [0, 1, 62, 63, 64, 65, 128, 130] {
      for count in [0, 1, 63, 64, 65, 127, 128, 129, 192, 270] {
        var tree = CompactTree(leaves.span.extracting(0..<start))
        tree.append(contentsOf: leaves.span.extracting(start..<start + count))
        var single = CompactTree()
        for leaf in leaves[..<(start + count)] { single.append(leaf) }
        #expect(tree == single, "\(count) behind \(start)")
        #expect(tree.root == definedRoot(leaves[..<(start + count)]))
      }
    }
  }

  @Test func `A tree read back from its bytes goes on growing as if nothing had been`() throws {
    let leaves = numberedLeaves(200)
    for size in [0, 1, 2, 3, 7, 8, 63, 64, 100, 127, 128] {
      let bytes = CompactTree(leaves.span.extracting(0..<size)).serialized
      let span = bytes.span
      var tree = try #require(CompactTree(serialized: unsafe span.bytes))
      #expect(tree == CompactTree(leaves.span.extracting(0..<size)))
      tree.append(contentsOf: leaves.span.extracting(size..<200))
      #expect(tree.root == definedRoot(leaves[...]))
    }
  }

  @Test func `Bytes that are too short or too long are no tree`() {
    let good = CompactTree(numberedLeaves(5).span).serialized
    for bad in [[], Array(good.dropLast()), good + [0], Array(good[..<7])] {
      let span = bad.span
      #expect(CompactTree(serialized: unsafe span.bytes) == nil, "\(bad.count) bytes")
    }
  }
}
