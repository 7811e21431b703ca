// Makes the order of merchants by the rule in FrozenOrder's header.

import Events
import Merkle
import Projections

/// One merchant while the order is made.
struct OrderEntry {
  var key: UInt64
  var number: UInt32
  var dailyPayments: UInt32
  var tier: Tier

  /// By key, then by number.
  static func byKey(_ left: OrderEntry, _ right: OrderEntry) -> Bool {
    left.key != right.key ? left.key < right.key : left.number < right.number
  }

  static func bySize(_ left: OrderEntry, _ right: OrderEntry) -> Bool {
    left.dailyPayments != right.dailyPayments
      ? left.dailyPayments < right.dailyPayments : byKey(left, right)
  }
}

/// The order in the making.
struct OrderMaker {
  private let plan: Plan
  private let eligible: Int
  /// By key.
  private var ordinary: [OrderEntry]
  /// By key.
  private var held: [OrderEntry] = []
  /// The smallest first.
  private var largest: [OrderEntry] = []
  private let median: UInt32
  /// The merchants in order.
  private(set) var row: [MerchantNumber] = []

  init(plan: Plan, book: MerchantBook, rollout: RolloutNumber) {
    self.plan = plan
    let entries = OrderMaker.sorted(
      OrderMaker.entries(plan: plan, book: book, rollout: rollout))
    eligible = entries.count
    (ordinary, largest) = OrderMaker.split(entries, plan.order.largestLast)
    median = OrderMaker.median(ordinary)
    takeHoldBack()
  }

  /// Fills the row and returns where each wave begins, with one more at the end.
  mutating func makeWaves() -> [Int] {
    var starts = [0]
    row.reserveCapacity(eligible)
    var sum: UInt64 = 0
    var nextLargest = 0
    var nextOrdinary = 0
    for (index, wave) in plan.waves.dropLast().enumerated() {
      sum += UInt64(wave.share.rawValue)
      if wave.isCanary, plan.waves[...index].allSatisfy(\.isCanary) {
        takeCanary(Int(wave.share.roundedUp(of: UInt64(eligible))))
        starts.append(row.count)
        continue
      }
      let share = Share(partsPerMillion: UInt32(sum))
      let end = Int(share.roundedUp(of: UInt64(eligible)))
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

extension OrderMaker {
  private static func entries(
    plan: Plan, book: MerchantBook, rollout: RolloutNumber
  ) -> [OrderEntry] {
    guard let numbers = book.numbers else { return [] }
    let rule = Eligibility(plan: plan, book: book)
    let standing = book.standing(rollout)
    // One buffer for all ids: the seed and its zero stay in front.
    var text = plan.order.seed.bytes + [0]
    let prefix = text.count
    var entries: [OrderEntry] = []
    entries.reserveCapacity(book.count)
    for raw in numbers {
      let number = MerchantNumber(raw)
      guard rule.allows(number), standing?.state(number) != .excluded else { continue }
      text.removeSubrange(prefix...)
      let external = book.external(number)
      for index in 0..<Int(external.count) { text.append(external[index]) }
      let digest = unsafe SHA256.hash(text.span.bytes)
      entries.append(
        OrderEntry(
          key: digest.words.0.byteSwapped, number: raw,
          dailyPayments: book.dailyPayments(number), tier: book.tier(number)))
    }
    return entries
  }

  private static let bucketBits = 16

  /// By key: scattered by the first bits, which a hash spreads evenly, then sorted in each bucket.
  private static func sorted(_ entries: [OrderEntry]) -> [OrderEntry] {
    guard let first = entries.first else { return [] }
    var starts = [Int](repeating: 0, count: (1 << bucketBits) + 1)
    for entry in entries { starts[Int(entry.key >> (64 - bucketBits)) + 1] += 1 }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
    var sorted = [OrderEntry](repeating: first, count: entries.count)
    var next = starts
    for entry in entries {
      let bucket = Int(entry.key >> (64 - bucketBits))
      sorted[next[bucket]] = entry
      next[bucket] += 1
    }
    for bucket in 1..<starts.count where starts[bucket] - starts[bucket - 1] > 1 {
      sorted[starts[bucket - 1]..<starts[bucket]].sort(by: OrderEntry.byKey)
    }
    return sorted
  }

  /// The ordinary merchants by key, and the largest with the smallest of them first.
  private static func split(
    _ entries: [OrderEntry], _ share: Share
  ) -> (ordinary: [OrderEntry], largest: [OrderEntry]) {
    let wanted = Int(share.of(UInt64(entries.count)))
    var sizes: [OrderEntry] = entries.filter { $0.dailyPayments > 0 }
    sizes.sort(by: OrderEntry.bySize)
    let largest = Array(sizes.suffix(wanted))
    guard let smallest = largest.first else { return (entries, []) }
    return (entries.filter { OrderEntry.bySize($0, smallest) }, largest)
  }

  /// The lower median of the stated payments; 0 where none are stated.
  private static func median(_ entries: [OrderEntry]) -> UInt32 {
    var stated = entries.map(\.dailyPayments).filter { $0 > 0 }
    stated.sort()
    return stated.isEmpty ? 0 : stated[(stated.count - 1) / 2]
  }
}

// MARK: - Shares of strata

extension OrderMaker {
  private static let sizeClasses = 3

  private func stratum(_ entry: OrderEntry) -> Int {
    let size = entry.dailyPayments == 0 ? 0 : entry.dailyPayments <= median ? 1 : 2
    return Int(entry.tier.rawValue) * OrderMaker.sizeClasses + size
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

  private mutating func takeHoldBack() {
    let wanted = Int(plan.holdBack.roundedUp(of: UInt64(ordinary.count)))
    guard wanted > 0 else { return }
    var sizes = [Int](repeating: 0, count: Tier.allCases.count)
    for entry in ordinary { sizes[Int(entry.tier.rawValue)] += 1 }
    var quota = OrderMaker.apportion(wanted, over: sizes)
    var kept: [OrderEntry] = []
    kept.reserveCapacity(ordinary.count)
    for entry in ordinary.reversed() {
      if quota[Int(entry.tier.rawValue)] > 0 {
        quota[Int(entry.tier.rawValue)] -= 1
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
    var sizes = [Int](repeating: 0, count: Tier.allCases.count * OrderMaker.sizeClasses)
    for entry in ordinary { sizes[stratum(entry)] += 1 }
    var quota = OrderMaker.apportion(wanted, over: sizes)
    var rest: [OrderEntry] = []
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
