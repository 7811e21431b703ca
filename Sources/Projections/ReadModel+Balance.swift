// Whether the totals balance: two folds of the same payments that know nothing of each other.

public import Events

/// An institution whose captures and refunds come to one thing by day and to another by tier and
/// hour: a fault of the program, or of a file that it was read from.
public struct Imbalance: Error, Hashable, Sendable {
  public var institution: Institution
  /// Captures and their fen, refunds and their fen.
  public var byDay: [Int64]
  /// The same of the mix.
  public var byCell: [Int64]
}

extension Imbalance: CustomStringConvertible {
  public var description: String {
    "captures and refunds of \(institution.name) come to \(byDay) by day and to \(byCell) by tier "
      + "and hour (captures, their fen, refunds, their fen)"
  }
}

extension ReadModel {
  /// The first institution whose totals do not balance; nil where all do.
  public var imbalance: Imbalance? {
    var byDay = [[Int64]](repeating: [0, 0, 0, 0], count: 256)
    var byCell = byDay
    func add(_ figures: [Int64], to sums: inout [Int64]) {
      // As in the folds themselves: of payments no sum comes near the end of 64 bits.
      for (index, figure) in figures.enumerated() { sums[index] &+= figure }
    }
    for row in reconciliation.rows {
      add(
        [row.capturedCount, row.capturedFen, row.refundedCount, row.refundedFen],
        to: &byDay[Int(row.institution.rawValue)])
    }
    mix.forEach { key, cell in
      add(
        [cell.capturedCount, cell.capturedFen, cell.refundedCount, cell.refundedFen],
        to: &byCell[Int(key.institution.rawValue)])
    }
    for institution in Institution.allCases {
      let number = Int(institution.rawValue)
      if byDay[number] != byCell[number] {
        return Imbalance(
          institution: institution, byDay: byDay[number], byCell: byCell[number])
      }
    }
    return nil
  }
}
