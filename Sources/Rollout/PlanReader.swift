// Reads a plan's document: strict JSON, every rule checked, every fault reported at once.
//
// The rules beyond the form of each field:
//   1. Consultation comes before the announcement, and the announcement seven days of Beijing or
//      more before the day of effect.
//   2. The waves open one after another inside the window; `day` 1 is the Beijing day of effect.
//   3. Canaries come first, at least one; names come once.
//   4. Every wave but the last has a share, together less than 100 %; the last has "rest", which
//      must hold the hold-back.
//   5. Within the caps, whatever is planned from a wave on can be carried until the window ends.

public import Events
import Text

/// Reads plans.
public enum PlanReader {
  public static let documentBytesMax = 60_000
  public static let noticeDaysMin = 7
  public static let hashVersions: ClosedRange<Int64> = 1...1
  public static let approvalsMax: Int64 = 100

  /// The plan of a document, or all that is wrong with it.
  public static func read(_ document: [UInt8]) throws(PlanFaults) -> Plan {
    var fields: PlanFields
    do throws(TextFault) {
      fields = PlanFields(
        try FieldReader(try JSONReader.read(document, bytesMax: documentBytesMax)))
    } catch {
      throw PlanFaults(faults: [
        PlanFault(
          path: error.line > 0 ? "line \(error.line)" : "the document", reason: error.reason,
          advice: error.hint)
      ])
    }
    guard let plan = plan(&fields) else { throw PlanFaults(faults: fields.faults) }
    let faults = fields.faults + PlanRules.faults(plan)
    guard faults.isEmpty else { throw PlanFaults(faults: faults) }
    return plan
  }

  /// The plan where every field has its form; the faults are in `fields`.
  private static func plan(_ fields: inout PlanFields) -> Plan? {
    let id = fields.identifier("plan")
    let version = fields.integer("version", in: 1...Int64(UInt16.max))
    let institution = fields.word("institution", Institution.allCases.map { ($0.name, $0) })
    let platforms = platforms(&fields)
    let consultation = fields.optionalDay("consultation")
    let announced = fields.optionalDay("announced")
    let effectiveAt = fields.instant("effective_at")
    let windowDays = fields.integer("window_days", in: 1...Int64(Plan.windowDaysMax))
    let order = order(&fields)
    let holdBack = fields.share("hold_back")
    let waves = waves(&fields, effectiveAt ?? .none)
    let caps = caps(&fields)
    let excluded = categories(&fields)
    let approvals = fields.integer("approvals", in: 0...approvalsMax)
    let after = fields.word("after_window", Plan.AfterWindow.allCases.map { ($0.rawValue, $0) })
    let coolingOff = coolingOff(&fields)
    fields.finish()
    guard let id, let version, let institution, let effectiveAt, let windowDays, let order,
      let holdBack, let waves, let caps, let approvals, let after, let coolingOff
    else { return nil }
    return Plan(
      id: id, version: UInt16(version), institution: institution, platforms: platforms,
      consultation: consultation, announced: announced, effectiveAt: effectiveAt,
      windowDays: Int(windowDays), waves: waves, order: order, holdBack: holdBack, caps: caps,
      excludedCategories: excluded, approvalsNeeded: UInt16(approvals), afterWindow: after,
      coolingOff: coolingOff)
  }

  private static func coolingOff(_ fields: inout PlanFields) -> Plan.CoolingOff? {
    let name = "cooling_off_minutes"
    guard fields.optional(name) != nil else { return Plan.CoolingOff.none }
    return fields.integer(name, in: 0...Int64(Plan.CoolingOff.minutesMax))
      .map { Plan.CoolingOff(minutes: Int($0)) }
  }

  private static func platforms(_ fields: inout PlanFields) -> [ShopPlatform] {
    guard fields.optional("platforms") != nil else { return ShopPlatform.allCases }
    let wanted = "a list of \(ShopPlatform.allCases.map(\.name).joined(separator: ", "))"
    var platforms: [ShopPlatform] = []
    let elements = fields.array("platforms", wanted) ?? []
    for (index, element) in elements.enumerated() {
      let name = "platforms[\(index)]"
      guard let text = fields.string(name, element, wanted) else { continue }
      if let platform = ShopPlatform(name: text), !platforms.contains(platform) {
        platforms.append(platform)
      } else {
        fields.fault(name, text, "is not known, or comes twice", "Give \(wanted).")
      }
    }
    if elements.isEmpty {
      fields.fault("platforms", "", "names no platform", "Leave it out to take all of them.")
    }
    return platforms
  }

