// Captures and their amounts, a merchant-day, at merchants that were on and at others of the same
// stratum that were not yet enabled.

import Events
import Projections
import Rollout

/// The sums of an opening with the time of the merchants on either side, stratum by stratum.
struct CapturesByStratum {
  struct Row {
    var stratum: Stratum
    var sums: OpeningSums.Row
    var span: MerchantCensus.Span

    /// Whether amounts came to more than can be told.
    var isFull: Bool { sums.on.isFull || sums.notYet.isFull }
  }

  /// In the order of strata; only those that had merchants on both sides.
  let rows: [Row]

  init(_ sums: [(stratum: Stratum, row: OpeningSums.Row)], _ census: MerchantCensus) {
    rows = sums.map { Row(stratum: $0.stratum, sums: $0.row, span: census.opening($0.stratum)) }
      .filter { $0.span.on > 0 && $0.span.notYet > 0 }
  }

  /// How many times as many captures a merchant-day brings where merchants are on, in thousandths.
  var countRatio: Int64? {
    StratumRatio.overAll(rows.map { ($0.sums.on.count, $0.sums.notYet.count, $0.span) })
  }

  /// The same of the order transaction amount.
  var amountRatio: Int64? {
    guard rows.allSatisfy({ !$0.isFull }) else { return nil }
    return StratumRatio.overAll(rows.map { ($0.sums.on.fen, $0.sums.notYet.fen, $0.span) })
  }
}
