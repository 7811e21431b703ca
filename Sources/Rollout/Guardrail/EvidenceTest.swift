// The statistic of the guardrails: an e-process over closed blocks of time, stratum by stratum.
//
// A row is one stratum in one closed block: n orders and y failures on either side. With the share
// of the treated side rho = n_T / (n_T + n_C), m = y_T + y_C and a bet omega above the tolerated
// ratio r0,
//
//   log e(omega) = y_T ln(omega / r0) - m (ln(rho omega + 1 - rho) - ln(rho r0 + 1 - rho))
//
// and 0 where one side has no order or nobody failed. The evidence after a block is the mean over
// the grid omega_k = r0 2^(k/2), k = 1 to 8, of exp(sum of all rows so far). Where in every row the
// treated side fails on average at most r0 times as often as the other, whatever the rates are and
// however they move, it is a supermartingale that begins at 1: it ever reaches 1 / alpha with a
// probability of at most alpha (Ville), however often one looks.
//
// Why: a failing order multiplies the evidence by f_T = (omega / D)(D0 / r0) or f_C = D0 / D with
// D = rho omega + 1 - rho and D0 = rho r0 + 1 - rho. An order that fails with probability p has the
// factor 1 + p (f - 1) <= exp(p (f - 1)) on average, and over a row these exponents sum to at most
// 0 exactly where mean_T(p) <= r0 mean_C(p), because rho r0 (f_T - 1) + (1 - rho)(f_C - 1) = 0 and
// f_T > 1 > f_C.
//
// With one side only the limit p0 is absolute: e = (p_k / p0)^y ((1 - p_k) / (1 - p0))^(n - y) with
// p_k = p0 2^(k/2), those below 1; exact where p <= p0.
//
// Sources: Lindon and Malek, "Anytime-Valid Inference for Multinomial Count Data" (2022); Turner
// and Gruenwald, "Safe Sequential Testing and Effect Estimation in Stratified Count Data" (2023).
//
// Floating point is confined to this file and to who asks it. Two machines may differ in the last
// bit of a logarithm, so what was concluded is recorded and never concluded again by a replay.

public import Events
import Glibc

/// The bets of a mixture: how far above what is tolerated the truth may lie.
public enum BetGrid {
  public static let count = 8

  /// 2^(k/2) of a bet, from 0.
  static func factor(_ bet: Int) -> Double { pow(2, Double(bet + 1) / 2) }
}

/// The logarithms of a mixture of bets, and the highest evidence they ever gave together.
public struct MixedEvidence: Sendable {
  private var sums: [Double]
  /// The highest log evidence at the end of a block; 0 before the first.
  public private(set) var peak = 0.0

  init(bets: Int) { sums = Array(repeating: 0, count: bets) }

  mutating func add(_ bet: Int, _ log: Double) { sums[bet] += log }

  /// The log of the mean over the bets, after the latest row.
  public var log: Double {
    let top = sums.max() ?? 0
    var sum = 0.0
    for each in sums { sum += exp(each - top) }
    return top + Glibc.log(sum / Double(sums.count))
  }

  /// Ends a block: evidence counts only then.
  public mutating func closeBlock() { peak = max(peak, log) }

  /// Whether so much was reached at the end of a block that at most `alpha`, split over so many
  /// guardrails, of all worlds without harm would ever show it.
  public func reaches(_ alpha: Share, over guardrails: Int = 1) -> Bool {
    peak >= MixedEvidence.threshold(alpha, over: guardrails)
  }

  /// The log evidence that ends the doubt: ln(guardrails / alpha).
  public static func threshold(_ alpha: Share, over guardrails: Int = 1) -> Double {
    precondition(alpha > .none, "nothing reaches an alpha of 0")
    return Glibc.log(
      Double(Share.whole.rawValue) * Double(guardrails) / Double(alpha.rawValue))
  }

  /// A log evidence as it is recorded: 12 significant digits and no exponent.
  public static func text(_ value: Double) -> String {
    precondition(abs(value) < 1e15, "evidence is no sum of logarithms")
    var decimals = 11
    var scale = 1.0
    while decimals > 0, abs(value) >= 10 * scale {
      scale *= 10
      decimals -= 1
    }
    let power = (0..<decimals).reduce(UInt64(1)) { product, _ in product * 10 }
    let digits = UInt64((abs(value) * Double(power)).rounded(.toNearestOrEven))
    let rest = String(digits % power)
    let padding = String(repeating: "0", count: decimals > 0 ? decimals - rest.count : 0)
    let sign = value < 0 && digits > 0 ? "-" : ""
    return decimals > 0 ? "\(sign)\(digits / power).\(padding)\(rest)" : "\(sign)\(digits)"
  }
}

