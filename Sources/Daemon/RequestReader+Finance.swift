// What finance records, and disputes, of which an institution tells.

import Events
import Merkle
import Orchestrator
import Text

extension RequestReader {
  func financeBody(
    _ verb: Words.Verb, _ bytes: Span<UInt8>, _ always: [WireField]
  ) throws(WireFault) -> Command.Body {
    switch verb {
    case .reconcileStatement:
      try line.allow(WireFields(always + [.document]))
      return .reconcileStatement(
        try ReconciliationDocument.read(try line.bytes(.document, of: bytes)))
    case .resolveDiscrepancy: return try resolution(bytes, always)
    default: return try adjustment(bytes, always)
    }
  }

  private func adjustment(
    _ bytes: Span<UInt8>, _ always: [WireField]
  ) throws(WireFault) -> Command.Body {
    try line.allow(
      WireFields(always + [.institution, .transaction, .day, .amount, .reason, .digest]))
    let most = Money.paymentMax.rawValue
    let text = try line.bytes(.day, of: bytes)
    guard let day = try? RFC3339.parseDay(text.span) else {
      throw WireFault("day", "it is no day", hint: "Write it as 2024-09-12.")
    }
    return .adjustPayment(
      PaymentAdjusted(
        institution: try line.word(.institution, of: bytes, Words.institutions),
        transaction: try line.identifier(.transaction, of: bytes, optional: true), day: day,
        amount: Money(fen: try line.integer(.amount, in: -most...most)),
        reason: try line.identifier(.reason, of: bytes), evidence: try digest(bytes)))
  }

  /// An answer to a discrepancy of an event; without a flag to all that are open.
  private func resolution(
    _ bytes: Span<UInt8>, _ always: [WireField]
  ) throws(WireFault) -> Command.Body {
    try line.allow(WireFields(always + [.position, .flag, .answer, .reason, .digest]))
    return .resolveDiscrepancy(
      DiscrepancyResolved(
        position: Position(UInt64(try line.integer(.position, in: 0...Int64.max))),
        flags: try line.word(.flag, of: bytes, Words.discrepancies, or: PolicyFlags()),
        answer: try line.word(.answer, of: bytes, Words.answers),
        reason: try line.identifier(.reason, of: bytes),
        evidence: line.has(.digest) ? try digest(bytes) : nil))
  }

  /// A stage of a dispute; the same fields at the same time are the same command.
  mutating func dispute(_ bytes: Span<UInt8>) throws(WireFault) -> Command {
    try line.allow(
      WireFields([
        .command, .id, .institution, .transaction, .dispute, .stage, .amount, .currency, .code,
        .merchant, .occurredAt,
      ]))
    let fields = PaymentDisputed(
      institution: try line.word(.institution, of: bytes, Words.institutions),
      stage: try line.word(.stage, of: bytes, Words.stages),
      transaction: try line.identifier(.transaction, of: bytes),
      dispute: try line.identifier(.dispute, of: bytes),
      amount: Money(fen: try line.integer(.amount, in: 0...Money.paymentMax.rawValue)),
      currency: try line.word(.currency, of: bytes, Words.currencies, or: Payment.yuan),
      code: try line.identifier(.code, of: bytes, optional: true),
      external: try line.identifier(.merchant, of: bytes))
    encoder.reset()
    fields.write(to: &encoder)
    let digest = Command.digest(encoder.bytes)
    let occurredAt = try line.instant(.occurredAt, of: bytes)
    encoder.i64("occurred_at", occurredAt.rawValue)
    let name = line.has(.id) ? try line.identifier(.id, of: bytes).bytes : encoder.bytes
    return Command(
      id: Command.id("dispute", name), digest: digest, actor: Actor(.institution, id: user),
      occurredAt: occurredAt, body: .recordDispute(fields))
  }
}
