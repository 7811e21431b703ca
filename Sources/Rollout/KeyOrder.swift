// Everyone who may take part, in the order of keys, each with its stratum.

import Events
import Platform
import Projections

/// The size of a merchant among all: rules 3 and 5 in FrozenOrder's header.
enum SizeClass: UInt64 {
  /// No stated payments.
  case none = 0
  /// Up to the median of the ordinary merchants, and above it.
  case small = 1
  case large = 2
  /// As large as the smallest of the largest merchants: the keys decide who is one.
  case edge = 3
  /// One of the largest merchants.
  case largest = 4
}

/// Merchants in the order of their keys.
///
/// An item is the leading bits of a key, then tier and size class, then the number: eight bytes
/// are sorted for each, and what is asked of it afterwards is at hand. Where leading bits are
/// equal, as they are for a few thousand among millions, whole keys are made again and decide.
struct KeyOrder {
  private static let classBits: UInt64 = 3
  private static let tierBits: UInt64 = 3
  /// How many merchants a thread takes at a time; fewer are one thread's.
  private static let pieceLength = 1 << 12

  /// By key, then by number.
  private(set) var items: [UInt64] = []
  /// How many of them state payments; how many of those are the largest; how many of those are on
  /// the edge.
  private(set) var largest = 0
  private(set) var largestOnEdge = 0
  private(set) var onEdge = 0
  /// The class of a merchant on the edge that is an ordinary one.
  private(set) var edgeClass = SizeClass.small
  /// The usual daily payments of all of them together.
  private(set) var dailyPayments: UInt64 = 0
  private let numberBits: UInt64
  private let numberMask: UInt64

  /// Everyone who is eligible and not listed; `keyBitsMax` of a key are sorted at most.
  init(
    plan: Plan, book: MerchantBook, rollout: RolloutNumber, listed: [UInt32] = [],
    keyBitsMax: UInt64 = 64
  ) {
    numberBits = UInt64(UInt64.bitWidth - UInt64(book.count).leadingZeroBitCount)
    numberMask = (1 << numberBits) - 1
    let numbers = KeyOrder.eligible(plan, book, rollout, listed)
    let sizes = [UInt32](capacity: numbers.count) { sizes in
      sizes.askForLargePages()
      for number in numbers { sizes.append(book.dailyPayments(MerchantNumber(number))) }
    }
    let (edge, median) = rank(sizes, plan.order.largestLast)
    let keys = OrderKeys(plan)
    let belowBits = numberBits + KeyOrder.classBits + KeyOrder.tierBits
    let keyMask = UInt64.max << max(belowBits, 64 - min(64, keyBitsMax))
    items = ItemSorter.sorted(
      SharedWork.array("order", count: numbers.count, piece: KeyOrder.pieceLength) {
        [numberBits] range, items in
        for index in range {
          let size = sizes[index]
          let number = MerchantNumber(numbers[index])
          let sizeClass: SizeClass =
            size > edge
            ? .largest : size == edge ? .edge : size == 0 ? .none : size <= median ? .small : .large
          let stratum =
            UInt64(book.tier(number).rawValue) << KeyOrder.classBits | sizeClass.rawValue
          items[index - range.lowerBound] =
            keys.key(book.externalBytes(number)) & keyMask | stratum << numberBits
            | UInt64(number.rawValue)
        }
      })
    settleEqual(keyMask, keys, book)
  }

  func number(_ item: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: item & numberMask) }
  func sizeClass(_ item: UInt64) -> UInt64 { item >> numberBits & (1 << KeyOrder.classBits - 1) }
  func tier(_ item: UInt64) -> Int {
    Int(item >> (numberBits + KeyOrder.classBits) & (1 << KeyOrder.tierBits - 1))
  }

  private static func eligible(
    _ plan: Plan, _ book: MerchantBook, _ rollout: RolloutNumber, _ listed: [UInt32]
  ) -> [UInt32] {
    var nextListed = 0
    let rule = Eligibility(plan: plan, book: book)
    let standing = book.standing(rollout)
    return [UInt32](capacity: book.count) { numbers in
      numbers.askForLargePages()
      for raw in 0..<UInt32(book.count) {
        let number = MerchantNumber(raw + 1)
        guard rule.allows(number), standing?.state(number) != .excluded else { continue }
        if nextListed < listed.count, listed[nextListed] == number.rawValue {
          nextListed += 1
          continue
        }
        numbers.append(number.rawValue)
      }
    }
  }

  /// The size of the smallest of the largest merchants, and the lower median of the stated payments
  /// of all others; above any size and 0 where there are none.
  private mutating func rank(_ sizes: [UInt32], _ share: Share) -> (edge: UInt64, median: UInt64) {
    var stated = 0
    var sum: UInt64 = 0
    for size in sizes {
      stated += size > 0 ? 1 : 0
      sum += UInt64(size)
    }
    dailyPayments = sum
    largest = min(stated, Int(share.of(UInt64(sizes.count))))
    let others = stated - largest
    let first = sizes.count - largest
    let ranks = [
      others > 0 ? sizes.count - stated + (others - 1) / 2 : nil, largest > 0 ? first : nil,
    ]
    let found = SharedWork.map("order", ranks.count) { index in
      ranks[index].map { SizeRanks.find(rank: $0, sizes.span) }
    }
    let median = UInt64(found[0]?.size ?? 0)
    guard let edge = found[1] else { return (.max, median) }
    onEdge = edge.equal
    largestOnEdge = edge.equal - (first - edge.smaller)
    edgeClass = edge.size <= median ? .small : .large
    return (UInt64(edge.size), median)
  }

  /// Sorts merchants whose leading bits are equal by their whole keys.
  private mutating func settleEqual(_ keyMask: UInt64, _ keys: OrderKeys, _ book: MerchantBook) {
    guard var start = items.indices.first else { return }
    for index in 1...items.count {
      if index < items.count, (items[index] ^ items[start]) & keyMask == 0 { continue }
      if index - start > 1 {
        let known = items[start..<index].map { item in
          (key: keys.key(book.externalBytes(MerchantNumber(number(item)))), item: item)
        }
        let sorted = known.sorted {
          $0.key != $1.key ? $0.key < $1.key : number($0.item) < number($1.item)
        }
        for (offset, entry) in sorted.enumerated() { items[start + offset] = entry.item }
      }
      start = index
    }
  }
}
