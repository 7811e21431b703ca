// The course of a plan as a calendar: a line a day, in it the hours as columns, and what happens.

import Events
import Projections
import Rollout
import Text

/// Lays out the days of a preview.
struct PreviewCalendar {
  /// Days that are shown; the rest is counted.
  private static let daysMax = 40
  private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

  let plan: Plan
  let outlook: PlanOutlook

  private var forecast: Forecast { outlook.forecast }

  var text: String {
    let first = plan.effectiveAt.beijingDay
    let lastHour = forecast.hours.last.map { PlanPreview.instant(ofHour: $0.hour).beijingDay }
    let last = max(plan.windowEnd.advanced(byNanoseconds: -1).beijingDay, lastHour ?? first, first)
    let days = Int(last.rawValue - first.rawValue) + 1
    let most = forecast.hours.map(\.merchants).max() ?? 0
    var table = TextTable([
      "day", "hours 0 to 23", ">enabled", ">all", ">share", "what happens",
    ])
    var sum: UInt64 = 0
    for offset in 0..<min(days, PreviewCalendar.daysMax) {
      let day = first.advanced(byDays: offset)
      let enabled = merchants(on: day)
      sum += enabled
      let happenings = happenings(on: day)
      table.add([
        "\(PreviewCalendar.weekday(day)) \(day.text)", hours(of: day, most: most),
        enabled == 0 ? "-" : Screen.count(enabled), Screen.count(sum),
        Screen.percent(sum, of: outlook.sums.whole.merchants),
        happenings.isEmpty ? "-" : happenings.joined(separator: "; "),
      ])
    }
    var out = table.text()
    if days > PreviewCalendar.daysMax {
      out += "  and \(Screen.counted(days - PreviewCalendar.daysMax, "day")) more\n"
    }
    guard most > 0 else { return out }
    return out + "  █ is \(Screen.count(most, "merchant")) an hour; × nobody may be enabled\n"
  }

  /// The day's name; day 0 was a Thursday.
  static func weekday(_ day: BeijingDay) -> String {
    weekdays[((Int(day.rawValue) % 7) + 7) % 7]
  }

  private func merchants(on day: BeijingDay) -> UInt64 {
    forecast.hours.reduce(0) { sum, hour in
      PlanPreview.instant(ofHour: hour.hour).beijingDay == day ? sum + hour.merchants : sum
    }
  }

  /// A column for each hour, as high as what it lets in.
  private func hours(of day: BeijingDay, most: UInt64) -> String {
    let begin = day.start.beijingHour
    return String(
      (0..<24).map { offset -> Character in
        let hour = begin + Int64(offset)
        if let found = forecast.hours.first(where: { $0.hour == hour }), found.merchants > 0 {
          let level = Int(found.merchants * UInt64(PreviewCalendar.levels.count - 1) / most)
          return PreviewCalendar.levels[level]
        }
        let instant = PlanPreview.instant(ofHour: hour)
        if instant < plan.effectiveAt || instant >= plan.windowEnd { return " " }
        return plan.closure(at: instant) == nil ? "·" : "×"
      })
  }

  /// What happens on a day, in its order.
  private func happenings(on day: BeijingDay) -> [String] {
    var found: [(at: Timestamp, what: String)] = []
    if plan.effectiveAt.beijingDay == day { found.append((plan.effectiveAt, "takes effect")) }
    for (index, wave) in forecast.waves.enumerated() {
      let name = "wave \(index + 1) \(Screen.plain(plan.waves[index].name))"
      if wave.openedAt != .none { found.append((wave.openedAt, "\(name) opens")) }
      if wave.completedAt != .none { found.append((wave.completedAt, "\(name) is complete")) }
    }
    if forecast.completedAt != .none { found.append((forecast.completedAt, "all are in")) }
    found.append((plan.windowEnd, "the window ends"))
    return found.filter { $0.at.beijingDay == day }.sorted { $0.at < $1.at }.map {
      "\(Screen.time($0.at).suffix(8).prefix(5)) \($0.what)"
    }
  }
}
