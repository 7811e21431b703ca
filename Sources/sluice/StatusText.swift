// The status as people see it.

import Dumps
import Events
import Projections
import Rollout
import Text

/// Lays out a status.
enum StatusText {
  static func text(
    _ look: StatusLook, _ rollouts: [Rollout], _ words: Wording
  ) -> String {
    let (fold, model, now) = (look.fold, look.fold.model, look.now)
    var out = Screen.toned(Screen.plain(fold.log?.origin ?? .none), .bold)
    out += "  " + words[StatusWords.position(model.position.rawValue, Screen.time(model.logTime))]
    if now.seconds - model.logTime.seconds >= 60 {
      out += words[StatusWords.now(Screen.time(now))]
    }
    if let log = fold.log, log.clock == .scaled { out += words[StatusWords.clock(log.clockSpeed)] }
    out += "\n"
    if fold.isClockHeld {
      out +=
        Screen.toned(words[StatusWords.clockHeld], .yellow) + words[StatusWords.clockReleased]
        + "\n"
    }
    if rollouts.isEmpty { out += "\n" + words[StatusWords.noRollout] + "\n" }
    for rollout in rollouts {
      let tree = StatusTree(
        rollout, model, isClockHeld: fold.isClockHeld, look.cited, now: now,
        tiers: look.tiers(rollout), in: words)
      out += "\n" + text(rollout, model, tree, words)
    }
    return out + "\n" + payments(model, words)
  }

  static func text(
    _ rollout: Rollout, _ model: ReadModel, _ tree: StatusTree, _ words: Wording
  ) -> String {
    var facts = TextFacts()
    tree.addFacts(to: &facts)
    if rollout.effectiveAt != .none {
      facts.add(
        words[StatusWords.window],
        words[
          StatusWords.window(Screen.time(rollout.effectiveAt), Screen.time(rollout.windowEnd))])
    }
    if let plan = tree.plan { addPlan(plan, rollout, tree, words, to: &facts) }
    addOpening(rollout, model, tree, words, to: &facts)
    if let standing = model.merchants.standing(rollout.number) {
      let counts = MerchantState.allCases.map {
        words[StatusWords.count(words.word($0), Screen.count(standing.count($0)))]
      }
      facts.add(words[StatusWords.merchants], words.list(counts))
      let on = standing.count(.enabled) + standing.count(.reinstated)
      facts.add(words[StatusWords.openAt], Screen.percent(on, of: model.merchants.count))
    }
    for order in rollout.orders where !order.isCompleted {
      facts.add(
        words[StatusWords.running],
        words[
          StatusWords.order(
            isRollback: order.isRollback, at: order.position.rawValue, order.switched,
            of: order.order.merchants)])
    }
    var out = head(rollout, tree, words) + facts.text() + tree.text()
    if !rollout.enabledByDay.isEmpty {
      let days = rollout.enabledByDay.suffix(7).map { "\($0.day.text) \(Screen.count($0.count))" }
      out += "  " + words[StatusWords.enabledByDay(words.list(days))] + "\n"
    }
    return out
  }

  /// Each rollout in one line, for whoever watches in a file.
  static func lines(_ look: StatusLook, _ rollouts: [Rollout], _ words: Wording) -> [String] {
    guard !rollouts.isEmpty else { return [words[StatusWords.noRollout]] }
    let model = look.fold.model
    return rollouts.map { rollout in
      let tree = StatusTree(
        rollout, model, isClockHeld: look.fold.isClockHeld, look.cited, now: look.now, in: words)
      return line(rollout, model, tree, words)
    }
  }

  static func line(
    _ rollout: Rollout, _ model: ReadModel, _ tree: StatusTree, _ words: Wording
  ) -> String {
    var parts = [head(rollout, tree, words).dropLast().description]
    if let plan = tree.plan, rollout.start != .none {
      let opened = rollout.waves.count
      parts.append(words[StatusWords.waveOf("\(opened)", of: "\(plan.waves.count)")])
    }
    let on = tree.on
    parts.append(
      "\(words[StatusWords.openAt]) "
        + words[StatusWords.part(Screen.count(on), of: Screen.count(tree.registered))]
        + ", \(Screen.percent(on, of: tree.registered))")
    parts.append("\(words[StatusWords.gate]) \(tree.gate.sentence(words))")
    if let end = tree.end { parts.append("\(words[StatusWords.through]) \(end.sentence(words))") }
    return parts.joined(separator: "  ")
  }

