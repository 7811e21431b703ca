// The same notices in any order, repeated and delayed, come to the same.
//
// What is compared: every column of the reconciliation; the captured, paid, balance and refunded
// columns of the mix; captures and refunds by merchant, institution and day; of the discrepancies
// which transaction has which flag; and each combined payment, which is told once, with what its
// parts come to. What tells of the order itself is not: positions and log times, the columns of the
// mix that count notices (pending, closed, failed), how often a merchant was named, and the flags
// repeated, late, captured-after-end, refund-before-capture (closed in the end) and which of an
// order's captures is order-captured-twice.

import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Testing

/// What notices have come to.
private struct Outcomes: Equatable {
  struct Account: Hashable {
    var merchant: MerchantNumber
    var institution: Institution
    var day: BeijingDay
  }
  struct Sums: Hashable {
    var captured: Int64 = 0
    var refunded: Int64 = 0
  }
  struct Flagged: Hashable {
    var flag: String
    var institution: Institution
    var transaction: ExternalID
    var outcome: Outcome
  }

  var reconciliation: [Reconciliation.Row]
  var mix: [PaymentMix.Key: [Int64]] = [:]
  var accounts: [Account: Sums] = [:]
  var flagged: Set<Flagged> = []
  /// How many orders were captured twice, with how many captures too many.
  var twice = 0
  /// The combined payments in the order of their ids, each with its parts and what these come to.
  var combined: [CombinedPayment] = []

  struct CombinedPayment: Equatable {
    var told: PaymentCombined
    var captured: [Int64]
    var refunded: [Int64]
  }

  private static let ofTheOrder: [PolicyFlags] = [
    .capturedAfterEnd, .refundBeforeCapture, .orderCapturedTwice,
  ]

  init(_ desk: Desk) throws {
    var model = ReadModel()
    try desk.flush()
    try desk.carrier.read(from: .zero, to: desk.carrier.durableEnd) {
      (batch: borrowing EventBatch) throws in try model.apply(batch)
    }
    reconciliation = model.reconciliation.rows
    var mix: [PaymentMix.Key: [Int64]] = [:]
    model.mix.forEach { key, cell in
      let figures = [
        cell.capturedCount, cell.capturedFen, cell.paidFen, cell.balanceFen,
        cell.balanceKnownCount, cell.refundedCount, cell.refundedFen,
      ]
      if figures != [0, 0, 0, 0, 0, 0, 0] { mix[key] = figures }
    }
    self.mix = mix
    for event in try desk.events() { add(event) }
    accounts = accounts.filter { $0.value != Sums() }
    combined = try Outcomes.combined(try desk.events())
    var (flagged, twice): (Set<Flagged>, Int) = ([], 0)
    model.discrepancies.forEach { row in
      if row.flag == .refundBeforeCapture { #expect(!row.isOpen, "an orphan still waits") }
      if row.flag == .orderCapturedTwice { twice += 1 }
      if !Outcomes.ofTheOrder.contains(row.flag) {
        flagged.insert(
          Flagged(
            flag: row.flagName, institution: row.institution, transaction: row.transaction,
            outcome: row.outcome ?? .pending))
      }
      return true
    }
    (self.flagged, self.twice) = (flagged, twice)
  }

  private static func combined(_ events: [Event]) throws -> [CombinedPayment] {
    var lives: [ExternalID: PaymentLife] = [:]
    var told: [PaymentCombined] = []
    for event in events {
      switch event.payload {
      case .payment(let payment) where payment.institution == .weChatPay:
        lives[payment.transaction, default: PaymentLife()].take(payment, event.header.flags)
      case .paymentCombined(let fields): told.append(fields)
      default: break
      }
    }
    return told.sorted { $0.combined < $1.combined }.map { told in
      let parts = told.parts.map { lives[$0.transaction] ?? PaymentLife() }
      return CombinedPayment(
        told: told, captured: parts.map { $0.captured?.rawValue ?? 0 },
        refunded: parts.map(\.refunded.rawValue))
    }
  }

  private mutating func add(_ event: Event) {
    guard case .payment(let payment) = event.payload,
      PaymentRules.treatment(of: payment.outcome, event.header.flags) == .counted
    else { return }
    let instant = PaymentRules.instant(event.header)
    var account = Account(
      merchant: event.header.merchant, institution: payment.institution, day: instant.beijingDay)
    let fen = payment.orderAmount.rawValue
    switch payment.outcome {
    case .captured: accounts[account, default: Sums()].captured += fen
    case .refunded:
      accounts[account, default: Sums()].refunded += fen
      if let hours = payment.refundBasis.movedHours {
        account.day = instant.advanced(bySeconds: hours * 3_600).beijingDay
        accounts[account, default: Sums()].refunded -= fen
      }
    default: break
    }
  }
}

@Suite struct ShuffledNoticesTests {
  private static let story = NoticeStory(seed: 5)

