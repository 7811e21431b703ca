// Which events a reader of the log asks for: by kind, merchant, rollout, wave and institution.
//
// A field is found by its name in the catalogue, whatever the kind; an event that does not have the
// field is not meant. Options of one name are joined by "or", of different names by "and".

import Events
import Projections

/// What is asked for.
struct LogFilter {
  static let options: [OptionShape] = [
    .value("kind", "KIND", "events of this kind, by its name in the catalogue", repeatable: true),
    .value("merchant", "M", "events of this merchant"),
    .value("rollout", "ID", "events that name the rollout of this plan"),
    .value("wave", "N", "events that name this wave"),
    .value("institution", "NAME", "events that name this payment institution"),
  ]
  static let choices = [
    "KIND": EventKind.allCases.map(\.name), "NAME": Institution.allCases.map(\.name),
  ]

  private var kinds: Set<UInt16> = []
  private var merchant: ExternalID?
  /// Known once the merchant is registered.
  private var number: MerchantNumber?
  private var rollout: RolloutNumber?
  private var wave: UInt64?
  private var institution: Institution?

  /// Whether every event is meant.
  var isEmpty: Bool { kinds.isEmpty && merchant == nil && !asksFields }

  private var asksFields: Bool { rollout != nil || wave != nil || institution != nil }

  init(_ arguments: Arguments) throws {
    for name in arguments.values("kind") {
      guard let kind = EventKind.allCases.first(where: { $0.name == name }) else {
        let nearest = Nearest.word(to: name, among: EventKind.allCases.map(\.name))
        throw UsageFault(
          what: "there is no kind of event \(name)",
          hint: nearest.map { "The nearest is \($0)" }
            ?? "There are: \(EventKind.allCases.map(\.name).joined(separator: ", "))")
      }
      kinds.insert(kind.rawValue)
    }
    wave = try arguments.integer("wave", in: 1...Int64(UInt16.max)).map { UInt64($0) }
    if let name = arguments.value("institution") {
      guard let found = Institution.allCases.first(where: { $0.name == name }) else {
        throw UsageFault(
          what: "there is no payment institution \(name)",
          hint: "There are: \(Institution.allCases.map(\.name).joined(separator: ", "))")
      }
      institution = found
    }
    guard arguments.value("merchant") != nil || arguments.value("rollout") != nil else { return }
    try resolve(arguments)
  }

  /// Asks the log who is meant by a merchant's and a plan's names.
  private mutating func resolve(_ arguments: Arguments) throws {
    let fold = try LogView.reading(arguments) { view in
      var fold = LogFold(view, freezesOrders: false)
      try view.read(from: fold.next) { batch in try fold.apply(batch) }
      return fold
    }
    if let name = arguments.value("merchant") {
      guard let id = ExternalID(name) else {
        throw UsageFault(
          what: "--merchant \(name) is no id of a merchant", hint: "Ids have 1 to 64 bytes")
      }
      // Payments of one that is not registered name it as well.
      merchant = id
      number = fold.book.number(id)
    }
    guard let plan = arguments.value("rollout") else { return }
    guard let name = ShortText(plan), let found = fold.board.rollout(plan: name) else {
      let known = fold.board.rollouts.map { "\($0.plan)" }
      throw CommandFailure(
        .refused, "no rollout has the plan \(plan)",
        hint: known.isEmpty
          ? "Announce one with `sluice rollout announce FILE`"
          : "There are: \(known.joined(separator: ", "))")
    }
    rollout = found.number
  }

  /// Whether an event is meant.
  mutating func lets(_ batch: borrowing EventBatch, _ index: Int) throws -> Bool {
    if isEmpty { return true }
    let kind = batch.kind(index)
    if !kinds.isEmpty, !kinds.contains(kind) { return false }
    guard merchant != nil || asksFields else { return true }
    let isOfNumber = number != nil && batch.merchant(index) == number
    if number != nil, !isOfNumber, !asksFields, batch.merchant(index) != .none { return false }
    let event = try batch.event(index)
    var sought = SoughtFields()
    event.payload.write(to: &sought)
    if let merchant {
      let isNamed = sought.externals.contains(merchant)
      if isNamed, number == nil, event.kind == .merchantRegistered {
        number = event.header.merchant
      }
      guard isNamed || isOfNumber else { return false }
    }
    if let rollout, !sought.rollouts.contains(UInt64(rollout.rawValue)) { return false }
    if let wave, !sought.waves.contains(wave) { return false }
    if let institution, !sought.institutions.contains(institution.rawValue) { return false }
    return true
  }
}

/// Takes the fields that are asked for, and lets the others go by.
private struct SoughtFields: FieldSink {
  private(set) var externals: [ExternalID] = []
  private(set) var rollouts: [UInt64] = []
  private(set) var waves: [UInt64] = []
  private(set) var institutions: [UInt8] = []

  mutating func u8(_ name: StaticString, _ value: UInt8) {
    if "\(name)" == "institution" { institutions.append(value) }
  }
  mutating func u16(_ name: StaticString, _ value: UInt16) {
    switch "\(name)" {
    case "rollout": rollouts.append(UInt64(value))
    case "wave": waves.append(UInt64(value))
    default: break
    }
  }
  mutating func u32(_ name: StaticString, _ value: UInt32) {}
  mutating func u64(_ name: StaticString, _ value: UInt64) {}
  mutating func i64(_ name: StaticString, _ value: Int64) {}
  mutating func digest(_ name: StaticString, _ value: Digest) {}
  mutating func optionalDigest(_ name: StaticString, _ value: Digest?) {}
  mutating func text8(_ name: StaticString, _ value: ShortText) {
    if "\(name)" == "external" || "\(name)" == "merchant" { externals.append(value) }
  }
  mutating func text16(_ name: StaticString, _ value: [UInt8]) {}
  mutating func beginList(_ name: StaticString, _ count: Int) {}
  mutating func beginElement() {}
  mutating func endElement() {}
  mutating func endList() {}
}
