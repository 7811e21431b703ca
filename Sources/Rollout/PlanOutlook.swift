// A plan over a registry: who stands in which wave, by tier and category, and the course it takes.

public import Events
public import Projections

/// What a preview shows of a plan.
public struct PlanOutlook: Sendable {
  /// The merchants of one wave, counted.
  public struct Members: Sendable {
    /// By the number of the tier.
    public internal(set) var tiers = [UInt32](repeating: 0, count: Tier.allCases.count)
    /// By category, the most first; then by name.
    public internal(set) var categories: [(name: ShortText, merchants: UInt32)] = []
  }

  public let sums: OrderSums
  public let members: [Members]
  public let forecast: Forecast

  /// Puts the registry in order, as the start of a rollout would, and follows the plan.
  public init(_ plan: Plan, _ book: MerchantBook) {
    var maker = OrderMaker(plan: plan, book: book, rollout: .none)
    let starts = maker.makeWaves()
    let row = maker.row
    let whole = OrderWhole(merchants: row.count, dailyPayments: maker.dailyPayments)
    var sums = OrderSums(waves: plan.waves.count, whole: whole)
    var members = [Members](repeating: Members(), count: plan.waves.count)
    var counts = [UInt32](repeating: 0, count: book.wordCount)
    let payments = [UInt32](capacity: row.count) { payments in
      for wave in members.indices {
        for place in starts[wave]..<starts[wave + 1] {
          let ahead = place + PlanOutlook.lookAhead
          if ahead < row.count { book.prefetch(row[ahead]) }
          let merchant = row[place]
          let volume = book.dailyPayments(merchant)
          sums.add(merchant, volume, to: wave)
          members[wave].tiers[Int(book.tier(merchant).rawValue)] += 1
          counts[book.categoryNumber(merchant)] += 1
          payments.append(volume)
        }
        members[wave].categories = PlanOutlook.named(&counts, book)
      }
    }
    self.sums = sums
    self.members = members
    forecast = Forecast(plan, whole: whole, starts: starts, payments: payments)
  }

  /// How many merchants ahead of the one that is counted are asked for.
  private static let lookAhead = 16

  /// The categories that were met, with their counts, which begin anew.
  private static func named(
    _ counts: inout [UInt32], _ book: MerchantBook
  ) -> [(name: ShortText, merchants: UInt32)] {
    var met: [(name: ShortText, merchants: UInt32)] = []
    for number in counts.indices where counts[number] > 0 {
      met.append((book.category(ofNumber: number), counts[number]))
      counts[number] = 0
    }
    return met.sorted {
      $0.merchants != $1.merchants
        ? $0.merchants > $1.merchants : $0.name.description < $1.name.description
    }
  }
}
