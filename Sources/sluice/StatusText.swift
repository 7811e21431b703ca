// The status as people see it.

import Dumps
import Events
import Projections
import Rollout
import Text

/// Lays out a status.
enum StatusText {
  static func text(
    _ fold: ModelFold, _ rollouts: [Rollout], _ cited: CitedEvents, now: Timestamp
  ) -> String {
    let model = fold.model
    var out = Screen.toned("\(fold.log?.origin ?? .none)", .bold)
    out += "  position \(model.position.rawValue), \(Screen.time(model.logTime)) Beijing"
    if now.seconds - model.logTime.seconds >= 60 { out += ", now \(Screen.time(now))" }
    if let log = fold.log, log.clock == .scaled { out += ", clock x\(log.clockSpeed)" }
    out += "\n"
    if fold.isClockHeld {
      out +=
        Screen.toned("The clock made a large step; ", .yellow)
        + "`sluice clock confirm` releases the scheduler.\n"
    }
    if rollouts.isEmpty { out += "\nNo rollout yet: `sluice rollout announce FILE`.\n" }
    for rollout in rollouts {
      let tree = StatusTree(rollout, model, isClockHeld: fold.isClockHeld, cited, now: now)
      out += "\n" + text(rollout, model, tree)
    }
    return out + "\n" + payments(model, Wording(terms: model.termsInForce))
  }

  static func text(_ rollout: Rollout, _ model: ReadModel, _ tree: StatusTree) -> String {
    var phase = rollout.phase.name
    if rollout.currentPause != nil { phase += ", opening paused (\(tree.pauseText))" }
    if rollout.isWindowOver, rollout.phase == .running { phase += ", window over" }
    let tone: Screen.Tone =
      rollout.currentPause != nil || rollout.phase == .aborted ? .yellow : .green
    var out =
      Screen.toned("\(rollout.plan)", .bold) + " v\(rollout.planVersion)  "
      + "\(rollout.institution.name)  \(Screen.toned(phase, tone))\n"
    var facts = TextFacts()
    tree.addFacts(to: &facts)
    if rollout.effectiveAt != .none {
      facts.add(
        "window", "\(Screen.time(rollout.effectiveAt)) to \(Screen.time(rollout.windowEnd))")
    }
    if let plan = tree.plan {
      for standing in ApprovalFacts.standings(plan, rollout, tree.now) {
        facts.add("approvals", ApprovalFacts.text(standing))
      }
      if rollout.phase == .running, rollout.waves.count < plan.waves.count {
        let next = plan.waves[rollout.waves.count]
        let opens = PlanStanding.opening(plan, rollout, tree.now)
        facts.add("next wave", "\(next.name), not before \(Screen.time(opens))")
      }
      for (name, text) in PlanStanding.facts(plan, rollout, tree.now) {
        facts.add(name, text)
      }
    }
    addOpening(rollout, model, tree, to: &facts)
    if let standing = model.merchants.standing(rollout.number) {
      let counts = MerchantState.allCases.map { "\($0.name) \(Screen.count(standing.count($0)))" }
      facts.add("merchants", counts.joined(separator: ", "))
      let on = standing.count(.enabled) + standing.count(.reinstated)
      facts.add("open at", Screen.percent(on, of: model.merchants.count))
    }
    for order in rollout.orders where !order.isCompleted {
      let what = order.isRollback ? "roll-back" : "reinstatement"
      facts.add(
        "running",
        "\(what) ordered at \(order.position.rawValue): "
          + "\(order.switched) of \(order.order.merchants) switched")
    }
    out += facts.text()
    out += tree.text()
    if !rollout.enabledByDay.isEmpty {
      let days = rollout.enabledByDay.suffix(7).map { "\($0.day.text) \(Screen.count($0.count))" }
      out += "  enabled by day: \(days.joined(separator: ", "))\n"
    }
    return out
  }

  /// How the opening stands, which is one thing, and who is on is another.
  private static func addOpening(
    _ rollout: Rollout, _ model: ReadModel, _ tree: StatusTree, to facts: inout TextFacts
  ) {
    let on = model.merchants.standing(rollout.number)?.countOn ?? 0
    if let pause = rollout.currentPause {
      let minutes =
        rollout.pausedTime(from: rollout.announcedAt, to: tree.now)
        / (60 * Timestamp.nanosecondsPerSecond)
      let actor = tree.cited.actor(of: pause).map { " by \($0.kind.name) \($0.id)," } ?? ""
      facts.add(
        "opening",
        "paused since \(Screen.time(pause.since)),\(actor) by position \(pause.position.rawValue), "
          + "\(minutes) min in all, which count in no deadline; a pause withdraws nobody")
    } else if rollout.phase == .aborted {
      facts.add(
        "opening",
        "ended at \(Screen.time(rollout.endedAt)), nobody new ever"
          + (on > 0 ? "; on stays on: `sluice rollout rollback` withdraws" : ""))
    }
  }

  private static func payments(_ model: ReadModel, _ words: Wording) -> String {
    let rows = StatusCommand.today(model)
    var out = "Merchants \(Screen.count(model.merchants.count))"
    out += ", open discrepancies \(Screen.count(model.discrepancies.openCount))\n"
    guard !rows.isEmpty else { return out }
    out += "Payments of \(model.logTime.beijingDay.text)\n"
    var table = TextTable([
      words[.institution], ">captured", ">yuan", ">refunded", ">yuan", ">net yuan", ">apart",
    ])
    for row in rows {
      table.add([
        row.institution.name, Screen.count(row.capturedCount),
        AmountText.yuan(Money(fen: row.capturedFen)), Screen.count(row.refundedCount),
        AmountText.yuan(Money(fen: row.refundedFen)), AmountText.yuan(Money(fen: row.netFen)),
        Screen.count(row.apartCount),
      ])
    }
    return out + table.text()
  }
}
