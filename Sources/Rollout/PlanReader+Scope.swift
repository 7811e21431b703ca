// Who takes part in a plan, and when nobody is enabled.

import Events
import Text

extension PlanReader {
  static func platforms(_ fields: inout PlanFields) -> [ShopPlatform] {
    let words = ShopPlatform.allCases.map { ($0.name, $0) }
    return fields.optionalWords("platforms", words) ?? ShopPlatform.allCases
  }

  /// The tiers that are included, all where none is named, without those that are excluded.
  static func tiers(_ fields: inout PlanFields) -> [Tier] {
    let words = Tier.allCases.map { ($0.name, $0) }
    let included = fields.optionalWords("tiers", words) ?? Tier.allCases
    let excluded = fields.optionalWords("excluded_tiers", words, isEmptyAllowed: true) ?? []
    let tiers = Tier.allCases.filter { included.contains($0) && !excluded.contains($0) }
    if tiers.isEmpty, !included.isEmpty {
      fields.fault(
        "excluded_tiers", excluded.map(\.name).joined(separator: ", "),
        "leaves no tier that takes part", "Exclude fewer, or include more in tiers.")
    }
    return tiers
  }

  static func categories(
    _ fields: inout PlanFields
  ) -> (included: [ShortText], excluded: [ShortText]) {
    let included = categories(&fields, "categories")
    let excluded = categories(&fields, "excluded_categories") ?? []
    if let included, included.isEmpty {
      fields.fault("categories", "", "names no category", "Leave it out to take all of them.")
    }
    for category in included ?? [] where excluded.contains(category) {
      fields.fault(
        "excluded_categories", "\(category)", "is included as well",
        "Name it in one of categories and excluded_categories.")
    }
    return (included ?? [], excluded)
  }

  private static func categories(
    _ fields: inout PlanFields, _ name: String
  ) -> [ShortText]? {
    guard fields.optional(name) != nil else { return nil }
    var categories: [ShortText] = []
    for (index, element) in (fields.array(name, "a list of categories") ?? []).enumerated() {
      let name = "\(name)[\(index)]"
      if let text = fields.string(name, element, "a category"),
        let category = fields.identifier(name, text)
      {
        categories.append(category)
      }
    }
    return categories
  }

  /// What only an operator writes, and `sluice plan resolve` turns into closed intervals.
  static func refuseUnresolved(_ fields: inout PlanFields) {
    for name in PlanCalendar.fieldNames {
      guard let value = fields.optional(name) else { continue }
      fields.fault(
        name, PlanFields.text(value), "is not resolved into instants",
        "Resolve the plan with `sluice plan resolve FILE`; `sluice rollout announce FILE` does so.")
    }
  }

  /// The closed intervals, sorted and without overlap.
  static func closed(_ fields: inout PlanFields) -> [ClosedInterval] {
    guard fields.optional("closed") != nil else { return [] }
    let elements = fields.array("closed", "a list of {from, to, why}") ?? []
    guard elements.count <= Plan.closedMax else {
      fields.fault(
        "closed", "\(elements.count) elements", "are more intervals than a plan may have",
        "Give at most \(Plan.closedMax); a shorter window needs fewer.")
      return []
    }
    var closed: [ClosedInterval] = []
    for (index, element) in elements.enumerated() {
      guard var inner = fields.object("closed[\(index)]", element) else { continue }
      let interval = closedInterval(&inner, after: closed.last)
      fields.faults += inner.faults
      if let interval { closed.append(interval) }
    }
    return closed
  }

  private static func closedInterval(
    _ fields: inout PlanFields, after last: ClosedInterval?
  ) -> ClosedInterval? {
    let from = fields.instant("from")
    let to = fields.instant("to")
    let why = fields.code("why")
    fields.finish()
    guard let from, let to, let why else { return nil }
    guard from < to else {
      fields.fault(
        "to", RFC3339.text(to), "is not after from, \(RFC3339.text(from))", "Give a later instant.")
      return nil
    }
    if let last, from < last.to {
      fields.fault(
        "from", RFC3339.text(from), "is before the end of the interval before it",
        "Sort the intervals, and join those that overlap.")
      return nil
    }
    return ClosedInterval(from: from, to: to, why: why)
  }
}
