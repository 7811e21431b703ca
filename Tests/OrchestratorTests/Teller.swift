// Payments told to a runtime one by one, and what they come to.

import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Testing

/// Tells a runtime of payments and says what they come to.
final class Teller {
  let desk: Desk
  private var told = 0

  /// - Parameter generationEventsMax: as for a desk.
  init(
    openTo institutions: [Institution] = Institution.allCases, segmentCapacity: Int = 32_768,
    generationEventsMax: Int? = nil
  ) throws {
    desk = try Desk(
      segmentCapacity: segmentCapacity, generationEventsMax: generationEventsMax)
    try desk.send(.createLog(Desk.created, openToAll: institutions))
    for merchant in ["m1", "m2"] { try desk.register(merchant) }
    try desk.goTo(hour: 13)
  }

  /// Tells of payments of other orders until all that was told before is in the index alone.
  func tellOfOthers() throws {
    let before = desk.state.next
    var number = 0
    while desk.runtime.sealed?.end ?? .zero <= before || number < 40 {
      number += 1
      try tell(.captured, 1, "filler\(number)", order: "filler\(number)")
    }
  }

  /// The flags that a notice got.
  @discardableResult
  func tell(
    _ outcome: Outcome, _ fen: Int64 = 100, _ transaction: String = "t",
    by institution: Institution = .alipay, order: String = "o", refund: String = "",
    sum: Bool = false, merchant: String = "m1", currency: UInt16 = Payment.yuan, code: String = "",
    at: Timestamp? = nil, id: String? = nil
  ) throws -> PolicyFlags {
    told += 1
    let instant = at ?? desk.runtime.currentTime()
    let payment = Payment(
      outcome: outcome, orderedAt: instant, orderAmount: Money(fen: fen),
      paidAmount: Money(fen: fen), institution: institution,
      failureClass: outcome == .failed ? .payer : .none, currency: currency,
      refundBasis: sum ? .sum : .single, transaction: Desk.text(transaction),
      order: Desk.text(order), code: Desk.text(code), refund: Desk.text(refund),
      external: Desk.text(merchant))
    let receipt = try desk.runtime.submit(
      StoryNotice(payment: payment, occurredAt: instant).command(id: id ?? "\(told)"))
    return try #require(try desk.events(from: receipt.first).first).header.flags
  }

  func life(_ transaction: String = "t", by institution: Institution = .alipay) throws
    -> PaymentLife
  {
    var life = PaymentLife()
    for event in try desk.events() {
      guard case .payment(let payment) = event.payload, payment.institution == institution,
        payment.transaction == Desk.text(transaction)
      else { continue }
      life.take(payment, event.header.flags)
    }
    return life
  }

  func model() throws -> ReadModel {
    try desk.flush()
    var model = ReadModel()
    try desk.carrier.read(from: .zero, to: desk.carrier.durableEnd) {
      (batch: borrowing EventBatch) throws in try model.apply(batch)
    }
    return model
  }

  /// The open discrepancies, as flag and transaction.
  func open() throws -> [String] {
    var open: [String] = []
    try model().discrepancies.forEach { row in
      if row.isOpen { open.append("\(row.flagName) \(row.transaction)") }
      return true
    }
    return open
  }
}
