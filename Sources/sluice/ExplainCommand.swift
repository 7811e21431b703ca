// sluice explain M: why a merchant is on or off, event by event.

import Dumps
import EventLog
import Events
import Projections
import Rollout
import Text

/// One event of a merchant's story.
struct StoryLine {
  var position: Position
  var event: Event
}

/// A merchant with its events, payments counted only.
struct MerchantStory {
  var fold: LogFold
  var merchant: Merchant
  var lines: [StoryLine]
  /// The instant that was asked for, where the log ended before it.
  var beyondEnd: Timestamp?

  /// What a merchant's events were: from the index, and behind it by reading.
  init(_ view: LogView, _ external: String, freezesOrders: Bool) throws {
    guard let name = ExternalID(external), !name.isEmpty else {
      throw UsageFault(what: "a merchant's id has 1 to 64 bytes", hint: "Give another")
    }
    var fold = LogFold(view, freezesOrders: freezesOrders)
    var number = fold.book.number(name) ?? .none
    var lines: [StoryLine] = []
    let sealedEnd = view.sealedEnd
    try view.read(from: fold.next) { batch in
      try fold.apply(batch) { event, position in
        if case .merchantRegistered(let fields) = event.payload, fields.external == name {
          number = event.header.merchant
        }
        if position >= sealedEnd, number != .none, event.header.merchant == number,
          !event.kind.isOfAnOrder
        {
          lines.append(StoryLine(position: position, event: event))
        }
      }
    }
    if number != .none, let hash = view.sealed?.hash {
      let old = try view.find(.merchants, hash.merchant(number))
        .filter { $0.event.header.merchant == number }
      lines = old.map { StoryLine(position: $0.position, event: $0.event) } + lines
    }
    guard number != .none else {
      throw CommandFailure(
        .refused, "merchant \(external) is not registered",
        hint: "Ids are compared byte by byte: see that it is spelled as in `sluice dump merchants`")
    }
    if let asOf = view.asOf, asOf > fold.logTime, fold.next == view.reader.durableEnd {
      beyondEnd = asOf
    }
    self.fold = fold
    merchant = fold.book.merchant(number)
    self.lines = lines
  }

  /// Where a merchant stands, without its events.
  init(_ fold: LogFold, _ merchant: Merchant) {
    self.fold = fold
    self.merchant = merchant
    lines = []
  }

  /// That the log had not come as far as was asked for; empty where it had.
  func endNote(_ words: Wording) -> String {
    beyondEnd.map {
      words[.notSoFar(Screen.time($0), lastAt: Screen.time(fold.logTime))] + "\n"
    } ?? ""
  }

  /// Where it stands under one rollout, in a sentence, and why: for scripts in English.
  func standing(_ rollout: Rollout, _ words: Wording = Wording()) -> StandingSentence {
    let (isOn, label) = label(rollout, words)
    return StandingSentence(isOn: isOn, sentence: words[label])
  }

  private func label(_ rollout: Rollout, _ words: Wording) -> (isOn: Bool, label: Label) {
    let number = merchant.number
    let standing = fold.book.standing(rollout.number)
    let changed = Screen.time(standing?.changedAt(number) ?? .none)
    if fold.book.isClosed(number) { return (false, .offClosed) }
    switch fold.book.state(number, rollout.number) {
    case .enabled:
      let since = Screen.time(standing?.enabledAt(number) ?? .none)
      let wave = standing?.wave(number).rawValue ?? 0
      return (true, .onSince(since, wave: wave))
    case .reinstated: return (true, .reinstated(changed))
    case .rolledBack: return (false, withdrawn(rollout, standing?.changedAt(number) ?? .none))
    case .excluded:
      let reason = standing?.reason(number) ?? .none
      return (false, .offExcluded("\(reason)"))
    case .pending: return (false, .off + whyPending(rollout, words))
    }
  }

  /// Why it was rolled back, and by whom: what the order that led to it says.
  private func cause(of rollout: Rollout) -> Label {
    let last = lines.last { line in
      guard case .merchantRolledBack(let fields) = line.event.payload else { return false }
      return fields.rollout == rollout.number
    }
    guard let position = last?.event.header.cause,
      let order = rollout.orders.last(where: { $0.position == position })
    else { return .same("") }
    let isBreach = rollout.evidence.breaches.contains { $0.order == position }
    return .because(
      "\(order.order.reason)", isBreach ? .byGuardrail : .asOrdered, position.rawValue)
  }

  /// Off, and what that leaves: orders placed before, and when it may come back.
  private func withdrawn(_ rollout: Rollout, _ instant: Timestamp) -> Label {
    let label = .offRolledBack(Screen.time(instant)) + cause(of: rollout) + .ordersKeep
    guard let coolingOff = fold.plan(rollout.number)?.coolingOff, coolingOff != .none else {
      return label
    }
    return label + .notBefore(Screen.time(coolingOff.end(rolledBack: instant)))
  }

  private func whyPending(_ rollout: Rollout, _ words: Wording) -> Label {
    guard let plan = fold.plan(rollout.number) else { return .itsPlanNotAnnounced }
    let watch = plan.guardrails.map { GuardrailWatch($0, rollout) }
    let reason = Scheduler.whyPending(
      merchant.number, plan: plan, order: fold.order(rollout.number), rollout: rollout,
      book: fold.book, watch: watch, cursor: Scheduler.Cursor(), now: fold.logTime)
    guard let reason else { return .nothingKeeps }
    if fold.isClockHeld { return .clockStep }
    guard case .waveNotOpen(let wave, let planned) = reason, planned <= fold.logTime else {
      return reason.label(words)
    }
    let gate = Scheduler.gate(
      rollout, plan: plan, watch: watch, isClockHeld: fold.isClockHeld,
      isAnyoneOn: (fold.book.standing(rollout.number)?.countOn ?? 0) > 0, now: fold.logTime)
    return MerchantStory.overdue(wave, planned, rollout, gate, words)
  }

