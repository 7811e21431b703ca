// A plan over a registry: who stands in which wave, by tier and category, and the course it takes.

public import Events
import Platform
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
    self.init(plan, book, pieceLength: PlanOutlook.pieceLength)
  }

  /// - Parameter pieceLength: how many merchants of a wave a thread counts at a time.
  init(_ plan: Plan, _ book: MerchantBook, pieceLength: Int) {
    var maker = OrderMaker(plan: plan, book: book, rollout: .none)
    let starts = maker.makeWaves()
    let row = maker.row
    let whole = OrderWhole(merchants: row.count, dailyPayments: maker.dailyPayments)
    var sums = OrderSums(waves: plan.waves.count, whole: whole)
    var members = [Members](repeating: Members(), count: plan.waves.count)
    var payments: [UInt32] = []
    payments.reserveLarge(row.count)
    for wave in members.indices {
      let first = starts[wave]
      let length = starts[wave + 1] - first
      let pieces = (length + pieceLength - 1) / pieceLength
      let counted = SharedWork.map("outlook", pieces) { piece in
        let start = first + piece * pieceLength
        return WavePiece(row, start..<min(start + pieceLength, first + length), book, whole)
      }
      var categories = [UInt32](repeating: 0, count: book.wordCount)
      for piece in counted {
        sums.add(piece.sums, to: wave)
        for tier in piece.tiers.indices { members[wave].tiers[tier] += piece.tiers[tier] }
        for number in categories.indices { categories[number] += piece.categories[number] }
        payments += piece.payments
      }
      members[wave].categories = PlanOutlook.named(categories, book)
    }
    self.sums = sums
    self.members = members
    forecast = Forecast(plan, whole: whole, starts: starts, payments: payments)
  }

  /// Fewer merchants of a wave are one thread's.
  private static let pieceLength = 1 << 17

  /// The categories that were met, with their counts.
  private static func named(
    _ counts: [UInt32], _ book: MerchantBook
  ) -> [(name: ShortText, merchants: UInt32)] {
    var met: [(name: ShortText, merchants: UInt32)] = []
    for number in counts.indices where counts[number] > 0 {
      met.append((book.category(ofNumber: number), counts[number]))
    }
    return met.sorted {
      $0.merchants != $1.merchants
        ? $0.merchants > $1.merchants : $0.name.description < $1.name.description
    }
  }
}

/// A piece of a wave, counted.
private struct WavePiece: Sendable {
  /// Of one wave.
  var sums: OrderSums
  /// By the number of the tier.
  var tiers = [UInt32](repeating: 0, count: Tier.allCases.count)
  /// By the number of the category.
  var categories: [UInt32]
  /// The usual payments a day of each merchant, in order.
  var payments: [UInt32] = []

  /// How many merchants ahead of the one that is counted are asked for.
  private static let lookAhead = 16

  init(_ row: [MerchantNumber], _ range: Range<Int>, _ book: MerchantBook, _ whole: OrderWhole) {
    sums = OrderSums(waves: 1, whole: whole)
    categories = [UInt32](repeating: 0, count: book.wordCount)
    payments.reserveCapacity(range.count)
    for place in range {
      let ahead = place + WavePiece.lookAhead
      if ahead < row.count { book.prefetch(row[ahead]) }
      let merchant = row[place]
      let volume = book.dailyPayments(merchant)
      sums.add(merchant, volume, to: 0)
      tiers[Int(book.tier(merchant).rawValue)] += 1
      categories[book.categoryNumber(merchant)] += 1
      payments.append(volume)
    }
  }
}
