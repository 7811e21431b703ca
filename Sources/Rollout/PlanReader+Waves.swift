// The waves of a plan's document: each has a share of the merchants or lists them.

import Events
import Text

extension PlanReader {
  /// The most merchants that a wave may list.
  static let listMax = 5_000

  /// The waves; the shares before the last are added up here, because the last gets the rest.
  static func waves(
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
    let listed = list(&fields, isLast: isLast)
    let share = listed == nil ? waveShare(&fields, isLast: isLast) : noShare(&fields)
    let isCanary = flag(&fields, "canary")
    let soak = fields.optionalInteger("soak_minutes", in: 0...Plan.soakMinutesMax)
    let approvals = fields.optionalInteger("approvals", in: 0...approvalsMax)
    fields.finish()
    guard let name, let day, let opens, let share else { return nil }
    let midnight = effectiveAt.beijingDay.advanced(byDays: Int(day) - 1).start
    return PlannedWave(
      name: name, opensAt: midnight.advanced(bySeconds: opens), share: share, isCanary: isCanary,
      soakMinutes: UInt32(soak ?? 0), approvalsNeeded: UInt16(approvals ?? 0),
      merchants: listed ?? [])
  }

  static func flag(_ fields: inout PlanFields, _ name: String) -> Bool {
    guard let value = fields.optional(name) else { return false }
    if case .bool(let flag) = value { return flag }
    fields.fault(name, PlanFields.text(value), "is \(value.kind)", "Give true or false.")
    return false
  }

  /// The merchants of a wave that lists them, nil for one that has a share; each comes once.
  private static func list(_ fields: inout PlanFields, isLast: Bool) -> [ShortText]? {
    guard fields.optional("merchants") != nil else { return nil }
    let elements = fields.array("merchants", "a list of ids of merchants") ?? []
    if isLast {
      fields.fault(
        "merchants", "\(elements.count) elements",
        "is the last wave's, which takes whoever is left", "Give \"share\": \"rest\" instead.")
    }
    guard (1...listMax).contains(elements.count) else {
      fields.fault(
        "merchants", "\(elements.count) elements", "is no number of merchants",
        "List 1 to \(listMax).")
      return []
    }
    var listed: [ShortText] = []
    for (index, element) in elements.enumerated() {
      let name = "merchants[\(index)]"
      if let text = fields.string(name, element, "the id of a merchant"),
        let merchant = fields.identifier(name, text)
      {
        listed.append(merchant)
      }
    }
    return listed
  }

  /// A wave that lists its merchants has no share of the others.
  private static func noShare(_ fields: inout PlanFields) -> Share? {
    if let value = fields.optional("share") {
      fields.fault(
        "share", PlanFields.text(value), "stands beside a list of merchants",
        "Give one of share and merchants.")
    }
    return Share.none
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