  /// A wave whose planned time has passed waits for those before it, and with them for whatever the
  /// rollout waits for.
  static func overdue(
    _ wave: WaveNumber, _ planned: Timestamp, _ rollout: Rollout, _ gate: RolloutGate,
    _ words: Wording
  ) -> Label {
    let opened = rollout.waves.count
    let isOpen = rollout.waves.last.map { $0.completedAt == .none } ?? false
    let before = isOpen ? opened : opened + 1
    var label = Label.waveWasDue(wave.rawValue, Screen.time(planned))
    if before < Int(wave.rawValue) { label = label + .waveBefore(before, isOpen: isOpen) }
    let owner = gate.owner(words)
    if gate == .none { return label + .isAtWork(owner) }
    return label + .rolloutWaits(gate.sentence(words), owner)
  }
}

/// Where a merchant stands under a rollout, as people say it.
struct StandingSentence {
  var isOn: Bool
  var sentence: String
}

extension PendingReason {
  /// Why a merchant is not in yet, in English.
  var sentence: String { Wording()[label(Wording())] }

  /// The same, with the words of one language in it.
  func label(_ words: Wording) -> Label {
    switch self {
    case .notAnnounced: .notAnnounced
    case .notStarted: .notStarted
    case .beforeEffective(let instant): .takesEffect(Screen.time(instant))
    case .waveNotOpen(let wave, let instant): .waveOpens(wave.rawValue, Screen.time(instant))
    case .soaking(let wave, let instant): .waveSoaks(wave.rawValue, Screen.time(instant))
    case .closedTime(let closure): .closedTime(Screen.time(closure.to), "\(closure.why)")
    case .cap(let hold):
      .cap(
        words[hold.kind.label], used: hold.used, limit: hold.limit, needed: hold.needed,
        freesAt: hold.freesAt.map { Screen.time($0) })
    case .evidence(let hold): .evidence(hold.reason(words), hold.release(words))
    case .approval(let approvals):
      .approvals(approvals.wave.rawValue, approvals.sentence(words))
    case .orderRunning(let position): .orderFirst(position.rawValue)
    case .paused(let reason): .openingPaused("\(reason)")
    case .windowOver: .afterWindow
    case .excluded(let reason): .excluded("\(reason)")
    case .categoryExcluded(let category): .notForCategory("\(category)")
    case .platformExcluded(let platform): .notFor(platform: words.word(platform))
    case .tierExcluded(let tier): .notFor(tier: words.word(tier))
    case .closed: .closedShop
    case .ended(let phase): .endedForGood(words.word(phase))
    case .queued(let ahead): .queued("\(ahead)")
    }
  }

  /// The word of the reason, for scripts.
  var name: String { String("\(self)".prefix { $0 != "(" }) }
}

struct ExplainCommand: Subcommand {
  static let guide = Guide(
    name: "explain", sentence: "Tells why a merchant is on or off, event by event.",
    operands: ["M"], options: LogView.options + [.language],
    examples: [
      "sluice explain shop-00017 --data events/log",
      "sluice explain shop-00017 --data events/log --as-of 2024-09-14T12:00:00+08:00",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let story = try LogView.reading(arguments) {
      try MerchantStory($0, arguments.operands[0], freezesOrders: true)
    }
    let words = try story.fold.wording(arguments)
    say(arguments.flag("json") ? document(story) : Array(text(story, words).utf8))
    return .done
  }

  private static func document(_ story: MerchantStory) -> [UInt8] {
    Document.object { document in
      document.put("merchant", story.merchant.external)
      document.put("position", story.fold.next)
      document.put("log_time", story.fold.logTime)
      MerchantShowCommand.putStandings(story, &document)
      document.array("events", story.lines) { document, line in
        document.object(nil) { document in
          document.put("position", line.position)
          document.put("log_time", line.event.header.logTime)
          document.put("kind", line.event.kind.name)
          document.put("actor", line.event.header.actor.kind.name)
          document.put("cause", line.event.header.cause)
          document.put("detail", line.event.payload.detail)
        }
      }
    }
  }

  static func text(_ story: MerchantStory, _ words: Wording) -> String {
    var out = Screen.toned(Screen.plain(story.merchant.external), .bold)
    out += words[.atPosition(story.fold.next.rawValue, Screen.time(story.fold.logTime))] + "\n"
    out += story.endNote(words)
    out += MerchantShowCommand.standings(story, words)
    var table = TextTable([
      ">" + words[.position], words[.beijingTime], words[.event], words[.by], words[.becauseOf],
      words[.detail],
    ])
    for line in story.lines {
      let header = line.event.header
      table.add([
        "\(line.position.rawValue)", Screen.time(header.logTime),
        words.word(line.event.kind), words.word(header.actor.kind),
        header.cause == .none ? "-" : "\(header.cause.rawValue)",
        Screen.detail(line.event.payload, words),
      ])
    }
    out += "\n" + table.text()
    let others = Int(story.merchant.events) - story.lines.count
    if others > 0 {
      out += "  " + words[.andNotices(Screen.count(others), isOne: others == 1)] + "\n"
    }
    return out
  }
}
