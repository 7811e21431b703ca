// Logs in which one rule is broken, each by the least that breaks it: what the audit must find, and
// nothing else. They stand in events/golden as lawless-<rule>, so that every release finds them.

import Audit
import EventLog
import Events
import Glibc
import Merkle
import Orchestrator
import Platform
import Projections
import Rollout
import Simulation
import Support
import Testing

/// One broken rule.
struct LawlessLog: Sendable {
  let name: String
  /// The violations, as positions counted back from the end of the log, and their rules.
  let violations: [(fromEnd: Int, rule: String)]
  let make: @Sendable () throws -> [Event]
}

/// Events of an honest story, and what is done to them.
private struct Tale {
  var events: [Event]
  private var planted: UInt64 = 0

  init(_ desk: Desk) throws { events = try desk.events() }

  init(_ events: [Event]) { self.events = events }

  /// Everything up to the first event of a kind that is not wanted.
  func before(_ kind: EventKind, number: Int = 1) throws -> Tale {
    let places = events.indices.filter { events[$0].kind == kind }
    try #require(places.count >= number, "the story has not \(number) of \(kind.name)")
    return Tale(Array(events[..<places[number - 1]]))
  }

  func all(_ kind: EventKind) -> [Event] { events.filter { $0.kind == kind } }

  /// Adds an event as if it had been taken at an instant.
  mutating func plant(_ event: Event, at time: Timestamp) {
    var event = event
    event.header.logTime = time
    events.append(event)
  }

  /// The position of the latest event of a merchant.
  func last(of merchant: MerchantNumber) -> Position {
    events.lastIndex { $0.header.merchant == merchant }.map { Position(UInt64($0)) } ?? .none
  }
}

enum LawlessLogs {
  static let prefix = "lawless-"

  /// The tree of merchants over the first events.
  private static func tree(of events: [Event], size: UInt64) throws -> MerchantTreeCommitted {
    var histories = MerchantHistories()
    let buffer = BatchBuffer()
    var encoder = FieldEncoder()
    for event in events.prefix(Int(size)) {
      event.encode(into: &encoder)
      buffer.append(encoder.bytes)
    }
    try buffer.withBatch(first: .zero, logTime: .none) { (batch) throws(HistoryFault) in
      try histories.apply(batch)
    }
    return histories.committed
  }

  private static func at(_ hour: Int64, _ minute: Int64 = 0) -> Timestamp {
    Desk.midnight.advanced(bySeconds: 10 * Desk.day + hour * 3_600 + minute * 60)
  }

  /// Four merchants in two waves, one an hour.
  private static func rollout(
    _ document: [UInt8]? = nil, until hour: Int64 = 12, _ sends: (Desk) throws -> Void = { _ in }
  ) throws -> Tale {
    let desk = try Desk.with(merchants: 4, until: .running, plan: document)
    try sends(desk)
    try desk.run(from: 7, to: hour)
    return try Tale(desk)
  }

  private static func step(_ event: Event, _ merchant: MerchantNumber, in tale: Tale) -> Event {
    var event = event
    event.header.merchant = merchant
    event.header.previous = tale.last(of: merchant)
    let id = Command.stepID(intent: event.header.cause, step: 2, subject: merchant.rawValue)
    event.header.commandID = id
    event.header.commandDigest = id.low
    return event
  }

