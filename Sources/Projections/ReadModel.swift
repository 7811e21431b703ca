// Every projection at one position: what queries, pages and dumps read.

import CRecord
public import Events

/// Why a batch could not be folded.
///
/// After an undecodable event the model is of no use any more: it is built anew.
public enum ReadModelFault: Error, Hashable, Sendable {
  /// The event at a position is not one of this release.
  case undecodable(at: Position, DecodeFault)
  /// A batch begins elsewhere than where the last one ended.
  case outOfPlace(expected: Position, found: Position)
}

extension ReadModelFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .undecodable(let position, let fault): "event \(position.rawValue): \(fault)"
    case .outOfPlace(let expected, let found):
      "a batch begins at position \(found.rawValue) where \(expected.rawValue) must follow; "
        + "fold the log from its beginning without a gap"
    }
  }
}

/// All projections of a log, folded together: an event is decoded once for all of them, and a
/// payment and the switching of a merchant not at all.
public struct ReadModel: Sendable {
  public private(set) var merchants = MerchantBook()
  public private(set) var rollouts = RolloutBoard()
  public private(set) var mix = PaymentMix()
  public private(set) var reconciliation = Reconciliation()
  public private(set) var discrepancies = Discrepancies()
  public private(set) var timeline = Timeline()
  public private(set) var guardrails = GuardrailHistory()
  public private(set) var disputes = Disputes()
  public private(set) var terms = TermsBook()
  public private(set) var opening = OpeningSums()
  /// One past the last event folded.
  public private(set) var position = Position.zero
  /// Of the last event folded; `.none` before the first.
  public private(set) var logTime = Timestamp.none
  private var fault: ReadModelFault?
  private var moment = BeijingMoment()
  /// How many events ahead of the one that is folded a merchant's record is asked for.
  private static let lookAhead = 16

  public init() {}

  /// A model put together from what a snapshot holds; what it does not hold is empty, and then the
  /// model is for looking at the rest, not for folding on.
  public init(
    merchants: MerchantBook, rollouts: RolloutBoard, mix: PaymentMix = PaymentMix(),
    reconciliation: Reconciliation = Reconciliation(),
    discrepancies: Discrepancies = Discrepancies(), timeline: Timeline = Timeline(),
    guardrails: GuardrailHistory = GuardrailHistory(), terms: TermsBook = TermsBook(),
    disputes: Disputes = Disputes(), opening: OpeningSums = OpeningSums(),
    position: Position, logTime: Timestamp
  ) {
    self.merchants = merchants
    self.rollouts = rollouts
    self.mix = mix
    self.reconciliation = reconciliation
    self.discrepancies = discrepancies
    self.timeline = timeline
    self.guardrails = guardrails
    self.disputes = disputes
    self.terms = terms
    self.opening = opening
    self.position = position
    self.logTime = logTime
  }

  /// Makes a part of the memory ready in which merchants are switched, as `MerchantBook` does.
  @inline(__always)
  public mutating func prepare(_ rollout: Int) { merchants.prepare(rollout) }

  /// Whether an event did not fold; the model is of no use any more.
  public var hasFailed: Bool { fault != nil }

  /// Folds the batch that begins where the last one ended.
  ///
  /// - Throws: `ReadModelFault`, and the same one for ever after.
  public mutating func apply(_ batch: borrowing EventBatch) throws(ReadModelFault) {
    if let fault { throw fault }
    guard batch.first == position else {
      throw .outOfPlace(expected: position, found: batch.first)
    }
    let count = batch.count
    var index = 0
    for ahead in 0..<min(ReadModel.lookAhead, count) { prefetch(batch, ahead) }
    do throws(DecodeFault) {
      while index < count {
        let ahead = index + ReadModel.lookAhead
        if ahead < count { prefetch(batch, ahead) }
        try fold(batch, index)
        index += 1
      }
    } catch {
      let failure = ReadModelFault.undecodable(at: batch.position(index), error)
      fault = failure
      throw failure
    }
    position = batch.position(batch.count)
    if batch.count > 0 { logTime = batch.logTime }
  }

  @inline(__always)
  private func prefetch(_ batch: borrowing EventBatch, _ index: Int) {
    if EventKind.isPayment(batch.kind(index)), !opening.isCounting {
      merchants.prefetch(batch.merchant(index))
    } else {
      merchants.prefetchStanding(batch.merchant(index))
    }
  }

  @inline(__always)
  private mutating func fold(
    _ batch: borrowing EventBatch, _ index: Int
  ) throws(DecodeFault) {
    let head = batch.head(index)
    if EventKind.isPayment(head.kind) {
      let notice = try PaymentNotice(batch, index, head)
      let platform = try merchants.note(MerchantNumber(head.merchant), batch.position(index))
      moment.move(to: notice.instant)
      mix.fold(notice, platform, moment.hourOfDay)
      try reconciliation.fold(notice, moment.day)
      try discrepancies.fold(notice, batch, index)
      if opening.isCounting { opening.fold(notice, merchants) }
    } else if let step = MerchantSwitch(batch, index) {
      try fold(step, at: batch.position(index))
    } else {
      try fold(try batch.event(index), at: batch.position(index))
    }
  }

  /// Neither the mix nor the guardrails know of it.
  @inline(__always)
  private mutating func fold(_ step: MerchantSwitch, at position: Position) throws(DecodeFault) {
    try merchants.apply(step, at: position)
    try rollouts.apply(step, dailyPayments: merchants.dailyPayments(step.header.merchant))
    timeline.fold(step, at: position)
  }

  private mutating func fold(_ event: Event, at position: Position) throws(DecodeFault) {
    try rollouts.prove(event, merchants)
    try merchants.apply(event, at: position)
    let merchant = event.header.merchant
    let dailyPayments = merchant == .none ? 0 : merchants.dailyPayments(merchant)
    try rollouts.apply(event, at: position, dailyPayments: dailyPayments)
    mix.fold(event)
    opening.fold(event, rollouts)
    timeline.fold(event, at: position)
    guardrails.fold(event, at: position)
    disputes.fold(event, at: position)
    try discrepancies.fold(event, at: position)
    try terms.fold(event, at: position)
  }

  /// The terms in force after the last event folded.
  public var termsInForce: Terms? { terms.inForce(at: logTime)?.terms }
}
