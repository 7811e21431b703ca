// A rollout as people watch it: what it waits for, who can end that, and a tree of waves and
// guardrails.

import Events
import Projections
import Rollout

/// Lays out one rollout.
struct StatusTree {
  private static let barWidth = 10

  private let rollout: Rollout
  /// Nil before it is announced.
  let plan: Plan?
  private let now: Timestamp
  private let watch: GuardrailWatch?
  private let gate: RolloutGate
  private let on: Int

  init(_ rollout: Rollout, _ model: ReadModel, isClockHeld: Bool) {
    self.rollout = rollout
    now = model.logTime
    plan = try? PlanReader.read(rollout.document)
    watch =
      rollout.start == .none
      ? nil : plan?.guardrails.map { GuardrailWatch($0, rollout) }
    on = model.merchants.standing(rollout.number)?.countOn ?? 0
    gate = Scheduler.gate(
      rollout, plan: plan, watch: watch, isClockHeld: isClockHeld, isAnyoneOn: on > 0, now: now)
  }

  // MARK: Facts

  /// What it waits for, who can end that, and what comes next.
  func addFacts(to facts: inout TextFacts) {
    var gateText = gate.sentence
    switch gate {
    case .ended: break
    case .none: gateText += "; \(gate.owner) is at work"
    default: gateText += "; ended by \(gate.owner)"
    }
    facts.add("gate", gateText)
    if let next = next { facts.add("next", next) }
    if rollout.windowEnd != .none, rollout.phase == .running, now < rollout.windowEnd {
      let end = plan.flatMap { Scheduler.expectedEnd(rollout, plan: $0, now: now) }
      var text = Screen.span(from: now, to: rollout.windowEnd)
      if let end, gate.owner != "the operator" {
        text += "; through at about \(Screen.time(end))"
      }
      facts.add("time left", text)
    }
  }

  /// What happens next, and when.
  private var next: String? {
    let name = Screen.plain("\(rollout.plan)")
    switch gate {
    case .notAnnounced: return "`sluice rollout announce FILE`"
    case .approvals(let standing):
      let wave = standing.wave == .none ? "" : " --wave \(standing.wave.rawValue)"
      return "`sluice rollout approve \(name)\(wave)`"
    case .notStarted: return "`sluice rollout start \(name)`"
    case .clockHeld: return "`sluice clock confirm`"
    case .paused(_, _, let breach):
      let isMet = plan.flatMap { ApprovalGate.ofResume($0, rollout, now)?.isMet } ?? true
      return (isMet ? "" : "`sluice rollout approve \(name) --resume`, then ")
        + "`sluice rollout resume \(name) --reason CODE`"
        + (breach == nil ? "" : " takes the breach back and lets evidence begin anew")
    case .windowOver: return "`sluice rollout resume \(name) --reason CODE`, or an amendment"
    case .evidence(let hold): return hold.release
    case .ended(.aborted) where on > 0: return "`sluice rollout rollback \(name) --all` withdraws"
    default:
      guard let ends = gate.endsAt else { return nil }
      return ends > now
        ? "in \(Screen.span(from: now, to: ends)), at \(Screen.time(ends))" : "at any moment"
    }
  }

