// A rollout played ahead in virtual time, by the same rules and the same scheduler as the real one.

import Events
import Orchestrator
import Projections
import Rollout
import Text

/// A plan at play on a registry.
struct PlanPreview {
  /// Virtual time goes on by a minute.
  static let stepSeconds: Int64 = 60
  /// What is not finished so long after the window stays open in the preview.
  static let daysAfterMax = 30
  private static let stepsMax = 100_000

  private let plan: Plan
  private let documentBytes: [UInt8]
  private var state = DecisionState()
  private var decision = Decision()
  private var sequence: UInt64 = 0
  /// New merchants and their usual payments by Beijing day.
  private var days: [(day: BeijingDay, merchants: UInt64, payments: UInt64)] = []
  private var payments: [UInt64]

  init(_ plan: Plan, _ document: [UInt8]) {
    self.plan = plan
    documentBytes = document
    payments = [UInt64](repeating: 0, count: plan.waves.count)
  }

  /// The announcement, a day more than the notice ahead of it.
  private var announcement: Timestamp {
    plan.effectiveAt.beijingDay.advanced(byDays: -8).start
  }

  private var number: RolloutNumber { RolloutNumber(1) }

  mutating func register(_ merchants: [MerchantRegistered]) throws {
    for merchant in merchants { try take(.registerMerchant(merchant), .system, at: announcement) }
  }

  /// What the registry says against the plan.
  var warnings: [PlanFault] { PlanRules.validate(plan, state.book) }

  private mutating func take(_ body: Command.Body, _ actor: Actor, at now: Timestamp) throws {
    sequence += 1
    let command = Command(
      id: CommandID(low: sequence, high: 1), digest: sequence, actor: actor, body: body)
    decision.reset()
    try decide(command, in: state, at: now, into: &decision)
    for event in decision.events { try state.apply(event) }
  }

  /// Announces, approves, starts, and lets the scheduler run.
  mutating func play() throws {
    try take(.announce(document: documentBytes), Actor(.operator, id: 1), at: announcement)
    for approver in 0..<UInt32(plan.approvalsNeeded) {
      try take(
        .approve(plan: plan.id, role: .none), Actor(.operator, id: approver + 2),
        at: announcement)
    }
    try take(.start(plan: plan.id), Actor(.operator, id: 1), at: announcement)
    var cursor = Scheduler.Cursor()
    var now = plan.effectiveAt
    let last = plan.windowEnd.advanced(
      bySeconds: Int64(PlanPreview.daysAfterMax) * BeijingDay.secondsPerDay)
    while now <= last, state.board.rollout(number)?.phase == .running {
      while try step(&cursor, now) {}
      if plan.afterWindow == .hold, now >= plan.windowEnd { return }
      now = now.advanced(bySeconds: PlanPreview.stepSeconds)
    }
  }

  /// Takes what is due at one instant; false where nothing was.
  private mutating func step(_ cursor: inout Scheduler.Cursor, _ now: Timestamp) throws -> Bool {
    guard let rollout = state.board.rollout(number), let order = state.order(number) else {
      return false
    }
    var steps: [ScheduledStep] = []
    let isThrough = Scheduler.due(
      plan: plan, order: order, rollout: rollout, book: state.book, cursor: &cursor, now: now,
      limit: PlanPreview.stepsMax, into: &steps)
    for step in steps {
      try take(.schedule(number, step), .scheduler, at: now)
      if case .enable(let merchant, let wave, _) = step { count(merchant, wave, now) }
    }
    return !steps.isEmpty || !isThrough
  }

  private mutating func count(_ merchant: MerchantNumber, _ wave: WaveNumber, _ now: Timestamp) {
    if days.last?.day != now.beijingDay { days.append((now.beijingDay, 0, 0)) }
    let volume = UInt64(state.book.dailyPayments(merchant))
    days[days.count - 1].merchants += 1
    days[days.count - 1].payments += volume
    payments[Int(wave.rawValue) - 1] += volume
  }
}

// What it shows.
extension PlanPreview {
  /// One wave of the table.
  private struct Row {
    var planned: PlannedWave
    var number: Int
    var inOrder: Int
    var enabled: UInt32
    var payments: UInt64
    var openedAt: Timestamp
    var completedAt: Timestamp
  }

  private var rows: [Row] {
    let rollout = state.board.rollout(number)
    let order = state.order(number)
    return plan.waves.enumerated().map { index, planned in
      let wave = WaveNumber(UInt16(index + 1))
      let opened = rollout?.wave(wave)
      return Row(
        planned: planned, number: index + 1, inOrder: order?.places(of: wave).count ?? 0,
        enabled: opened?.enabled ?? 0, payments: payments[index],
        openedAt: opened?.openedAt ?? .none, completedAt: opened?.completedAt ?? .none)
    }
  }

  private var pending: Int { state.book.standing(number)?.count(.pending) ?? 0 }
  private var end: Timestamp { state.board.rollout(number)?.endedAt ?? .none }

  var document: [UInt8] {
    Document.object { document in
      document.put("plan", plan.id)
      document.put("merchants", state.book.count)
      document.put("in_order", state.order(number)?.count ?? 0)
      document.put("window_end", plan.windowEnd)
      document.put("completed_at", end)
      document.put("left_pending", pending)
      document.array("waves", rows) { document, row in
        document.object(nil) { document in
          document.put("wave", row.number)
          document.put("name", row.planned.name)
          document.put("planned_at", row.planned.opensAt)
          document.put("opens_at", row.openedAt)
          document.put("finishes_at", row.completedAt)
          document.put("merchants", row.inOrder)
          document.put("enabled", row.enabled)
          document.put("daily_payments", row.payments)
        }
      }
      document.array("days", days) { document, day in
        document.object(nil) { document in
          document.put("day", day.day.text)
          document.put("merchants", day.merchants)
          document.put("daily_payments", day.payments)
        }
      }
    }
  }

  var text: String {
    var out = Screen.toned("\(plan.id)", .bold) + " v\(plan.version)  \(plan.institution.name)  "
    out += "\(Screen.time(plan.effectiveAt)) to \(Screen.time(plan.windowEnd)) Beijing\n\n"
    var table = TextTable([
      ">wave", "name", "planned", "opens", "finishes", ">merchants", ">enabled",
      ">payments a day",
    ])
    for row in rows {
      table.add([
        "\(row.number)", Screen.plain(row.planned.name), Screen.time(row.planned.opensAt),
        Screen.time(row.openedAt), Screen.time(row.completedAt), Screen.count(row.inOrder),
        Screen.count(row.enabled), Screen.count(row.payments),
      ])
    }
    out += table.text() + "\n"
    var byDay = TextTable(["day", ">new merchants", ">their payments a day"])
    for day in days {
      byDay.add([day.day.text, Screen.count(day.merchants), Screen.count(day.payments)])
    }
    out += byDay.text() + "\n"
    return out
      + (pending == 0
        ? "Completed at \(Screen.time(end)).\n"
        : "\(Screen.count(pending)) merchants are left pending when the window ends.\n")
  }
}
