// Makes the order of merchants by the rule in FrozenOrder's header.
//
// All merchants stand in columns in the order of their keys, and each has a mark: its stratum, or
// that it is taken already. So every rule is one walk over the marks, and nobody is moved.

import Events
import Platform
import Projections

/// The order in the making.
struct OrderMaker {
  private static let sizeClasses = 3
  /// The mark of who is in the row already, held back, or one of the largest.
  private static let taken: UInt8 = 0xff

  private let plan: Plan
  private let listed: ListedMerchants
  /// Everyone whom no wave lists.
  private let merchants: KeyOrder
  /// By key: the stratum of each, or that it is taken.
  private var marks: [UInt8] = []
  /// How many of each stratum are not taken.
  private var left = [Int](
    repeating: 0, count: Tier.allCases.count * OrderMaker.sizeClasses)
  /// By key.
  private var held: [UInt32] = []
  /// The smallest first.
  private var largest: [UInt32] = []
  /// The merchants in order.
  private(set) var row: [MerchantNumber] = []

  init(plan: Plan, book: MerchantBook, rollout: RolloutNumber) {
    self.plan = plan
    listed = ListedMerchants(plan: plan, book: book, rollout: rollout)
    merchants = KeyOrder(plan: plan, book: book, rollout: rollout, listed: listed.numbers)
    stratify()
    sortLargest(book)
    takeHoldBack()
  }

  private var count: Int { merchants.items.count }
  /// The usual daily payments of all of them together.
  var dailyPayments: UInt64 { merchants.dailyPayments + listed.dailyPayments }

  private func number(_ place: Int) -> UInt32 { merchants.number(merchants.items[place]) }

  /// Fills the row and returns where each wave begins, with one more at the end.
  mutating func makeWaves() -> [Int] {
    let sizes = WaveSizes(
      plan, listed: listed.waves.map(\.count), ordinary: count - largest.count,
      largest: largest.count)
    var starts = [0]
    row.reserveLarge(count + listed.numbers.count)
    var nextOrdinary = 0
    var nextLargest = 0
    for (index, wave) in plan.waves.dropLast().enumerated() {
      let end = row.count + sizes.waves[index]
      if !wave.merchants.isEmpty {
        row += listed.waves[index]
      } else if WaveSizes.isCanary(index, of: plan) {
        takeCanary(sizes.waves[index])
      } else {
        takeOrdinary(upTo: end, from: &nextOrdinary)
        while row.count < end, nextLargest < largest.count {
          row.append(MerchantNumber(largest[nextLargest]))
          nextLargest += 1
        }
      }
      starts.append(row.count)
    }
    takeOrdinary(upTo: count + listed.numbers.count, from: &nextOrdinary)
    for number in held { row.append(MerchantNumber(number)) }
    for number in largest[nextLargest...] { row.append(MerchantNumber(number)) }
    starts.append(row.count)
    return starts
  }

  /// Appends ordinary merchants by key until the row has so many, or nobody is left.
  private mutating func takeOrdinary(upTo end: Int, from next: inout Int) {
    while row.count < end, next < marks.count {
      if marks[next] != OrderMaker.taken { row.append(MerchantNumber(number(next))) }
      next += 1
    }
  }
}

// MARK: - The largest, and the strata of the others

extension OrderMaker {
  /// Takes the largest, and marks everyone else with its tier and its size class.
  private mutating func stratify() {
    let merchants = merchants
    largest.reserveCapacity(merchants.largest)
    // Of those on the edge the ones with the highest keys are of the largest.
    var ordinaryOnEdge = merchants.onEdge - merchants.largestOnEdge
    var counts = InlineArray<64, Int>(repeating: 0)
    marks = [UInt8](capacity: merchants.items.count) { marks in
      marks.askForLargePages()
      for item in merchants.items {
        var size = merchants.sizeClass(item)
        if size >= SizeClass.edge.rawValue {
          guard size == SizeClass.edge.rawValue, ordinaryOnEdge > 0 else {
            largest.append(merchants.number(item))
            marks.append(OrderMaker.taken)
            continue
          }
          ordinaryOnEdge -= 1
          size = merchants.edgeClass.rawValue
        }
        let stratum = merchants.tier(item) * OrderMaker.sizeClasses + Int(size)
        counts[stratum] += 1
        marks.append(UInt8(stratum))
      }
    }
    for stratum in left.indices { left[stratum] = counts[stratum] }
  }

