// The course of a rollout in numbers: what its chart draws and the table of its days says.

import Events
import Projections
import Rollout

/// A rollout day by day, planned beside done.
struct DashboardCourse {
  /// One Beijing day.
  struct Day {
    var day: BeijingDay
    var isFuture: Bool
    var waves: [WaveNumber]
    /// Cumulative at its end, or at the present within it; nil without a plan.
    var planned: Int64?
    var opened: Int64
    var done: Int64
    var pausedSeconds: Int64
    var breaches: Int
    var rolledBack: Int64
    var reinstated: Int64
  }

  let days: [Day]
  let whole: Int64
  let planned: [CourseChart.Point]
  let actual: [CourseChart.Point]
  let from: Timestamp
  let to: Timestamp

  /// The days of the window, and those behind it on which somebody was still let in.
  init(
    _ rollout: Projections.Rollout, _ plan: Plan?, _ book: MerchantBook, now: Timestamp
  ) {
    let first = rollout.effectiveAt.beijingDay
    let windowed = Timestamp(nanoseconds: rollout.windowEnd.rawValue - 1).beijingDay
    let last = max(windowed, rollout.enabledByDay.last?.day ?? windowed)
    let count = min(max(Int(last.rawValue) - Int(first.rawValue), 0) + 1, DashboardPage.daysMax)
    from = DashboardCourse.start(of: first)
    to = DashboardCourse.start(of: first.advanced(byDays: count))
    let course = plan.flatMap { plan in
      rollout.start == .none
        ? nil : PlannedCourse(rollout, plan, WaveSizes(rollout, plan, book))
    }
    let openings = rollout.enabledByDay.reduce(Int64(0)) { $0 + Int64($1.count) }
    whole = max(Int64(rollout.merchantsInOrder), openings)
    let end = to
    planned =
      course.map { course in
        course.points.prefix { $0.at <= end }.map {
          CourseChart.Point(at: $0.at.seconds, merchants: Int64($0.merchants))
        } + [CourseChart.Point(at: end.seconds, merchants: Int64(course.merchants(at: end)))]
      } ?? []
    var days: [Day] = []
    var done = rollout.enabledByDay.filter { $0.day < first }.reduce(Int64(0)) {
      $0 + Int64($1.count)
    }
    for offset in 0..<count {
      var day = DashboardCourse.day(first.advanced(byDays: offset), rollout, course, plan, now)
      done += day.opened
      day.done = done
      days.append(day)
    }
    self.days = days
    actual = DashboardCourse.points(rollout, days, from: from, to: min(max(now, from), to))
  }

  static func start(of day: BeijingDay) -> Timestamp {
    Timestamp(seconds: Int64(day.rawValue) * BeijingDay.secondsPerDay - 8 * 3600)
  }

  private static func day(
    _ day: BeijingDay, _ rollout: Projections.Rollout, _ course: PlannedCourse?, _ plan: Plan?,
    _ now: Timestamp
  ) -> Day {
    let (begin, end) = (start(of: day), start(of: day.advanced(byDays: 1)))
    let seen = min(end, max(begin, now))
    let orders = rollout.orders.filter { $0.orderedAt.beijingDay == day }
    let opened = rollout.enabledByDay.first { $0.day == day }?.count ?? 0
    return Day(
      day: day, isFuture: begin > now, waves: waves(of: day, rollout, plan),
      planned: course.map { Int64($0.merchants(at: begin > now ? end : seen)) },
      opened: Int64(opened), done: 0,
      pausedSeconds: rollout.pausedTime(from: begin, to: seen) / Timestamp.nanosecondsPerSecond,
      breaches: rollout.evidence.breaches.count { $0.breachedAt.beijingDay == day },
      rolledBack: orders.reduce(0) { $0 + ($1.isRollback ? Int64($1.switched) : 0) },
      reinstated: orders.reduce(0) { $0 + ($1.isRollback ? 0 : Int64($1.switched)) })
  }

  /// The waves that opened on a day, and those to come that are planned for it.
  private static func waves(
    of day: BeijingDay, _ rollout: Projections.Rollout, _ plan: Plan?
  ) -> [WaveNumber] {
    let opened = rollout.waves.filter { $0.openedAt.beijingDay == day }.map(\.number)
    guard let plan, rollout.phase == .running || rollout.phase == .announced else { return opened }
    let toCome = plan.waves.indices.dropFirst(rollout.waves.count)
    return opened
      + toCome.filter { plan.waves[$0].opensAt.beijingDay == day }.map {
        WaveNumber(UInt16($0 + 1))
      }
  }

  /// What was done: the ends of days, and between them the openings and ends of waves, held to what
  /// the days say.
  private static func points(
    _ rollout: Projections.Rollout, _ days: [Day], from: Timestamp, to: Timestamp
  ) -> [CourseChart.Point] {
    var points: [CourseChart.Point] = []
    let before = (days.first?.done ?? 0) - (days.first?.opened ?? 0)
    points.append(.init(at: from.seconds, merchants: before))
    var sum = Int64(0)
    for wave in rollout.waves {
      points.append(.init(at: wave.openedAt.seconds, merchants: sum))
      sum += Int64(wave.enabled)
      guard wave.completedAt != .none else { continue }
      points.append(.init(at: wave.completedAt.seconds, merchants: sum))
    }
    var held: [CourseChart.Point] = []
    for day in days where !day.isFuture {
      let (begin, end) = (start(of: day.day), start(of: day.day.advanced(byDays: 1)))
      for point in points where point.at >= begin.seconds && point.at < min(end, to).seconds {
        let merchants = min(max(point.merchants, day.done - day.opened), day.done)
        held.append(.init(at: point.at, merchants: max(held.last?.merchants ?? 0, merchants)))
      }
      held.append(.init(at: min(end, to).seconds, merchants: day.done))
    }
    return held
  }
}
