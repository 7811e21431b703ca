// The merchants in the order of their ids, with a leaf each.

public import Events
public import Merkle

/// The tree of merchants over the first events of a log.
public struct MerchantTree: Sendable {
  private struct Place: Sendable {
    /// Eight bytes of the id, big-endian, behind what all ids begin with.
    var key: UInt64
    var row: UInt32
  }

  private let histories: MerchantHistories
  private let places: [Place]

  init(_ histories: MerchantHistories) {
    self.histories = histories
    let ids = histories.ids
    let shared = MerchantTree.sharedLength(ids)
    var places: [Place] = []
    places.reserveCapacity(ids.count)
    for index in 0..<UInt32(ids.count) {
      let row = index + 1
      let id = ids.external(MerchantNumber(row))
      places.append(Place(key: MerchantTree.key(id, from: shared), row: row))
    }
    places.sort { left, right in
      if left.key != right.key { return left.key < right.key }
      return ids.external(MerchantNumber(left.row)) < ids.external(MerchantNumber(right.row))
    }
    self.places = places
  }

  /// How many bytes all ids begin with.
  private static func sharedLength(_ ids: MerchantIndex) -> Int {
    guard ids.count > 0 else { return 0 }
    let first = ids.external(MerchantNumber(1)).bytes
    var length = first.count
    for number in 1...UInt32(ids.count) where length > 0 {
      let id = ids.external(MerchantNumber(number))
      length = min(length, Int(id.count))
      var index = 0
      while index < length, id[index] == first[index] { index += 1 }
      length = index
    }
    return length
  }

  private static func key(_ id: ExternalID, from start: Int) -> UInt64 {
    var key: UInt64 = 0
    for index in start..<start + 8 {
      key = key << 8 | (index < Int(id.count) ? UInt64(id[index]) : 0)
    }
    return key
  }

  public var count: Int { places.count }

  /// The leaf at an index, in the order of the ids.
  public func leaf(_ index: Int) -> MerchantLeaf { histories.leaf(places[index].row) }

  /// RFC 6962 section 2.1 over the leaves.
  public var root: Digest {
    var tree = CompactTree()
    for index in 0..<count { tree.append(leaf(index).hash) }
    return tree.root
  }

  /// The first index whose id is not before one; the count where all are.
  public func place(of merchant: ExternalID) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if histories.ids.external(MerchantNumber(places[middle].row)) < merchant {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// What shows which events a merchant has, or that it has none: its leaf, or its neighbours'.
  public func proof(of merchant: ExternalID) -> [MerchantProof.Leaf] {
    guard count > 0 else { return [] }
    var hashes: [Digest] = []
    hashes.reserveCapacity(count)
    for index in 0..<count { hashes.append(leaf(index).hash) }
    let place = place(of: merchant)
    let isThere = place < count && leaf(place).merchant == merchant
    let shown = isThere ? place...place : max(0, place - 1)...min(count - 1, place)
    return shown.map { index in
      MerchantProof.Leaf(
        leaf: leaf(index), proof: InclusionProof(of: UInt64(index), in: hashes.span))
    }
  }
}
