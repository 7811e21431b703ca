// How many merchants are on under one rollout, by wave, tier and category: what the end of a
// roll-back is held against, at once and without a look at millions.

public import Events
import Platform

/// Counts of merchants that are on.
struct OnCounts: Sendable {
  private var waves: [UInt32] = []
  private var tiers = [UInt32](repeating: 0, count: Tier.allCases.count)
  /// By the category's number in the list of words.
  private var categories: [UInt32] = []

  /// Where a merchant is counted.
  struct Cell: Hashable {
    var wave: WaveNumber
    /// The number of a `Tier`.
    var tier: UInt8
    var category: UInt16
  }

  @inline(__always)
  mutating func add(_ cell: Cell) {
    let (wave, category) = (Int(cell.wave.rawValue), Int(cell.category))
    if wave >= waves.count { grow(&waves, to: wave + 1) }
    if category >= categories.count { grow(&categories, to: category + 1) }
    waves[wave] += 1
    tiers[Int(cell.tier)] += 1
    categories[category] += 1
  }

  /// Takes away what was added.
  @inline(__always)
  mutating func remove(_ cell: Cell) {
    waves[Int(cell.wave.rawValue)] -= 1
    tiers[Int(cell.tier)] -= 1
    categories[Int(cell.category)] -= 1
  }

  private func grow(_ counts: inout [UInt32], to count: Int) {
    counts.append(contentsOf: repeatElement(0, count: count - counts.count))
  }

  func wave(_ wave: WaveNumber) -> UInt32 {
    let row = Int(wave.rawValue)
    return waves.indices.contains(row) ? waves[row] : 0
  }

  func tier(_ tier: Tier) -> UInt32 { tiers[Int(tier.rawValue)] }

  func category(_ number: UInt16) -> UInt32 {
    categories.indices.contains(Int(number)) ? categories[Int(number)] : 0
  }
}

extension OnCounts {
  func write(to section: inout SectionWriter) {
    for counts in [waves, tiers, categories] {
      section.count(counts.count)
      for count in counts { section.u32(count) }
    }
  }

  /// - Parameter on: how many are on, so that each row of counts adds up to it.
  init(from section: inout SectionReader, on: Int) throws(SectionFault) {
    waves = try OnCounts.row(&section, on)
    tiers = try OnCounts.row(&section, on)
    categories = try OnCounts.row(&section, on)
    try section.require(
      waves.count <= 1 << 16 && tiers.count == Tier.allCases.count && categories.count <= 1 << 16,
      "the merchants that are on are not counted by wave, tier and category")
  }

  private static func row(
    _ section: inout SectionReader, _ on: Int
  ) throws(SectionFault) -> [UInt32] {
    var counts: [UInt32] = []
    var sum = 0
    for _ in 0..<section.count(ofBytes: 4) {
      let count = section.u32()
      counts.append(count)
      sum += Int(count)
    }
    try section.require(sum == on, "\(sum) merchants are counted where \(on) are on")
    return counts
  }
}

// A roll-back ends with the proof that nobody of its scope is on.
extension MerchantBook {
  /// How many merchants of a tier are on under a rollout; closed ones count where they stood.
  public func countOn(_ rollout: RolloutNumber, _ tier: Tier) -> UInt32 {
    let row = Int(rollout.rawValue) - 1
    return onCounts.indices.contains(row) ? onCounts[row].tier(tier) : 0
  }

  /// How many merchants of an order's scope are on; closed ones count where they stood.
  ///
  /// - Parameter merchant: whom the scope `merchant` names.
  public func countOn(_ order: ScopedOrder, merchant: MerchantNumber) -> UInt32 {
    let row = Int(order.rollout.rawValue) - 1
    guard standings.indices.contains(row) else { return 0 }
    switch order.scope {
    case .all: return UInt32(standings[row].countOn)
    case .wave: return onCounts[row].wave(order.wave)
    case .tier: return onCounts[row].tier(order.tier)
    case .merchant: return merchant != .none && standings[row].state(merchant).isOn ? 1 : 0
    case .category:
      guard let number = categoryNumber(order.category ?? .none) else { return 0 }
      return onCounts[row].category(number)
    }
  }
}

extension RolloutBoard {
  /// Holds an event against what is known where it says that a roll-back is complete.
  ///
  /// An event of version 1 says nothing of it and may follow a reinstatement by hand.
  ///
  /// - Throws: `DecodeFault.rollbackUnfinished` where merchants of its scope are still on.
  public func prove(_ event: Event, _ book: MerchantBook) throws(DecodeFault) {
    guard case .rollbackCompleted(let fields) = event.payload, let said = fields.stillOn else {
      return
    }
    let order = rollout(fields.rollout)?.orders.last { $0.position == event.header.cause }
    let found = order.map { book.countOn($0.order, merchant: $0.merchant) } ?? 0
    guard said == 0, found == 0 else { throw .rollbackUnfinished(stillOn: max(said, found)) }
  }
}
