// A dispute that comes before its capture waits for it, and the capture is held against it.

import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Testing

/// One thing that is told of transaction `t` of the card acquirer: by the acquirer, or by a bank.
private struct Word {
  var outcome: Outcome?
  var fen: Int64
  var flags: PolicyFlags
  var dispute = "d"
  var stage = DisputeStage.opened
  var merchant = "m1"
  var currency = Payment.yuan

  static func told(
    _ outcome: Outcome, _ fen: Int64 = 100, _ flags: PolicyFlags = [], at merchant: String = "m1",
    currency: UInt16 = Payment.yuan
  ) -> Word {
    Word(outcome: outcome, fen: fen, flags: flags, merchant: merchant, currency: currency)
  }

  static func disputed(
    _ fen: Int64, _ flags: PolicyFlags = [], _ dispute: String = "d",
    _ stage: DisputeStage = .opened, at merchant: String = "m1", currency: UInt16 = Payment.yuan
  ) -> Word {
    Word(
      outcome: nil, fen: fen, flags: flags, dispute: dispute, stage: stage, merchant: merchant,
      currency: currency)
  }
}

extension Teller {
  fileprivate func tell(_ word: Word) throws -> PolicyFlags {
    if let outcome = word.outcome {
      return try tell(
        outcome, word.fen, by: .card, merchant: word.merchant, currency: word.currency)
    }
    let receipt = try desk.send(
      .recordDispute(
        PaymentDisputed(
          institution: .card, stage: word.stage, transaction: Desk.text("t"),
          dispute: Desk.text(word.dispute), amount: Money(fen: word.fen), currency: word.currency,
          external: Desk.text(word.merchant))))
    return try #require(try desk.events(from: receipt.first).first).header.flags
  }
}

@Suite struct EarlyDisputeTests {
  private static let differs = PolicyFlags.amountDiffers
  private static let conflicts = PolicyFlags.conflictsWithEarlier
  private static let tables: [(name: String, words: [Word])] = [
    ("all of it, or a part", [.disputed(100), .disputed(40), .told(.captured)]),
    ("more than is captured", [.disputed(101), .told(.captured, 100, differs)]),
    (
      "a repeat of the capture is flagged as one",
      [.disputed(101), .told(.captured, 100, differs), .told(.captured, 100, .repeated)]
    ),
    (
      "another merchant, which takes nothing out of the sums",
      [.disputed(100, at: "m2"), .told(.captured, 100, differs)]
    ),
    (
      "a merchant that nobody registered",
      [.disputed(100, .merchantUnknown, at: "x"), .told(.captured, 100, differs)]
    ),
    ("no merchant", [.disputed(100, .merchantUnknown, at: ""), .told(.captured)]),
    ("another currency", [.disputed(100, currency: 840), .told(.captured, 100, differs)]),
    (
      "its own currency, which is foreign",
      [.disputed(100, currency: 840), .told(.captured, 100, .foreignCurrency, currency: 840)]
    ),
    (
      "several together",
      [.disputed(60), .disputed(41, [], "e"), .told(.captured, 100, differs)]
    ),
    (
      "one that gave the money back, and one that only asks, claim nothing",
      [
        .disputed(60, [], "d", .moneyReturned), .disputed(60, [], "e", .inquiry),
        .disputed(60, [], "f"), .told(.captured),
      ]
    ),
    (
      "its further stages say nothing new",
      [
        .disputed(101), .told(.captured, 100, differs), .disputed(101, [], "d", .moneyTaken),
        .disputed(101, differs, "e"),
      ]
    ),
    (
      "said against an authorisation, and not again",
      [
        .told(.authorised), .disputed(100, conflicts, at: "m2"), .told(.captured),
        .disputed(100, [], "d", .lost, at: "m2"),
      ]
    ),
    (
      "before an authorisation, and said of the capture",
      [.disputed(100, at: "m2"), .told(.authorised), .told(.captured, 100, differs)]
    ),
    (
      "the last stage is what a capture is held against",
      [.disputed(101), .disputed(99, [], "d", .moneyTaken), .told(.captured)]
    ),
  ]