  /// Puts the largest, who stand by key, in the order of their sizes.
  private mutating func sortLargest(_ book: MerchantBook) {
    var rows = largest.map { number in
      UInt64(book.dailyPayments(MerchantNumber(number))) << 32 | UInt64(number)
    }
    ItemSorter.sortStably(&rows, byBitsFrom: 32)
    for (place, row) in rows.enumerated() { largest[place] = UInt32(row & 0xffff_ffff) }
  }
}

// MARK: - Shares of strata

extension OrderMaker {
  /// Shares a total out by a version's rule; no part gets more than its size.
  static func shareOut(_ total: Int, over sizes: [Int], version: UInt16) -> [Int] {
    version == 1 ? apportion(total, over: sizes) : raise(total, over: sizes)
  }

  /// Shares a total out one by one, each to the part with the highest size / (2 given + 1), the
  /// earlier part first: a larger total gives no part less (Webster's method).
  private static func raise(_ total: Int, over sizes: [Int]) -> [Int] {
    var parts = sizes.map { _ in 0 }
    for _ in 0..<max(0, min(total, sizes.reduce(0, +))) {
      var best = -1
      for index in sizes.indices where parts[index] < sizes[index] {
        if best < 0
          || sizes[index] * (2 * parts[best] + 1) > sizes[best] * (2 * parts[index] + 1)
        {
          best = index
        }
      }
      parts[best] += 1
    }
    return parts
  }

  /// Shares a total out by largest remainder; no part gets more than its size.
  static func apportion(_ total: Int, over sizes: [Int]) -> [Int] {
    let whole = sizes.reduce(0, +)
    guard whole > 0, total > 0 else { return sizes.map { _ in 0 } }
    guard total < whole else { return sizes }
    var parts: [Int] = []
    var remainders: [(rest: Int, index: Int)] = []
    for (index, size) in sizes.enumerated() {
      let (quotient, rest) = (total * size).quotientAndRemainder(dividingBy: whole)
      parts.append(quotient)
      remainders.append((rest, index))
    }
    remainders.sort { $0.rest != $1.rest ? $0.rest > $1.rest : $0.index < $1.index }
    let missing = total - parts.reduce(0, +)
    for remainder in remainders.prefix(missing) { parts[remainder.index] += 1 }
    return parts
  }

  /// How many strata share what is held back: a tier, or one of its size classes.
  private var strataHeldTogether: Int { plan.order.hashVersion == 1 ? OrderMaker.sizeClasses : 1 }

  /// Takes the ordinary merchants with the highest keys out of every tier, or every stratum.
  private mutating func takeHoldBack() {
    let ordinary = left.reduce(0, +)
    let wanted = WaveSizes.heldBack(plan, ofOrdinary: ordinary)
    let together = strataHeldTogether
    var groups = [Int](repeating: 0, count: left.count / together)
    for stratum in left.indices { groups[stratum / together] += left[stratum] }
    var quota = OrderMaker.shareOut(wanted, over: groups, version: plan.order.hashVersion)
    var missing = quota.reduce(0, +)
    var index = marks.count
    while missing > 0 {
      index -= 1
      guard marks[index] != OrderMaker.taken else { continue }
      let stratum = Int(marks[index])
      let group = stratum / together
      guard quota[group] > 0 else { continue }
      quota[group] -= 1
      missing -= 1
      left[stratum] -= 1
      marks[index] = OrderMaker.taken
      held.append(number(index))
    }
    held.reverse()
  }

  /// Takes the ordinary merchants with the lowest keys out of every stratum.
  private mutating func takeCanary(_ wanted: Int) {
    var quota = OrderMaker.shareOut(wanted, over: left, version: plan.order.hashVersion)
    var missing = quota.reduce(0, +)
    var index = 0
    while missing > 0 {
      let stratum = Int(marks[index])
      if marks[index] != OrderMaker.taken, quota[stratum] > 0 {
        quota[stratum] -= 1
        missing -= 1
        left[stratum] -= 1
        marks[index] = OrderMaker.taken
        row.append(MerchantNumber(number(index)))
      }
      index += 1
    }
  }
}
