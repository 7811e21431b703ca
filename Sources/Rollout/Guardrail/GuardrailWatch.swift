// What the scheduler looks at of a rollout's evidence, and why it holds.

public import Events
public import Projections

/// The guardrails of a running rollout with the evidence so far.
public struct GuardrailWatch: Sendable {
  public let rules: Guardrails
  public var open: OpenEvidence
  public var judge: GuardrailJudge

  /// The watch over a rollout whose blocks are closed so far.
  public init(_ rules: Guardrails, _ rollout: Rollout) {
    self.rules = rules
    open = OpenEvidence(rules, institution: rollout.institution)
    judge = GuardrailJudge(rules, rollout)
  }

  /// The first instant that is not closed: evidence begins with the first whole block after the
  /// start.
  public func from(_ rollout: Rollout) -> Timestamp {
    let closed = rollout.evidence.closedUntil
    guard closed == .none else { return closed }
    let start = rules.blockStart(rollout.startedAt)
    return start == rollout.startedAt ? start : start.advanced(bySeconds: rules.blockSeconds)
  }

  /// Everything before it may be closed at an instant.
  func due(_ now: Timestamp) -> Timestamp {
    rules.blockStart(now.advanced(bySeconds: -rules.answerSeconds))
  }

  /// When the next block may be closed.
  public func nextClosing(_ rollout: Rollout) -> Timestamp {
    from(rollout).advanced(bySeconds: rules.blockSeconds + rules.answerSeconds)
  }

  /// For how long a rollout is watched that is complete, if its window does not last longer.
  private static let secondsBehindEnd: Int64 = 86_400

  /// Whether the rollout is watched at an instant: while it runs, and where it is complete up to
  /// the closing of the last block of its window, a day behind its end at least.
  public func isOn(_ rollout: Rollout, _ now: Timestamp) -> Bool {
    switch rollout.phase {
    case .running: return true
    case .completed:
      let last = max(
        rollout.windowEnd, rollout.endedAt.advanced(bySeconds: GuardrailWatch.secondsBehindEnd))
      return now < last.advanced(bySeconds: 2 * rules.blockSeconds + rules.answerSeconds)
    case .consulted, .announced, .aborted: return false
    }
  }
}

/// Why the evidence lets nobody be enabled.
public enum EvidenceHold: Hashable, Sendable {
  /// No block has been closed yet.
  case noneYet(Timestamp)
  /// The latest block is not whole.
  case gap(EvidenceGap, Timestamp)
  /// No order was attempted since an instant.
  case silent(Timestamp)
  /// One side has had too few orders since the wave before opened.
  case tooFew(isTreated: Bool, orders: UInt64, needed: UInt32)
  /// It is not shown that orders at merchants that are on fail rarely enough.
  case inconclusive(evidence: String, threshold: String)
}

extension EvidenceHold {
  /// The reason in a sentence's end: "it waits because ...".
  public var reason: String {
    switch self {
    case .noneYet: "no block of evidence is closed yet"
    case .gap(let gap, _): "the latest block of evidence is not whole (\(gap.name))"
    case .silent: "no order was attempted lately"
    case .tooFew(let isTreated, let orders, let needed):
      "merchants \(isTreated ? "that are on" : "not yet enabled") had \(orders) orders of the "
        + "\(needed) that the plan asks for"
    case .inconclusive(let evidence, let threshold):
      "it is not shown that more may be opened: log evidence \(evidence) of \(threshold)"
    }
  }

  /// What ends it.
  public var release: String {
    switch self {
    case .noneYet, .gap: "A whole block that is closed releases it."
    case .silent: "Orders release it: see that the cashier's attempts arrive."
    case .tooFew: "More orders in closed blocks release it, or an approval with --override."
    case .inconclusive: "More orders without harm release it, or an approval with --override."
    }
  }
}

extension GuardrailWatch {
  /// Why nobody may be enabled in the open wave; nil where evidence flows.
  func holdOfWave(_ rollout: Rollout) -> EvidenceHold? {
    guard let last = rollout.evidence.blocks.last else { return .noneYet(nextClosing(rollout)) }
    var since = last.to
    for block in rollout.evidence.blocks.reversed() {
      guard block.isSilent else { break }
      since = block.from
    }
    let silence = last.to.seconds - since.seconds
    guard silence >= Int64(rules.silentBlocksMax) * rules.blockSeconds else { return nil }
    return last.isWhole ? .silent(since) : .gap(last.gap, nextClosing(rollout))
  }

  /// Why the next wave may not open; nil where it may.
  ///
  /// - Parameter isAnyoneOn: whether there is a merchant whose orders can be counted.
  func holdOfNextWave(_ rollout: Rollout, isAnyoneOn: Bool) -> EvidenceHold? {
    if let hold = holdOfWave(rollout) { return hold }
    if let last = rollout.evidence.blocks.last, !last.isWhole {
      return .gap(last.gap, nextClosing(rollout))
    }
    let since = rollout.waves.last?.openedAt ?? .none
    // What is guarded by the institution's own attempts must have been tried.
    let needsInstitution = rules.institution != nil || rules.limit != nil
    var (treated, control) = (UInt64(0), UInt64(0))
    for block in rollout.evidence.blocks.reversed() {
      guard since == .none || block.from >= since else { break }
      guard block.isWhole else { continue }
      let sides = block.sides
      treated += UInt64(
        needsInstitution ? block.attempts(ownApart: false).orders : sides.treated.orders)
      control += UInt64(sides.control.orders)
    }
    let needed = rules.ordersMin
    guard control >= UInt64(needed) else {
      return .tooFew(isTreated: false, orders: control, needed: needed)
    }
    guard !rollout.waves.isEmpty, isAnyoneOn else { return nil }
    guard treated >= UInt64(needed) else {
      return .tooFew(isTreated: true, orders: treated, needed: needed)
    }
    if let shown = judge.mayWiden, !shown.isShown {
      return .inconclusive(evidence: shown.evidence, threshold: shown.threshold)
    }
    return nil
  }
}
