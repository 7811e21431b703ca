// A rollout as people watch it: what it waits for, who can end that, and a tree of waves and
// guardrails.

import Events
import Projections
import Rollout

/// Lays out one rollout.
struct StatusTree {
  private static let barWidth = 10

  let rollout: Rollout
  /// Nil before it is announced.
  let plan: Plan?
  let now: Timestamp
  let watch: GuardrailWatch?
  let gate: RolloutGate
  /// When it will be through; nil where it does not run.
  let end: ExpectedEnd?
  let on: Int
  /// How many merchants there are.
  let registered: Int
  let cited: CitedEvents

  /// - Parameter now: the present; that of the last event where absent.
  init(
    _ rollout: Rollout, _ model: ReadModel, isClockHeld: Bool, _ cited: CitedEvents,
    now present: Timestamp? = nil
  ) {
    self.rollout = rollout
    self.cited = cited
    now = present ?? model.logTime
    registered = model.merchants.count
    plan = try? PlanReader.read(rollout.document)
    watch =
      rollout.start == .none
      ? nil : plan?.guardrails.map { GuardrailWatch($0, rollout) }
    on = model.merchants.standing(rollout.number)?.countOn ?? 0
    let gate = Scheduler.gate(
      rollout, plan: plan, watch: watch, isClockHeld: isClockHeld, isAnyoneOn: on > 0, now: now)
    self.gate = gate
    end = plan.flatMap {
      Scheduler.outlook(rollout, plan: $0, gate: gate, now: present ?? model.logTime)
    }
  }

  // MARK: Facts

  /// What it waits for, who can end that, what comes next, and when it will be through.
  func addFacts(to facts: inout TextFacts) {
    var gateText = gate.sentence
    switch gate {
    case .ended: break
    case .none: gateText += "; \(gate.owner) is at work"
    default: gateText += "; ended by \(gate.owner)"
    }
    facts.add("gate", gateText)
    if let (action, instant) = next { facts.add("next", action + StatusTree.when(instant, now)) }
    if rollout.windowEnd != .none, rollout.phase == .running, now < rollout.windowEnd {
      facts.add("time left", Screen.span(from: now, to: rollout.windowEnd))
    }
    if let end {
      facts.add("through", end.sentence + (provisos.isEmpty ? "" : ", if " + provisos))
    }
  }

  private static func when(_ instant: Timestamp?, _ now: Timestamp) -> String {
    guard let instant else { return "" }
    return instant > now
      ? " in \(Screen.span(from: now, to: instant)), at \(Screen.time(instant))"
      : " at any moment"
  }

  /// What an expected end takes for granted.
  var provisos: String {
    guard let plan, case .at? = end else { return "" }
    let (approvals, evidence) = Scheduler.unforeseen(rollout, plan: plan, now: now)
    var text = ""
    if let first = approvals.first {
      let names = approvals.map { "\($0.rawValue)" }.joined(separator: ", ")
      let wave = approvals.count == 1 ? "wave \(first.rawValue)" : "the waves \(names)"
      text += "\(wave) will be approved by then"
    }
    if evidence { text += (text.isEmpty ? "" : " and ") + "evidence lets the waves open" }
    return text
  }

  /// What happens next, and when; the instant is nil where somebody must act, or nobody can tell.
  var next: (action: String, at: Timestamp?)? {
    let name = Screen.plain("\(rollout.plan)")
    switch gate {
    case .notAnnounced: return ("`sluice rollout announce FILE`", nil)
    case .approvals(let standing): return (approve(standing, name), nil)
    case .notStarted: return ("`sluice rollout start \(name)`", nil)
    case .clockHeld: return ("`sluice clock confirm`", nil)
    case .paused(_, _, let breaches):
      let resume = plan.flatMap { ApprovalGate.ofResume($0, rollout, now) }
      let missing = resume.flatMap { $0.isMet ? nil : approve($0, name) + ", then " } ?? ""
      let back =
        breaches.count > 1
        ? " takes the breaches back and lets evidence begin anew"
        : " takes the breach back and lets evidence begin anew"
      return (
        missing + "`sluice rollout resume \(name) --reason CODE`" + (breaches.isEmpty ? "" : back),
        nil
      )
    case .windowOver:
      return ("`sluice rollout resume \(name) --reason CODE`, or an amendment", nil)
    case .evidence(let hold) where gate.endsAt == nil: return (hold.release, nil)
    case .evidence: return ("a whole block releases it; the next one is closed", gate.endsAt)
    case .ended(.aborted) where on > 0:
      return ("`sluice rollout rollback \(name) --all` withdraws", nil)
    case .beforeEffective: return ("the plan takes effect", gate.endsAt)
    case .closed: return ("the plan lets merchants be enabled again", gate.endsAt)
    case .soaking(let wave, _), .waveNotOpen(let wave, _):
      return ("wave \(wave.rawValue) opens", gate.endsAt)
    case .cap: return ("the cap frees", gate.endsAt)
    case .order, .none, .ended: return nil
    }
  }

  /// How an approval is given: signed, where the plan lists who may.
  private func approve(_ standing: ApprovalStanding, _ name: String) -> String {
    var step = ""
    if standing.wave != .none { step = " --wave \(standing.wave.rawValue)" }
    if standing.subject == .resume { step = " --resume" }
    guard let plan, !plan.approvalRules.approvers.isEmpty else {
      return "`sluice rollout approve \(name)\(step)`"
    }
    return "`sluice approval sign \(name)\(step) --key KEY --out NOTE`, then "
      + "`sluice rollout approve \(name) --note NOTE`"
  }

