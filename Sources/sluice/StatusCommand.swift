// sluice status: the rollouts at a glance.

import Dumps
import Events
import Platform
import Projections
import Rollout

struct StatusCommand: Subcommand {
  static let guide = Guide(
    name: "status", sentence: "Shows the rollouts, their waves and today's payments.",
    operands: ["ID"], operandsMin: 0,
    options: LogView.options
      + [
        .language,
        .flag("watch", "look every second until interrupted: redrawn, or a line for each change"),
      ],
    examples: [
      "sluice status --data events/log",
      "sluice status wechat-pay-2024-09 --data events/log --lang zh --watch",
    ])

  private static let lookMilliseconds: Int32 = 1_000

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let language = try arguments.language()
    var look = StatusLook()
    guard arguments.flag("watch") else {
      let rollouts = try look.follow(arguments)
      if arguments.flag("json") {
        say(document(look, rollouts))
      } else {
        say(StatusText.text(look, rollouts, look.words(language)))
      }
      return .done
    }
    var screen = try WatchedScreen()
    repeat {
      let rollouts = try look.follow(arguments)
      if arguments.flag("json") {
        say(document(look, rollouts))
        continue
      }
      let words = look.words(language)
      screen.show(
        whole: { StatusText.text(look, rollouts, words) },
        lines: { StatusText.lines(look, rollouts, words) },
        stamp: Screen.time(look.fold.model.logTime),
        { words[StatusWords.moreLines($0)] })
    } while try screen.waits(milliseconds: lookMilliseconds)
    return .done
  }

  fileprivate static func selected(_ model: ReadModel, _ plan: String?) throws -> [Rollout] {
    guard let plan else { return model.rollouts.rollouts }
    guard let name = ShortText(plan), let rollout = model.rollouts.rollout(plan: name) else {
      let known = model.rollouts.rollouts.map { "\($0.plan)" }
      throw CommandFailure(
        .refused, "no rollout has the plan \(plan)",
        hint: known.isEmpty
          ? "Announce one with `sluice rollout announce FILE`"
          : "There are: \(known.joined(separator: ", "))")
    }
    return [rollout]
  }

  private static func document(_ look: StatusLook, _ rollouts: [Rollout]) -> [UInt8] {
    let (fold, model, now) = (look.fold, look.fold.model, look.now)
    return Document.object { document in
      document.put("origin", fold.log?.origin ?? .none)
      document.put("clock", fold.log?.clock.name ?? "")
      document.put("clock_held", fold.isClockHeld)
      document.put("position", model.position)
      document.put("log_time", model.logTime)
      document.put("now", now)
      document.put("merchants", model.merchants.count)
      document.put("open_discrepancies", model.discrepancies.openCount)
      document.array("rollouts", rollouts) { document, rollout in
        let tree = StatusTree(
          rollout, model, isClockHeld: fold.isClockHeld, look.cited, now: now,
          tiers: look.tiers(rollout))
        document.object(nil) { put(rollout, model, tree, &$0) }
      }
      document.array("payments_today", today(model)) { document, row in
        document.object(nil) { put(row, &$0) }
      }
    }
  }

  static func put(
    _ rollout: Rollout, _ model: ReadModel, _ tree: StatusTree, _ document: inout Document
  ) {
    tree.put(&document)
    document.put("plan", rollout.plan)
    document.put("plan_version", rollout.planVersion)
    document.put("institution", rollout.institution.name)
    document.put("phase", rollout.phase.name)
    document.put("paused", rollout.currentPause != nil)
    document.put("paused_since", rollout.currentPause?.since ?? .none)
    document.put("announced_at", rollout.announcedAt)
    document.put("effective_at", rollout.effectiveAt)
    document.put("window_end", rollout.windowEnd)
    document.put("window_over", rollout.isWindowOver)
    document.put("amendments", rollout.amendments)
    document.put("amended_at", rollout.amendedAt)
    document.put("started_at", rollout.startedAt)
    document.put("ended_at", rollout.endedAt)
    document.object("merchants") { document in
      for state in MerchantState.allCases {
        document.put(
          state.name, model.merchants.standing(rollout.number)?.count(state) ?? 0)
      }
    }
    document.array("waves", rollout.waves) { document, wave in
      document.object(nil) { document in
        document.put("wave", wave.number.rawValue)
        document.put("planned_at", wave.plannedAt)
        document.put("opened_at", wave.openedAt)
        document.put("completed_at", wave.completedAt)
        document.put("merchants", wave.merchants)
        document.put("enabled", wave.enabled)
        document.put("rolled_back", wave.rolledBack)
        document.put("name", tree.name(of: wave))
        document.put("state", tree.state(of: wave).rawValue)
      }
    }
    ApprovalFacts.put(rollout, tree.now, &document)
    document.array("orders", rollout.orders.filter { !$0.isCompleted }) { document, order in
      document.object(nil) { document in
        document.put("position", order.position)
        document.put("rollback", order.isRollback)
        document.put("merchants", order.order.merchants)
        document.put("switched", order.switched)
      }
    }
  }

  private static func put(_ row: Reconciliation.Row, _ document: inout Document) {
    document.put("institution", row.institution.name)
    document.put("captured", row.capturedCount)
    document.put("captured_fen", row.capturedFen)
    document.put("refunded", row.refundedCount)
    document.put("refunded_fen", row.refundedFen)
    document.put("apart", row.apartCount)
  }

  /// The sums of the log's own day in Beijing.
  static func today(_ model: ReadModel) -> [Reconciliation.Row] {
    Institution.allCases.compactMap {
      model.reconciliation.row($0, model.logTime.beijingDay)
    }
  }
}

/// A log as a status sees it, look after look.
struct StatusLook {
  private(set) var fold = ModelFold(hashesLeaves: false)
  private(set) var cited = CitedEvents()
  private(set) var now = Timestamp.none
  private var tally = TierTally()

  /// Folds what came since; the rollouts that the command asks for.
  mutating func follow(_ arguments: Arguments) throws -> [Rollout] {
    let view = try LogView(arguments)
    try fold.follow(view)
    let rollouts = try StatusCommand.selected(fold.model, arguments.operand(0))
    try cited.follow(rollouts, in: view)
    now = LogNow.of(fold.log, fold.model.logTime, arguments)
    if rollouts.contains(where: { $0.start != .none }) { tally.follow(fold.model.merchants) }
    return rollouts
  }

  func words(_ language: Language) -> Wording {
    Wording(language, terms: fold.model.termsInForce)
  }

  func tiers(_ rollout: Rollout) -> [TierRow] {
    rollout.start == .none ? [] : tally.rows(fold.model.merchants, rollout.number)
  }
}
