// Payments by the group against the same payments as commands of their values: one decision.

import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Testing

/// Notices that meet each other: few transactions, orders, merchants and refunds, every outcome.
private struct Notices {
  private var random: SeededRandom
  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private mutating func id(_ prefix: String, _ count: Int) -> ExternalID {
    // Every length from 1 to 64 bytes comes up: words and their rests are hashed differently.
    let number = random.below(count)
    let text =
      prefix + String(repeating: "x", count: number * 5 % (62 - prefix.count)) + "\(number)"
    return ExternalID(text) ?? .none
  }

  mutating func next() -> (payment: Payment, occurredAt: Timestamp) {
    let outcome = Outcome.allCases[random.below(Outcome.allCases.count)]
    let amount = Money(fen: Int64(random.below(3)) * 50)
    let placed = Desk.midnight.advanced(bySeconds: Int64(random.below(20 * 86_400)))
    let payment = Payment(
      outcome: outcome, orderedAt: placed, orderAmount: amount, paidAmount: amount,
      balanceAmount: random.below(2) == 0 ? nil : amount,
      institution: Institution.allCases[random.below(4)],
      failureClass: outcome == .failed ? .payer : .none,
      buyerTier: Tier.allCases[random.below(Tier.allCases.count)],
      currency: random.below(20) == 0 ? 840 : Payment.yuan, transaction: id("t", 40),
      order: id("o", 30), account: random.below(2) == 0 ? .none : id("a", 9),
      code: outcome == .failed ? id("c", 4) : .none,
      refund: outcome == .refunded ? id("r", 6) : .none,
      external: random.below(10) == 0 ? id("unknown", 3) : Desk.text("m\(random.below(2) + 1)"),
      payloadDigest: random.below(3) == 0 ? Digest(words: (1, 2, 3, random.next())) : nil)
    return (payment, placed.advanced(bySeconds: Int64(random.below(3)) - 1))
  }

  mutating func below(_ count: Int) -> Int { random.below(count) }
}

@Suite struct PaymentGroupTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `a group is decided, recorded and answered as its notices one by one`(seed: UInt64) throws {
    let one = try Desk.with(until: .running, segmentCapacity: 160 << 10)
    let many = try Desk.with(until: .running, segmentCapacity: 160 << 10)
    let group = PaymentGroup()
    var notices = Notices(seed: seed)
    var receipts: (one: [Receipt], many: [Receipt]) = ([], [])
    var refusals: (one: [Int], many: [Int]) = ([], [])
    var ids: [CommandID] = []
    for _ in 0..<12 {
      for place in 0..<notices.below(PaymentGroup.capacity) + 1 {
        let (payment, occurredAt) = notices.next()
        let draft = group.nextDraft
        draft.set(payment)
        // One in ten comes under the id of an earlier one, the same or not.
        let isRepeat = !ids.isEmpty && notices.below(10) == 0
        let id = isRepeat ? ids[notices.below(ids.count)] : Command.id(ofNotice: draft)
        ids.append(id)
        let header = PaymentNoticeHeader(
          id: id, digest: Command.digest(draft), actor: Actor(.institution, id: 3),
          occurredAt: occurredAt)
        group.add(header, line: place)
        do throws(Refusal) {
          receipts.one.append(
            try one.runtime.submit(
              Command(
                id: id, digest: header.digest, actor: header.actor, occurredAt: occurredAt,
                body: .recordPayment(payment))))
        } catch { refusals.one.append(error.number) }
      }
      many.runtime.submit(group) { (_, receipt, _) in
        receipts.many.append(receipt)
      } refused: { (_, refusal) in
        refusals.many.append(refusal.number)
      }
      group.removeAll()
    }
    #expect(receipts.one == receipts.many && refusals.one == refusals.many)
    #expect(try one.openBytes() == many.openBytes())
    try one.flush()
    try many.flush()
    #expect(one.runtime.root == many.runtime.root)
  }
}

extension Desk {
  /// The canonical bytes of what was sent and is not durable yet.
  fileprivate func openBytes() throws -> [[UInt8]] {
    guard let job = runtime.seal() else { return [] }
    let events = job.buffer.withBatch(first: job.first, logTime: job.logTime) { batch in
      (0..<batch.count).map { index in
        unsafe batch.bytes(of: index).withUnsafeBytes { unsafe [UInt8]($0) }
      }
    }
    try commit(job)
    return events
  }
}
