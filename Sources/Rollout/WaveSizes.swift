// How many merchants each wave of an order has: points 3 to 7 of FrozenOrder's header in numbers.
//
// The order is cut by these numbers, and whoever tells of waves to come tells these numbers. So a
// preview, a status, the page and what then happens are the same, however few merchants there are.

public import Events
public import Projections

/// The number of merchants of every wave of a plan.
public struct WaveSizes: Hashable, Sendable {
  /// In the order of the plan; together they are everyone in the order.
  public private(set) var waves: [Int] = []

  /// - Parameters:
  ///   - listed: how many each wave has by its list.
  ///   - ordinary: how many are in no list and not of the largest, the hold-back among them.
  ///   - largest: how many of those in no list are the largest.
  init(_ plan: Plan, listed: [Int], ordinary: Int, largest: Int) {
    let count = ordinary + largest
    var free = ordinary - WaveSizes.heldBack(plan, ofOrdinary: ordinary)
    var largestLeft = largest
    // How many stand in the waves so far, and how many of them by a list.
    var placed = 0
    var byList = 0
    var shares = Share.none
    for (row, wave) in plan.waves.dropLast().enumerated() {
      var size = listed[row]
      if wave.merchants.isEmpty {
        let sum = min(UInt64(shares.rawValue) + UInt64(wave.share.rawValue), 1_000_000)
        shares = Share(partsPerMillion: UInt32(sum))
        if WaveSizes.isCanary(row, of: plan) {
          size = min(Int(wave.share.roundedUp(of: UInt64(count))), free)
        } else {
          let end = byList + Int(shares.roundedUp(of: UInt64(count)))
          size = min(max(0, end - placed), free + largestLeft)
        }
        let ofLargest = max(0, size - free)
        free -= size - ofLargest
        largestLeft -= ofLargest
      } else {
        byList += size
      }
      waves.append(size)
      placed += size
    }
    if !plan.waves.isEmpty { waves.append(listed.reduce(0, +) + count - placed) }
  }

  /// The waves of a rollout that has started: those that have opened as they opened.
  ///
  /// - Parameter book: the registry as it stands; who was closed or excluded since the start is
  ///   counted as at the start. A merchant of a list whose category or tier has changed since is
  ///   taken as it is now until its wave opens.
  public init(_ rollout: Projections.Rollout, _ plan: Plan, _ book: MerchantBook) {
    let registry = RegistryAtStart(rollout, plan, book)
    let listed = plan.waves.enumerated().map { row, wave in
      if wave.merchants.isEmpty { return 0 }
      if let opened = rollout.wave(WaveNumber(UInt16(clamping: row + 1))) {
        return Int(opened.merchants)
      }
      return wave.merchants.count { book.number($0).map(registry.allows) ?? false }
    }
    let others = max(0, Int(rollout.merchantsInOrder) - listed.reduce(0, +))
    let wanted = Int(plan.order.largestLast.of(UInt64(others)))
    let largest = registry.stated(atMost: wanted, except: plan)
    self.init(plan, listed: listed, ordinary: others - largest, largest: largest)
    for (row, opened) in rollout.waves.enumerated() where row < waves.count {
      waves[row] = Int(opened.merchants)
    }
  }

  /// How many of the ordinary merchants are held back.
  static func heldBack(_ plan: Plan, ofOrdinary ordinary: Int) -> Int {
    Int(plan.holdBack.roundedUp(of: UInt64(ordinary)))
  }

  /// Whether a wave is shared out over the strata: it and all before it are canaries.
  static func isCanary(_ row: Int, of plan: Plan) -> Bool {
    plan.waves[...row].allSatisfy(\.isCanary)
  }
}

/// Who could take part when a rollout started, as far as the registry of today tells.
private struct RegistryAtStart {
  let start: Timestamp
  let rule: Eligibility
  let standing: Standing?
  let book: MerchantBook
  /// How many were registered then: numbers are given in the order of registrations.
  let registered: Int

  init(_ rollout: Projections.Rollout, _ plan: Plan, _ book: MerchantBook) {
    start = rollout.startedAt
    rule = Eligibility(plan: plan, book: book)
    standing = book.standing(rollout.number)
    self.book = book
    var (low, high) = (0, book.count)
    while low < high {
      let middle = (low + high) / 2
      if book.merchant(MerchantNumber(UInt32(middle + 1))).registeredAt > start {
        high = middle
      } else {
        low = middle + 1
      }
    }
    registered = low
  }

  func allows(_ merchant: MerchantNumber) -> Bool {
    guard Int(merchant.rawValue) <= registered, rule.holds(merchant) else { return false }
    if book.isClosed(merchant), let closedAt = book.merchant(merchant).closedAt, closedAt <= start {
      return false
    }
    return standing?.state(merchant, when: start) != .excluded
  }

  /// How many of those in no list state payments, counted no further than so many.
  func stated(atMost wanted: Int, except plan: Plan) -> Int {
    let listed = Set(plan.waves.flatMap(\.merchants).compactMap { book.number($0) })
    var found = 0
    var number: UInt32 = 0
    while found < wanted, number < registered {
      number += 1
      let merchant = MerchantNumber(number)
      if book.dailyPayments(merchant) > 0, allows(merchant), !listed.contains(merchant) {
        found += 1
      }
    }
    return found
  }
}