  /// The same for scripts.
  func put(_ document: inout Document) {
    document.put("gate", gate.name)
    document.put("gate_reason", gate.sentence)
    document.put("gate_owner", gate.owner)
    document.put("gate_ends_at", gate.endsAt ?? .none)
    document.put(
      "expected_end", plan.flatMap { Scheduler.expectedEnd(rollout, plan: $0, now: now) } ?? .none)
    guard let watch else { return }
    document.object("evidence") { document in
      document.put("closed_until", rollout.evidence.closedUntil)
      document.put("blocks", rollout.evidence.blocks.count)
      document.put("late", rollout.evidence.late)
      document.put("unclassified", rollout.evidence.unclassified)
      document.array("guardrails", watch.judge.verdicts) { document, verdict in
        document.object(nil) { document in
          document.put("guardrail", verdict.kind.name)
          document.put("breached", verdict.isBreached)
          document.put("log_evidence", verdict.evidence)
          document.put("threshold", verdict.threshold)
        }
      }
    }
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

  private func waveRow(_ plan: Plan, _ row: Int, _ branch: String) -> [String] {
    let number = WaveNumber(UInt16(row + 1))
    let name = "\(branch)\(row + 1) \(Screen.plain(plan.waves[row].name))"
    guard let wave = rollout.wave(number) else {
      let size = plan.waves[row].share.of(UInt64(rollout.merchantsInOrder))
      return [
        name, Screen.toned("◷ waits", .faint), StatusTree.bar(0, size),
        "not before \(Screen.time(plan.waves[row].opensAt))",
      ]
    }
    let isComplete = wave.completedAt != .none
    let isHeld = rollout.currentPause != nil
    let state =
      wave.rolledBack > 0
      ? Screen.toned("✖ rolled back \(Screen.count(wave.rolledBack))", .red)
      : isComplete
        ? Screen.toned("✔ complete", .green)
        : isHeld ? Screen.toned("॥ paused", .yellow) : Screen.toned("◌ open", .yellow)
    let on = wave.enabled > wave.rolledBack ? wave.enabled - wave.rolledBack : 0
    return [
      name, state, StatusTree.bar(UInt64(on), UInt64(wave.merchants)),
      isComplete ? Screen.time(wave.completedAt) : "opened \(Screen.time(wave.openedAt))",
    ]
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
      "└─ guardrails", "\(blocks.count) blocks judged",
      "\(Screen.count(orders)) orders\(unknown)",
      evidence.closedUntil == .none ? "-" : "up to \(Screen.time(evidence.closedUntil))",
    ])
    let verdicts = watch.judge.verdicts
    for (index, verdict) in verdicts.enumerated() {
      let branch = index == verdicts.count - 1 ? "   └─ " : "   ├─ "
      // The absolute limit has two names.
      let kinds: [GuardrailKind] =
        [.limit, .outage].contains(verdict.kind) ? [.limit, .outage] : [verdict.kind]
      let breach = evidence.open.last { kinds.contains($0.kind) }
      table.add([
        branch + verdict.kind.name,
        breach == nil ? Screen.toned("✔ holds", .green) : Screen.toned("✖ breached", .red),
        "log evidence \(verdict.evidence.prefix(5)) of \(verdict.threshold.prefix(5))",
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

extension RolloutGate {
  /// What it waits for, as people say it.
  var sentence: String {
    switch self {
    case .notAnnounced: "it is not announced"
    case .approvals(let standing): "approvals: \(ApprovalFacts.text(standing))"
    case .notStarted: "it is not started"
    case .clockHeld: "the clock made a large step"
    case .order(let position, let isRollback, let switched, let all):
      "the \(isRollback ? "roll-back" : "reinstatement") ordered at position \(position.rawValue): "
        + "\(Screen.count(switched)) of \(Screen.count(all)) switched"
    case .paused(let reason, _, nil): "the opening is paused (\(reason))"
    case .paused(_, _, let breach?):
      "breach of \(breach.kind.name) at position \(breach.position.rawValue), "
        + Screen.time(breach.breachedAt)
    case .beforeEffective(let instant): "it takes effect at \(Screen.time(instant))"
    case .windowOver: "the window is over"
    case .closed(let interval): "closed until \(Screen.time(interval.to)) (\(interval.why))"
    case .soaking(let wave, let until):
      "wave \(wave.rawValue) waits for the soak of the one before, until \(Screen.time(until))"
    case .waveNotOpen(let wave, let instant):
      "wave \(wave.rawValue) opens at \(Screen.time(instant))"
    case .evidence(let hold): hold.reason
    case .cap(let kind): "the cap \(kind.name) is used up"
    case .none: "nothing"
    case .ended(let phase): "the rollout is \(phase.name)"
    }
  }

  /// The word of the gate, for scripts.
  var name: String { self == .none ? "none" : String("\(self)".prefix { $0 != "(" }) }
}
