// Payments by the group against the same payments as commands of their values: one decision.

import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Testing

/// Notices that meet each other: few transactions, orders, merchants and refunds, every outcome.
struct Notices {
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
    // One institution tells of sums, of many sizes, so that their chains have links.
    let institution = Institution.allCases[random.below(4)]
    let isSum = outcome == .refunded && institution == .alipay && random.below(8) > 0
    let amount = Money(fen: isSum ? Int64(random.below(9)) * 12 : Int64(random.below(3)) * 50)
    let placed = Desk.midnight.advanced(bySeconds: Int64(random.below(20 * 86_400)))
    let payment = Payment(
      outcome: outcome, orderedAt: placed, orderAmount: amount, paidAmount: amount,
      balanceAmount: random.below(2) == 0 ? nil : amount,
      institution: institution,
      failureClass: outcome == .failed ? .payer : .none,
      buyerTier: Tier.allCases[random.below(Tier.allCases.count)],
      currency: random.below(20) == 0 ? 840 : Payment.yuan, refundBasis: isSum ? .sum : .single,
      transaction: id("t", 40),
      order: id("o", 30), account: random.below(2) == 0 ? .none : id("a", 9),
      code: outcome == .failed ? id("c", 4) : .none,
      refund: outcome == .refunded ? id("r", 6) : .none,
      external: random.below(10) == 0 ? id("unknown", 3) : Desk.text("m\(random.below(2) + 1)"),
      payloadDigest: random.below(3) == 0 ? Digest(words: (1, 2, 3, random.next())) : nil)
    return (payment, placed.advanced(bySeconds: Int64(random.below(3)) - 1))
  }

  mutating func below(_ count: Int) -> Int { random.below(count) }

  /// A notice as a command; one in ten brings an id of its own.
  mutating func command(_ payment: Payment, _ occurredAt: Timestamp) -> Command {
    let drafts = PaymentDrafts(count: 1)
    let draft = drafts[0]
    draft.set(payment)
    let own = Command.id("notification", Array("\(random.below(10_000))".utf8))
    return Command(
      id: random.below(10) == 0 ? own : Command.id(ofNotice: draft), digest: Command.digest(draft),
      actor: Actor(.institution, id: 3), occurredAt: occurredAt, body: .recordPayment(payment))
  }
}

@Suite struct PaymentGroupTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `a group is decided, recorded and answered as its notices one by one`(seed: UInt64) throws {
    try compare(
      seed: seed, try Desk.with(until: .running, segmentCapacity: 160 << 10),
      try Desk.with(until: .running, segmentCapacity: 160 << 10), batches: 12)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `who asks the index decides as who remembers everything`(seed: UInt64) throws {
    let asking = try Desk.with(
      until: .running, segmentCapacity: 48 << 10, generationEventsMax: Int(seed) * 7)
    try compare(
      seed: seed, try Desk.with(until: .running, segmentCapacity: 48 << 10), asking, batches: 90)
    let keeper = try #require(asking.keeper)
    #expect(keeper.index.end.rawValue > 500, "hardly anything was asked for")
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `one by one, too, who asks the index decides the same`(seed: UInt64) throws {
    let asking = try Desk.with(
      until: .running, segmentCapacity: 48 << 10, generationEventsMax: 25)
    try compare(
      seed: seed, asking, try Desk.with(until: .running, segmentCapacity: 48 << 10), batches: 90)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `who begins with a snapshot decides as who folded the whole log`(seed: UInt64) throws {
    let asking = try Desk.with(
      until: .running, segmentCapacity: 48 << 10, generationEventsMax: 40)
    try compare(
      seed: seed, try Desk.with(until: .running, segmentCapacity: 48 << 10), asking, batches: 80,
      restartEvery: 9)
    let positions = try SnapshotFile.list("/log/snapshots", asking.disk)
    #expect(positions.count > 1, "there is hardly a snapshot")
  }

  /// Hands the same notices to one runtime one by one and to another by the group.
  private func compare(
    seed: UInt64, _ one: Desk, _ many: Desk, batches: Int, restartEvery: Int = .max
  ) throws {
    // Longer than a window, so that the second looks at what the first has brought.
    let group = PaymentGroup(capacity: 80)
    var notices = Notices(seed: seed)
    var receipts: (one: [Receipt], many: [Receipt]) = ([], [])
    var refusals: (one: [Int], many: [Int]) = ([], [])
    for batch in 0..<batches {
      if batch % restartEvery == restartEvery - 1 {
        try one.restart()
        try many.restart()
      }
      for place in 0..<notices.below(group.capacity) + 1 {
        let (payment, occurredAt) = notices.next()
        let draft = group.nextDraft
        draft.set(payment)
        // One in ten brings an id of its own, which an earlier one may have brought as well.
        let bringsID = notices.below(10) == 0
        let own = Command.id("notification", Array("\(notices.below(60))".utf8))
        let id = bringsID ? own : Command.id(ofNotice: draft)
        let header = PaymentNoticeHeader(
          id: id, digest: Command.digest(draft), actor: Actor(.institution, id: 3),
          occurredAt: occurredAt, bringsID: bringsID)
        group.add(header, line: place)
        do throws(Refusal) {
          receipts.one.append(
            try one.runtime.submit(
              Command(
                id: id, digest: header.digest, actor: header.actor, occurredAt: occurredAt,
                body: .recordPayment(payment))))
        } catch { refusals.one.append(error.number) }
      }
      many.runtime.submit(group)
      for place in 0..<group.count {
        if let (receipt, _) = group.receipt(place) { receipts.many.append(receipt) }
        if let refusal = group.refusal(place) { refusals.many.append(refusal.number) }
      }
      group.removeAll()
      if one.keeper != nil || many.keeper != nil {
        try #require(try one.openBytes() == many.openBytes())
      }
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