  static let all: [LawlessLog] = [
    LawlessLog(
      name: "before-effective", violations: [(2, "before-effective"), (1, "before-effective")]
    ) {
      let honest = try rollout()
      var tale = try honest.before(.waveOpened)
      for event in [honest.all(.waveOpened)[0], honest.all(.merchantEnabled)[0]] {
        tale.plant(event, at: at(-2))
      }
      return tale.events
    },
    LawlessLog(name: "a-tree-of-other-events", violations: [(2, "merchant-tree")]) {
      let honest = try rollout()
      var tale = Tale(honest.events)
      let end = UInt64(tale.events.count)
      let last = tale.events.lastIndex { $0.header.merchant != .none } ?? 0
      var other = try tree(of: tale.events, size: UInt64(last))
      other.size = end
      for fields in [other, try tree(of: tale.events, size: end)] {
        tale.plant(Event(EventHeader(), .merchantTreeCommitted(fields)), at: at(23))
      }
      return tale.events
    },
    LawlessLog(name: "a-tree-that-shrinks", violations: [(1, "merchant-tree-backwards")]) {
      let honest = try rollout()
      var tale = Tale(honest.events)
      let end = UInt64(tale.events.count)
      for size in [end, end - 1] {
        let fields = try tree(of: tale.events, size: size)
        tale.plant(Event(EventHeader(), .merchantTreeCommitted(fields)), at: at(23))
      }
      return tale.events
    },
    LawlessLog(name: "over-a-cap", violations: [(1, "cap-reached")]) {
      let honest = try rollout()
      var tale = try honest.before(.merchantEnabled, number: 2)
      tale.plant(honest.all(.merchantEnabled)[1], at: at(8, 30))
      return tale.events
    },
    LawlessLog(name: "in-a-blackout", violations: [(2, "closed-time"), (1, "closed-time")]) {
      let honest = try rollout(
        try Desk.plan(version: 1, [(Desk.hold, Desk.morning)]), until: 13)
      var tale = try honest.before(.waveOpened)
      for event in [honest.all(.waveOpened)[0], honest.all(.merchantEnabled)[0]] {
        tale.plant(event, at: at(9))
      }
      return tale.events
    },
    LawlessLog(name: "while-paused", violations: [(1, "paused")]) {
      let honest = try rollout()
      let desk = try Desk.with(merchants: 4, until: .running)
      try desk.run(from: 7, to: 9)
      try desk.send(.pause(plan: Desk.text("p"), Desk.reason))
      var tale = try Tale(desk)
      tale.plant(honest.all(.merchantEnabled)[1], at: at(9))
      return tale.events
    },
    LawlessLog(name: "an-excluded-merchant", violations: [(1, "merchant-already-excluded")]) {
      let honest = try rollout()
      let next = honest.all(.merchantEnabled)[1]
      let desk = try Desk.with(merchants: 4, until: .running)
      try desk.run(from: 7, to: 9)
      let external = desk.state.book.external(next.header.merchant)
      try desk.send(.excludeMerchant(external, plan: nil, Desk.reason))
      var tale = try Tale(desk)
      tale.plant(step(next, next.header.merchant, in: tale), at: at(9))
      return tale.events
    },
    LawlessLog(name: "out-of-the-frozen-order", violations: [(1, "out-of-turn")]) {
      let honest = try rollout()
      let enabled = honest.all(.merchantEnabled)
      var tale = try honest.before(.merchantEnabled, number: 2)
      tale.plant(step(enabled[1], enabled[2].header.merchant, in: tale), at: at(9))
      return tale.events
    },
    LawlessLog(name: "without-an-approval", violations: [(1, "approvals-missing")]) {
      let honest = try approved()
      var tale = try honest.before(.rolloutApproved)
      var start = honest.all(.rolloutStarted)[0]
      guard case .rolloutStarted(var fields) = start.payload else { return [] }
      fields.registryPosition = Position(UInt64(tale.events.count))
      start.payload = .rolloutStarted(fields)
      tale.plant(start, at: Desk.midnight.advanced(bySeconds: 9))
      return tale.events
    },
    LawlessLog(name: "approved-by-its-proposer", violations: [(1, "proposer-approves")]) {
      let honest = try approved()
      var tale = try honest.before(.rolloutApproved)
      var approval = honest.all(.rolloutApproved)[0]
      approval.header.actor.id = 1
      tale.plant(approval, at: Desk.midnight.advanced(bySeconds: 9))
      return tale.events
    },
    LawlessLog(name: "another-evidence", violations: [(1, "evidence")]) {
      let desk = try GuardedDesk()
      try desk.shop(untilHour: 9) { try GuardedDesk.broken(.failed(.integration))($0) }
      let honest = try Tale(desk.desk)
      var tale = try honest.before(.guardrailBreached)
      var breach = honest.all(.guardrailBreached)[0]
      guard case .guardrailBreached(var fields) = breach.payload,
        let place = fields.evidence.firstIndex(where: { (0x31...0x38).contains($0) })
      else { return [] }
      fields.evidence[place] += 1
      breach.payload = .guardrailBreached(fields)
      tale.plant(breach, at: breach.header.logTime)
      return tale.events
    },
    LawlessLog(name: "a-breach-without-evidence", violations: [(1, "step-stale")]) {
      let desk = try GuardedDesk()
      try desk.shop(untilHour: 9) { try GuardedDesk.broken(.failed(.integration))($0) }
      let breach = try Tale(desk.desk).all(.guardrailBreached)[0]
      let healthy = try GuardedDesk()
      try healthy.shop(untilHour: 9, GuardedDesk.healthy)
      var tale = try Tale(healthy.desk)
      tale.plant(breach, at: healthy.now)
      return tale.events
    },
    LawlessLog(name: "a-roll-back-without-cause", violations: [(1, "step-stale")]) {
      let honest = try rollout(until: 9)
      let on = honest.all(.merchantEnabled)[0]
      var tale = honest
      guard case .merchantEnabled(let fields) = on.payload else { return [] }
      let cause = Position(UInt64(honest.events.count - 1))
      let id = Command.stepID(intent: cause, step: 6, subject: on.header.merchant.rawValue)
      tale.plant(
        Event(
          EventHeader(
            actor: .scheduler, cause: cause, commandID: id, commandDigest: id.low,
            previous: tale.last(of: on.header.merchant), merchant: on.header.merchant),
          .merchantRolledBack(
            MerchantSwitched(
              rollout: fields.rollout, planVersion: fields.planVersion, wave: fields.wave))),
        at: at(9))
      return tale.events
    },
    LawlessLog(name: "a-refund-above-its-capture", violations: [(1, "flags")]) {
      let desk = try Desk.with(merchants: 1)
      try desk.send(.recordPayment(payment(.captured, 100)), actor: Actor(.institution))
      try desk.flush()
      try desk.send(
        .recordPayment(payment(.refunded, 150, refund: "r")), actor: Actor(.institution))
      var tale = try Tale(desk)
      tale.events[tale.events.count - 1].header.flags = PolicyFlags(rawValue: 0)
      return tale.events
    },
    LawlessLog(name: "a-command-twice", violations: [(1, "command-repeated")]) {
      let desk = try Desk.with(merchants: 1)
      try desk.send(
        .publishDump(
          DumpPublished(
            name: Desk.text("mix"), format: Desk.text("csv"), position: Position(1), rows: 1,
            digest: .zero)))
      var tale = try Tale(desk)
      tale.plant(tale.events[tale.events.count - 1], at: Desk.midnight.advanced(bySeconds: 9))
      return tale.events
    },
    LawlessLog(name: "a-step-under-another-id", violations: [(1, "step-id")]) {
      let honest = try rollout()
      var tale = try honest.before(.merchantEnabled, number: 2)
      var enabled = honest.all(.merchantEnabled)[1]
      enabled.header.commandID = CommandID(low: 5, high: 6)
      tale.plant(enabled, at: enabled.header.logTime)
      return tale.events
    },
    LawlessLog(name: "another-previous-event", violations: [(1, "previous")]) {
      let honest = try rollout()
      var tale = try honest.before(.merchantEnabled, number: 2)
      var enabled = honest.all(.merchantEnabled)[1]
      enabled.header.previous = .zero
      tale.plant(enabled, at: enabled.header.logTime)
      return tale.events
    },
    LawlessLog(name: "too-short-a-notice", violations: [(1, "notice-too-short")]) {
      let honest = try rollout(until: 8)
      var tale = try honest.before(.rolloutAnnounced)
      tale.plant(
        honest.all(.rolloutAnnounced)[0], at: Desk.midnight.advanced(bySeconds: 4 * Desk.day))
      return tale.events
    },
  ]

