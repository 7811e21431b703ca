// The head of the dashboard: the state in one line, the window, and the key figures.

import Events
import Projections
import Rollout

extension DashboardPage {
  mutating func writeHeader() {
    html.markup("<header><p class=\"kicker\">")
    html.text(rollout.map { words[.on(words.name($0.institution))] } ?? "sluice")
    html.markup("</p><h1>")
    html.text(title)
    html.markup("</h1>")
    writeState()
    html.markup("<p class=\"note\">")
    html.text("\(context.origin)")
    html.text(words.comma)
    html.text("\(words[.position]) \(Figure.grouped(Int64(context.position.rawValue)))")
    html.text(words.comma)
    html.text(words[Figure.instant(context.logTime).map { .asOf($0) } ?? .emptyLog])
    html.markup("</p>\n")
    if let rollout, rollout.windowEnd > rollout.effectiveAt { writeWindow(rollout) }
    writeKeys()
    html.markup("</header>\n")
  }

  /// The one line: the phase, what it waits for, the time left, the next step.
  private mutating func writeState() {
    html.markup("<p class=\"state\">")
    guard let rollout else {
      chip("chip", words[.noRolloutYet])
      html.markup("</p>\n")
      return
    }
    let isGoing = rollout.phase == .running && rollout.currentPause == nil
    chip(
      isGoing ? "chip go" : "chip",
      words.word(rollout.phase) + (rollout.isWindowOver ? words.comma + words[.windowOver] : ""))
    if rollout.currentPause != nil {
      chip("chip stop", words[.paused("\(rollout.pauseReason)")])
    }
    let on = model.merchants.standing(rollout.number)?.countOn ?? 0
    let gate = Scheduler.gate(
      rollout, plan: plan, watch: watch, isClockHeld: isClockHeld, isAnyoneOn: on > 0,
      now: context.logTime)
    for (name, sentence) in facts(rollout, gate, isAnyoneOn: on > 0) {
      html.markup("<span><span class=\"soft\">")
      html.text(words[name])
      html.markup("</span> ")
      writeWithCode(sentence)
      html.markup("</span> ")
    }
    html.markup("</p>\n")
  }

  private func facts(
    _ rollout: Projections.Rollout, _ gate: RolloutGate, isAnyoneOn: Bool
  ) -> [(name: Label, sentence: String)] {
    let (now, sentence, owner) = (context.logTime, gate.sentence(words), gate.owner(words))
    var facts: [(name: Label, sentence: String)] = []
    switch gate {
    case .ended: facts.append((.endedAt, Wording.time(rollout.endedAt)))
    // The next step says the same.
    case .beforeEffective, .waveNotOpen: break
    case .none: facts.append((StatusWords.gate, words[GateWords.atWork(sentence, owner)]))
    default: facts.append((StatusWords.gate, words[GateWords.endedBy(sentence, owner)]))
    }
    if rollout.windowEnd != .none, rollout.phase == .running, now < rollout.windowEnd {
      facts.append((StatusWords.timeLeft, words.span(from: now, to: rollout.windowEnd)))
    }
    let next = NextStep(
      rollout, plan, gate, name: "\(rollout.plan)", isAnyoneOn: isAnyoneOn, now: now, words)
    if let step = next.step {
      let when =
        step.at.map {
          $0 > now
            ? words[StatusWords.at(in: words.span(from: now, to: $0), Wording.time($0))]
            : words[StatusWords.anyMoment]
        } ?? ""
      facts.append((StatusWords.next, step.action + when))
    }
    if let plan, rollout.start != .none,
      let end = Scheduler.outlook(
        rollout, plan: plan, sizes: WaveSizes(rollout, plan, model.merchants), gate: gate,
        now: now), case .at = end
    {
      facts.append((StatusWords.through, end.sentence(words)))
    }
    return facts
  }

  /// A sentence in which commands stand between backticks.
  private mutating func writeWithCode(_ sentence: String) {
    for (index, piece) in sentence.split(
      separator: "`", omittingEmptySubsequences: false
    ).enumerated() {
      if index % 2 == 1 { html.markup("<code>") }
      html.text(String(piece))
      if index % 2 == 1 { html.markup("</code>") }
    }
  }

  private mutating func chip(_ style: StaticString, _ text: String) {
    html.markup("<strong class=\"")
    html.markup(style)
    html.markup("\">")
    html.text(text)
    html.markup("</strong> ")
  }

  private mutating func writeWindow(_ rollout: Projections.Rollout) {
    let whole = rollout.windowEnd.seconds - rollout.effectiveAt.seconds
    let done = min(max(context.logTime.seconds - rollout.effectiveAt.seconds, 0), whole)
    html.markup("<div class=\"window\">")
    bar([("done", Figure.permille(done, of: whole))])
    html.markup("<p class=\"note\"><span>")
    html.text(words[.opens] + (Figure.instant(rollout.effectiveAt) ?? ""))
    html.markup("</span><span>")
    html.text(words[.ofWindow(Figure.percent(done, of: whole) ?? "–")])
    html.markup("</span><span>")
    html.text(words[.ends] + (Figure.instant(rollout.windowEnd) ?? ""))
    html.markup("</span></p></div>\n")
  }

  private mutating func writeKeys() {
    html.markup("<dl class=\"keys\">")
    if let rollout {
      let standing = model.merchants.standing(rollout.number)
      let enabled = Int64(standing?.countOn ?? 0)
      let all = max(Int64(rollout.merchantsInOrder), enabled)
      key(
        .merchantsOpen, Figure.grouped(enabled),
        words[.inOrder(Figure.grouped(all), Figure.percent(enabled, of: all) ?? "–")])
      let cell = mix.total(rollout.institution)
      key(
        .capturedBy(words.name(rollout.institution)), Figure.grouped(cell.capturedCount),
        "\(words[.orderAmount]) \(Figure.yuan(cell.capturedFen))")
      let tried = cell.capturedCount + cell.failedCount
      key(
        .failedBy(words.name(rollout.institution)),
        Figure.percent(cell.failedCount, of: tried) ?? "–",
        words[.ended(Figure.grouped(cell.failedCount), Figure.grouped(tried))])
    }
    key(
      .openDiscrepancies, Figure.grouped(Int64(model.discrepancies.openCount)),
      words[.found(Figure.grouped(Int64(model.discrepancies.count)))])
    html.markup("</dl>\n")
  }

  private mutating func key(_ name: Label, _ figure: String, _ note: String) {
    html.markup("<div><dt>")
    html.text(words.title(name))
    html.markup("</dt><dd><b>")
    html.text(figure)
    html.markup("</b> <span>")
    html.text(note)
    html.markup("</span></dd></div>")
  }
}