  private static func desk(_ seed: UInt64) throws -> Desk {
    let desk =
      seed % 10 == 9
      ? try Desk.with(segmentCapacity: 16 << 10, generationEventsMax: 12) : try Desk.with()
    try desk.goTo(hour: 13)
    return desk
  }

  private static func clean() throws -> Outcomes {
    let desk = try desk(0)
    for notice in story.notices {
      _ = try desk.runtime.submit(notice.command())
      if let combined = notice.combinedCommand { _ = try desk.runtime.submit(combined) }
    }
    return try Outcomes(desk)
  }

  /// Delivers each notice once, twice or three times, in any order.
  private static func shuffled(_ seed: UInt64) throws -> Outcomes {
    let desk = try desk(seed)
    var random = SeededRandom(seed: seed)
    var deliveries: [(command: Command, bringsID: Bool)] = []
    for (index, notice) in story.notices.enumerated() {
      deliveries.append((notice.command(), false))
      if let combined = notice.combinedCommand { deliveries.append((combined, true)) }
      for copy in 0..<random.below(3) {
        // The institution's own repeat, or a second notification of the same.
        let bringsID = random.below(2) == 0
        deliveries.append(
          (notice.command(id: bringsID ? "\(index)-\(copy)" : nil), bringsID))
      }
    }
    deliveries.shuffle(using: &random)
    let group = PaymentGroup(capacity: 40)
    for (delivery, bringsID) in deliveries {
      guard case .recordPayment(let payment) = delivery.body else {
        _ = try desk.runtime.submit(delivery)
        continue
      }
      if random.below(2) == 0 {
        _ = try desk.runtime.submit(delivery)
      } else {
        group.nextDraft.set(payment)
        group.add(
          PaymentNoticeHeader(
            id: delivery.id, digest: delivery.digest, actor: delivery.actor,
            occurredAt: delivery.occurredAt, bringsID: bringsID), line: 1)
        desk.runtime.submit(group)
        #expect(group.refusal(0) == nil)
        group.removeAll()
      }
      if random.below(12) == 0 { try desk.flush() }
      if random.below(200) == 0 { try desk.restart() }
    }
    return try Outcomes(desk)
  }

  @Test(arguments: 0..<20)
  func `fifty shuffles of the same notices, repeated and delayed, come to the same`(
    part: Int
  ) throws {
    let clean = try ShuffledNoticesTests.clean()
    #expect(clean.accounts.count > 20 && clean.twice == 6)
    #expect(
      clean.combined.map(\.captured) == [[100, 200, 300], [100, 200, 300], [100, 200, 300]])
    #expect(clean.combined.allSatisfy { $0.refunded == [0, 200, 0] })
    for seed in 1...50 as ClosedRange<UInt64> {
      let seed = UInt64(part) * 50 + seed
      let outcomes = try ShuffledNoticesTests.shuffled(seed)
      #expect(outcomes.reconciliation == clean.reconciliation, "seed \(seed)")
      #expect(outcomes.mix == clean.mix, "seed \(seed)")
      #expect(outcomes.accounts == clean.accounts, "seed \(seed)")
      #expect(outcomes.flagged == clean.flagged, "seed \(seed)")
      #expect(outcomes.twice == clean.twice, "seed \(seed)")
      #expect(outcomes.combined == clean.combined, "seed \(seed)")
    }
  }
}
