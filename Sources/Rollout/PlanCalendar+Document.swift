// Reads the calendar of a plan's document, and writes the document without it.

import Events
import Text

extension PlanCalendar {
  /// The document as the daemon takes it: what is closed stands in it as UTC instants.
  ///
  /// One that has none of the calendar's fields is given back byte for byte.
  ///
  /// - Parameters:
  ///   - document: the plan as an operator wrote it.
  ///   - zone: finds a zone by its IANA name; nil where there is none.
  /// - Throws: what is wrong with the calendar, all of it; the rest of the plan is not looked at.
  public static func resolve(
    _ document: [UInt8], _ zone: (String) -> (any ZoneOffsets)?
  ) throws(PlanFaults) -> [UInt8] {
    let value = try PlanReader.json(document)
    guard case .object(let entries) = value,
      entries.contains(where: { fieldNames.contains($0.key) })
    else { return document }
    var fields = try PlanReader.fields(value)
    let calendar = PlanCalendar(&fields)
    let zone = calendar.zone(&fields, zone)
    let effectiveAt = fields.instant("effective_at")
    let windowDays = fields.integer("window_days", in: 1...Int64(Plan.windowDaysMax))
    let after = fields.word("after_window", Plan.AfterWindow.allCases.map { ($0.rawValue, $0) })
    guard fields.faults.isEmpty, let zone, let effectiveAt, let windowDays, let after else {
      throw PlanFaults(faults: fields.faults)
    }
    let days = windowDays + (after == .stop ? 0 : daysBehindWindow)
    let closed = calendar.intervals(
      zone, from: effectiveAt, to: effectiveAt.advanced(bySeconds: days * BeijingDay.secondsPerDay))
    guard closed.count <= Plan.closedMax else {
      throw PlanFaults(faults: [
        PlanFault(
          path: "the calendar", value: "\(closed.count) intervals",
          reason: "are more than the \(Plan.closedMax) that a plan may have",
          advice: "Shorten the window, or close for longer at a time.")
      ])
    }
    return text(entries, closed)
  }

  private static func text(
    _ entries: [(key: String, value: JSONValue)], _ closed: [ClosedInterval]
  ) -> [UInt8] {
    let intervals = closed.map { interval in
      JSONValue.object([
        ("from", .string(RFC3339.text(interval.from))), ("to", .string(RFC3339.text(interval.to))),
        ("why", .string("\(interval.why)")),
      ])
    }
    var kept = entries.filter { !fieldNames.contains($0.key) && $0.key != "closed" }
    kept.append(("closed", .array(intervals)))
    var out = Array("{\n".utf8)
    for (index, entry) in kept.enumerated() {
      append("  ", .string(entry.key), ": ", to: &out)
      appendLines(entry.value, to: &out)
      out += Array((index == kept.count - 1 ? "\n" : ",\n").utf8)
    }
    return out + Array("}\n".utf8)
  }

  /// A list of objects has a line for each; everything else stands in one.
  private static func appendLines(_ value: JSONValue, to out: inout [UInt8]) {
    guard case .array(let elements) = value, case .object? = elements.first else {
      return append("", value, "", to: &out)
    }
    out += Array("[\n".utf8)
    for (index, element) in elements.enumerated() {
      append("    ", element, index == elements.count - 1 ? "\n" : ",\n", to: &out)
    }
    out += Array("  ]".utf8)
  }

  private static func append(
    _ before: String, _ value: JSONValue, _ behind: String, to out: inout [UInt8]
  ) {
    out += Array(before.utf8)
    var writer = JSONWriter()
    writer.value(value, to: &out)
    out += Array(behind.utf8)
  }
}

// MARK: - Reading

extension PlanCalendar {
  private init(_ fields: inout PlanFields) {
    if var inner = fields.optional("opening_hours") == nil ? nil : fields.object("opening_hours") {
      if let hours = inner.hours() { openingHours = hours }
      inner.finish()
      fields.faults += inner.faults
    }
    for (_, inner) in fields.objects("blackouts", atMost: PlanCalendar.blackoutsMax) {
      var inner = inner
      if let blackout = inner.blackout() { blackouts.append(blackout) }
      fields.faults += inner.faults
    }
    for (_, inner) in fields.objects("recurring_blackouts", atMost: PlanCalendar.recurringMax) {
      var inner = inner
      if let blackout = inner.recurringBlackout() { recurring.append(blackout) }
      fields.faults += inner.faults
    }
    closed = PlanReader.closed(&fields)
  }

