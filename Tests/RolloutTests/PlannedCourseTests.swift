// The course that the dashboard draws, against the forecast that follows every merchant.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct PlannedCourseTests {
  /// The story without caps on payments, which the course leaves out.
  private static func plans() throws -> [Plan] {
    var story = try Plans.story()
    story.caps.paymentsPerHour = .count(.max)
    story.caps.paymentsPerDay = .count(.max)
    var narrow = story
    narrow.caps.merchantsPerDay = .count(130)
    var closed = story
    closed.closed = try [
      ClosedInterval(
        from: StoryWorld.at(14, 9), to: StoryWorld.at(14, 15), why: #require(ShortText("night")))
    ]
    closed.waves[2].soakMinutes = 1_500
    return [story, narrow, closed]
  }

  @Test(arguments: 0..<3) func `it has in by every hour who the forecast has`(_ row: Int) throws {
    let plan = try PlannedCourseTests.plans()[row]
    var world = try FrozenOrderTests.world(1_500, plan: plan)
    try world.start()
    let course = PlannedCourse(
      world.rollout, plan, WaveSizes(world.rollout, plan, world.book))
    let forecast = PlanOutlook(plan, world.book).forecast
    var sum: UInt64 = 0
    for hour in forecast.hours {
      sum += hour.merchants
      let end = Timestamp(seconds: (hour.hour + 1) * 3600 - 8 * 3600)
      #expect(course.merchants(at: end) == sum, "\(hour.hour)")
    }
    #expect(sum > 500)
    #expect(zip(course.points, course.points.dropFirst()).allSatisfy { $0.at <= $1.at })
    #expect(course.merchants(at: plan.effectiveAt.advanced(bySeconds: -1)) == 0)
  }

  @Test func `between two points it grows evenly`() throws {
    let plan = try PlannedCourseTests.plans()[0]
    var world = try FrozenOrderTests.world(1_500, plan: plan)
    try world.start()
    let course = PlannedCourse(
      world.rollout, plan, WaveSizes(world.rollout, plan, world.book))
    // The second wave: 60 merchants from 8 o'clock on, 60 an hour at most.
    let (from, to) = (StoryWorld.at(13, 8), StoryWorld.at(13, 9))
    #expect(course.merchants(at: to) - course.merchants(at: from) == 60)
    #expect(course.merchants(at: StoryWorld.at(13, 8, 30)) - course.merchants(at: from) == 30)
  }

  @Test(arguments: [60, 63, 90])
  func `nobody who is let in on time is ahead of the course`(_ merchants: Int) throws {
    let plan = try PlannedCourseTests.plans()[0]
    var world = try FrozenOrderTests.world(merchants, plan: plan)
    try world.start()
    var most = 0
    for minute in [(12, 10), (13, 8)].flatMap({ day in (0..<90).map { (day.0, day.1, $0) } }) {
      let instant = StoryWorld.at(minute.0, minute.1, minute.2)
      try world.tick(instant)
      let course = PlannedCourse(
        world.rollout, plan, WaveSizes(world.rollout, plan, world.book))
      let planned = course.merchants(at: instant.advanced(byNanoseconds: 1))
      #expect(planned >= world.enablements.count, "minute \(minute)")
      most = max(most, world.enablements.count)
    }
    #expect(most > 0)
  }
}
