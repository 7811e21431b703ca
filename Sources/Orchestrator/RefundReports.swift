// Refunds that an institution reports as the sum so far: which part of a sum is new, and from where
// a part is moved that a larger sum had brought before (Events/RefundBasis.swift).
//
// The sums of a transaction are a chain, from the largest, which the transaction holds, down to the
// smallest. A link stands under the key of its transaction and its sum, and says which sum comes
// below it and in which hour it was reported. Whatever the order of the reports, the chain comes
// out the same, and every sum adds what it has more than the one below it, in its own hour.

import Events

/// The names of what reports are made of.
enum RefundReports {
  /// How many sums one transaction may have: institutions allow 50 refunds of a payment.
  ///
  /// A report beyond is in conflict, so that nobody can make a chain that is long to walk.
  static let countMax = 64

  /// A link of a chain.
  struct Link: Sendable, BitwiseCopyable {
    /// The next smaller sum; zero at the end.
    var below: Money
    /// The clock hour of Beijing that its own part is counted in.
    var hour: Int64
  }

  /// A sum that was reported, and when.
  struct Sum {
    let amount: Money
    let hour: Int64

    init(_ facts: PaymentFacts) {
      amount = facts.orderAmount
      hour = facts.occurredAt.beijingHour
    }
  }

  /// Where a sum belongs in its chain.
  struct Place {
    /// The largest sum that is not larger; zero where there is none.
    var below = Money.zero
    /// The smallest that is; nil where there is none.
    var above: (sum: Money, hour: Int64)?
    /// How many sums the chain has down to here.
    var count = 0
  }
}

extension PaymentFacts {
  /// The key of a sum of its transaction.
  ///
  /// The transaction's key is as good as random, so sums of different ones meet no more often than
  /// keys do.
  fileprivate func link(_ sum: Money) -> IdentifierKey {
    IdentifierKey(
      low: transaction.low ^ UInt64(bitPattern: sum.rawValue) &* 0x9e37_79b9_7f4a_7c15,
      high: transaction.high)
  }
}

extension PaymentLedger {
  /// Whether nothing of a refund's transaction has to be recalled to judge the refund.
  func knowsRefund(_ facts: PaymentFacts) -> Bool {
    facts.refundBasis.isSum ? isWhole(facts) : refundAmount(facts) != nil
  }

  /// Whether every sum of a transaction is at hand.
  private func isWhole(_ facts: PaymentFacts) -> Bool {
    guard let known = transaction(facts), known.reportsSums else { return true }
    var sum = known.refunded
    while sum != .zero {
      guard let link = reports.find(facts.link(sum)) else { return false }
      sum = link.below
    }
    return true
  }

  /// Walks down a chain to where a sum belongs.
  private func place(_ facts: PaymentFacts) -> RefundReports.Place {
    var place = RefundReports.Place()
    guard let known = transaction(facts), known.reportsSums else { return place }
    place.below = known.refunded
    while place.below > facts.orderAmount, let link = reports.find(facts.link(place.below)) {
      place.above = (place.below, link.hour)
      place.below = link.below
      place.count += 1
    }
    return place
  }

  /// What is wrong with a report apart from its amount against the capture; nil where nothing is.
  func flags(ofReport facts: PaymentFacts, _ known: Transaction?) -> PolicyFlags? {
    if let known, !known.reportsSums, known.refunded != .zero { return .conflictsWithEarlier }
    // The sum of no refunds says nothing.
    if facts.orderAmount == .zero { return .repeated }
    var place = place(facts)
    if place.below == facts.orderAmount { return .repeated }
    let hours = place.above.map { $0.hour - facts.occurredAt.beijingHour } ?? 0
    var sum = place.below
    while sum != .zero, let link = reports.find(facts.link(sum)) {
      sum = link.below
      place.count += 1
    }
    return place.count < RefundReports.countMax && RefundBasis(movedHours: hours) != nil
      ? nil : .conflictsWithEarlier
  }

  /// What a report adds, and where from it is moved: what its event says.
  ///
  /// One that changes nothing is moved from nowhere.
  func reports(placing facts: PaymentFacts, _ flags: PolicyFlags) -> (Money, RefundBasis) {
    let place = place(facts)
    let adds = facts.orderAmount - place.below
    guard !flags.hasAny(of: PolicyFlags.unchanging), let above = place.above,
      let basis = RefundBasis(movedHours: above.hour - facts.occurredAt.beijingHour)
    else { return (adds, .sum) }
    return (adds, basis)
  }

  /// Folds a report that changes something.
  mutating func takeReport(_ facts: PaymentFacts, at transaction: Int) {
    let place = place(facts)
    guard place.below != facts.orderAmount else { return }
    put(
      facts.link(facts.orderAmount),
      RefundReports.Link(below: place.below, hour: facts.occurredAt.beijingHour))
    if let above = place.above {
      put(
        facts.link(above.sum),
        RefundReports.Link(below: facts.orderAmount, hour: above.hour))
    }
    transactions[transaction].takeSum(facts.orderAmount)
  }

  private mutating func put(_ key: IdentifierKey, _ link: RefundReports.Link) {
    if let place = reports.placeForChange(key) {
      reports[place] = link
    } else {
      reports.insert(key, link)
    }
  }

  /// Takes the old sums of a transaction.
  ///
  /// What a table still has of a sum is newer than what the index knows. A sum that no table has
  /// was changed last in a generation that the index covers wholly, so that the sum below it is the
  /// next smaller one of those that are found.
  mutating func recallReports(_ facts: PaymentFacts, _ found: [RefundReports.Sum]) {
    let sums = found.sorted { $0.amount < $1.amount }
    for (index, sum) in sums.enumerated() {
      let key = facts.link(sum.amount)
      guard reports.find(key) == nil else { continue }
      let below = index == 0 ? Money.zero : sums[index - 1].amount
      reports.insert(key, RefundReports.Link(below: below, hour: sum.hour))
    }
  }
}

extension DecisionState {
  /// Judges a report of the sum of all refunds so far, as a refund is judged.
  func judgeReport(_ facts: PaymentFacts, _ known: PaymentLedger.Transaction?) -> PolicyFlags {
    if let flags = ledger.flags(ofReport: facts, known) { return flags }
    guard let captured = known?.captured else { return .refundBeforeCapture }
    return facts.orderAmount > captured ? .refundExceedsCapture : PolicyFlags(rawValue: 0)
  }
}
