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
  ///   - time: when it was made.
  mutating func attempt(
    _ key: IdentifierKey, _ institution: Institution, at merchant: MerchantNumber,
    _ stratum: Stratum, isTreated side: Bool?, time: Timestamp, _ rollout: Rollout
  ) {
    let block = watch.open.block(of: time)
    let first = watch.open.block(of: watch.from(rollout))
    if let place = place(key, from: first) {
      watch.open.take(.begun, institution, &orders[place])
      return
    }
    guard let side else { return }
    guard block >= first else {
      if time >= rollout.startedAt { watch.open.countLate() }
      return
    }
    guard orders.count < AttemptBook.ordersMax else {
      watch.open.overflow(block)
      return
    }
    beginGeneration(block, first)
    let place = orders.insert(
      key,
      AttemptedOrder(block: block, merchant: merchant, stratum: stratum, isTreated: side))
    watch.open.take(.begun, institution, &orders[place])
  }

  /// Takes what became of an attempt; one of an order that is not open says nothing here.
  mutating func answer(
    _ key: IdentifierKey, _ institution: Institution, _ outcome: AttemptOutcome,
    _ rollout: Rollout
  ) {
    let first = watch.open.block(of: watch.from(rollout))
    guard let place = place(key, from: first) else { return }
    watch.open.take(outcome, institution, &orders[place])
  }

  mutating func countUnclassified() { watch.open.countUnclassified() }

  /// The place of an order whose block is open.
  private mutating func place(_ key: IdentifierKey, from first: Int64) -> Int? {
    guard let known = orders.find(key), known.block >= first else { return nil }
    return orders.placeForChange(key)
  }

  /// A newer block begins a generation; generations of closed blocks go.
  private mutating func beginGeneration(_ block: Int64, _ first: Int64) {
    guard let newest = generations.last else {
      generations.append(block)
      return
    }
    guard block > newest else { return }
    orders.beginGeneration()
    generations.append(block)
    let closed = generations.prefix { $0 < first }.count
    // The newest generation cannot be dropped, and one before it is kept for what moves into it.
    let gone = min(closed, generations.count - 1)
    orders.drop(gone)
    generations.removeFirst(gone)
  }

  /// A block was closed.
  mutating func close(_ rollout: Rollout) {
    watch.open.drop(before: rollout.evidence.closedUntil)
    guard let last = rollout.evidence.blocks.last, last.to == rollout.evidence.closedUntil else {
      return
    }
    watch.judge.take(last)
  }

  /// The evidence has begun anew.
  mutating func judgeAnew(_ rollout: Rollout) {
    watch.judge = GuardrailJudge(watch.rules, rollout.evidence)
  }

  /// Nobody was there up to an instant.
  mutating func interrupt(at instant: Timestamp) {
    watch.open.interrupt(at: instant)
    orders = TailTable()
    generations.removeAll()
  }
}
