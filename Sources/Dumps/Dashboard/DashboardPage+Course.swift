// The seven days: planned beside done, with waves, pauses, breaches and roll-backs.

import Events
import Projections
import Rollout
import Text

extension DashboardPage {
  /// The most signs in the chart; the table of days counts all.
  private static var signsMax: Int { 200 }

  mutating func writeCourse() {
    guard let rollout, rollout.windowEnd > rollout.effectiveAt else { return }
    let course = DashboardCourse(rollout, plan, model.merchants, now: context.logTime)
    begin("full", .course, .courseNote)
    writeCourseLegend()
    let chart = chart(course, rollout)
    for size in ChartSize.allCases { chart.draw(size, to: &html) }
    html.markup("<div class=\"pair\"><div>")
    part(.days)
    writeDays(course)
    html.markup("</div><div>")
    part(.waves)
    writeWaves(rollout)
    html.markup("</div></div>")
    end()
  }

  private func chart(_ course: DashboardCourse, _ rollout: Projections.Rollout) -> CourseChart {
    let now = min(max(context.logTime, course.from), course.to)
    var chart = CourseChart(
      days: course.days.map { (DashboardCourse.start(of: $0.day).seconds, $0.day.text) },
      end: course.to.seconds, now: context.logTime.seconds, whole: course.whole,
      planned: course.planned, actual: course.actual,
      pauses: pauses(rollout, course), waves: waves(rollout), signs: signs(rollout))
    chart.title = words[.course]
    let done = course.days.last { !$0.isFuture }?.done ?? 0
    let planned = course.days.last { !$0.isFuture }.flatMap(\.planned) ?? 0
    chart.description =
      words[
        .courseInWords(
          Figure.grouped(done), Figure.grouped(planned), Figure.grouped(course.whole),
          Figure.instant(now) ?? "–")]
    chart.nowLabel = words[.nowSign]
    return chart
  }

  private func pauses(
    _ rollout: Projections.Rollout, _ course: DashboardCourse
  ) -> [(from: Int64, to: Int64)] {
    let now = min(context.logTime, course.to)
    return rollout.pauses.suffix(DashboardPage.signsMax).compactMap { pause in
      let until = pause.until == .none ? now : min(pause.until, now)
      let since = max(pause.since, course.from)
      return since < until ? (since.seconds, until.seconds) : nil
    }
  }

  private func waves(_ rollout: Projections.Rollout) -> [(at: Int64, number: String)] {
    var waves = rollout.waves.map { ($0.openedAt.seconds, "\($0.number.rawValue)") }
    guard let plan, rollout.phase == .running || rollout.phase == .announced else { return waves }
    for row in plan.waves.indices.dropFirst(rollout.waves.count)
    where plan.waves[row].opensAt > context.logTime {
      waves.append((plan.waves[row].opensAt.seconds, "\(row + 1)"))
    }
    return waves
  }

  private func signs(_ rollout: Projections.Rollout) -> [(at: Int64, sign: ChartSign)] {
    var signs: [(at: Int64, sign: ChartSign)] = []
    for pause in rollout.pauses { signs.append((pause.since.seconds, .pause)) }
    for breach in rollout.evidence.breaches { signs.append((breach.breachedAt.seconds, .breach)) }
    for order in rollout.orders {
      signs.append((order.orderedAt.seconds, order.isRollback ? .rollBack : .reinstatement))
    }
    return Array(signs.suffix(DashboardPage.signsMax))
  }

