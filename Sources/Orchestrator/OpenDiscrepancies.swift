// Which discrepancies are open: what a resolution is held against. A refund that came before its
// capture is closed by that, and a part of an order by its rest, as in the projection.

import Events
import Projections

/// The open discrepancies of a log by the position of their event: ten bytes each, and some sixty
/// for a refund that waits.
struct OpenDiscrepancies: Sendable {
  /// Ascending.
  private var positions: [Position] = []
  private var flags: [PolicyFlags] = []
  /// Refunds that wait for the capture of a transaction.
  private var waiting: [IdentifierKey: [Position]] = [:]
  /// Captures that wait for the rest of their order.
  private var parts: [Part: [Position]] = [:]

  private struct Part: Hashable, Sendable {
    var order: IdentifierKey
    var merchant: MerchantNumber
  }

  init() {}

  /// Those that a projection holds.
  init(_ known: Discrepancies, _ hash: IdentifierHash) {
    known.forEachOpen { position, open in
      positions.append(position)
      flags.append(open)
    }
    known.forEachWaiting { institution, transaction, refunds in
      waiting[hash.key(.transaction, institution: institution.rawValue, transaction)] = refunds
    }
    known.forEachPart { order, merchant, captures in
      parts[Part(order: hash.key(.order, order), merchant: merchant)] = captures
    }
  }

  /// Whether a payment may break or close anything: most do neither.
  @inline(__always)
  func isTouched(by outcome: Outcome, _ decided: PolicyFlags) -> Bool {
    if decided.hasAny(of: PolicyFlags.discrepancies) { return true }
    return outcome == .captured && !(waiting.isEmpty && parts.isEmpty)
  }

  /// Notes what a payment breaks, and what it closes; positions ascend.
  @inline(__always)
  mutating func note(_ facts: PaymentFacts, _ decided: PolicyFlags, at position: Position) {
    if decided.hasAny(of: PolicyFlags.discrepancies) {
      append(decided, position)
      if decided.hasAny(of: .refundBeforeCapture) {
        waiting[facts.transaction, default: []].append(position)
      }
      if facts.outcome == .captured, decided.hasAny(of: .amountDiffers), facts.merchant != .none {
        parts[Part(order: facts.order, merchant: facts.merchant), default: []].append(position)
      }
    }
    guard facts.outcome == .captured, !decided.hasAny(of: PolicyFlags.unchanging) else { return }
    if !waiting.isEmpty { join(facts.transaction) }
    if !parts.isEmpty, !decided.hasAny(of: PolicyFlags.notTheRest) {
      complete(Part(order: facts.order, merchant: facts.merchant))
    }
  }

  /// Notes what an attempt or a dispute breaks; any other event breaks nothing here.
  mutating func note(_ event: Event, at position: Position) {
    let flags = event.header.flags.intersection(PolicyFlags.discrepanciesBesidePayments)
    switch event.payload {
    case .orderAttempted, .paymentDisputed: if !flags.isEmpty { append(flags, position) }
    default: break
    }
  }

  private mutating func join(_ transaction: IdentifierKey) {
    for position in waiting.removeValue(forKey: transaction) ?? [] {
      close(.refundBeforeCapture, at: position)
    }
  }

  private mutating func complete(_ order: Part) {
    for position in parts.removeValue(forKey: order) ?? [] { close(.amountDiffers, at: position) }
  }

  @inline(never)
  private mutating func append(_ decided: PolicyFlags, _ position: Position) {
    positions.append(position)
    flags.append(decided.intersection(PolicyFlags.discrepancies))
  }

  /// What is open of an event; empty where nothing is.
  func open(at position: Position) -> PolicyFlags {
    place(position).map { flags[$0] } ?? []
  }

  /// Closes what an event answers.
  mutating func close(_ answered: PolicyFlags, at position: Position) {
    if let place = place(position) { flags[place].subtract(answered) }
  }

  private func place(_ position: Position) -> Int? {
    let place = positions.firstPlace { $0 >= position }
    return place < positions.count && positions[place] == position ? place : nil
  }
}
