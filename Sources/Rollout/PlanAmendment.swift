// What an amendment changes, and what of it may still be changed.
//
// While a plan is announced everything may change but its id and its institution; approvals are
// given anew. Once it runs, who stands where is frozen, and the merchants of an open wave are being
// enabled. Then only this may change:
//   - when waves open that have not opened, and the soak of a wave that none has followed;
//   - caps, closed and after_window;
//   - guardrails, while none is breached and without taking one away; evidence begins anew with any
//     amendment;
//   - how many approve, to more: who steers alone must not be able to take away what others are
//     to approve. Who approves stays;
//   - window_days, to more.

public import Events
public import Projections
import Text

/// One field of a plan that an amendment changes.
public struct PlanChange: Hashable, Sendable {
  /// Until when a field may change.
  enum Until: Hashable {
    case never
    case start
    case end
    /// Until the wave of a row opens.
    case opening(Int)
    /// To more at any time, to less until the start.
    case more(Bool)
    /// To what asks more of whoever steers at any time, to other until the start.
    case stricter(Bool)
    /// Of guardrails: while none is breached; until the start where one goes.
    case guarded(goes: Bool)
  }

  /// The place in the document: `waves[2].opens`.
  public var path: String
  public var old: String
  public var new: String
  var until: Until
}

/// Compares the plan as it stands with its amendment.
public struct PlanAmendment {
  /// Every field that differs, in the order of the document.
  public private(set) var changes: [PlanChange] = []

  public init(from old: Plan, to new: Plan) {
    compare("institution", old, new, .never) { $0.institution.name }
    compare("platforms", old, new, .start) { $0.platforms.map(\.name).joined(separator: ", ") }
    compare("tiers", old, new, .start) { $0.tiers.map(\.name).joined(separator: ", ") }
    compare("consultation", old, new, .start) { $0.consultation.map(PlanRules.day) ?? "none" }
    compare("announced", old, new, .start) { $0.announced.map(PlanRules.day) ?? "none" }
    compare("effective_at", old, new, .start) { RFC3339.beijing($0.effectiveAt) }
    compare("window_days", old, new, .more(new.windowDays > old.windowDays)) {
      "\($0.windowDays)"
    }
    compare("order.hash_version", old, new, .start) { "\($0.order.hashVersion)" }
    compare("order.seed", old, new, .start) { "\($0.order.seed)" }
    compare("order.largest_last", old, new, .start) { "\($0.order.largestLast)" }
    compare("hold_back", old, new, .start) { "\($0.holdBack)" }
    compareWaves(old, new)
    compareCaps(old, new)
    compare("categories", old, new, .start) { PlanAmendment.list($0.categories) }
    compare("excluded_categories", old, new, .start) { PlanAmendment.list($0.excludedCategories) }
    compare("approvals", old, new, .start) { "\($0.approvalsNeeded)" }
    compare("after_window", old, new, .end) { $0.afterWindow.rawValue }
    compareClosed(old.closed, new.closed)
    compareGuardrails(old.guardrails, new.guardrails)
    compareApprovals(old.approvalRules, new.approvalRules)
  }

  private mutating func compare<Whole>(
    _ path: String, _ old: Whole, _ new: Whole, _ until: PlanChange.Until,
    _ text: (Whole) -> String
  ) {
    let (old, new) = (text(old), text(new))
    if old != new { changes.append(PlanChange(path: path, old: old, new: new, until: until)) }
  }

  private static func list(_ names: [ShortText]) -> String {
    names.isEmpty ? "none" : names.map(\.description).joined(separator: ", ")
  }

  private mutating func compareWaves(_ old: Plan, _ new: Plan) {
    compare("waves", old, new, .start) { "\($0.waves.count) waves" }
    for (row, (old, new)) in zip(old.waves, new.waves).enumerated() {
      let path = "waves[\(row)]"
      compare("\(path).name", old, new, .start) { "\($0.name)" }
      compare("\(path).opens", old, new, .opening(row)) { RFC3339.beijing($0.opensAt) }
      compare("\(path).share", old, new, .start) { "\($0.share)" }
      compare("\(path).merchants", old, new, .start) { PlanAmendment.list($0.merchants) }
      compare("\(path).canary", old, new, .start) { "\($0.isCanary)" }
      compare("\(path).soak_minutes", old, new, .opening(row + 1)) { "\($0.soakMinutes)" }
      let isMore = new.approvalsNeeded > old.approvalsNeeded
      compare("\(path).approvals", old, new, isMore ? .opening(row) : .stricter(false)) {
        "\($0.approvalsNeeded)"
      }
    }
  }

