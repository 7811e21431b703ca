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
  var ratio: Int64? {
    StratumRatio.overAll(rows.map { (Int64($0.on.orders), Int64($0.notYet.orders), $0.span) })
  }
}

/// One ratio out of those of all strata.
enum StratumRatio {
  /// How many times as much a merchant-day brings where merchants are on.
  ///
  /// The ratio of rates by Mantel and Haenszel, whose weights are the strata's own time; in
  /// thousandths, rounded half up; nil where one side has nothing. Strata without time on either
  /// side are none of `rows`.
  static func overAll(
    _ rows: [(on: Int64, notYet: Int64, span: MerchantCensus.Span)]
  ) -> Int64? {
    var (on, notYet) = (Int128(0), Int128(0))
    for row in rows {
      let whole = Int128(row.span.on) + Int128(row.span.notYet)
      // In thousandths, so that small strata count.
      on += Int128(row.on) * Int128(row.span.notYet) * 1000 / whole
      notYet += Int128(row.notYet) * Int128(row.span.on) * 1000 / whole
    }
    guard on > 0, notYet > 0 else { return nil }
    return Int64(exactly: (on * 2000 + notYet) / (notYet * 2))
  }
}
