// Payments for the bench: shaped like real ones, drawn by seed, the same in every run.

import Events
import Orchestrator
import Platform
import Text

/// A stream of synthetic payments at a number of merchants.
struct BenchPayments {
  static let merchants = 100_000
  private var random = SeededRandom(seed: 20_240_912)
  private var serial: UInt64 = 0
  private var time = Timestamp(seconds: 1_726_070_400)

  /// The next payment as an event of a log, after `state` of nothing: numbers are drawn.
  mutating func event(at logTime: Timestamp) -> Event {
    let merchant = MerchantNumber(UInt32(random.below(BenchPayments.merchants)) + 1)
    let fields = next()
    let header = EventHeader(
      logTime: logTime, occurredAt: fields.orderedAt, actor: Actor(.institution),
      commandID: CommandID(low: random.next(), high: random.next()), commandDigest: random.next(),
      merchant: merchant)
    return Event(header, .payment(fields))
  }

  mutating func next() -> Payment {
    serial += 1
    time = time.advanced(byNanoseconds: 3_000_000)
    let institution = Institution.allCases[random.below(4)]
    return Payment(
      outcome: .captured, orderedAt: time, orderAmount: Money(fen: Int64(random.below(50_000)) + 1),
      paidAmount: Money(fen: 100), institution: institution, merchantTier: .t2, buyerTier: .t3,
      transaction: id("4200002345202409", serial, 12), order: id("2267812", serial, 12),
      account: id("9f86", random.next() % 1_000_000, 12))
  }

  private func id(_ prefix: String, _ number: UInt64, _ digits: Int) -> ExternalID {
    var text = String(number)
    while text.count < digits { text = "0" + text }
    return ExternalID(prefix + text) ?? .none
  }

  /// The next payment as a line of at least 300 bytes for the socket.
  mutating func appendLine(to out: inout [UInt8]) {
    let payment = next()
    var writer = JSONWriter()
    writer.beginObject(to: &out)
    func text(_ key: String, _ value: String) {
      writer.key(key, to: &out)
      writer.string(value, to: &out)
    }
    text("command", "payment")
    text("institution", payment.institution.name)
    text("transaction", payment.transaction.description)
    text("order", payment.order.description)
    text("merchant", "bench-shop-\(random.below(BenchPayments.merchants))")
    text("outcome", payment.outcome.name)
    writer.key("order_amount", to: &out)
    writer.integer(payment.orderAmount.rawValue, to: &out)
    writer.key("paid_amount", to: &out)
    writer.integer(payment.orderAmount.rawValue, to: &out)
    text("currency", "CNY")
    text("buyer_tier", "T3")
    text("ordered_at", RFC3339.beijing(payment.orderedAt))
    text("occurred_at", RFC3339.beijing(payment.orderedAt.advanced(bySeconds: 2)))
    text("account", payment.account.description)
    writer.endObject(to: &out)
    out.append(UInt8(ascii: "\n"))
  }
}