  private mutating func compareCaps(_ old: Plan, _ new: Plan) {
    let caps: [(String, (Plan.Caps) -> Cap?)] = [
      ("merchants_per_minute", { $0.merchantsPerMinute }),
      ("payments_per_minute", { $0.paymentsPerMinute }),
      ("merchants_per_hour", { $0.merchantsPerHour }),
      ("merchants_per_day", { $0.merchantsPerDay }),
      ("payments_per_hour", { $0.paymentsPerHour }), ("payments_per_day", { $0.paymentsPerDay }),
    ]
    for (name, cap) in caps {
      compare("caps.\(name)", old.caps, new.caps, .end) {
        cap($0).map(PlanRules.text) ?? "none"
      }
    }
  }

  private mutating func compareGuardrails(_ old: Guardrails?, _ new: Guardrails?) {
    func comparison(_ rule: Guardrails.Comparison?) -> String {
      rule.map { "\($0.tolerated), \($0.action.rawValue)" } ?? "none"
    }
    let fields: [(String, (Guardrails) -> String)] = [
      ("block_minutes", { "\($0.blockSeconds / 60)" }),
      ("answer_minutes", { "\($0.answerSeconds / 60)" }), ("alpha", { "\($0.alpha)" }),
      ("checkout", { comparison($0.checkout) }), ("institution", { comparison($0.institution) }),
      ("limit", { $0.limit.map { "\($0.failures), \($0.action.rawValue)" } ?? "none" }),
      ("merchant", { $0.merchant.map { "\($0.failures), alpha \($0.alpha)" } ?? "none" }),
      ("widen", { $0.widen.map { "\($0.ratio), alpha \($0.alpha)" } ?? "none" }),
      ("min_orders", { "\($0.ordersMin)" }), ("silent_blocks", { "\($0.silentBlocksMax)" }),
      ("ignore_below_fen", { "\($0.ignoreBelow.rawValue)" }),
    ]
    for (name, field) in fields {
      let goes = new.map(field) ?? "none" == "none"
      compare("guardrails.\(name)", old, new, .guarded(goes: goes)) {
        $0.map(field) ?? "no guardrails"
      }
    }
  }

  private mutating func compareApprovals(_ old: ApprovalRules, _ new: ApprovalRules) {
    compare("four_eyes", old, new, .stricter(new.fourEyes)) { "\($0.fourEyes)" }
    compare("approvers", old, new, .stricter(false)) {
      $0.approvers.isEmpty ? "none" : $0.approvers.joined(separator: ", ")
    }
    compare("approval_minutes", old, new, .stricter(new.minutes < old.minutes)) {
      "\($0.minutes)"
    }
    compare("resume_approvals", old, new, .stricter(new.resume > old.resume)) { "\($0.resume)" }
  }

  private mutating func compareClosed(_ old: [ClosedInterval], _ new: [ClosedInterval]) {
    guard old != new else { return }
    changes.append(
      PlanChange(
        path: "closed", old: "\(old.count) intervals", new: "\(new.count) intervals", until: .end))
  }
}

extension PlanAmendment {
  /// The changes that come too late in a rollout, each with its values and what would be allowed.
  public func late(in rollout: Projections.Rollout) -> [String] {
    changes.compactMap { change in
      guard let reason = PlanAmendment.reason(change, rollout) else { return nil }
      return "\(change.path) (\(change.old) to \(change.new)): \(reason)"
    }
  }

  /// Why a change comes too late; nil where it does not.
  private static func reason(
    _ change: PlanChange, _ rollout: Projections.Rollout
  ) -> String? {
    let isRunning = rollout.phase == .running
    switch change.until {
    case .never: return "an institution has a plan of its own"
    case .end: return nil
    case .start:
      return isRunning ? "the order of merchants was frozen when the rollout started" : nil
    case .more(let isMore):
      return isRunning && !isMore ? "the window of a running rollout only becomes longer" : nil
    case .stricter(let isStricter):
      return isRunning && !isStricter
        ? "what is to be approved, and by whom, only becomes stricter in a running rollout" : nil
    case .guarded(let goes):
      if isRunning, goes { return "a running rollout keeps its guardrails" }
      guard let breach = rollout.breachToClear else { return nil }
      return "the breach at position \(breach.position.rawValue) is open; a resume takes it back"
    case .opening(let row):
      guard row < rollout.waves.count else { return nil }
      let opened = rollout.waves[row]
      return "wave \(opened.number.rawValue) opened at \(RFC3339.beijing(opened.openedAt))"
    }
  }
}