  /// The pause that lasts in words: by what, or by which breaches.
  var pauseText: String {
    let breaches = rollout.breachesToClear
    guard breaches.count > 1 else { return "\(rollout.pauseReason)" }
    return "\(breaches.count) breaches: "
      + breaches.map(\.kind.name).joined(separator: ", ")
  }

  // MARK: The tree

  func text() -> String {
    guard let plan, rollout.start != .none else { return "" }
    var table = TextTable(["", "status", "merchants", "since or until"])
    let isLast = watch == nil
    for row in plan.waves.indices {
      let branch = isLast && row == plan.waves.count - 1 ? "└─ " : "├─ "
      table.add(waveRow(plan, row, branch))
    }
    if let watch { addGuardrails(watch, &table) }
    return table.text()
  }

  /// The name that the plan gives a wave that has opened; nil where the plan cannot be read.
  func name(of wave: Wave) -> String? {
    let row = Int(wave.number.rawValue) - 1
    return plan.flatMap { $0.waves.indices.contains(row) ? "\($0.waves[row].name)" : nil }
  }

  func state(of wave: Wave) -> WaveState {
    WaveState(wave, planned: wave.plannedAt, rollout, now: now)
  }

  /// Before when a wave that has not opened does not; of the next one, its soak and what is closed
  /// count too.
  func notBefore(_ row: Int) -> Timestamp {
    guard let plan else { return .none }
    guard row == rollout.waves.count, rollout.phase == .running else {
      return plan.waves[row].opensAt
    }
    return PlanStanding.opening(plan, rollout, now)
  }

  private func waveRow(_ plan: Plan, _ row: Int, _ branch: String) -> [String] {
    let wave = rollout.wave(WaveNumber(UInt16(row + 1)))
    let planned = plan.waves[row].opensAt
    let state = WaveState(wave, planned: planned, rollout, now: now)
    let name = "\(branch)\(row + 1) \(Screen.plain(plan.waves[row].name))"
    guard let wave else {
      let size = plan.waves[row].share.of(UInt64(rollout.merchantsInOrder))
      let opens = notBefore(row)
      let time =
        state == .neverOpened
        ? "planned \(Screen.time(planned))"
        : opens > now ? "not before \(Screen.time(opens))" : "due since \(Screen.time(opens))"
      return [name, state.shown(0), StatusTree.bar(0, size), time]
    }
    let on = wave.enabled > wave.rolledBack ? wave.enabled - wave.rolledBack : 0
    let isComplete = wave.completedAt != .none
    return [
      name, state.shown(wave.rolledBack), StatusTree.bar(UInt64(on), UInt64(wave.merchants)),
      withdrawnAt(wave).map { "ordered off \(Screen.time($0))" }
        ?? (isComplete ? Screen.time(wave.completedAt) : "opened \(Screen.time(wave.openedAt))"),
    ]
  }

  /// When the last roll-back was ordered that reaches a wave of which somebody was rolled back.
  private func withdrawnAt(_ wave: Wave) -> Timestamp? {
    guard wave.rolledBack > 0 else { return nil }
    return rollout.orders.last { order in
      order.isRollback && (order.order.scope != .wave || order.order.wave == wave.number)
    }?.orderedAt
  }

  private func addGuardrails(_ watch: GuardrailWatch, _ table: inout TextTable) {
    let evidence = rollout.evidence
    let blocks = evidence.blocks.filter { $0.isWhole }
    let orders = blocks.reduce(UInt64(0)) {
      let sides = $1.sides
      return $0 + UInt64(sides.treated.orders) + UInt64(sides.control.orders)
    }
    let unknown =
      evidence.unclassified > 0
      ? Screen.toned(", \(Screen.count(evidence.unclassified)) codes nobody knows", .yellow) : ""
    table.add([
      "└─ guardrails", "\(Screen.count(blocks.count, "block")) judged",
      Screen.count(orders, "order") + unknown,
      evidence.closedUntil == .none ? "-" : "up to \(Screen.time(evidence.closedUntil))",
    ])
    let verdicts = watch.judge.verdicts
    for (index, verdict) in verdicts.enumerated() {
      let branch = index == verdicts.count - 1 ? "   └─ " : "   ├─ "
      // The absolute limit has two names.
      let kinds: [GuardrailKind] =
        [.limit, .outage].contains(verdict.kind) ? [.limit, .outage] : [verdict.kind]
      let breach = evidence.open.last { kinds.contains($0.kind) }
      // Evidence may have begun anew since: a breach keeps that on which it was concluded.
      let known = breach.flatMap { cited.evidence(of: $0) }
      let (shown, threshold) = known ?? (verdict.evidence, verdict.threshold)
      table.add([
        branch + verdict.kind.name,
        breach == nil ? Screen.toned("✔ holds", .green) : Screen.toned("✖ breached", .red),
        "log evidence \(shown.prefix(5)) of \(threshold.prefix(5))",
        breach.map { Screen.time($0.breachedAt) } ?? "-",
      ])
    }
  }

  /// A bar of ten places with its numbers.
  private static func bar(_ part: UInt64, _ whole: UInt64) -> String {
    let filled = whole == 0 ? 0 : Int(min(whole, part) * UInt64(barWidth) / whole)
    return String(repeating: "█", count: filled)
      + String(repeating: "░", count: barWidth - filled)
      + " \(Screen.count(part)) of \(Screen.count(whole))"
  }
}