  /// A plan that asks for one approval by somebody else than who announced it.
  private static func approved() throws -> Tale {
    let desk = try Desk.with(merchants: 4)
    let document = try Desk.plan(
      version: 1, [("\"approvals\": 0,", "\"approvals\": 1, \"four_eyes\": true,")])
    try desk.send(.announce(document: document))
    try desk.send(
      .approve(plan: Desk.text("p"), role: Desk.text("risk")), actor: Actor(.approver, id: 2))
    try desk.send(.start(plan: Desk.text("p")))
    return try Tale(desk)
  }

  private static func payment(
    _ outcome: Outcome, _ fen: Int64, refund: String = ""
  ) -> Payment {
    Payment(
      outcome: outcome, orderedAt: Desk.midnight, orderAmount: Money(fen: fen),
      paidAmount: Money(fen: fen), institution: .alipay, failureClass: .none,
      merchantTier: .unknown, buyerTier: .t5, transaction: Desk.text("t"), order: Desk.text("o"),
      refund: Desk.text(refund), external: Desk.text("m1"))
  }

  /// An event may end with zeros, and with fewer than these.
  private static let zerosMax = 512

  /// Writes the events as a log of its own, whose last file has lost most zeros at its end.
  static func disk(_ events: [Event]) throws -> SimulatedDisk {
    let desk = try Desk(after: events[...], at: events.last?.header.logTime ?? Desk.midnight)
    let disk = desk.disk
    for path in disk.paths where path.hasSuffix(".seg") {
      let bytes = try #require(disk.contents(path))
      disk.cut(path, to: (bytes.lastIndex { $0 != 0 } ?? 0) + zerosMax)
    }
    return disk
  }

  static let violationsName = "violations.json"

  /// What the audit must find, as it stands beside the log.
  static func document(_ report: AuditReport) -> [UInt8] {
    let lines = report.violations.map { found in
      "  {\"position\": \(found.position.rawValue), \"kind\": \"\(found.kind.name)\", "
        + "\"rule\": \"\(found.rule)\"}"
    }
    return Array("[\n\(lines.joined(separator: ",\n"))\n]\n".utf8)
  }
}

