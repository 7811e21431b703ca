// A plan over a registry, as people and scripts see it before anybody is asked.

import Events
import Projections
import Rollout
import Text

/// The course of a plan, laid out.
struct PlanPreview {
  /// How many categories of a wave are named.
  private static let categoriesMax = 5

  let plan: Plan
  let merchants: Int
  let outlook: PlanOutlook

  init(_ plan: Plan, _ book: MerchantBook) {
    self.plan = plan
    merchants = book.count
    outlook = PlanOutlook(plan, book)
  }

  private var forecast: Forecast { outlook.forecast }

  /// Hours that follow on one another and let the same through, held by the same cap.
  private struct Stretch {
    var first: Int64
    var last: Int64
    var hour: Forecast.Hour
  }

  private var stretches: [Stretch] {
    var stretches: [Stretch] = []
    for hour in forecast.hours {
      if let before = stretches.last, before.last + 1 == hour.hour,
        before.hour.merchants == hour.merchants, before.hour.hold == hour.hold
      {
        stretches[stretches.count - 1].last = hour.hour
        stretches[stretches.count - 1].hour.dailyPayments += hour.dailyPayments
      } else {
        stretches.append(Stretch(first: hour.hour, last: hour.hour, hour: hour))
      }
    }
    return stretches
  }

  static func instant(ofHour hour: Int64) -> Timestamp {
    Timestamp(seconds: hour * 3_600 - BeijingDay.offsetSeconds)
  }
}

// MARK: - For people

extension PlanPreview {
  var text: String {
    var out = Screen.toned("\(plan.id)", .bold) + " v\(plan.version)  \(plan.institution.name)  "
    out += "\(Screen.time(plan.effectiveAt)) to \(Screen.time(plan.windowEnd)) Beijing\n"
    out += "\(Screen.count(merchants, "merchant")), "
    out += "\(Screen.count(outlook.sums.whole.merchants)) take part\n\n"
    out += waves + assumptions + "\n" + PreviewCalendar(plan: plan, outlook: outlook).text + "\n"
    out += members + "\n" + hours + "\n"
    let pending = forecast.pending
    guard pending > 0 else { return out + "Completed at \(Screen.time(forecast.completedAt)).\n" }
    let fate =
      switch plan.afterWindow {
      case .hold: "when the window ends, waiting for an operator"
      case .stop: "when the window ends, to stay off"
      case .continue: "\(Forecast.daysBehindWindow) days behind the window's end"
      }
    return out + "\(Screen.count(pending, "merchant")) pending \(fate).\n"
  }

  /// What has to come in time for it to go so: approvals, and evidence that lets waves open.
  private var assumptions: String {
    var steps: [String] = []
    if plan.approvalsNeeded > 0 { steps.append("the start (\(plan.approvalsNeeded))") }
    for (index, wave) in plan.waves.enumerated() where wave.approvalsNeeded > 0 {
      steps.append("wave \(index + 1) (\(wave.approvalsNeeded))")
    }
    var text = ""
    if !steps.isEmpty {
      text += "\nApprovals are awaited before \(steps.joined(separator: ", ")); "
      text += "all of this assumes that each is given at once.\n"
    }
    if plan.guardrails != nil {
      text += "\nIt assumes too that evidence lets every wave open as soon as the plan does.\n"
    }
    return text
  }

  private var waves: String {
    var table = TextTable([
      ">wave", "name", "planned", "opens", "finishes", ">merchants", ">enabled",
      ">payments a day", ">approvals",
    ])
    for (index, wave) in forecast.waves.enumerated() {
      let planned = plan.waves[index]
      table.add([
        "\(index + 1)", Screen.plain(planned.name), Screen.time(planned.opensAt),
        Screen.time(wave.openedAt), Screen.time(wave.completedAt),
        Screen.count(outlook.sums.waves[index].merchants), Screen.count(wave.enabled),
        Screen.count(outlook.sums.waves[index].dailyPayments),
        planned.approvalsNeeded == 0 ? "-" : "\(planned.approvalsNeeded)",
      ])
    }
    return table.text()
  }

