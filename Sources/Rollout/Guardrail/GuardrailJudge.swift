// Judges the closed blocks of a rollout: which guardrail is breached, and whether more may be
// opened.
//
// A block counts when it is closed, whole and judged once. Every guardrail adds the rows of its two
// sides up to the evidence of `RatioTest` or `LimitTest`; alpha is split over the guardrails that
// the plan has. When both the institution's attempts and the orders of merchants that are not yet
// enabled are above the absolute limit, nobody's opening is the cause: an outage, which pauses and
// withdraws nothing. The other side is looked at from where the evidence against the first one
// began to grow; what that shows is only which of two words is used, so it needs no error of its
// own.
//
// Where merchants are guarded one by one their own failures count there, and beyond that only for
// the absolute limit, which many of them reach together: one merchant's mistake is no reason to
// withdraw a wave, and a mistake at all of them is. It is an outage only while the institution's
// attempts do not fail clearly more often than the control's orders.
//
// A merchant is watched from the block behind the one in which it first failed for its own sake:
// that block is why it is watched and proves nothing.
//
// Evidence begins anew with a resume, an amendment and new terms: alpha is the chance of a false
// alarm between two of these. For the next wave it begins anew with each wave that opens.

public import Events
public import Projections

/// What the evidence of a rollout says so far.
public struct GuardrailJudge: Sendable {
  private let rules: Guardrails
  /// Tests that have seen nothing yet: what is the same in each is made once.
  private let freshLimit: LimitTest?
  private let freshMerchant: LimitTest?
  private let freshWiden: RatioTest?
  private var checkout: RatioTest?
  private var institution: RatioTest?
  private var limit: LimitTest?
  private var widen: RatioTest?
  /// The other side against the same limit, since the evidence against the first was lowest.
  private var outage: LimitTest?
  private var lowest = 0.0
  /// Whether the institution's attempts fail more often than the control: then it is no outage.
  private var apart: RatioTest?
  private var merchants: [MerchantNumber: LimitTest] = [:]
  /// Those of them whose evidence has reached its threshold.
  private var reached: Set<MerchantNumber> = []
  /// Blocks that began before are none of a merchant's.
  private var since: [MerchantNumber: Timestamp] = [:]
  /// Blocks that began before say nothing of the next wave.
  private var widenSince = Timestamp.none
  /// The first and the last block that was judged.
  public private(set) var first = Position.none
  public private(set) var last = Position.none

  public init(_ rules: Guardrails) {
    self.rules = rules
    checkout = rules.checkout.map { RatioTest(tolerated: $0.tolerated.rawValue) }
    institution = rules.institution.map { RatioTest(tolerated: $0.tolerated.rawValue) }
    freshLimit = rules.limit.map { LimitTest(limit: $0.failures) }
    freshMerchant = rules.merchant.map { LimitTest(limit: $0.failures) }
    freshWiden = rules.widen.map { RatioTest(shownBelow: $0.ratio.rawValue) }
    limit = freshLimit
    outage = freshLimit
    widen = freshWiden
    if limit != nil {
      let ratio = rules.checkout?.tolerated ?? rules.institution?.tolerated ?? .one
      apart = RatioTest(tolerated: ratio.rawValue)
    }
  }

  /// The judge of a rollout's blocks that are closed already.
  public init(_ rules: Guardrails, _ rollout: Rollout) {
    self.init(rules)
    widenSince = rollout.waves.last?.openedAt ?? .none
    for breach in rollout.evidence.breaches where breach.kind == .merchant && breach.isCleared {
      since[breach.merchant] = max(since[breach.merchant] ?? .none, breach.clearedAt)
    }
    for block in rollout.evidence.blocks { take(block) }
  }

  /// A wave has opened: whether a further one may is to be shown by orders from here on.
  public mutating func widenAnew(since instant: Timestamp) {
    widenSince = instant
    widen = freshWiden
  }

  /// A merchant is on again: what it was withdrawn for counts no more.
  public mutating func forget(_ merchant: MerchantNumber, since instant: Timestamp) {
    since[merchant] = instant
    merchants[merchant] = nil
    reached.remove(merchant)
  }

  /// Judges one more block.
  public mutating func take(_ block: ClosedEvidence.Block) {
    guard block.isWhole else { return }
    if first == .none { first = block.position }
    last = block.position
    for row in block.rows {
      checkout?.add(treated: row.treated, control: row.control)
      institution?.add(treated: row.institution, control: row.others)
      if widenSince == .none || block.from >= widenSince {
        widen?.add(treated: row.control, control: row.treated)
      }
      apart?.add(treated: row.institution, control: row.control)
      outage?.add(row.control)
    }
    limit?.add(block.attempts(ownApart: rules.merchant != nil))
    checkout?.closeBlock()
    institution?.closeBlock()
    widen?.closeBlock()
    limit?.closeBlock()
    outage?.closeBlock()
    apart?.closeBlock()
    if let limit, limit.evidence.log <= lowest {
      lowest = limit.evidence.log
      outage = freshLimit
    }
    takeMerchants(block)
  }

