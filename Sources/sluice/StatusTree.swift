// A rollout as people watch it: what it waits for, who can end that, and a tree of waves and
// guardrails.

import Dumps
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
  /// How many merchants its waves have; nil before it starts.
  let sizes: WaveSizes?
  let watch: GuardrailWatch?
  let gate: RolloutGate
  /// When it will be through; nil where it does not run.
  let end: ExpectedEnd?
  let on: Int
  /// How many merchants there are.
  let registered: Int
  let cited: CitedEvents
  /// Empty where nobody counted them.
  let tiers: [TierRow]
  /// What people read; scripts are told in English.
  private let words: Wording

  /// - Parameter now: the present; that of the last event where absent.
  init(
    _ rollout: Rollout, _ model: ReadModel, isClockHeld: Bool, _ cited: CitedEvents,
    now present: Timestamp? = nil, tiers: [TierRow] = [], in words: Wording = Wording()
  ) {
    self.rollout = rollout
    self.words = words
    self.cited = cited
    self.tiers = tiers
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
    let sizes = plan.flatMap {
      rollout.start == .none ? nil : WaveSizes(rollout, $0, model.merchants)
    }
    self.sizes = sizes
    end = plan.flatMap { plan in
      sizes.flatMap {
        Scheduler.outlook(
          rollout, plan: plan, sizes: $0, gate: gate, now: present ?? model.logTime)
      }
    }
  }

  // MARK: Facts

  /// What it waits for, who can end that, what comes next, and when it will be through.
  func addFacts(to facts: inout TextFacts) {
    let (sentence, owner) = (gate.sentence(words), gate.owner(words))
    switch gate {
    case .ended: facts.add(words[StatusWords.gate], sentence)
    case .none: facts.add(words[StatusWords.gate], words[GateWords.atWork(sentence, owner)])
    default: facts.add(words[StatusWords.gate], words[GateWords.endedBy(sentence, owner)])
    }
    if let (action, instant) = next(words) {
      facts.add(words[StatusWords.next], action + when(instant))
    }
    if rollout.windowEnd != .none, rollout.phase == .running, now < rollout.windowEnd {
      facts.add(
        words[StatusWords.timeLeft], Screen.span(from: now, to: rollout.windowEnd, words))
    }
    if let end {
      let (sentence, provisos) = (end.sentence(words), self.provisos(words))
      facts.add(
        words[StatusWords.through],
        provisos.isEmpty ? sentence : words[GateWords.provided(sentence, provisos)])
    }
  }

  private func when(_ instant: Timestamp?) -> String {
    guard let instant else { return "" }
    return instant > now
      ? words[
        StatusWords.at(
          in: Screen.span(from: now, to: instant, words), Screen.time(instant))]
      : words[StatusWords.anyMoment]
  }

  /// What an expected end takes for granted.
  func provisos(_ words: Wording = Wording()) -> String {
    guard let plan, case .at? = end else { return "" }
    let (approvals, evidence) = Scheduler.unforeseen(rollout, plan: plan, now: now)
    let approved =
      approvals.isEmpty ? "" : words[GateWords.approved(approvals.map { "\($0.rawValue)" })]
    guard evidence else { return approved }
    let lets = words[GateWords.evidenceLets]
    return approved.isEmpty ? lets : words[GateWords.and(approved, lets)]
  }

  /// What happens next, and when; the instant is nil where somebody must act, or nobody can tell.
  func next(_ words: Wording = Wording()) -> (action: String, at: Timestamp?)? {
    NextStep(
      rollout, plan, gate, name: Screen.plain("\(rollout.plan)"), isAnyoneOn: on > 0, now: now,
      words
    ).step
  }

  /// The pause that lasts in words: by what, or by which breaches.
  var pauseText: String {
    let breaches = rollout.breachesToClear
    guard breaches.count > 1 else { return "\(rollout.pauseReason)" }
    return words[
      StatusWords.breaches(breaches.count, words.list(breaches.map { words.word($0.kind) }))]
  }

  // MARK: The tree

  func text() -> String {
    guard let plan, rollout.start != .none else { return "" }
    var table = TextTable([
      "", words[StatusWords.status], words[StatusWords.merchants],
      words[StatusWords.sinceOrUntil],
    ])
    let isLast = watch == nil && tiers.isEmpty
    for row in plan.waves.indices {
      let branch = isLast && row == plan.waves.count - 1 ? "└─ " : "├─ "
      table.add(waveRow(plan, row, branch))
    }
    addTiers(&table)
    if let watch { addGuardrails(watch, &table) }
    return table.text()
  }

  /// Who is on in each tier, of all that are registered there.
  private func addTiers(_ table: inout TextTable) {
    guard !tiers.isEmpty else { return }
    let isLast = watch == nil
    table.add([(isLast ? "└─ " : "├─ ") + words[StatusWords.tiers], "", "", ""])
    for (index, row) in tiers.enumerated() {
      let branch = (isLast ? "   " : "│  ") + (index == tiers.count - 1 ? "└─ " : "├─ ")
      table.add([
        branch + words.word(row.tier), Screen.percent(row.on, of: row.registered),
        bar(UInt64(row.on), UInt64(row.registered)), "-",
      ])
    }
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
      let size = UInt64(sizes?.waves[row] ?? 0)
      let opens = notBefore(row)
      let time =
        state == .neverOpened
        ? StatusWords.planned(Screen.time(planned))
        : opens > now
          ? StatusWords.notBefore(Screen.time(opens)) : StatusWords.dueSince(Screen.time(opens))
      return [name, state.shown(0, words), bar(0, size), words[time]]
    }
    let on = wave.enabled > wave.rolledBack ? wave.enabled - wave.rolledBack : 0
    let isComplete = wave.completedAt != .none
    return [
      name, state.shown(wave.rolledBack, words), bar(UInt64(on), UInt64(wave.merchants)),
      withdrawnAt(wave).map { words[StatusWords.orderedOff(Screen.time($0))] }
        ?? (isComplete
          ? Screen.time(wave.completedAt)
          : words[StatusWords.opened(Screen.time(wave.openedAt))]),
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
      ? Screen.toned(
        words[StatusWords.unknownCodes(Screen.count(evidence.unclassified))], .yellow) : ""
    table.add([
      "└─ " + words[StatusWords.guardrails],
      words[
        StatusWords.blocksJudged(
          Screen.count(blocks.count, "block"), Screen.count(blocks.count))],
      words[StatusWords.orders(Screen.count(orders, "order"), Screen.count(orders))] + unknown,
      evidence.closedUntil == .none
        ? "-" : words[StatusWords.upTo(Screen.time(evidence.closedUntil))],
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
        branch + words.word(verdict.kind),
        breach == nil
          ? Screen.toned("✔ \(words[StatusWords.holds])", .green)
          : Screen.toned("✖ \(words[StatusWords.breached])", .red),
        words[StatusWords.logEvidence("\(shown.prefix(5))", of: "\(threshold.prefix(5))")],
        breach.map { Screen.time($0.breachedAt) } ?? "-",
      ])
    }
  }

  /// A bar of ten places with its numbers.
  private func bar(_ part: UInt64, _ whole: UInt64) -> String {
    let width = StatusTree.barWidth
    let filled = whole == 0 ? 0 : Int(min(whole, part) * UInt64(width) / whole)
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      + " " + words[StatusWords.part(Screen.count(part), of: Screen.count(whole))]
  }
}