/// Whether the treated side fails more than so many times as often as the other.
public struct RatioTest: Sendable {
  /// A bet and what each failure on the treated side gains by it: ln(omega / r0).
  private struct Bet {
    let ratio: Double
    let gain: Double

    init(_ ratio: Double, above tolerated: Double) {
      self.ratio = ratio
      gain = Glibc.log(ratio / tolerated)
    }
  }

  /// What one row says to any bet.
  private struct Row {
    private let share: Double
    private let failed: Double
    private let failures: Double
    /// ln(rho r0 + 1 - rho).
    private let tolerated: Double

    /// Nil where the row says nothing.
    init?(_ treated: ArmCount, _ control: ArmCount, _ ratio: Double) {
      guard treated.orders > 0, control.orders > 0 else { return nil }
      failed = Double(treated.failures)
      failures = failed + Double(control.failures)
      guard failures > 0 else { return nil }
      share = Double(treated.orders) / (Double(treated.orders) + Double(control.orders))
      tolerated = Glibc.log(share * ratio + 1 - share)
    }

    func log(_ bet: Bet) -> Double {
      failed * bet.gain - failures * (Glibc.log(share * bet.ratio + 1 - share) - tolerated)
    }
  }

  private let tolerated: Double
  private let bets: [Bet]
  public private(set) var evidence: MixedEvidence

  /// - Parameter tolerated: r0 in thousandths: 1250 tolerates a quarter more. Above 0.
  public init(tolerated: UInt32) {
    precondition(tolerated > 0, "no ratio is tolerated")
    self.init(Double(tolerated) / 1000)
  }

  /// The reverse question: with the sides exchanged, whether the treated side is shown to fail less
  /// than `ratio` times as often.
  ///
  /// - Parameter ratio: r1 in thousandths, above 0.
  public init(shownBelow ratio: UInt32) {
    precondition(ratio > 0, "nothing is below a ratio of 0")
    self.init(1000 / Double(ratio))
  }

  private init(_ tolerated: Double) {
    self.tolerated = tolerated
    bets = (0..<BetGrid.count).map { Bet(tolerated * BetGrid.factor($0), above: tolerated) }
    evidence = MixedEvidence(bets: BetGrid.count)
  }

  /// Takes a row of a block.
  public mutating func add(treated: ArmCount, control: ArmCount) {
    guard let row = Row(treated, control, tolerated) else { return }
    for index in bets.indices { evidence.add(index, row.log(bets[index])) }
  }

  public mutating func closeBlock() { evidence.closeBlock() }

  /// The log evidence of one row for one bet above what is tolerated.
  public func log(_ treated: ArmCount, _ control: ArmCount, bet: Double) -> Double {
    Row(treated, control, tolerated)?.log(Bet(bet, above: tolerated)) ?? 0
  }
}

/// Whether one side fails more often than an absolute limit.
public struct LimitTest: Sendable {
  /// Of each bet: what an order that failed adds, and one that held.
  private let bets: [(failed: Double, held: Double)]
  public private(set) var evidence: MixedEvidence

  /// - Parameter limit: p0, above nothing and below the whole.
  public init(limit: Share) {
    precondition(limit > .none && limit < .whole, "a limit lies between nothing and the whole")
    let least = Double(limit.rawValue) / Double(Share.whole.rawValue)
    // A rate above 1 is no bet, and the mean over fewer bets is as valid. Where the limit is so
    // high that none is left, the one bet is halfway to 1.
    let below = (0..<BetGrid.count).map { least * BetGrid.factor($0) }.filter { $0 < 1 }
    let rates = below.isEmpty ? [(least + 1) / 2] : below
    bets = rates.map { (log($0 / least), log((1 - $0) / (1 - least))) }
    evidence = MixedEvidence(bets: rates.count)
  }

  /// Takes a row of a block.
  public mutating func add(_ side: ArmCount) {
    let failed = Double(side.failures)
    let held = Double(side.orders) - failed
    for index in bets.indices {
      evidence.add(index, failed * bets[index].failed + held * bets[index].held)
    }
  }

  public mutating func closeBlock() { evidence.closeBlock() }
}