  private mutating func takeMerchants(_ block: ClosedEvidence.Block) {
    guard let rules = rules.merchant else { return }
    for row in block.merchants where block.from >= since[row.merchant] ?? .none {
      if merchants[row.merchant] == nil {
        if row.count.failures > 0 { merchants[row.merchant] = freshMerchant }
      } else {
        merchants[row.merchant]?.add(row.count)
        merchants[row.merchant]?.closeBlock()
        if merchants[row.merchant]?.evidence.reaches(rules.alpha) ?? false {
          reached.insert(row.merchant)
        }
      }
    }
  }

  /// Whether a merchant's attempts are counted for its own failures.
  public func isWatched(_ merchant: MerchantNumber) -> Bool { merchants[merchant] != nil }
}

// MARK: - Verdicts

/// What one guardrail says.
public struct GuardrailVerdict: Hashable, Sendable {
  public var kind: GuardrailKind
  public var merchant: MerchantNumber
  public var isBreached: Bool
  /// The log of the highest evidence so far, and what it would have to be: 12 digits.
  public var evidence: String
  public var threshold: String
}

extension GuardrailJudge {
  /// What every guardrail of the plan says but that of single merchants.
  public var verdicts: [GuardrailVerdict] {
    var verdicts: [GuardrailVerdict] = []
    if let checkout { verdicts.append(verdict(.checkout, checkout.evidence)) }
    if let institution { verdicts.append(verdict(.institution, institution.evidence)) }
    if let limit {
      var verdict = verdict(.limit, limit.evidence)
      if verdict.isBreached, isOutage { verdict.kind = .outage }
      verdicts.append(verdict)
    }
    return verdicts
  }

  /// What is said of one merchant; nil where its own failures are below their limit.
  private func verdict(of merchant: MerchantNumber) -> GuardrailVerdict? {
    guard let rules = rules.merchant, reached.contains(merchant), let test = merchants[merchant]
    else { return nil }
    return GuardrailVerdict(
      kind: .merchant, merchant: merchant, isBreached: true,
      evidence: MixedEvidence.text(test.evidence.peak),
      threshold: MixedEvidence.text(MixedEvidence.threshold(rules.alpha)))
  }

  private func verdict(_ kind: GuardrailKind, _ evidence: MixedEvidence) -> GuardrailVerdict {
    GuardrailVerdict(
      kind: kind, merchant: .none, isBreached: evidence.reaches(rules.alpha, over: rules.parts),
      evidence: MixedEvidence.text(evidence.peak),
      threshold: MixedEvidence.text(MixedEvidence.threshold(rules.alpha, over: rules.parts)))
  }

  private var isOutage: Bool {
    let isApart = apart?.evidence.reaches(rules.alpha, over: rules.parts) ?? false
    return !isApart && (outage?.evidence.reaches(rules.alpha, over: rules.parts) ?? false)
  }

  /// What is breached now and not yet known to be, in the order of the guardrails, then of the
  /// merchants' numbers.
  public func breaches(_ evidence: ClosedEvidence) -> [GuardrailVerdict] {
    let whole = verdicts.filter { $0.isBreached && !isKnown($0, evidence) }
    guard !reached.isEmpty else { return whole }
    var new = reached
    for breach in evidence.breaches where !breach.isCleared { new.remove(breach.merchant) }
    return whole + new.sorted().compactMap { verdict(of: $0) }
  }

  /// One breach that is not yet known to be; nil where there is none.
  public func breach(
    _ kind: GuardrailKind, _ merchant: MerchantNumber, _ evidence: ClosedEvidence
  ) -> GuardrailVerdict? {
    let found =
      kind == .merchant
      ? verdict(of: merchant) : verdicts.first { $0.kind == kind && $0.isBreached }
    return found.flatMap { isKnown($0, evidence) ? nil : $0 }
  }

  /// An outage and the limit are one guardrail under two names: what looked like an outage first
  /// may turn out to be the opening's, and not the other way round.
  private func isKnown(_ verdict: GuardrailVerdict, _ evidence: ClosedEvidence) -> Bool {
    switch verdict.kind {
    case .outage: evidence.isBreached(.limit) || evidence.isBreached(.outage)
    default: evidence.isBreached(verdict.kind, verdict.merchant)
    }
  }

  /// Whether it is shown that more may be opened; nil where the plan does not ask.
  public var mayWiden: (isShown: Bool, evidence: String, threshold: String)? {
    guard let widen, let gate = rules.widen else { return nil }
    return (
      widen.evidence.reaches(gate.alpha), MixedEvidence.text(widen.evidence.peak),
      MixedEvidence.text(MixedEvidence.threshold(gate.alpha))
    )
  }
}
