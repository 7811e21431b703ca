// What a comparison of an institution's statement with the log comes to, in counts and in fen.

/// A fee in hundred-thousandths of a yuan: statements give fees five decimals.
///
/// A thousand of them are a fen. On a refund the institution gives some of it back, and it is
/// negative.
public struct StatementFee: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int64
  public init(rawValue: Int64) { self.rawValue = rawValue }

  public static let zero = StatementFee(rawValue: 0)
  /// How many decimals of a yuan there are.
  public static let decimals = 5

  public static func < (left: StatementFee, right: StatementFee) -> Bool {
    left.rawValue < right.rawValue
  }

  /// Yuan with five decimals: `0.08000`.
  public var text: String {
    let digits = String(rawValue.magnitude)
    let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    return (rawValue < 0 ? "-" : "") + padded.dropLast(5) + "." + padded.suffix(5)
  }
}

/// How many, and how much.
public struct StatementTally: Hashable, Sendable {
  public var count: Int64 = 0
  public var fen: Int64 = 0

  public init(count: Int64 = 0, fen: Int64 = 0) {
    self.count = count
    self.fen = fen
  }

  /// A payment carries a billion yuan at most, and a statement has a limit of lines.
  public mutating func add(_ fen: Int64) {
    count += 1
    self.fen += fen
  }
}

/// The sums of what was captured, or of what was refunded.
public struct StatementSums: Hashable, Sendable {
  /// All that the log counts on the day.
  public var log = StatementTally()
  /// All lines that can be compared.
  public var statement = StatementTally()
  public var matched = StatementTally()
  /// In the statement only.
  public var missingHere = StatementTally()
  /// In the log only.
  public var missingThere = StatementTally()
  /// Of those whose amounts differ, statement less log.
  public var differences = StatementTally()
  /// In the log on another day.
  public var dayDiffers = StatementTally()
  /// In the statement once more.
  public var repeated = StatementTally()

  public init() {}

  /// Whether log and statement differ by what was found and by nothing else.
  ///
  ///     log - missing there + missing here + of another day + repeated + differences = statement
  public var balances: Bool {
    log.fen &- missingThere.fen &+ missingHere.fen &+ dayDiffers.fen &+ repeated.fen
      &+ differences.fen == statement.fen
      && log.count &- missingThere.count &+ missingHere.count &+ dayDiffers.count
        &+ repeated.count == statement.count
  }

  /// Whether everything is matched.
  public var closes: Bool { matched == log && matched == statement && balances }
}

extension StatementSums {
  /// The words of the tallies, in the order of `tallies`.
  public static let names = [
    "log", "statement", "matched", "missing_here", "missing_there", "differences", "day_differs",
    "repeated",
  ]

  public var tallies: [StatementTally] {
    get {
      [
        log, statement, matched, missingHere, missingThere, differences, dayDiffers, repeated,
      ]
    }
    set {
      precondition(newValue.count == StatementSums.names.count, "a tally is missing")
      (log, statement, matched, missingHere) = (newValue[0], newValue[1], newValue[2], newValue[3])
      (missingThere, differences, dayDiffers) = (newValue[4], newValue[5], newValue[6])
      repeated = newValue[7]
    }
  }
}