  private func zone(
    _ fields: inout PlanFields, _ zones: (String) -> (any ZoneOffsets)?
  ) -> (any ZoneOffsets)? {
    guard let name = fields.string("zone", "an IANA zone such as Asia/Shanghai") else {
      return nil
    }
    guard let zone = zones(name) else {
      fields.fault(
        "zone", name, "is no IANA zone", "Give a name such as Asia/Shanghai or Europe/Berlin.")
      return nil
    }
    return zone
  }
}

extension PlanFields {
  fileprivate mutating func objects(
    _ name: String, atMost countMax: Int
  ) -> [(offset: Int, element: PlanFields)] {
    guard optional(name) != nil else { return [] }
    let elements = array(name, "a list of objects") ?? []
    guard elements.count <= countMax else {
      fault(name, "\(elements.count) elements", "are too many", "Give at most \(countMax).")
      return []
    }
    var objects: [(offset: Int, element: PlanFields)] = []
    for (index, element) in elements.enumerated() {
      if let inner = object("\(name)[\(index)]", element) { objects.append((index, inner)) }
    }
    return objects
  }

  /// Two times of day that differ.
  fileprivate mutating func hours() -> (from: Int64, to: Int64)? {
    guard let from = localTime("from", isEnd: false), let to = localTime("to", isEnd: true) else {
      return nil
    }
    guard from != to else {
      fault("to", "", "is the same as from", "Leave the field out, or give another time.")
      return nil
    }
    return (from, to)
  }

  private mutating func localTime(_ name: String, isEnd: Bool) -> Int64? {
    let wanted = "a time of day, 00:00 to \(isEnd ? "24:00" : "23:59")"
    guard let text = string(name, wanted) else { return nil }
    guard let seconds = PlanFields.clock(text), isEnd || seconds < BeijingDay.secondsPerDay else {
      fault(name, text, "is no time of day", "Give \(wanted).")
      return nil
    }
    return seconds
  }

  fileprivate mutating func blackout() -> PlanCalendar.Blackout? {
    let from = moment("from")
    let to = moment("to")
    let why = code("why")
    finish()
    guard let from, let to, let why else { return nil }
    switch (from, to) {
    case (.local(let first), .local(let last)), (.instant(let first), .instant(let last)):
      if first >= last {
        fault("to", "", "is not after from", "Give a later time.")
        return nil
      }
    default: break
    }
    return PlanCalendar.Blackout(from: from, to: to, why: why)
  }

  /// A local time to the minute, or an instant with its offset.
  private mutating func moment(_ name: String) -> PlanCalendar.Moment? {
    let wanted = "a local time such as 2024-10-01T00:00, or an instant with an offset"
    guard let text = string(name, wanted) else { return nil }
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    if parts.count == 2, let instant = try? RFC3339.parse(text) { return .instant(instant.seconds) }
    guard parts.count == 2, let day = try? RFC3339.parseDay(String(parts[0])),
      let clock = PlanFields.clock(parts[1])
    else {
      fault(name, text, "is no local time", "Give \(wanted).")
      return nil
    }
    return .local(Int64(day.rawValue) * BeijingDay.secondsPerDay + clock)
  }

  fileprivate mutating func recurringBlackout() -> PlanCalendar.Recurring? {
    let days = weekdays()
    let hours = hours()
    let why = code("why")
    finish()
    guard let days, let hours, let why else { return nil }
    return PlanCalendar.Recurring(days: days, from: hours.from, to: hours.to, why: why)
  }

  /// Which weekdays are named, from Sunday on.
  private mutating func weekdays() -> [Bool]? {
    let words = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    let wanted = "\"every\", or a list of \(words.joined(separator: ", "))"
    guard let value = value("days", wanted) else { return nil }
    if case .string("every") = value { return words.map { _ in true } }
    guard case .array = value else {
      fault("days", PlanFields.text(value), "is \(value.kind)", "Give \(wanted).")
      return nil
    }
    guard let days = optionalWords("days", words.map { ($0, $0) }) else { return nil }
    return words.map { days.contains($0) }
  }
}
