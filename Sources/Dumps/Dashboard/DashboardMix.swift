// The mix of payments added up as the dashboard shows it.

import Events
import Projections

/// Sums of the mix by institution, by market and by tier.
struct DashboardMix {
  /// The groups of cells that the page has a bar for.
  enum Group: Hashable, CaseIterable {
    case all
    case downstreamBuyers
    case upperBuyers
    case downstreamMerchants
    case upperMerchants
  }

  private var totals = [PaymentMix.Cell](repeating: .init(), count: 8)
  private var groups = [[Int64]](
    repeating: [Int64](repeating: 0, count: 8), count: Group.allCases.count)
  private var cellsByMerchantTier = [[PaymentMix.Cell]](
    repeating: [PaymentMix.Cell](repeating: .init(), count: 8), count: Tier.allCases.count)
  private var byMerchantTier = [[Int64]](
    repeating: [Int64](repeating: 0, count: 8), count: Tier.allCases.count)
  private var byBuyerTier = [[Int64]](
    repeating: [Int64](repeating: 0, count: 8), count: Tier.allCases.count)

  init(_ mix: PaymentMix) {
    var sums = self
    mix.forEach { sums.add($0, $1) }
    self = sums
  }

  private mutating func add(_ key: PaymentMix.Key, _ cell: PaymentMix.Cell) {
    let slot = Int(key.institution.rawValue)
    totals[slot].add(cell)
    let captured = cell.capturedCount
    cellsByMerchantTier[Int(key.merchantTier.rawValue)][slot].add(cell)
    byMerchantTier[Int(key.merchantTier.rawValue)][slot] += captured
    byBuyerTier[Int(key.buyerTier.rawValue)][slot] += captured
    add(.all, slot, captured)
    if key.buyerTier != .unknown {
      add(key.buyerTier.isDownstream ? .downstreamBuyers : .upperBuyers, slot, captured)
    }
    if key.merchantTier != .unknown {
      add(key.merchantTier.isDownstream ? .downstreamMerchants : .upperMerchants, slot, captured)
    }
  }

  private mutating func add(_ group: Group, _ slot: Int, _ captured: Int64) {
    guard let row = Group.allCases.firstIndex(of: group) else { return }
    groups[row][slot] += captured
  }

  func total(_ institution: Institution) -> PaymentMix.Cell {
    totals[Int(institution.rawValue)]
  }

  /// What an institution did at merchants of a tier.
  func cell(_ institution: Institution, merchantTier tier: Tier) -> PaymentMix.Cell {
    cellsByMerchantTier[Int(tier.rawValue)][Int(institution.rawValue)]
  }

  /// Captures by institution, in the order of their numbers.
  func counts(_ group: Group) -> [Int64] {
    guard let row = Group.allCases.firstIndex(of: group) else { return [] }
    return DashboardMix.byInstitution(groups[row])
  }

  func counts(merchantTier tier: Tier) -> [Int64] {
    DashboardMix.byInstitution(byMerchantTier[Int(tier.rawValue)])
  }

  func counts(buyerTier tier: Tier) -> [Int64] {
    DashboardMix.byInstitution(byBuyerTier[Int(tier.rawValue)])
  }

  private static func byInstitution(_ slots: [Int64]) -> [Int64] {
    Institution.allCases.map { slots[Int($0.rawValue)] }
  }

  /// Institutions that have a payment.
  var institutions: [Institution] {
    Institution.allCases.filter { !total($0).isEmpty }
  }
}
