// Proofs that some events are all events of a merchant, or that it has none.

import Events
import Merkle
import Testing

/// A log of a few events whose last but one commits a tree of merchants.
private struct CommittedTree {
  /// The positions of each merchant, in the order of the ids.
  static let histories: [(id: String, positions: [UInt64])] = [
    ("b", [0, 3, 4]), ("d", [1]), ("shop 7", [2, 5]), ("shop-1", [6]), ("中文店", [7, 8, 9, 10]),
  ]

  let leaves: [MerchantLeaf]
  let event: [UInt8]
  let inclusion: OfflineProof

  init(_ count: Int = CommittedTree.histories.count, size: UInt64 = 11) throws {
    leaves = try CommittedTree.histories.prefix(count).map { history in
      MerchantLeaf(
        merchant: try #require(ExternalID(history.id)),
        positions: history.positions.map { Position($0) })
    }
    let hashes = leaves.map(\.hash)
    let root = CompactTree(hashes.span).root
    event = CommittedTree.bytes(
      .merchantTreeCommitted(
        MerchantTreeCommitted(size: size, merchants: UInt64(leaves.count), root: root)))
    var log = (0..<11).map { number in Digest.eventLeaf([UInt8(number)]) }
    log.append(Digest.eventLeaf(event))
    log.append(Digest.eventLeaf([99]))
    let signer = try CheckpointTests.signer()
    inclusion = OfflineProof(
      InclusionProof(of: 11, in: log.span), in: try CheckpointTests.head(of: log, by: [signer]))
  }

  static func bytes(_ payload: Payload) -> [UInt8] {
    var encoder = FieldEncoder()
    Event(EventHeader(logTime: Timestamp(seconds: 1)), payload).encode(into: &encoder)
    return encoder.bytes
  }

  func leaf(_ index: Int) -> MerchantProof.Leaf {
    let hashes = leaves.map(\.hash)
    return MerchantProof.Leaf(
      leaf: leaves[index], proof: InclusionProof(of: UInt64(index), in: hashes.span))
  }

  func proof(_ id: String, _ positions: [UInt64], _ shown: [Int]) throws -> MerchantProof {
    MerchantProof(
      merchant: try #require(ExternalID(id)), positions: positions.map { Position($0) },
      leaves: shown.map { leaf($0) }, event: event, inclusion: inclusion)
  }
}

extension Digest {
  fileprivate static func eventLeaf(_ bytes: [UInt8]) -> Digest {
    eventLeaf(unsafe bytes.span.bytes)
  }
}

@Suite struct MerchantProofTests {
  @Test func `a leaf reads back, and nothing else is one`() throws {
    let leaf = MerchantLeaf(
      merchant: try #require(ExternalID("shop-1")), positions: [Position(3), Position(9)])
    #expect(MerchantLeaf(leaf.bytes) == leaf)
    #expect(leaf.count == 2 && leaf.last == Position(9))
    for length in 0..<leaf.bytes.count {
      #expect(MerchantLeaf(Array(leaf.bytes[..<length])) == nil)
    }
    #expect(MerchantLeaf(leaf.bytes + [0]) == nil)
    #expect(MerchantLeaf([0] + leaf.bytes.dropFirst()) == nil)
    #expect(MerchantLeaf([65] + leaf.bytes.dropFirst()) == nil)
    // SHA-256 over 32 zero bytes and position 3, then over that and position 9, by another program.
    #expect(
      leaf.chain.hex == "c1a0ad0be8c4a9f69dd8da7bd71101aafaa14279e79a4bf89cb0f4bf7ab9854d")
  }

  @Test func `all events of each merchant are proven, and each proof reads back`() throws {
    let tree = try CommittedTree()
    for (index, history) in CommittedTree.histories.enumerated() {
      let proof = try tree.proof(history.id, history.positions, [index])
      #expect(proof.objection == nil)
      #expect(try MerchantProof(proof.bytes) == proof)
    }
  }