  private static func categories(_ fields: inout PlanFields) -> [ShortText] {
    guard fields.optional("excluded_categories") != nil else { return [] }
    var categories: [ShortText] = []
    let elements = fields.array("excluded_categories", "a list of categories") ?? []
    for (index, element) in elements.enumerated() {
      let name = "excluded_categories[\(index)]"
      if let text = fields.string(name, element, "a category"),
        let category = fields.identifier(name, text)
      {
        categories.append(category)
      }
    }
    return categories
  }

  private static func order(_ fields: inout PlanFields) -> Plan.Order? {
    guard var inner = fields.object("order") else { return nil }
    let version = inner.integer("hash_version", in: hashVersions)
    let seed = inner.identifier("seed")
    let largest = inner.share("largest_last")
    inner.finish()
    fields.faults += inner.faults
    guard let version, let seed, let largest else { return nil }
    return Plan.Order(hashVersion: UInt16(version), seed: seed, largestLast: largest)
  }

  private static func caps(_ fields: inout PlanFields) -> Plan.Caps? {
    guard var inner = fields.object("caps") else { return nil }
    let merchantsPerHour = inner.cap("merchants_per_hour")
    let merchantsPerDay = inner.cap("merchants_per_day")
    let paymentsPerHour = inner.cap("payments_per_hour")
    let paymentsPerDay = inner.cap("payments_per_day")
    inner.finish()
    fields.faults += inner.faults
    guard let merchantsPerHour, let merchantsPerDay, let paymentsPerHour, let paymentsPerDay
    else { return nil }
    return Plan.Caps(
      merchantsPerHour: merchantsPerHour, merchantsPerDay: merchantsPerDay,
      paymentsPerHour: paymentsPerHour, paymentsPerDay: paymentsPerDay)
  }
}

// MARK: - Waves

extension PlanReader {
  /// The waves; the shares before the last are added up here, because the last gets the rest.
  private static func waves(
    _ fields: inout PlanFields, _ effectiveAt: Timestamp
  ) -> [PlannedWave]? {
    guard let elements = fields.array("waves", "a list of 1 to \(Plan.wavesMax) waves") else {
      return nil
    }
    guard (1...Plan.wavesMax).contains(elements.count) else {
      fields.fault(
        "waves", "\(elements.count)", "is no number of waves", "Give 1 to \(Plan.wavesMax).")
      return nil
    }
    var waves: [PlannedWave] = []
    var sum: UInt64 = 0
    for (index, element) in elements.enumerated() {
      let isLast = index == elements.count - 1
      guard var inner = fields.object("waves[\(index)]", element) else { continue }
      if let wave = wave(&inner, effectiveAt, isLast: isLast) {
        waves.append(wave)
        sum += UInt64(wave.share.rawValue)
      }
      fields.faults += inner.faults
    }
    guard waves.count == elements.count else { return nil }
    guard sum < UInt64(Share.whole.rawValue) else {
      fields.fault(
        "waves", "\(sum / 10_000)%", "the shares before the last wave leave nothing for it",
        "Let them add up to less than 100%.")
      return nil
    }
    waves[waves.count - 1].share = Share(
      partsPerMillion: Share.whole.rawValue - UInt32(sum))
    return waves
  }

  private static func wave(
    _ fields: inout PlanFields, _ effectiveAt: Timestamp, isLast: Bool
  ) -> PlannedWave? {
    let name = fields.identifier("name")
    let day = fields.integer("day", in: 1...Int64(Plan.windowDaysMax + 1))
    let opens = fields.timeOfDay("opens")
    let share = waveShare(&fields, isLast: isLast)
    var isCanary = false
    if let value = fields.optional("canary") {
      if case .bool(let flag) = value {
        isCanary = flag
      } else {
        fields.fault("canary", PlanFields.text(value), "is \(value.kind)", "Give true or false.")
      }
    }
    fields.finish()
    guard let name, let day, let opens, let share else { return nil }
    let midnight = effectiveAt.beijingDay.advanced(byDays: Int(day) - 1).start
    return PlannedWave(
      name: name, opensAt: midnight.advanced(bySeconds: opens), share: share, isCanary: isCanary)
  }

  /// The share of a wave; none for the last, which gets what is left.
  private static func waveShare(_ fields: inout PlanFields, isLast: Bool) -> Share? {
    guard let text = fields.string("share", isLast ? "\"rest\"" : "a share such as 4%") else {
      return nil
    }
    if isLast {
      if text == "rest" { return Share.none }
      fields.fault(
        "share", text, "is the last wave's, which takes whoever is left", "Give \"rest\".")
      return nil
    }
    if text == "rest" {
      fields.fault("share", text, "belongs to the last wave alone", "Give a share such as 4%.")
      return nil
    }
    return fields.share("share", text, isZeroAllowed: false)
  }
}
