// The decision state that a snapshot leads to.

import Events
import Platform
import Projections
import Rollout

extension DecisionState {
  /// The state at a snapshot's position; its ledger of payments is empty.
  ///
  /// Plans are read again from the documents in the rollouts.
  ///
  /// - Throws: `SnapshotFault` where a rollout has no plan that can be read, or was started and has
  ///   no order, or has another number of waves than its plan.
  public init(from snapshot: Snapshot) throws(SnapshotFault) {
    precondition(
      snapshot.sections.isSuperset(of: [.base, .history, .finance, .service, .orders]),
      "a decision state is made of a snapshot that was read in full")
    var plans: [Plan?] = []
    for (row, rollout) in snapshot.model.rollouts.rollouts.enumerated() {
      let number = row + 1
      guard rollout.announcement != .none else {
        guard rollout.start == .none else {
          throw .damaged("rollout \(number) was started and not announced")
        }
        continue
      }
      guard let plan = try? PlanReader.read(rollout.document) else {
        throw .damaged("the plan of rollout \(number) cannot be read")
      }
      while plans.count < row { plans.append(nil) }
      plans.append(plan)
      let order = row < snapshot.orders.count ? snapshot.orders[row] : nil
      guard (order != nil) == (rollout.start != .none),
        order.map({ $0.waves == plan.waves.count }) ?? true
      else { throw .damaged("the order of rollout \(number) is not its plan's") }
      guard rollout.phase != .running || order != nil else {
        throw .damaged("rollout \(number) runs without an order")
      }
    }
    guard plans.count == snapshot.orders.count else {
      throw .damaged("\(plans.count) rollouts have a plan and \(snapshot.orders.count) an order")
    }
    self.init(
      book: snapshot.model.merchants, board: snapshot.model.rollouts,
      terms: snapshot.model.terms, log: snapshot.log,
      isClockHeld: snapshot.isClockHeld, logTime: snapshot.logTime, next: snapshot.position,
      incarnation: snapshot.incarnation, plans: plans, orders: snapshot.orders,
      discrepancies: OpenDiscrepancies(
        snapshot.model.discrepancies, PaymentLedger.processHash),
      disputes: DisputeClaims(snapshot.model.disputes, PaymentLedger.processHash))
  }
}