  /// The plan and its phase, in one line.
  private static func head(
    _ rollout: Rollout, _ tree: StatusTree, _ words: Wording
  ) -> String {
    var phase = words.word(rollout.phase)
    if rollout.currentPause != nil { phase += words[StatusWords.openingPaused(tree.pauseText)] }
    if rollout.isWindowOver, rollout.phase == .running { phase += words[StatusWords.windowOver] }
    let tone: Screen.Tone =
      rollout.currentPause != nil || rollout.phase == .aborted ? .yellow : .green
    return Screen.toned(Screen.plain(rollout.plan), .bold)
      + " \(words[StatusWords.version(rollout.planVersion)])  "
      + "\(words.word(rollout.institution))  \(Screen.toned(phase, tone))\n"
  }

  /// Approvals, the next wave, and where it stands against its plan.
  private static func addPlan(
    _ plan: Plan, _ rollout: Rollout, _ tree: StatusTree, _ words: Wording,
    to facts: inout TextFacts
  ) {
    for standing in ApprovalFacts.standings(plan, rollout, tree.now) {
      facts.add(words[StatusWords.approvals], ApprovalFacts.text(standing, words))
    }
    if rollout.phase == .running, rollout.waves.count < plan.waves.count {
      let next = plan.waves[rollout.waves.count]
      let opens = PlanStanding.opening(plan, rollout, tree.now)
      facts.add(
        words[StatusWords.nextWave],
        words[StatusWords.notBefore(wave: Screen.plain(next.name), Screen.time(opens))])
    }
    for (name, text) in PlanStanding.facts(plan, rollout, tree.now) {
      facts.add(words[name], words[text])
    }
  }

  /// How the opening stands, which is one thing, and who is on is another.
  private static func addOpening(
    _ rollout: Rollout, _ model: ReadModel, _ tree: StatusTree, _ words: Wording,
    to facts: inout TextFacts
  ) {
    let on = model.merchants.standing(rollout.number)?.countOn ?? 0
    if let pause = rollout.currentPause {
      let minutes =
        rollout.pausedTime(from: rollout.announcedAt, to: tree.now)
        / (60 * Timestamp.nanosecondsPerSecond)
      let actor = tree.cited.actor(of: pause).map { "\(words.word($0.kind)) \($0.id)" }
      facts.add(
        words[StatusWords.opening],
        words[
          StatusWords.pausedSince(
            Screen.time(pause.since), by: actor, at: pause.position.rawValue, minutes: minutes)])
    } else if rollout.phase == .aborted {
      facts.add(
        words[StatusWords.opening],
        words[StatusWords.ended(Screen.time(rollout.endedAt), someAreOn: on > 0)])
    }
  }

  private static func payments(_ model: ReadModel, _ words: Wording) -> String {
    let rows = StatusCommand.today(model)
    var out =
      words[
        StatusWords.merchants(
          Screen.count(model.merchants.count),
          discrepancies: Screen.count(model.discrepancies.openCount))] + "\n"
    guard !rows.isEmpty else { return out }
    out += words[StatusWords.paymentsOf(model.logTime.beijingDay.text)] + "\n"
    var table = TextTable([
      words[.institution], ">" + words[.captured], ">" + words[StatusWords.yuan],
      ">" + words[.refunded], ">" + words[StatusWords.yuan], ">" + words[StatusWords.netYuan],
      ">" + words[StatusWords.apart],
    ])
    for row in rows {
      table.add([
        words.word(row.institution), Screen.count(row.capturedCount),
        AmountText.yuan(Money(fen: row.capturedFen)), Screen.count(row.refundedCount),
        AmountText.yuan(Money(fen: row.refundedFen)), AmountText.yuan(Money(fen: row.netFen)),
        Screen.count(row.apartCount),
      ])
    }
    return out + table.text()
  }
}
