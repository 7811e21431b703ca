// Draws orders and what institutions say of them: every outcome, in order and out of order, once
// and more than once, whole and contradictory.

import Events
import Orchestrator
import Platform

/// Draws the notices of a story.
///
/// The notices of one order come from one client, in their order.
struct PaymentWriter {
  /// What becomes of one order.
  private enum Fate: Int, CaseIterable {
    case captured, pendingThenCaptured, authorisedThenRefunded, failed, closed, closedThenCaptured
    case repeated, conflicting, refundedFirst, capturedTwice, unknownMerchant, foreign
    case refundedTooMuch, pendingLate, offered, refundedTwice
  }

  private struct Due {
    var body: Command.Body
    var occurredAt: Timestamp
    var client: Int
  }

  static let ordersPerMerchant = 5
  static let stagesUsual = 43
  /// What is put off to a later stage, in order.
  private var deferred: [Due] = []
  private var made = 0
  /// The last stage puts nothing off.
  var isLast = false

  /// Adds the notices of a stage to its commands.
  mutating func write(_ story: inout StoryWriter) {
    let kept = deferred
    deferred = []
    var blocked = Set<Int>()
    for due in kept { place(due, &story, &blocked) }
    guard !isLast, story.known > 0 else { return }
    let count = max(
      1, story.merchants * PaymentWriter.ordersPerMerchant / PaymentWriter.stagesUsual)
    for _ in 0..<count {
      let orderedAt = story.quietInstants[story.random.below(story.quietInstants.count)]
      for due in notices(&story, orderedAt: orderedAt) { place(due, &story, &blocked) }
    }
  }

  /// Sends now or puts off; behind something put off, everything of that client is put off.
  private mutating func place(
    _ due: Due, _ story: inout StoryWriter, _ blocked: inout Set<Int>
  ) {
    if !isLast, blocked.contains(due.client) || story.random.below(40) == 0 {
      blocked.insert(due.client)
      deferred.append(due)
      return
    }
    story.send(
      due.body, client: due.client, actor: Actor(.institution), occurredAt: due.occurredAt)
  }

  private mutating func notices(_ story: inout StoryWriter, orderedAt: Timestamp) -> [Due] {
    made += 1
    let fate =
      story.random.below(3) == 0
      ? Fate.captured : Fate.allCases[story.random.below(Fate.allCases.count)]
    let client = 1 + made % (Workload.clientCount - 1)
    let isAhead = story.random.below(40) == 0
    let occurredAt = orderedAt.advanced(bySeconds: isAhead ? 90 * 86_400 : 30)
    let amount = Int64(100 + story.random.below(50_000))
    let external = fate == .unknownMerchant ? ExternalID("stranger") ?? .none : story.anyone()
    let base = payment(&story, orderedAt: orderedAt, amount: amount, external: external)
    var bodies: [Command.Body] = []
    if fate == .offered {
      bodies = [
        .offerOrder(
          OrderOffered(
            institutions: 6, buyerTier: base.buyerTier, order: base.order, external: external)),
        .attemptOrder(
          OrderAttempted(
            institution: base.institution, merchantTier: .unknown, buyerTier: base.buyerTier,
            orderedAt: orderedAt, orderAmount: base.orderAmount, order: base.order,
            external: external)),
      ]
    }
    bodies += payments(fate, base, amount).map { .recordPayment($0) }
    return bodies.map { Due(body: $0, occurredAt: occurredAt, client: client) }
  }

  private func payment(
    _ story: inout StoryWriter, orderedAt: Timestamp, amount: Int64, external: ExternalID
  ) -> Payment {
    Payment(
      outcome: .captured, orderedAt: orderedAt, orderAmount: Money(fen: amount),
      paidAmount: Money(fen: amount * 9 / 10),
      balanceAmount: story.random.below(2) == 0 ? nil : Money(fen: amount / 2),
      institution: story.random.below(4) == 0 ? .alipay : .weChatPay,
      buyerTier: Tier.allCases[story.random.below(Tier.allCases.count)],
      transaction: ExternalID("transaction-\(made)") ?? .none,
      order: ExternalID("order-\(made)") ?? .none, external: external)
  }

  private func payments(_ fate: Fate, _ base: Payment, _ amount: Int64) -> [Payment] {
    func with(_ outcome: Outcome) -> Payment {
      var payment = base
      payment.outcome = outcome
      if outcome == .failed { payment.failureClass = .payer }
      return payment
    }
    func refund(_ number: Int, _ fen: Int64) -> Payment {
      var payment = with(.refunded)
      payment.refund = ExternalID("refund-\(made)-\(number)") ?? .none
      payment.orderAmount = Money(fen: fen)
      return payment
    }
    switch fate {
    case .captured, .unknownMerchant, .offered: return [base]
    case .pendingThenCaptured: return [with(.pending), with(.pending), base]
    case .authorisedThenRefunded:
      return [with(.authorised), base, refund(1, amount / 3), refund(2, amount / 3)]
    case .failed: return [with(.pending), with(.failed)]
    case .closed: return [with(.closed), with(.closed)]
    case .closedThenCaptured: return [with(.closed), base]
    case .repeated: return [base, base, base]
    case .conflicting:
      var other = base
      other.orderAmount = Money(fen: amount + 1)
      return [base, other]
    case .refundedFirst: return [refund(1, amount / 2), base]
    case .capturedTwice:
      var other = base
      other.transaction = ExternalID("transaction-\(made)-again") ?? .none
      return [base, other]
    case .foreign:
      var other = base
      other.currency = 840
      return [other]
    case .refundedTooMuch: return [base, refund(1, amount), refund(2, 1)]
    case .pendingLate: return [base, with(.pending), with(.authorised), with(.failed)]
    case .refundedTwice: return [base, refund(1, amount), refund(1, amount)]
    }
  }
}
