// The orders that were attempted lately under a rollout with guardrails, and what became of them.
//
// It is held in memory alone: a start interrupts the evidence, for nobody saw what came meanwhile,
// so no snapshot needs to know an open order.

import Events
import Projections
import Rollout

/// The open orders of one rollout by the key of their id, in generations of a block each.
struct AttemptBook: Sendable {
  /// How many orders are held at most; a block with more is not judged.
  static let ordersMax = 8_000_000

  private(set) var watch: GuardrailWatch
  private var orders = TailTable<AttemptedOrder>()
  /// The block of each generation, the newest last.
  private var generations: [Int64] = []

  init(_ watch: GuardrailWatch) { self.watch = watch }

  /// Takes an attempt.
  ///
  /// - Parameters:
  ///   - side: whether the merchant is on, or not yet enabled; nil where it is neither.
  ///   - amount: what the cashier asks for.
  ///   - time: when it was made.
  mutating func attempt(
    _ order: IdentifierKey, _ institution: Institution, at merchant: MerchantNumber,
    _ stratum: Stratum, isTreated side: Bool?, amount: Money, time: Timestamp, _ rollout: Rollout
  ) {
    // Probes and orders of the staff say nothing of shoppers.
    guard amount >= watch.rules.ignoreBelow else { return }
    let key = AttemptBook.key(order, merchant)
    let block = watch.open.block(of: time)
    let first = watch.open.block(of: watch.from(rollout))
    let known = place(key, from: first)
    if let known, !orders[known].isAnsweredOnly {
      watch.open.take(.begun, institution, &orders[known])
      return
    }
    guard let side else { return }
    guard block >= first else {
      if time >= rollout.startedAt { watch.open.countLate() }
      return
    }
    var begun = AttemptedOrder(
      block: block, merchant: merchant, stratum: stratum, isTreated: side)
    begun.asked = amount
    if let known {
      // The institution was faster than the cashier.
      let answers = orders[known]
      begun.takePayments(of: answers)
      orders[known] = begun
      watch.open.take(.begun, institution, &orders[known])
      if answers.hasPart(of: institution) {
        judgePayment(known, institution)
      } else if answers.isPaid(institution) {
        watch.open.take(.held, institution, &orders[known])
      }
    } else if let place = insert(key, begun, first) {
      watch.open.take(.begun, institution, &orders[place])
    } else {
      watch.open.overflow(block)
    }
  }

  /// Judges an order by what was captured of it: more than was asked for speaks for a broken
  /// integration, and of a part the rest may still come, by another payment.
  private mutating func judgePayment(_ place: Int, _ institution: Institution) {
    let (asked, paid) = (orders[place].asked, orders[place].paid)
    if asked == .zero || paid == asked {
      for payer in Institution.allCases where orders[place].hasPart(of: payer) {
        watch.open.take(.held, payer, &orders[place])
      }
    } else if paid > asked {
      watch.open.take(.mismatched, institution, &orders[place])
    }
  }

  /// Takes what became of an attempt; a payment that comes before it waits for it.
  ///
  /// - Parameter paid: of a payment, its amount; nil for every other outcome, and where the amount
  ///   says nothing, as that of an authorisation.
  mutating func answer(
    _ order: IdentifierKey, _ institution: Institution, at merchant: MerchantNumber,
    _ outcome: AttemptOutcome, paid: Money? = nil, time: Timestamp, _ rollout: Rollout
  ) {
    let key = AttemptBook.key(order, merchant)
    let first = watch.open.block(of: watch.from(rollout))
    if let place = place(key, from: first) {
      if orders[place].isAnsweredOnly {
        if case .held = outcome { orders[place].notePaid(institution, paid) }
      } else if let paid {
        orders[place].take(paid, by: institution)
        judgePayment(place, institution)
      } else {
        watch.open.take(outcome, institution, &orders[place])
      }
      return
    }
    let block = watch.open.block(of: time)
    guard case .held = outcome, block >= first else { return }
    var answered = AttemptedOrder(answeredIn: block)
    answered.notePaid(institution, paid)
    // Where there is no room the attempt will have none either, and says so.
    _ = insert(key, answered, first)
  }

  /// Of one merchant: ids are the platform's, and two shops may have the same one.
  private static func key(_ order: IdentifierKey, _ merchant: MerchantNumber) -> IdentifierKey {
    IdentifierKey(
      low: order.low ^ UInt64(merchant.rawValue) &* 0x9e37_79b9_7f4a_7c15, high: order.high)
  }

  /// The place of a new order; nil where there is no room.
  private mutating func insert(
    _ key: IdentifierKey, _ order: AttemptedOrder, _ first: Int64
  ) -> Int? {
    beginGeneration(order.block, first)
    guard orders.count < AttemptBook.ordersMax else { return nil }
    return orders.insert(key, order)
  }

  mutating func countUnclassified() { watch.open.countUnclassified() }

  /// The place of an order whose block is open.
  private mutating func place(_ key: IdentifierKey, from first: Int64) -> Int? {
    guard let known = orders.find(key), known.block >= first else { return nil }
    return orders.placeForChange(key)
  }

  /// A newer block begins a generation; generations of closed blocks go.
  private mutating func beginGeneration(_ block: Int64, _ first: Int64) {
    if let newest = generations.last {
      guard block > newest else { return }
      orders.beginGeneration()
    }
    generations.append(block)
    dropClosed(first)
  }

  private mutating func dropClosed(_ first: Int64) {
    let closed = generations.prefix { $0 < first }.count
    // The newest generation cannot be dropped.
    let gone = min(closed, max(0, generations.count - 1))
    orders.drop(gone)
    generations.removeFirst(gone)
  }

  /// A block was closed.
  mutating func close(_ rollout: Rollout) {
    watch.open.drop(before: rollout.evidence.closedUntil)
    dropClosed(watch.open.block(of: watch.from(rollout)))
    guard let last = rollout.evidence.blocks.last, last.to == rollout.evidence.closedUntil else {
      return
    }
    watch.judge.take(last)
  }

  /// The evidence has begun anew.
  mutating func judgeAnew(_ rollout: Rollout) {
    watch.judge = GuardrailJudge(watch.rules, rollout)
  }

  mutating func forget(_ merchant: MerchantNumber, since instant: Timestamp) {
    watch.judge.forget(merchant, since: instant)
  }

  /// A wave has opened.
  mutating func widenAnew(since instant: Timestamp) { watch.judge.widenAnew(since: instant) }

  /// Nobody was there up to an instant.
  mutating func interrupt(at instant: Timestamp) {
    watch.open.interrupt(at: instant)
    orders = TailTable()
    generations.removeAll()
  }
}
