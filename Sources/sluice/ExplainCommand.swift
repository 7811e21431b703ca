// sluice explain M: why a merchant is on or off, event by event.

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
        hint: "Register it with `sluice import merchants FILE`")
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

  /// Where it stands under one rollout, in a sentence, and why.
  func standing(_ rollout: Rollout) -> (isOn: Bool, sentence: String) {
    let number = merchant.number
    let state = fold.book.state(number, rollout.number)
    let standing = fold.book.standing(rollout.number)
    if fold.book.isClosed(number) { return (false, "off: the shop is closed") }
    switch state {
    case .enabled:
      let wave = standing?.wave(number).rawValue ?? 0
      return (
        true,
        "on since \(Screen.time(standing?.enabledAt(number) ?? .none)), enabled in wave \(wave)"
      )
    case .reinstated:
      return (true, "on: reinstated at \(Screen.time(standing?.changedAt(number) ?? .none))")
    case .rolledBack:
      return (false, withdrawn(rollout, standing?.changedAt(number) ?? .none))
    case .excluded:
      return (false, "off: excluded (\(standing?.reason(number) ?? .none))")
    case .pending: return (false, "off: \(whyPending(rollout))")
    }
  }

  /// Why it was rolled back, and by whom: what the order that led to it says.
  private func cause(of rollout: Rollout) -> String {
    let last = lines.last { line in
      guard case .merchantRolledBack(let fields) = line.event.payload else { return false }
      return fields.rollout == rollout.number
    }
    guard let position = last?.event.header.cause,
      let order = rollout.orders.last(where: { $0.position == position })
    else { return "" }
    let breach = rollout.evidence.breaches.contains { $0.order == position }
    return " (\(order.order.reason)), \(breach ? "by the guardrail" : "as ordered"), "
      + "position \(position.rawValue)"
  }

  /// Off, and what that leaves: orders placed before, and when it may come back.
  private func withdrawn(_ rollout: Rollout, _ instant: Timestamp) -> String {
    var text = "off: rolled back at \(Screen.time(instant))\(cause(of: rollout))"
    text += "; orders placed before keep the method"
    if let coolingOff = fold.plan(rollout.number)?.coolingOff, coolingOff != .none {
      text += "; reinstated not before \(Screen.time(coolingOff.end(rolledBack: instant)))"
    }
    return text
  }

  private func whyPending(_ rollout: Rollout) -> String {
    guard let plan = fold.plan(rollout.number) else { return "its plan is not announced" }
    let watch = plan.guardrails.map { GuardrailWatch($0, rollout) }
    let reason = Scheduler.whyPending(
      merchant.number, plan: plan, order: fold.order(rollout.number), rollout: rollout,
      book: fold.book, watch: watch, cursor: Scheduler.Cursor(), now: fold.logTime)
    guard let reason else { return "nothing keeps it" }
    if fold.isClockHeld { return "the clock made a large step; `sluice clock confirm` releases" }
    guard case .waveNotOpen(let wave, let planned) = reason, planned <= fold.logTime else {
      return reason.sentence
    }
    let gate = Scheduler.gate(
      rollout, plan: plan, watch: watch, isClockHeld: fold.isClockHeld,
      isAnyoneOn: (fold.book.standing(rollout.number)?.countOn ?? 0) > 0, now: fold.logTime)
    return MerchantStory.overdue(wave, planned, rollout, gate)
  }

  /// A wave whose planned time has passed waits for those before it, and with them for whatever the
  /// rollout waits for.
  static func overdue(
    _ wave: WaveNumber, _ planned: Timestamp, _ rollout: Rollout, _ gate: RolloutGate
  ) -> String {
    let opened = rollout.waves.count
    let isOpen = rollout.waves.last.map { $0.completedAt == .none } ?? false
    let before = isOpen ? opened : opened + 1
    var text = "its wave \(wave.rawValue) was due at \(Screen.time(planned)), which is past"
    if before < Int(wave.rawValue) {
      text += "; wave \(before) \(isOpen ? "is open" : "opens") before it"
    }
    if gate == .none { return text + ", and \(gate.owner) is at work" }
    return text + ", and the rollout waits: \(gate.sentence), ended by \(gate.owner)"
  }
}

extension PendingReason {
  /// Why a merchant is not in yet, as people say it.
  var sentence: String {
    switch self {
    case .notAnnounced: "the plan is not announced"
    case .notStarted: "the rollout is not started"
    case .beforeEffective(let instant): "the plan takes effect at \(Screen.time(instant))"
    case .waveNotOpen(let wave, let instant):
      "its wave \(wave.rawValue) opens at \(Screen.time(instant))"
    case .soaking(let wave, let instant):
      "its wave \(wave.rawValue) opens once the one before it has soaked, at "
        + Screen.time(instant)
    case .closedTime(let closure):
      "nobody is enabled before \(Screen.time(closure.to)) (\(closure.why))"
    case .cap(let hold): hold.sentence
    case .evidence(let hold): "\(hold.reason); \(hold.release)"
    case .approval(let approvals):
      "its wave \(approvals.wave.rawValue) waits for approvals: \(approvals.sentence); "
        + "`sluice rollout approve` gives one"
    case .orderRunning(let position):
      "the order at position \(position.rawValue) is carried out first"
    case .paused(let reason): "the opening is paused (\(reason))"
    case .windowOver: "the window is over; `sluice rollout resume` goes on"
    case .excluded(let reason): "it is excluded (\(reason))"
    case .categoryExcluded(let category): "the plan is not for its category \(category)"
    case .platformExcluded(let platform): "the plan is not for \(platform.name)"
    case .tierExcluded(let tier): "the plan is not for the tier \(tier.name)"
    case .closed: "the shop is closed"
    case .ended(let phase): "the rollout is \(phase.name): its opening has ended for good"
    case .queued(let ahead): "it is due; \(ahead) go before it"
    }
  }

  /// The word of the reason, for scripts.
  var name: String { String("\(self)".prefix { $0 != "(" }) }
}

struct ExplainCommand: Subcommand {
  static let guide = Guide(
    name: "explain", sentence: "Tells why a merchant is on or off, event by event.",
    operands: ["M"], options: LogView.options,
    examples: [
      "sluice explain shop-00017 --data events/log",
      "sluice explain shop-00017 --data events/log --as-of 2024-09-14T12:00:00+08:00",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let story = try LogView.reading(arguments) {
      try MerchantStory($0, arguments.operands[0], freezesOrders: true)
    }
    say(arguments.flag("json") ? document(story) : Array(text(story).utf8))
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

  private static func text(_ story: MerchantStory) -> String {
    var out = Screen.toned(Screen.plain(story.merchant.external), .bold)
    out += " at position \(story.fold.next.rawValue), \(Screen.time(story.fold.logTime)) Beijing\n"
    out += MerchantShowCommand.standings(story)
    var table = TextTable([">position", "Beijing time", "event", "by", "because of", "detail"])
    for line in story.lines {
      let header = line.event.header
      table.add([
        "\(line.position.rawValue)", Screen.time(header.logTime), line.event.kind.name,
        header.actor.kind.name, header.cause == .none ? "-" : "\(header.cause.rawValue)",
        Screen.detail(line.event.payload),
      ])
    }
    out += "\n" + table.text()
    let others = Int(story.merchant.events) - story.lines.count
    if others > 0 { out += "  and \(Screen.count(others)) notices of orders and payments\n" }
    return out
  }
}
