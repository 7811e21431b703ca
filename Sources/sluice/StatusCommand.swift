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
      + [.language, .flag("watch", "redraw every second until interrupted")],
    examples: [
      "sluice status --data events/log",
      "sluice status wechat-pay-2024-09 --data events/log --lang zh --watch",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let language = try arguments.language()
    var fold = ModelFold(hashesLeaves: false)
    var cited = CitedEvents()
    while true {
      let view = try LogView(arguments)
      try fold.follow(view)
      let rollouts = try selected(fold.model, arguments.operand(0))
      try cited.follow(rollouts, in: view)
      let now = LogNow.of(fold.log, fold.model.logTime, arguments)
      if arguments.flag("json") {
        say(document(fold, rollouts, cited, now))
      } else {
        let words = Wording(language, terms: fold.model.termsInForce)
        let text = StatusText.text(fold, rollouts, cited, now: now, words)
        let isRedrawn = arguments.flag("watch") && Screen.isLively
        say(isRedrawn ? Screen.redrawn(text, rows: StandardStream.output.rows, words) : text)
      }
      guard arguments.flag("watch") else { return .done }
      try Pause.milliseconds(1000)
    }
  }

  private static func selected(_ model: ReadModel, _ plan: String?) throws -> [Rollout] {
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

  private static func document(
    _ fold: ModelFold, _ rollouts: [Rollout], _ cited: CitedEvents, _ now: Timestamp
  ) -> [UInt8] {
    let model = fold.model
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
        let tree = StatusTree(rollout, model, isClockHeld: fold.isClockHeld, cited, now: now)
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
