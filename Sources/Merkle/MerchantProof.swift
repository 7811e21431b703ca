// A proof that some events are all events of a merchant, or that it has none, in one file:
//
//   sluice.example/merchant-proof@v1
//   merchant <Base64 of the id>
//   position <decimal>           a line for each event of the merchant, in their order
//   leaf <index> <Base64 of the leaf>
//   <Base64>                     a line for each hash of RFC 6962 section 2.1.1
//   event <Base64>               the event `merchant-tree-committed`, as the log holds it
//   <an empty line>
//   <a proof of that event, c2sp.org/tlog-proof@v1>
//
// A merchant that has events has one leaf, its own. One that has none has the leaves to the left
// and to the right of where it would stand; at either end one, and none in a tree without leaves.
// That the leaves stand in the order of their ids, and are the log's, is what `sluice audit` and
// whoever else has the events makes again; the root that was committed is in the signed log.

public import Events

/// What shows which events are all of a merchant's.
public struct MerchantProof: Hashable, Sendable {
  public static let header = "sluice.example/merchant-proof@v1"
  public static let fileSuffix = ".merchant-proof"
  /// How long such a file is at most: about three million positions.
  public static let bytesMax = 64 << 20

  /// A leaf of the tree of merchants, and that it stands there.
  public struct Leaf: Hashable, Sendable {
    public var leaf: MerchantLeaf
    public var proof: InclusionProof

    public init(leaf: MerchantLeaf, proof: InclusionProof) {
      self.leaf = leaf
      self.proof = proof
    }
  }

  public var merchant: ExternalID
  public var positions: [Position]
  public var leaves: [Leaf]
  /// The event that commits the tree, as the log holds it.
  public var event: [UInt8]
  /// That the event stands in the log.
  public var inclusion: OfflineProof

  public init(
    merchant: ExternalID, positions: [Position], leaves: [Leaf], event: [UInt8],
    inclusion: OfflineProof
  ) {
    self.merchant = merchant
    self.positions = positions
    self.leaves = leaves
    self.event = event
    self.inclusion = inclusion
  }

  /// Whether bytes say that they are such a file.
  public static func isNamed(by bytes: [UInt8]) -> Bool {
    bytes.starts(with: Array((header + "\n").utf8))
  }

  /// Reads a proof's file; whether it proves anything is still to be asked.
  ///
  /// - Throws: `ProofFault` for any bytes that are none.
  public init(_ bytes: [UInt8]) throws(ProofFault) {
    guard bytes.count <= MerchantProof.bytesMax else {
      throw .tooLong(bytes.count, max: MerchantProof.bytesMax)
    }
    var lines = ProofLines(bytes)
    guard lines.next() == MerchantProof.header else { throw .notALine("the header") }
    guard let name = lines.field("merchant").flatMap(Base64.decode), !name.isEmpty,
      let merchant = ExternalID(name)
    else { throw .notALine("the merchant") }
    var positions: [Position] = []
    while let text = lines.field("position") {
      guard let number = PlainDecimal.value(text[...]) else {
        throw .notALine("position \(positions.count + 1)")
      }
      positions.append(Position(number))
    }
    var leaves: [Leaf] = []
    while let text = lines.field("leaf") { leaves.append(try lines.leaf(text)) }
    guard let event = lines.field("event").flatMap(Base64.decode), lines.next() == "" else {
      throw .notALine("the event")
    }
    self.init(
      merchant: merchant, positions: positions, leaves: leaves, event: event,
      inclusion: try OfflineProof(lines.rest))
    guard let size = committed?.merchants else { throw .notALine("the event") }
    for index in self.leaves.indices { self.leaves[index].proof.size = size }
  }

  public var bytes: [UInt8] {
    var text = "\(MerchantProof.header)\nmerchant \(Base64.encode(merchant.bytes))\n"
    for position in positions { text += "position \(position.rawValue)\n" }
    for leaf in leaves {
      text += "leaf \(leaf.proof.index) \(Base64.encode(leaf.leaf.bytes))\n"
      for hash in leaf.proof.hashes { text += hash.base64 + "\n" }
    }
    text += "event \(Base64.encode(event))\n\n"
    return Array(text.utf8) + inclusion.bytes
  }

  /// What the event commits; nil where it is another or none.
  public var committed: MerchantTreeCommitted? {
    guard let event = try? Event(decoding: unsafe event.span.bytes),
      case .merchantTreeCommitted(let fields) = event.payload
    else { return nil }
    return fields
  }

  /// Why it does not show what it says; nil where it does, by the root of the head it names.
  public var objection: String? {
    guard let committed else { return "its event commits no tree of merchants" }
    guard inclusion.verifies(leaf: Digest.eventLeaf(unsafe event.span.bytes)) else {
      return "the event that commits the tree is not in the log of the signed head"
    }
    guard committed.size <= inclusion.proof.index else {
      return "the event commits a tree of more events than come before it"
    }
    for leaf in leaves {
      guard leaf.proof.verifies(leaf: leaf.leaf.hash, root: committed.root) else {
        return "leaf \(leaf.proof.index) is not in the tree that was committed"
      }
    }
    return positions.isEmpty ? objectionToAbsence(committed) : objectionToPositions(committed)
  }

  private func objectionToPositions(_ committed: MerchantTreeCommitted) -> String? {
    guard leaves.count == 1, let leaf = leaves.first?.leaf, leaf.merchant == merchant else {
      return "the leaf is not the merchant's"
    }
    for index in positions.indices.dropFirst() where positions[index - 1] >= positions[index] {
      return "position \(positions[index].rawValue) does not come after the one before it"
    }
    guard let last = positions.last, last.rawValue < committed.size else {
      return "the last position is not among the events that the tree is over"
    }
    guard leaf == MerchantLeaf(merchant: merchant, positions: positions) else {
      return "the positions are not those that the leaf commits"
    }
    return nil
  }

  private func objectionToAbsence(_ committed: MerchantTreeCommitted) -> String? {
    guard let first = leaves.first else {
      return committed.merchants == 0 ? nil : "no leaf shows that the merchant is not there"
    }
    guard leaves.count <= 2, leaves.allSatisfy({ $0.leaf.merchant != merchant }) else {
      return "the leaves are not the merchant's neighbours"
    }
    let isBefore = first.leaf.merchant < merchant
    guard leaves.count == 2 else {
      let isAtTheEnd =
        isBefore ? first.proof.index == committed.merchants - 1 : first.proof.index == 0
      return isAtTheEnd ? nil : "the neighbour on the other side is missing"
    }
    guard isBefore, merchant < leaves[1].leaf.merchant,
      leaves[1].proof.index == first.proof.index + 1
    else { return "the leaves are not the merchant's neighbours" }
    return nil
  }
}