  @Test(arguments: [("a", [0]), ("c", [0, 1]), ("shop", [1, 2]), ("shop-0", [2, 3]), ("龙", [4])])
  func `that a merchant has no event is proven by its neighbours`(
    _ id: String, _ shown: [Int]
  ) throws {
    let proof = try CommittedTree().proof(id, [], shown)
    #expect(proof.objection == nil)
    #expect(try MerchantProof(proof.bytes) == proof)
  }

  @Test func `in a tree without leaves nobody has an event`() throws {
    #expect(try CommittedTree(0).proof("a", [], []).objection == nil)
    #expect(try CommittedTree(1).proof("a", [], []).objection?.contains("no leaf") == true)
  }

  @Test(arguments: [
    ("one left out", "b", [0, 4], [0]), ("one more", "b", [0, 3, 4, 5], [0]),
    ("the order", "b", [3, 0, 4], [0]), ("twice", "b", [0, 3, 3], [0]),
    ("another's leaf", "b", [1], [1]), ("two leaves", "b", [0, 3, 4], [0, 1]),
    ("no leaf", "b", [0, 3, 4], []), ("behind the end", "b", [0, 3, 11], [0]),
    ("hidden behind neighbours", "d", [], [0, 2]), ("hidden at the end", "中文店", [], [3]),
    ("hidden at the start", "b", [], [1]), ("its own leaf", "d", [], [1, 2]),
    ("one neighbour", "c", [], [0]), ("the other", "c", [], [1]), ("apart", "c", [], [0, 2]),
    ("the wrong way", "c", [], [1, 0]), ("others' neighbours", "a", [], [1, 2]),
    ("three", "c", [], [0, 1, 2]),
  ])
  func `what is not so is not proven`(
    _ what: String, _ id: String, _ positions: [UInt64], _ shown: [Int]
  ) throws {
    #expect(try CommittedTree().proof(id, positions, shown).objection != nil, "\(what)")
  }

  @Test func `events past the size of the tree, and other trees, prove nothing`() throws {
    let short = try CommittedTree(size: 10)
    #expect(try short.proof("中文店", [7, 8, 9, 10], [4]).objection?.contains("position") == true)
    var proof = try CommittedTree().proof("d", [1], [1])
    proof.event = try CommittedTree(4).event
    #expect(proof.objection?.contains("not in the log") == true)
    let far = try CommittedTree(size: 12)
    #expect(try far.proof("d", [1], [1]).objection?.contains("more events than") == true)
    proof = try CommittedTree().proof("d", [1], [1])
    proof.event = CommittedTree.bytes(.clockConfirmed)
    #expect(proof.objection?.contains("no tree") == true)
    proof = try CommittedTree().proof("d", [1], [1])
    proof.leaves[0].proof.size -= 1
    #expect(proof.objection?.contains("leaf 1") == true)
  }

  @Test func `no byte of a proof can be changed`() throws {
    let tree = try CommittedTree()
    let key = try CheckpointTests.signer().key
    for whole in [try tree.proof("b", [0, 3, 4], [0]), try tree.proof("c", [], [0, 1])] {
      let bytes = whole.bytes
      for place in bytes.indices {
        for bit in [1, 0x20] as [UInt8] {
          var other = bytes
          other[place] ^= bit
          guard let read = try? MerchantProof(other) else { continue }
          let isSigned = (try? read.inclusion.head.signers(among: [key]).isEmpty) == false
          #expect(
            read.objection != nil || !isSigned || read.merchant != whole.merchant,
            "byte \(place) changed by \(bit)")
        }
      }
    }
  }

  @Test func `no bytes crash the reading of a proof`() throws {
    let bytes = try CommittedTree().proof("b", [0, 3, 4], [0]).bytes
    for length in 0..<bytes.count { #expect((try? MerchantProof(Array(bytes[..<length]))) == nil) }
    for text in ["", "merchant Yg==\n", "merchant \n", "merchant Yg==\nposition -1\n"] {
      #expect(throws: ProofFault.self) {
        try MerchantProof(Array((MerchantProof.header + "\n" + text).utf8))
      }
    }
  }
}