  @Test(arguments: tables.indices)
  func `a capture is held against the disputes that wait for it`(table: Int) throws {
    let teller = try Teller()
    let (name, words) = EarlyDisputeTests.tables[table]
    for (index, word) in words.enumerated() {
      #expect(try teller.tell(word) == word.flags, "\(name), \(index)")
    }
    let captured = words.contains { $0.outcome == .captured && $0.currency == Payment.yuan }
    let counted = try teller.model().reconciliation.rows.reduce(0) { $0 + $1.capturedFen }
    #expect(counted == (captured ? 100 : 0), "\(name): a dispute takes nothing out of a sum")
  }

  @Test(arguments: tables.indices)
  func `the same where the dispute is in a snapshot, or in what the tables have dropped`(
    table: Int
  ) throws {
    let (name, words) = EarlyDisputeTests.tables[table]
    for place in words.indices.dropFirst() {
      let teller = try Teller(segmentCapacity: 12 << 10, generationEventsMax: 12)
      for (index, word) in words.enumerated() {
        if index == place {
          try teller.tellOfOthers()
          if table % 2 == 0 { try teller.desk.restart() }
        }
        #expect(try teller.tell(word) == word.flags, "\(name), \(index) behind \(place)")
      }
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `one by one, by the group and from snapshots, the same is said`(seed: UInt64) throws {
    func told(_ desk: Desk, byGroup: Bool, restarts: Bool) throws -> [Event] {
      try desk.goTo(hour: 13)
      var random = SeededRandom(seed: seed)
      let group = PaymentGroup(capacity: 8)
      for number in 0..<500 {
        let transaction = Desk.text("t\(random.below(90))")
        let merchant = ["m1", "m1", "m2", "x"][random.below(4)]
        let fen = Money(fen: Int64(random.below(3)) * 50 + 50)
        let currency: UInt16 = random.below(9) == 0 ? 840 : Payment.yuan
        if random.below(3) == 0 {
          try desk.send(
            .recordDispute(
              PaymentDisputed(
                institution: .card, stage: DisputeStage.allCases[random.below(5)],
                transaction: transaction, dispute: Desk.text("d\(random.below(3))"), amount: fen,
                currency: currency, external: Desk.text(merchant))))
        } else {
          let payment = Payment(
            outcome: random.below(4) == 0 ? .authorised : .captured, orderedAt: Desk.midnight,
            orderAmount: fen, paidAmount: fen, institution: .card, currency: currency,
            transaction: transaction, order: transaction, external: Desk.text(merchant))
          let command = StoryNotice(payment: payment, occurredAt: Desk.midnight)
            .command(id: "\(number)")
          if byGroup {
            group.nextDraft.set(payment)
            group.add(
              PaymentNoticeHeader(
                id: command.id, digest: command.digest, actor: command.actor,
                occurredAt: command.occurredAt, bringsID: true), line: number)
            desk.runtime.submit(group)
            group.removeAll()
          } else {
            _ = try desk.runtime.submit(command)
          }
        }
        let isLast = random.below(60) == 0
        if isLast, restarts { try desk.restart() }
        if number % 5 == 0 { try desk.flush() }
      }
      return try desk.events()
    }
    let whole = try told(try Desk.with(), byGroup: false, restarts: false)
    let other = try told(
      try Desk.with(segmentCapacity: 12 << 10, generationEventsMax: 12), byGroup: true,
      restarts: true)
    #expect(whole.count == other.count)
    let differing = zip(whole, other).first {
      $0.header.flags != $1.header.flags || $0.payload != $1.payload
    }
    #expect(differing == nil, "seed \(seed)")
    let flagged = whole.filter { $0.header.flags.contains(.amountDiffers) }
    #expect(flagged.contains { $0.kind == .paymentCaptured } && flagged.count > 10)
    #expect(flagged.contains { $0.kind == .paymentDisputed })
  }
}
