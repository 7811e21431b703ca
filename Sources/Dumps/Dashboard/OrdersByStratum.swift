// Orders at merchants that were on beside those at merchants of the same stratum not yet enabled.

import Events
import Projections
import Rollout

/// Sums of the whole closed blocks, stratum by stratum.
struct OrdersByStratum {
  struct Row {
    var stratum: Stratum
    var on = ArmCount()
    var notYet = ArmCount()
    var span = MerchantCensus.Span()

    /// Whether the two sides can be held against each other.
    var isPaired: Bool { span.on > 0 && span.notYet > 0 }
  }

  /// In the order of strata; only those that had merchants on both sides.
  let rows: [Row]

  init(_ rollout: Projections.Rollout, _ census: MerchantCensus) {
    var rows: [Row] = []
    for block in rollout.evidence.blocks where block.isWhole {
      for evidence in block.rows {
        let place = OrdersByStratum.place(evidence.stratum, in: rows)
        if place == rows.count || rows[place].stratum != evidence.stratum {
          rows.insert(Row(stratum: evidence.stratum), at: place)
        }
        rows[place].on += evidence.treated
        rows[place].notYet += evidence.control
      }
    }
    for row in rows.indices { rows[row].span = census[rows[row].stratum] }
    self.rows = rows.filter { $0.isPaired }
  }

  private static func place(_ stratum: Stratum, in rows: [Row]) -> Int {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].stratum < stratum { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// How many times as many orders a merchant-day brings where merchants are on, over all strata.
  ///
  /// The ratio of rates by Mantel and Haenszel, whose weights are the strata's own time; in
  /// thousandths, rounded half up; nil where one side has nothing.
  var ratio: Int64? {
    var (on, notYet) = (Int128(0), Int128(0))
    for row in rows {
      let whole = Int128(row.span.on) + Int128(row.span.notYet)
      // In thousandths of an order, so that small strata count.
      on += Int128(row.on.orders) * Int128(row.span.notYet) * 1000 / whole
      notYet += Int128(row.notYet.orders) * Int128(row.span.on) * 1000 / whole
    }
    guard on > 0, notYet > 0 else { return nil }
    return Int64((on * 2000 + notYet) / (notYet * 2))
  }
}
