// Two states of a log laid side by side: what is another at the second one.
//
// What moved and came back in between is the same at both and is no change. A merchant stands as
// pending under every rollout from the rollout's first event on, so that alone is no change of it.

import Dumps
import Events
import Projections

/// What changed between two positions.
struct LogDifference {
  /// One thing that is another of a merchant.
  struct Change: Hashable {
    var merchant: ExternalID
    var number: MerchantNumber
    /// `registration`, `closing` or `state`.
    var what: String
    /// The plan of the rollout; nil where it is of none.
    var rollout: String?
    /// Nil where there was nothing.
    var before: String?
    var after: String
    /// Of the last event that did it.
    var position: Position
  }

  /// A figure at both positions.
  struct Total: Hashable {
    /// `merchants`, `rollout`, `institution`, `discrepancies` or `disputes`.
    var group: String
    /// Of which rollout or institution; empty where there is but one.
    var name: String
    var figure: String
    var before: Int64
    var after: Int64
    var isFen = false
  }

  let from: LogContext
  let to: LogContext
  /// Of the first merchants, in the order of their numbers.
  private(set) var changes: [Change] = []
  private(set) var merchantsChanged = 0
  private(set) var merchantsListed = 0
  private(set) var totals: [Total] = []

  /// - Parameter limit: how many merchants are listed.
  init(_ before: ModelFold, _ after: ModelFold, _ moves: MerchantMoves, limit: Int) {
    from = before.context
    to = after.context
    list(before.model, after.model, moves, limit)
    addMerchants(before.model.merchants, after.model.merchants)
    addRollouts(before.model, after.model)
    addInstitutions(before.model.reconciliation, after.model.reconciliation)
    add(
      "discrepancies", "", "all", before.model.discrepancies.count, after.model.discrepancies.count)
    add(
      "discrepancies", "", "open", before.model.discrepancies.openCount,
      after.model.discrepancies.openCount)
    let (old, new) = (before.model.disputes.rows, after.model.disputes.rows)
    add("disputes", "", "all", old.count, new.count)
    add(
      "disputes", "", "with_payer", old.count { $0.stage.isWithPayer },
      new.count { $0.stage.isWithPayer })
  }

  // MARK: By merchant

  private mutating func list(
    _ before: ReadModel, _ after: ReadModel, _ moves: MerchantMoves, _ limit: Int
  ) {
    let plans = after.rollouts.rollouts.map { $0.plan.description }
    for number in 0..<UInt32(after.merchants.count) {
      let merchant = MerchantNumber(number + 1)
      guard isChanged(merchant, before.merchants, after.merchants) else { continue }
      merchantsChanged += 1
      guard merchantsListed < limit else { continue }
      merchantsListed += 1
      list(merchant, before.merchants, after.merchants, moves, plans)
    }
  }

  private func isChanged(
    _ merchant: MerchantNumber, _ before: MerchantBook, _ after: MerchantBook
  ) -> Bool {
    guard before.knows(merchant), after.isClosed(merchant) == before.isClosed(merchant) else {
      return true
    }
    return after.standings.indices.contains { row in
      let rollout = RolloutNumber(UInt16(row + 1))
      return after.state(merchant, rollout) != before.state(merchant, rollout)
    }
  }

  private mutating func list(
    _ merchant: MerchantNumber, _ before: MerchantBook, _ after: MerchantBook,
    _ moves: MerchantMoves, _ plans: [String]
  ) {
    let isKnown = before.knows(merchant)
    var change = Change(
      merchant: after.external(merchant), number: merchant, what: "registration", rollout: nil,
      before: nil, after: "registered", position: moves.registration(merchant))
    if !isKnown { changes.append(change) }
    change.what = "state"
    for row in after.standings.indices {
      let rollout = RolloutNumber(UInt16(row + 1))
      let was = isKnown ? before.state(merchant, rollout) : .pending
      let state = after.state(merchant, rollout)
      guard state != was else { continue }
      change.rollout = plans.indices.contains(row) ? plans[row] : nil
      change.before = isKnown ? was.name : nil
      change.after = state.name
      change.position = moves.switching(merchant, rollout)
      changes.append(change)
    }
    guard after.isClosed(merchant), !(isKnown && before.isClosed(merchant)) else { return }
    changes.append(
      Change(
        merchant: change.merchant, number: merchant, what: "closing", rollout: nil,
        before: isKnown ? "open" : nil, after: "closed", position: moves.closing(merchant)))
  }

  // MARK: By total

  private mutating func add(
    _ group: String, _ name: String, _ figure: String, _ before: some BinaryInteger,
    _ after: some BinaryInteger, isFen: Bool = false
  ) {
    totals.append(
      Total(
        group: group, name: name, figure: figure, before: Int64(before), after: Int64(after),
        isFen: isFen))
  }

  private mutating func addMerchants(_ before: MerchantBook, _ after: MerchantBook) {
    func closed(_ book: MerchantBook) -> Int {
      var count = 0
      book.forEachClosed { _ in count += 1 }
      return count
    }
    add("merchants", "", "registered", before.count, after.count)
    add("merchants", "", "closed", closed(before), closed(after))
  }

  private mutating func addRollouts(_ before: ReadModel, _ after: ReadModel) {
    for rollout in after.rollouts.rollouts {
      let plan = rollout.plan.description
      let (old, new) = (
        before.merchants.standing(rollout.number), after.merchants.standing(rollout.number)
      )
      for state in MerchantState.allCases {
        add("rollout", plan, state.name, old?.count(state) ?? 0, new?.count(state) ?? 0)
      }
      let waves = before.rollouts.rollout(rollout.number)?.waves ?? []
      add("rollout", plan, "waves_opened", waves.count, rollout.waves.count)
      add(
        "rollout", plan, "waves_completed", waves.count { $0.completedAt != .none },
        rollout.waves.count { $0.completedAt != .none })
    }
  }

  private mutating func addInstitutions(_ before: Reconciliation, _ after: Reconciliation) {
    for institution in Institution.allCases {
      let (old, new) = (
        InstitutionSums(institution, before), InstitutionSums(institution, after)
      )
      let name = institution.name
      add("institution", name, "captured_count", old.capturedCount, new.capturedCount)
      add("institution", name, "captured_fen", old.capturedFen, new.capturedFen, isFen: true)
      add("institution", name, "refunded_count", old.refundedCount, new.refundedCount)
      add("institution", name, "refunded_fen", old.refundedFen, new.refundedFen, isFen: true)
      add(
        "institution", name, "net_fen", old.capturedFen - old.refundedFen,
        new.capturedFen - new.refundedFen, isFen: true)
      add("institution", name, "apart_count", old.apartCount, new.apartCount)
    }
  }
}

extension MerchantBook {
  fileprivate func knows(_ merchant: MerchantNumber) -> Bool { Int(merchant.rawValue) <= count }
}

/// The days of an institution added up.
private struct InstitutionSums {
  var capturedCount: Int64 = 0
  var capturedFen: Int64 = 0
  var refundedCount: Int64 = 0
  var refundedFen: Int64 = 0
  var apartCount: Int64 = 0

  init(_ institution: Institution, _ days: Reconciliation) {
    for row in days.rows where row.institution == institution {
      capturedCount += row.capturedCount
      capturedFen += row.capturedFen
      refundedCount += row.refundedCount
      refundedFen += row.refundedFen
      apartCount += row.apartCount
    }
  }
}