  private mutating func writeCourseLegend() {
    html.markup("<ul class=\"legend\"><li><svg class=\"key\" viewBox=\"0 0 22 12\" ")
    html.markup("aria-hidden=\"true\"><path class=\"planned\" d=\"M0 6h22\"/></svg>")
    html.text(words[.plannedLine])
    html.markup("</li><li><svg class=\"key\" viewBox=\"0 0 22 12\" aria-hidden=\"true\">")
    html.markup("<path class=\"actual\" d=\"M0 6h22\"/></svg>")
    html.text(words[.doneLine])
    html.markup("</li><li><svg class=\"key\" viewBox=\"0 0 22 12\" aria-hidden=\"true\">")
    html.markup("<path class=\"wave\" d=\"M11 0v12\"/></svg>")
    html.text(words[.waveSign])
    html.markup("</li>")
    let names: [Label] = [.pauseSign, .breachSign, .rollBackSign, .reinstatementSign]
    for (sign, name) in zip(ChartSign.allCases, names) {
      html.markup("<li><svg class=\"key\" viewBox=\"0 0 22 12\" aria-hidden=\"true\">")
      if sign == .pause { html.rectangle("pause-band", 2, 0, 18, 12) }
      html.sign(sign, 11, 6)
      html.markup("</svg>")
      html.text(words[name])
      html.markup("</li>")
    }
    html.markup("</ul>\n")
  }

  private mutating func writeDays(_ course: DashboardCourse) {
    html.beginTable(
      words[.days],
      [
        head(.day), head(.waves), figures(.plannedSoFar), figures(.doneSoFar), figures(.share),
        figures(.openedThatDay), head(.happened),
      ])
    for day in course.days {
      html.markup(day.isFuture ? "<tr class=\"future\">" : "<tr>")
      html.rowHead(day.day.text)
      html.cell(
        day.waves.isEmpty ? "–" : day.waves.map { "\($0.rawValue)" }.joined(separator: ", "))
      html.number(day.planned.map { Figure.grouped($0) })
      html.number(day.isFuture ? nil : Figure.grouped(day.done))
      html.number(day.isFuture ? nil : Figure.percent(day.done, of: course.whole))
      html.number(day.isFuture ? nil : Figure.grouped(day.opened))
      html.markup("<td class=\"wrap\">")
      html.text(happenings(day))
      html.markup("</td>")
      html.markup("</tr>\n")
    }
    html.endTable()
  }

  private func happenings(_ day: DashboardCourse.Day) -> String {
    var happenings: [String] = []
    if day.pausedSeconds > 0 {
      let span = words.span(from: .init(seconds: 0), to: .init(seconds: day.pausedSeconds))
      happenings.append(words[.pausedFor(span)])
    }
    if day.breaches > 0 { happenings.append(words[.breachesThatDay(day.breaches)]) }
    if day.rolledBack > 0 {
      happenings.append(words[.rolledBackThatDay(Figure.grouped(day.rolledBack))])
    }
    if day.reinstated > 0 {
      happenings.append(words[.reinstatedThatDay(Figure.grouped(day.reinstated))])
    }
    return happenings.isEmpty ? "–" : happenings.joined(separator: words.semicolon)
  }

  private mutating func writeWaves(_ rollout: Projections.Rollout) {
    let shown = rollout.waves.suffix(DashboardPage.daysMax)
    let count = rollout.waves.count
    let all = max(Int(rollout.wavesPlanned), count, plan?.waves.count ?? 0)
    note(words[.haveOpened(count, all)])
    guard !shown.isEmpty else { return }
    html.beginTable(
      words[.waves],
      [
        head(.wave), head(.planned), head(.opened), head(.completed), figures(.merchants),
        figures(.enabled), figures(.rolledBack),
      ])
    for wave in shown {
      html.markup("<tr>")
      let row = Int(wave.number.rawValue) - 1
      let name = plan.flatMap { $0.waves.indices.contains(row) ? " \($0.waves[row].name)" : nil }
      html.rowHead("\(wave.number.rawValue)\(name ?? "")")
      html.cell(Figure.shortInstant(wave.plannedAt) ?? "–")
      html.cell(Figure.shortInstant(wave.openedAt) ?? "–")
      html.cell(Figure.shortInstant(wave.completedAt) ?? "–")
      html.number(Figure.grouped(Int64(wave.merchants)))
      html.number(Figure.grouped(Int64(wave.enabled)))
      html.number(wave.rolledBack == 0 ? nil : Figure.grouped(Int64(wave.rolledBack)))
      html.markup("</tr>\n")
    }
    html.endTable()
  }
}
