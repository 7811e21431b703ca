// The rule in FrozenOrder's header carried out the plain way: whole keys, sorted by comparison, and
// arrays of records. What the product makes by digits and marks must be the same.

import Events
import Merkle
import Projections

@testable import Rollout

/// One merchant while the order is made.
struct PlainEntry {
  var key: UInt64
  var number: UInt32
  var dailyPayments: UInt32
  var tier: Tier

  /// By key, then by number.
  static func byKey(_ left: PlainEntry, _ right: PlainEntry) -> Bool {
    left.key != right.key ? left.key < right.key : left.number < right.number
  }

  static func bySize(_ left: PlainEntry, _ right: PlainEntry) -> Bool {
    left.dailyPayments != right.dailyPayments
      ? left.dailyPayments < right.dailyPayments : byKey(left, right)
  }
}

/// The order in the making.
struct PlainOrder {
  private let plan: Plan
  private let eligible: Int
  /// By wave.
  private let lists: [[MerchantNumber]]
  /// By key.
  private var ordinary: [PlainEntry]
  /// By key.
  private var held: [PlainEntry] = []
  /// The smallest first.
  private var largest: [PlainEntry] = []
  private let median: UInt32
  /// The merchants in order.
  private(set) var row: [MerchantNumber] = []

  init(plan: Plan, book: MerchantBook, rollout: RolloutNumber) {
    self.plan = plan
    let everyone = PlainOrder.entries(plan: plan, book: book, rollout: rollout)
    lists = plan.waves.map { wave in
      wave.merchants.compactMap { external in
        everyone.first { book.external(MerchantNumber($0.number)) == external }
          .map { MerchantNumber($0.number) }
      }
    }
    let listed = Set(lists.joined().map(\.rawValue))
    let entries = everyone.filter { !listed.contains($0.number) }.sorted(by: PlainEntry.byKey)
    eligible = entries.count
    (ordinary, largest) = PlainOrder.split(entries, plan.order.largestLast)
    median = PlainOrder.median(ordinary)
    takeHoldBack()
  }

  /// Fills the row and returns where each wave begins, with one more at the end.
  mutating func makeWaves() -> [Int] {
    var starts = [0]
    row.reserveCapacity(eligible)
    var sum: UInt64 = 0
    var nextLargest = 0
    var nextOrdinary = 0
    var byList = 0
    for (index, wave) in plan.waves.dropLast().enumerated() {
      if !wave.merchants.isEmpty {
        row += lists[index]
        byList += lists[index].count
        starts.append(row.count)
        continue
      }
      sum += UInt64(wave.share.rawValue)
      if wave.isCanary, plan.waves[...index].allSatisfy(\.isCanary) {
        takeCanary(Int(wave.share.roundedUp(of: UInt64(eligible))))
        starts.append(row.count)
        continue
      }
      let share = Share(partsPerMillion: UInt32(sum))
      let end = byList + Int(share.roundedUp(of: UInt64(eligible)))
      while row.count < end, nextOrdinary < ordinary.count {
        row.append(MerchantNumber(ordinary[nextOrdinary].number))
        nextOrdinary += 1
      }
      while row.count < end, nextLargest < largest.count {
        row.append(MerchantNumber(largest[nextLargest].number))
        nextLargest += 1
      }
      starts.append(row.count)
    }
    for entry in ordinary[nextOrdinary...] { row.append(MerchantNumber(entry.number)) }
    for entry in held { row.append(MerchantNumber(entry.number)) }
    for entry in largest[nextLargest...] { row.append(MerchantNumber(entry.number)) }
    starts.append(row.count)
    return starts
  }
}

// MARK: - Who takes part

extension PlainOrder {
  private static func entries(
    plan: Plan, book: MerchantBook, rollout: RolloutNumber
  ) -> [PlainEntry] {
    guard let numbers = book.numbers else { return [] }
    let rule = Eligibility(plan: plan, book: book)
    let standing = book.standing(rollout)
    var entries: [PlainEntry] = []
    for raw in numbers {
      let number = MerchantNumber(raw)
      guard rule.allows(number), standing?.state(number) != .excluded else { continue }
      let text = plan.order.seed.bytes + [0] + book.external(number).bytes
      let digest = unsafe SHA256.hash(text.span.bytes)
      entries.append(
        PlainEntry(
          key: digest.words.0.byteSwapped, number: raw,
          dailyPayments: book.dailyPayments(number), tier: book.tier(number)))
    }
    return entries
  }

  /// The ordinary merchants by key, and the largest with the smallest of them first.
  private static func split(
    _ entries: [PlainEntry], _ share: Share
  ) -> (ordinary: [PlainEntry], largest: [PlainEntry]) {
    let wanted = Int(share.of(UInt64(entries.count)))
    var sizes: [PlainEntry] = entries.filter { $0.dailyPayments > 0 }
    sizes.sort(by: PlainEntry.bySize)
    let largest = Array(sizes.suffix(wanted))
    guard let smallest = largest.first else { return (entries, []) }
    return (entries.filter { PlainEntry.bySize($0, smallest) }, largest)
  }

  /// The lower median of the stated payments; 0 where none are stated.
  private static func median(_ entries: [PlainEntry]) -> UInt32 {
    var stated = entries.map(\.dailyPayments).filter { $0 > 0 }
    stated.sort()
    return stated.isEmpty ? 0 : stated[(stated.count - 1) / 2]
  }
}

// MARK: - Shares of strata

extension PlainOrder {
  private static let sizeClasses = 3

  private func stratum(_ entry: PlainEntry) -> Int {
    let size = entry.dailyPayments == 0 ? 0 : entry.dailyPayments <= median ? 1 : 2
    return Int(entry.tier.rawValue) * PlainOrder.sizeClasses + size
  }

  private mutating func takeHoldBack() {
    let wanted = Int(plan.holdBack.roundedUp(of: UInt64(ordinary.count)))
    guard wanted > 0 else { return }
    let isByTier = plan.order.hashVersion == 1
    func group(_ entry: PlainEntry) -> Int {
      isByTier ? Int(entry.tier.rawValue) : stratum(entry)
    }
    var sizes = [Int](repeating: 0, count: Tier.allCases.count * PlainOrder.sizeClasses)
    for entry in ordinary { sizes[group(entry)] += 1 }
    var quota = OrderMaker.shareOut(wanted, over: sizes, version: plan.order.hashVersion)
    var kept: [PlainEntry] = []
    kept.reserveCapacity(ordinary.count)
    for entry in ordinary.reversed() {
      if quota[group(entry)] > 0 {
        quota[group(entry)] -= 1
        held.append(entry)
      } else {
        kept.append(entry)
      }
    }
    held.reverse()
    kept.reverse()
    ordinary = kept
  }

  private mutating func takeCanary(_ wanted: Int) {
    var sizes = [Int](repeating: 0, count: Tier.allCases.count * PlainOrder.sizeClasses)
    for entry in ordinary { sizes[stratum(entry)] += 1 }
    var quota = OrderMaker.shareOut(wanted, over: sizes, version: plan.order.hashVersion)
    var rest: [PlainEntry] = []
    rest.reserveCapacity(ordinary.count)
    for entry in ordinary {
      let stratum = stratum(entry)
      if quota[stratum] > 0 {
        quota[stratum] -= 1
        row.append(MerchantNumber(entry.number))
      } else {
        rest.append(entry)
      }
    }
    ordinary = rest
  }
}
