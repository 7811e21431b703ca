// The rules on lists, soaks and closed time: whether every wave has its merchants and can open.

import Events
import Projections
import Text

extension PlanRules {
  /// A merchant stands in one list at most.
  static func lists(_ plan: Plan) -> [PlanFault] {
    var faults: [PlanFault] = []
    var known: [ShortText: String] = [:]
    for (index, wave) in plan.waves.enumerated() {
      for (place, merchant) in wave.merchants.enumerated() {
        let path = "waves[\(index)].merchants[\(place)]"
        if let first = known[merchant] {
          faults.append(
            PlanFault(
              path: path, value: "\(merchant)", reason: "is listed at \(first) already",
              advice: "List every merchant once."))
        } else {
          known[merchant] = path
        }
      }
    }
    return faults
  }

  /// Whether every wave can open before the window ends, if nothing but soaks and what is closed
  /// keeps it.
  static func openings(closed plan: Plan) -> [PlanFault] {
    var faults: [PlanFault] = []
    if let last = plan.waves.last, last.soakMinutes > 0 {
      faults.append(
        PlanFault(
          path: "waves[\(plan.waves.count - 1)].soak_minutes", value: "\(last.soakMinutes)",
          reason: "no wave follows that would wait for it", advice: "Leave it out."))
    }
    var soaked = plan.effectiveAt
    for (index, wave) in plan.waves.enumerated() where wave.opensAt < plan.windowEnd {
      let earliest = max(wave.opensAt, soaked)
      if earliest >= plan.windowEnd {
        return faults + [tooLong(plan, index, earliest)]
      }
      let opens = plan.open(from: earliest)
      if opens >= plan.windowEnd {
        return faults + [neverOpen(plan, wave, earliest)]
      }
      soaked = opens.advanced(byNanoseconds: plan.soak(of: WaveNumber(UInt16(index + 1))))
    }
    return faults
  }

  private static func tooLong(_ plan: Plan, _ index: Int, _ earliest: Timestamp) -> PlanFault {
    // The soak that is named is the last one; those before it have moved it.
    let soaking = plan.waves[..<index].lastIndex { $0.soakMinutes > 0 } ?? 0
    return PlanFault(
      path: "waves[\(soaking)].soak_minutes", value: "\(plan.waves[soaking].soakMinutes)",
      reason: "wave \(plan.waves[index].name) could open at \(RFC3339.beijing(earliest)) at the "
        + "earliest, and the window ends at \(RFC3339.beijing(plan.windowEnd))",
      advice: "Shorten the soaks, open the waves earlier, or lengthen the window.")
  }

  private static func neverOpen(
    _ plan: Plan, _ wave: PlannedWave, _ earliest: Timestamp
  ) -> PlanFault {
    let closure = plan.closure(at: earliest)
    return PlanFault(
      path: "closed", value: closure.map { "\($0.why)" } ?? "",
      reason: "from \(RFC3339.beijing(earliest)), when wave \(wave.name) could open, to the "
        + "window's end at \(RFC3339.beijing(plan.windowEnd)) nobody may be enabled",
      advice: "Leave a gap, open the wave earlier, or lengthen the window.")
  }

  /// Who is listed and cannot stand in its wave, as the registry is.
  static func listed(_ plan: Plan, _ book: MerchantBook) -> [PlanFault] {
    var faults: [PlanFault] = []
    let rule = Eligibility(plan: plan, book: book)
    for (index, wave) in plan.waves.enumerated() {
      for (place, merchant) in wave.merchants.enumerated() {
        let path = "waves[\(index)].merchants[\(place)]"
        guard let number = book.number(merchant) else {
          faults.append(
            PlanFault(
              path: path, value: "\(merchant)", reason: "no such merchant is registered",
              advice: "Register it, or take it from the list."))
          continue
        }
        guard !rule.allows(number) else { continue }
        faults.append(
          PlanFault(
            path: path, value: "\(merchant)",
            reason: "is closed, or the plan leaves out its platform, tier or category",
            advice: "It will be skipped.", isWarning: true))
      }
    }
    return faults
  }
}
