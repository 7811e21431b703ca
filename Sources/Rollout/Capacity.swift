// What caps let through from one instant to another.

import Events
import Text

/// What the limits of a minute, an hour and a day let through together.
struct Capacity {
  var minutely = UInt64.max
  var hourly: UInt64
  var daily: UInt64
  var pathHour: String
  var pathDay: String

  var closed: [ClosedInterval] = []

  private static let secondsPerHour: UInt64 = 3600

  /// How much can be carried from one instant to a later one: day by day the smaller of the day's
  /// cap, the hourly cap times the day's hours that are not closed from end to end, and the cap of
  /// a minute times its minutes that are open at all.
  func carried(from start: Timestamp, to end: Timestamp) -> UInt64 {
    var total: UInt64 = 0
    var instant = start
    while instant < end {
      let next = min(end, instant.beijingDay.advanced(byDays: 1).start)
      let seconds = openSeconds(from: instant, to: next, inPiecesOf: 3600)
      let (high, low) = hourly.multipliedFullWidth(by: seconds)
      let byHours =
        high >= Capacity.secondsPerHour
        ? UInt64.max : Capacity.secondsPerHour.dividingFullWidth((high, low)).quotient
      let minutes = (openSeconds(from: instant, to: next, inPiecesOf: 60) + 59) / 60
      let (product, isMuch) = minutely.multipliedReportingOverflow(by: minutes)
      let byMinutes = isMuch ? UInt64.max : product
      let (sum, isOver) = total.addingReportingOverflow(min(daily, byHours, byMinutes))
      total = isOver ? UInt64.max : sum
      instant = next
    }
    return total
  }

  /// The seconds from one instant to another without the clock hours or minutes that are closed
  /// from end to end: one that is open in part releases its whole cap.
  private func openSeconds(
    from start: Timestamp, to end: Timestamp, inPiecesOf length: Int64
  ) -> UInt64 {
    var seconds = end.seconds - start.seconds
    for interval in closed where interval.to > start && interval.from < end {
      let from = max(start.seconds, roundedUp(interval.from.seconds, length))
      let to = min(end.seconds, floorDivide(interval.to.seconds, length) * length)
      seconds -= max(0, to - from)
    }
    return UInt64(max(0, seconds))
  }

  /// The whole hours that are closed from one instant to another, where they alone keep the caps
  /// from carrying a load; nil where the caps would not carry it anyway.
  private func closedHours(from start: Timestamp, to end: Timestamp, _ load: UInt64) -> Int64? {
    var open = self
    open.closed = []
    guard !closed.isEmpty, open.carried(from: start, to: end) >= load else { return nil }
    let seconds = closed.reduce(Int64(0)) { sum, interval in
      sum + max(0, min(end, interval.to).seconds - max(start, interval.from).seconds)
    }
    return seconds / 3600
  }

  private func roundedUp(_ seconds: Int64, _ length: Int64) -> Int64 {
    floorDivide(seconds + length - 1, length) * length
  }

  /// A fault for the latest wave from which on the caps carry too little.
  func faults(
    _ plan: Plan, loads: [UInt64], isWarning: Bool = false, _ name: (UInt64) -> String
  ) -> [PlanFault] {
    var load: UInt64 = 0
    for index in plan.waves.indices.reversed() {
      load += loads[index]
      let wave = plan.waves[index]
      guard wave.opensAt < plan.windowEnd else { continue }
      let room = carried(from: wave.opensAt, to: plan.windowEnd)
      guard load > room else { continue }
      let hours = (plan.windowEnd.seconds - wave.opensAt.seconds) / 3600
      if let shut = closedHours(from: wave.opensAt, to: plan.windowEnd, load) {
        return [
          PlanFault(
            path: "closed", value: "\(shut) h",
            reason: "from wave \(wave.name) on there are \(name(load)) to open, of the \(hours) "
              + "hours from \(RFC3339.beijing(wave.opensAt)) to the window's end the plan is "
              + "closed for \(shut), and in what is left the caps let \(name(room)) through",
            advice: "Close for less, open the waves earlier, or lengthen the window.",
            isWarning: isWarning)
        ]
      }
      return [
        PlanFault(
          path: pathDay, value: name(daily),
          reason: "from wave \(wave.name) on there are \(name(load)) to open, and in the \(hours) "
            + "hours from \(RFC3339.beijing(wave.opensAt)) to the window's end the caps let "
            + "\(name(room)) through (each day the smaller of \(name(daily)) and the hours left "
            + "times \(name(hourly)))",
          advice: "Raise \(pathHour) or \(pathDay), or open the waves earlier.",
          isWarning: isWarning)
      ]
    }
    return []
  }
}