  private var members: String {
    let tiers = Tier.allCases.filter { tier in
      outlook.members.contains { $0.tiers[Int(tier.rawValue)] > 0 }
    }
    var table = TextTable([">wave"] + tiers.map { ">\($0.name)" } + ["categories"])
    for (index, wave) in outlook.members.enumerated() {
      var named = wave.categories.prefix(PlanPreview.categoriesMax).map {
        "\($0.name.isEmpty ? "none" : Screen.plain($0.name)) \(Screen.count($0.merchants))"
      }
      let others = wave.categories.dropFirst(PlanPreview.categoriesMax)
      if !others.isEmpty {
        let rest = others.reduce(0) { $0 + UInt64($1.merchants) }
        named.append("\(others.count) others \(Screen.count(rest))")
      }
      table.add(
        ["\(index + 1)"] + tiers.map { Screen.count(wave.tiers[Int($0.rawValue)]) }
          + [named.joined(separator: ", ")])
    }
    return table.text()
  }

  private var hours: String {
    var table = TextTable([
      "from", "to", ">new merchants an hour", ">their payments a day", "what holds the next",
    ])
    for stretch in stretches {
      table.add([
        Screen.time(PlanPreview.instant(ofHour: stretch.first)),
        Screen.time(PlanPreview.instant(ofHour: stretch.last + 1)),
        Screen.count(stretch.hour.merchants), Screen.count(stretch.hour.dailyPayments),
        stretch.hour.hold?.name ?? "-",
      ])
    }
    return table.text()
  }
}

// MARK: - For scripts

extension PlanPreview {
  var document: [UInt8] {
    Document.object { document in
      document.put("plan", plan.id)
      document.put("plan_version", plan.version)
      document.put("merchants", merchants)
      document.put("in_order", outlook.sums.whole.merchants)
      document.put("window_end", plan.windowEnd)
      document.put("completed_at", forecast.completedAt)
      document.put("left_pending", forecast.pending)
      document.put("start_approvals", plan.approvalsNeeded)
      document.array("waves", plan.waves.indices) { document, index in
        document.object(nil) { putWave(index, &$0) }
      }
      document.array("days", days) { document, day in
        document.object(nil) { document in
          document.put("day", day.day.text)
          document.put("merchants", day.merchants)
          document.put("daily_payments", day.payments)
        }
      }
      document.array("hours", forecast.hours) { document, hour in
        document.object(nil) { document in
          document.put("from", PlanPreview.instant(ofHour: hour.hour))
          document.put("merchants", hour.merchants)
          document.put("daily_payments", hour.dailyPayments)
          if let hold = hour.hold {
            document.put("held_by", hold.name)
          } else {
            document.null("held_by")
          }
        }
      }
    }
  }

  private func putWave(_ index: Int, _ document: inout Document) {
    let wave = forecast.waves[index]
    document.put("wave", index + 1)
    document.put("name", plan.waves[index].name)
    document.put("planned_at", plan.waves[index].opensAt)
    document.put("opens_at", wave.openedAt)
    document.put("finishes_at", wave.completedAt)
    document.put("merchants", outlook.sums.waves[index].merchants)
    document.put("enabled", wave.enabled)
    document.put("daily_payments", wave.dailyPayments)
    document.put("approvals", plan.waves[index].approvalsNeeded)
    document.object("tiers") { document in
      for tier in Tier.allCases {
        document.put(tier.name, outlook.members[index].tiers[Int(tier.rawValue)])
      }
    }
    document.array("categories", outlook.members[index].categories) { document, category in
      document.object(nil) { document in
        document.put("category", category.name)
        document.put("merchants", category.merchants)
      }
    }
  }

  private var days: [(day: BeijingDay, merchants: UInt64, payments: UInt64)] {
    var days: [(day: BeijingDay, merchants: UInt64, payments: UInt64)] = []
    for hour in forecast.hours where hour.merchants > 0 {
      let day = PlanPreview.instant(ofHour: hour.hour).beijingDay
      if days.last?.day != day { days.append((day, 0, 0)) }
      days[days.count - 1].merchants += hour.merchants
      days[days.count - 1].payments += hour.dailyPayments
    }
    return days
  }
}
