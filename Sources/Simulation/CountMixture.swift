// The same question asked by others' formula, to hold ours against: a Beta or Dirichlet mixture in
// place of the grid, for shares that stay the same.
//
// Source: Lindon and Malek (2022), as the packages ssrm_test and savvi compute it.

import Glibc

/// The marginal likelihood of counts by kind under a Dirichlet prior, and under fixed shares.
public struct CountMixture: Sendable {
  private let prior: [Double]
  private let shares: [Double]
  private var counts: [Double]
  /// The log likelihood of the counts so far where the shares are the fixed ones.
  public private(set) var logFixed = 0.0
  /// How much more the mixture says than the fixed shares: the log Bayes factor.
  public private(set) var logEvidence = 0.0

  /// - Parameters:
  ///   - prior: the Dirichlet's parameters, all above 0.
  ///   - shares: what the counts have by rights; together 1.
  public init(prior: [Double], shares: [Double]) {
    precondition(prior.count == shares.count, "every kind has a prior and a share")
    self.prior = prior
    self.shares = shares
    counts = Array(repeating: 0, count: prior.count)
  }

  /// Of failures on two sides: Beta(k rho, k (1 - rho)).
  public init(concentration: Double, share: Double) {
    self.init(
      prior: [concentration * share, concentration * (1 - share)], shares: [share, 1 - share])
  }

  /// Takes the counts of one more look; the order within a look says nothing.
  public mutating func add(_ look: [Int]) {
    let total = look.reduce(0, +)
    var ways = rising(1, total)
    logEvidence -= rising(prior.reduce(0, +) + counts.reduce(0, +), total)
    for (kind, count) in look.enumerated() {
      ways -= rising(1, count)
      let fixed = Double(count) * log(shares[kind])
      logFixed += fixed
      logEvidence += rising(prior[kind] + counts[kind], count) - fixed
      counts[kind] += Double(count)
    }
    logFixed += ways
  }

  /// The log likelihood of the counts so far under the prior.
  public var logMixture: Double { logFixed + logEvidence }
}

/// The log of a rising factorial of so many factors.
///
/// It is a difference of two log Gammas, without what these have in common and would round away.
private func rising(_ start: Double, _ factors: Int) -> Double {
  (0..<factors).reduce(0) { $0 + log(start + Double($1)) }
}
