// Payments as four institutions tell of them, in the order in which they happened: what the tests
// deliver in any other order.

import Events
import Orchestrator
import Platform

/// A notice as it is delivered.
struct StoryNotice {
  var payment: Payment
  var occurredAt: Timestamp
  /// The combined payment that it is a part of: every delivery of it tells of all parts.
  var combined: PaymentCombined?
}

/// Two weeks of payments of every sort; nothing in it contradicts anything else.
struct NoticeStory {
  private(set) var notices: [StoryNotice] = []
  /// From the first second of the log on.
  private var now = Desk.midnight
  private var random: SeededRandom
  private var number = 0

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    for round in 0..<3 {
      weChatPay()
      alipay()
      unionPay()
      card()
      combined()
      paidTwice()
      afterEnd(round % 2 == 0 ? .failed : .closed)
      odd()
    }
  }

  /// Hours pass, so that refunds lie on other days than what they refund.
  private mutating func wait() { now = now.advanced(bySeconds: Int64(random.below(9 * 3_600))) }

  private mutating func next() -> String {
    number += 1
    return "\(number)"
  }

  private mutating func tell(
    _ outcome: Outcome, _ fen: Int64, by institution: Institution, _ transaction: String,
    order: String? = nil, merchant: String = "m1", currency: UInt16 = Payment.yuan,
    refund: String = "", sum: Bool = false, yearsAgo: Int64 = 0
  ) {
    wait()
    let amount = Money(fen: fen)
    let at = now.advanced(bySeconds: -yearsAgo * 365 * Desk.day)
    notices.append(
      StoryNotice(
        payment: Payment(
          outcome: outcome, orderedAt: Desk.midnight, orderAmount: amount, paidAmount: amount,
          institution: institution, failureClass: outcome == .failed ? .payer : .none,
          currency: currency, refundBasis: sum ? .sum : .single,
          transaction: Desk.text(transaction), order: Desk.text(order ?? "o\(transaction)"),
          code: Desk.text(outcome == .failed ? "51" : ""), refund: Desk.text(refund),
          external: Desk.text(merchant)),
        occurredAt: at))
  }

  /// Tells of success and of each refund.
  private mutating func weChatPay() {
    let id = "w\(next())"
    tell(.captured, 10_000, by: .weChatPay, id)
    for part in 1...3 as ClosedRange<Int> {
      tell(.refunded, 2_000, by: .weChatPay, id, refund: "r\(part)")
    }
  }

  /// Tells of the sum refunded so far, and of the whole once more.
  private mutating func alipay() {
    let id = "a\(next())"
    tell(.pending, 9_000, by: .alipay, id)
    tell(.captured, 9_000, by: .alipay, id)
    var sum: Int64 = 0
    for part in 1...4 as ClosedRange<Int> {
      sum += Int64(random.below(2_000)) + 1
      tell(.refunded, sum, by: .alipay, id, refund: "b\(part)", sum: true)
    }
  }

  private mutating func unionPay() {
    let id = "u\(next())"
    tell(.pending, 500, by: .unionPay, id, merchant: "m2")
    tell(.captured, 500, by: .unionPay, id, merchant: "m2")
    tell(.refunded, 500, by: .unionPay, id, merchant: "m2", refund: "v1")
  }

  private mutating func card() {
    let id = "c\(next())"
    tell(.authorised, 700, by: .card, id, merchant: "m2")
    tell(.captured, 700, by: .card, id, merchant: "m2")
    tell(.refunded, 1, by: .card, id, merchant: "m2", refund: "x")
  }

  /// One payment, a transaction for each of its orders; one of these is refunded.
  private mutating func combined() {
    let id = "z\(next())"
    let parts = (1...3).map { part in
      PaymentCombined.Part(
        transaction: Desk.text("\(id)-\(part)"), order: Desk.text("o\(id)-\(part)"),
        merchant: Desk.text(part == 1 ? "m1" : "m2"), amount: Money(fen: 100 * Int64(part)))
    }
    let combined = PaymentCombined(
      institution: .weChatPay, combined: Desk.text("combined-\(id)"), parts: parts)
    for part in parts {
      tell(
        .captured, part.amount.rawValue, by: .weChatPay, "\(part.transaction)",
        merchant: "\(part.merchant)")
      notices[notices.count - 1].combined = combined
    }
    tell(.refunded, 200, by: .weChatPay, "\(id)-2", merchant: "m2", refund: "y")
  }

  private mutating func paidTwice() {
    let id = next()
    tell(.captured, 300, by: .weChatPay, "d\(id)", order: "twice\(id)")
    tell(.captured, 300, by: .alipay, "e\(id)", order: "twice\(id)")
    tell(.captured, 300, by: .alipay, "f\(id)", order: "twice\(id)")
    // Not all of it: what comes behind a capture that was given back is paid again, not twice.
    tell(.refunded, 200, by: .alipay, "f\(id)", order: "twice\(id)", refund: "g", sum: true)
  }

  private mutating func afterEnd(_ end: Outcome) {
    let id = "k\(next())"
    tell(end, 800, by: .unionPay, id)
    tell(.captured, 800, by: .unionPay, id)
    tell(.failed, 800, by: .unionPay, "l\(id)")
    tell(.closed, 800, by: .card, "n\(id)")
  }

  /// Another currency, a merchant that nobody registered, nothing to pay, and a year too late.
  private mutating func odd() {
    let id = next()
    tell(.captured, 600, by: .card, "p\(id)", currency: 840)
    tell(.refunded, 100, by: .card, "p\(id)", currency: 840, refund: "q")
    tell(.captured, 900, by: .alipay, "s\(id)", merchant: "stranger")
    tell(.captured, 0, by: .weChatPay, "t\(id)")
    tell(.captured, 5_000, by: .alipay, "y\(id)", yearsAgo: 1)
    tell(.refunded, 1_500, by: .alipay, "y\(id)", refund: "1", sum: true, yearsAgo: 1)
    tell(.refunded, 2_500, by: .alipay, "y\(id)", refund: "2", sum: true)
  }
}

extension StoryNotice {
  /// What says of a combined payment which its parts are: the same command whichever part came.
  var combinedCommand: Command? {
    guard let combined else { return nil }
    var encoder = FieldEncoder()
    combined.write(to: &encoder)
    return Command(
      id: Command.id("combined", encoder.bytes), digest: Command.digest(encoder.bytes),
      actor: Actor(.institution, id: 3), occurredAt: occurredAt, body: .recordCombined(combined))
  }

  /// The notice as a command: of the id that follows from it, or of one of its own.
  func command(id own: String? = nil) -> Command {
    let drafts = PaymentDrafts(count: 1)
    let draft = drafts[0]
    draft.set(payment)
    let id = own.map { Command.id("notification", Array($0.utf8)) } ?? Command.id(ofNotice: draft)
    return Command(
      id: id, digest: Command.digest(draft), actor: Actor(.institution, id: 3),
      occurredAt: occurredAt, body: .recordPayment(payment))
  }
}