@Suite struct LawlessLogTests {
  private static func audit(_ disk: SimulatedDisk) throws -> AuditReport {
    try DecisionAudit(try LogReader(disk, "/log")).run()
  }

  @Test(arguments: LawlessLogs.all.indices)
  func `the audit finds the rule that is broken, and nothing else`(_ index: Int) throws {
    let log = LawlessLogs.all[index]
    let events = try log.make()
    try #require(events.count > 2, "\(log.name)")
    let report = try LawlessLogTests.audit(try LawlessLogs.disk(events))
    #expect(report.ending == nil)
    #expect(report.position == Position(UInt64(events.count)))
    let found = report.violations.map { "\($0.position.rawValue) \($0.rule)" }
    let planted = log.violations.map { "\(events.count - $0.fromEnd) \($0.rule)" }
    #expect(found == planted, "\(log.name): \(report.violations.map(\.what))")
  }

  /// What of a log's folder stands in events/golden.
  private static let kept = ["leaves", "sync.mark", "tree"]

  private static func bytes(_ path: String) throws -> [UInt8] {
    var file = try InputFile(path)
    return try file.readAll(limit: 1 << 21)
  }

  @Test(
    .enabled(
      if: unsafe getenv("SLUICE_WRITE_GOLDEN") != nil,
      "set SLUICE_WRITE_GOLDEN=1 to write events/golden"))
  func `the lawless golden logs are written`() throws {
    let system = SystemDisk()
    for log in LawlessLogs.all {
      let disk = try LawlessLogs.disk(try log.make())
      let folder = PackageRoot.path("events/golden/\(LawlessLogs.prefix)\(log.name)")
      for path in [folder, folder + "/segments"] where try !system.exists(path) {
        try system.makeDirectory(path)
      }
      for path in disk.paths {
        let name = path.dropFirst("/log/".count)
        guard path.hasSuffix(".seg") || LawlessLogTests.kept.contains(String(name)) else {
          continue
        }
        let bytes = try #require(disk.contents(path))
        try system.replaceFile("\(folder)/\(name)", with: unsafe bytes.span.bytes)
      }
      let found = LawlessLogs.document(try LawlessLogTests.audit(disk))
      try system.replaceFile(
        "\(folder)/\(LawlessLogs.violationsName)", with: unsafe found.span.bytes)
    }
  }

  @Test func `every lawless golden log is found as ever, and is sound all the same`() throws {
    let system = SystemDisk()
    let root = PackageRoot.path("events/golden")
    let names = try system.list(root).filter { $0.hasPrefix(LawlessLogs.prefix) }
    #expect(names.count >= LawlessLogs.all.count)
    for name in names {
      let folder = "\(root)/\(name)"
      let report = try DecisionAudit(try LogReader(system, folder)).run()
      #expect(report.count > 0)
      let stored = try LawlessLogTests.bytes("\(folder)/\(LawlessLogs.violationsName)")
      #expect(LawlessLogs.document(report) == stored, "\(name)")
      let verified = try Verification(system, folder).run()
      #expect(verified.isSound, "\(name): \(String(describing: verified.damage))")
    }
  }

  @Test func `an honest rollout with a pause, a roll-back and a breach is lawful`() throws {
    let desk = try GuardedDesk()
    try desk.shop(untilHour: 9) { try GuardedDesk.broken(.failed(.integration))($0) }
    try desk.desk.send(.resume(plan: Desk.text("p"), Desk.reason))
    try desk.shop(untilHour: 14, GuardedDesk.healthy)
    try desk.desk.send(.pause(plan: Desk.text("p"), Desk.reason))
    try desk.desk.send(.rollBack(plan: Desk.text("p"), .tier(.t3), Desk.reason))
    try desk.settle()
    try desk.desk.send(.reinstate(plan: Desk.text("p"), .all, Desk.reason))
    try desk.settle()
    try desk.desk.send(.resume(plan: Desk.text("p"), Desk.reason))
    try desk.shop(untilHour: 20, GuardedDesk.healthy)
    try desk.desk.flush()
    let report = try LawlessLogTests.audit(desk.desk.disk)
    #expect(report.isLawful, "\(report.violations.first.map { "\($0)" } ?? "")")
    #expect(report.steps > 100)
    let kinds = Set(try desk.desk.events().map(\.kind))
    #expect(
      kinds.isSuperset(of: [
        .guardrailBreached, .rollbackOrdered, .merchantRolledBack, .merchantReinstated,
        .evidenceClosed,
      ]))
  }
}
