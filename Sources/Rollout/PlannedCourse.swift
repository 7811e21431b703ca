// The pace of a plan by the number of merchants, and the course that it takes by it.

public import Events
public import Projections

/// How many merchants a plan has let in by which instant, if nothing keeps it back.
///
/// By its waves, their soaks, what is closed and the caps on the number of merchants; caps on
/// payments need every merchant's payments and are left out, so that a plan with millions costs no
/// more than one with ten.
public struct PlannedCourse: Sendable {
  /// From a point to the next one the number grows evenly.
  public struct Point: Hashable, Sendable {
    public var at: Timestamp
    public var merchants: UInt64
  }

  /// In the order of time, from the day of effect on.
  public let points: [Point]

  /// The course of a rollout that has started.
  ///
  /// - Parameter sizes: how many merchants its waves have.
  public init(_ rollout: Projections.Rollout, _ plan: Plan, _ sizes: WaveSizes) {
    let whole = UInt64(rollout.merchantsInOrder)
    var pace = Pace(
      hourly: plan.caps.merchantsPerHour.limit(of: whole),
      daily: plan.caps.merchantsPerDay.limit(of: whole), quota: .init(), at: plan.effectiveAt)
    for row in plan.waves.indices {
      let left = whole - min(whole, pace.enabled)
      pace.wait(until: plan.waves[row].opensAt)
      guard pace.enable(min(left, UInt64(sizes.waves[row])), plan) else { break }
      pace.wait(
        until: pace.now.advanced(
          bySeconds: plan.soak(of: WaveNumber(UInt16(row + 1))) / Timestamp.nanosecondsPerSecond))
    }
    points = [Point(at: plan.effectiveAt, merchants: 0)] + pace.course
  }

  /// How many are in at an instant: whoever is due next is in, as the caps let the first of an
  /// hour in when it begins.
  public func merchants(at instant: Timestamp) -> UInt64 {
    guard let next = points.firstIndex(where: { $0.at > instant }) else {
      return points.last?.merchants ?? 0
    }
    guard next > 0 else { return 0 }
    let (from, to) = (points[next - 1], points[next])
    let whole = UInt64(to.at.rawValue - from.at.rawValue)
    let gone = UInt64(max(0, instant.rawValue - from.at.rawValue))
    let product = (to.merchants - from.merchants).multipliedFullWidth(by: min(gone, whole))
    let (quotient, remainder) = whole.dividingFullWidth(product)
    return from.merchants + quotient + (remainder == 0 ? 0 : 1)
  }
}

/// Enables by the hour, as the caps on the number of merchants let it.
struct Pace {
  private static let hoursMax = 366 * 24

  let hourly: UInt64
  let daily: UInt64
  private(set) var now: Timestamp
  /// How many were let in so far, and the instants at which that was known.
  private(set) var enabled: UInt64 = 0
  private(set) var course: [PlannedCourse.Point] = []
  private var quota: Projections.Rollout.Quota

  init(hourly: UInt64, daily: UInt64, quota: Projections.Rollout.Quota, at now: Timestamp) {
    self.hourly = hourly
    self.daily = daily
    self.now = now
    self.quota = quota
    self.quota.roll(to: now)
  }

  mutating func wait(until instant: Timestamp) {
    now = max(now, instant)
    quota.roll(to: now)
  }

  /// Moves on until so many are in; false where that takes more than a year.
  mutating func enable(_ merchants: UInt64, _ plan: Plan) -> Bool {
    var left = merchants
    if left > 0 { mark() }
    for _ in 0..<Pace.hoursMax {
      if left == 0 { return true }
      wait(until: plan.open(from: now))
      let hour = now.seconds - now.seconds % 3600
      let used = min(hourly, quota.hourMerchants)
      let room = min(left, hourly - used, daily - min(daily, quota.dayMerchants))
      left -= room
      enabled += room
      quota.hourMerchants += room
      quota.dayMerchants += room
      // Within the hour the cap is let go evenly.
      let through = hourly == 0 ? 3600 : Int64(3600 * (quota.hourMerchants) / max(1, hourly))
      if left == 0 {
        wait(until: Timestamp(seconds: hour + min(3600, through)))
        mark()
        return true
      }
      if room > 0 {
        // Where the cap of the day ends it, the hour goes on without anybody.
        mark(at: Timestamp(seconds: hour + min(3600, through)))
      }
      wait(until: Timestamp(seconds: hour + 3600))
      mark()
    }
    return left == 0
  }

  private mutating func mark() { mark(at: now) }

  private mutating func mark(at instant: Timestamp) {
    let at = max(course.last?.at ?? instant, instant)
    course.append(PlannedCourse.Point(at: at, merchants: enabled))
  }
}
