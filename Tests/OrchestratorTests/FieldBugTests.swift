// What went wrong in other systems for progressive rollouts, each as a story that must end well
// here. The numbers are those of the list that the issue names; only bugs about commands and states
// stand here.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Rollout
import Simulation
import Testing

@Suite("Bugs of other systems") struct FieldBugTests {
  private static let p = RolloutState.plan
  private static let one = RolloutNumber(1)

  private static let withRollout = RolloutState.allCases.filter { $0 != .none }

  // MARK: 2, 3

  @Test(arguments: [1, 2, 3, 50], ["hold", "continue"])
  func `bug 2: a plan that nothing stops completes by itself`(
    perHour: Int, after: String
  ) throws {
    let desk = try Desk.with(
      merchants: 12, until: .running, plan: Desk.plan(perHour: perHour, after: after))
    try desk.run(from: 8, to: 21)
    #expect(desk.rollout.phase == .completed && desk.countOn == 12)
  }

  @Test func `bug 3: a roll-back that says it is complete leaves nobody on, or is no log`() throws {
    let desk = try RolloutState.completed.desk()
    try desk.send(.rollBack(plan: FieldBugTests.p, .all, Desk.reason))
    try desk.flush()
    let order = try #require(desk.rollout.runningOrder)
    let before = desk.state
    func end(_ stillOn: UInt32) -> Event {
      Event(
        EventHeader(logTime: before.logTime, cause: order.position),
        .rollbackCompleted(
          ScopedOrderCompleted(
            rollout: FieldBugTests.one, planVersion: 1, merchants: 4, stillOn: stillOn)))
    }
    var state = before
    #expect(throws: DecodeFault.rollbackUnfinished(stillOn: 4)) { try state.apply(end(0)) }
    try desk.settle()
    #expect(desk.countOn == 0)
    #expect(desk.runtime.model.merchants.standing(FieldBugTests.one)?.countOn == 0)
    state = desk.state
    #expect(throws: DecodeFault.rollbackUnfinished(stillOn: 1)) { try state.apply(end(1)) }
    try state.apply(end(0))
  }

  // MARK: 9, 10

  @Test(arguments: withRollout)
  func `bug 9: an abort wins from every state and ends`(state: RolloutState) throws {
    let desk = try state.desk()
    let abort = Command.Body.abort(plan: FieldBugTests.p, Desk.reason)
    if desk.rollout.phase == .completed {
      #expect(desk.refusal(abort) == .rolloutOver("completed"))
      return
    }
    let enabled = desk.state.book.standing(FieldBugTests.one)?.everEnabled
    try desk.send(abort)
    try desk.settle()
    #expect(desk.rollout.phase == .aborted && desk.rollout.runningOrder == nil)
    let end = desk.state.next
    for day in 0..<5 as Range<Int64> {
      try desk.goTo(hour: 24 * day + 25)
      #expect(try desk.settle() == 0)
    }
    #expect(desk.state.next == end)
    #expect(desk.state.book.standing(FieldBugTests.one)?.everEnabled == enabled)
    #expect(desk.refusal(.resume(plan: FieldBugTests.p, Desk.reason)) == .rolloutOver("aborted"))
  }

  @Test(arguments: [RolloutState.runningPaused, .windowOverPaused, .rolledBack])
  func `bug 10: a resume ends the pause, whatever began it, and the opening goes on`(
    state: RolloutState
  ) throws {
    let desk = try state.desk()
    #expect(desk.rollout.currentPause != nil)
    let enabled = try #require(desk.state.book.standing(FieldBugTests.one)).everEnabled
    try desk.send(.resume(plan: FieldBugTests.p, Desk.reason))
    #expect(desk.rollout.currentPause == nil && desk.rollout.isPaused == false)
    try desk.run(from: 25, to: 30)
    // Where the window ended meanwhile, it takes another resume.
    if desk.rollout.phase == .running {
      #expect(desk.rollout.isWindowOver && !desk.rollout.mayContinue)
      try desk.send(.resume(plan: FieldBugTests.p, Desk.reason))
      try desk.run(from: 30, to: 36)
    }
    #expect(desk.rollout.phase == .completed)
    #expect(desk.state.book.standing(FieldBugTests.one)?.everEnabled ?? 0 > enabled)
  }

  // MARK: 12, 14

  @Test func `bug 12: a long pause lets no deadline pass and brings no other state`() throws {
    let desk = try RolloutState.running.desk()
    let start = desk.state.logTime
    try desk.send(.pause(plan: FieldBugTests.p, Desk.reason))
    let paused = desk.state.next
    for hour in 9...80 as ClosedRange<Int64> {
      try desk.goTo(hour: hour)
      try desk.settle()
      #expect(desk.rollout.phase == .running && desk.rollout.currentPause != nil)
    }
    #expect(try desk.kinds(from: paused) == [.windowEnded], "one event in three days")
    try desk.send(.resume(plan: FieldBugTests.p, Desk.reason))
    let pause = try #require(desk.rollout.pauses.first)
    let time = pause.until.rawValue - pause.since.rawValue
    #expect(time > 70 * 3_600_000_000_000)
    #expect(desk.rollout.pausedTime(from: start, to: desk.state.logTime) == time)
    #expect(desk.rollout.pausedTime(from: pause.until, to: desk.state.logTime) == 0)
    let half = pause.since.advanced(byNanoseconds: time / 2)
    #expect(desk.rollout.pausedTime(from: start, to: half) == time / 2)
    try desk.run(from: 81, to: 86)
    #expect(desk.rollout.phase == .completed && desk.countOn == 4)
  }

  @Test(arguments: RolloutState.allCases)
  func `bug 14: any number of ticks at one instant append nothing`(state: RolloutState) throws {
    let desk = try state.desk()
    try desk.settle()
    let end = desk.state.next
    for _ in 0..<50 { #expect(desk.runtime.tick() == 0) }
    #expect(desk.state.next == end && desk.runtime.hasOpenBatch == false)
  }

  // MARK: 15, 19, 20

  @Test func `bug 15: a second controller finds the log locked and changes nothing`() throws {
    let desk = try RolloutState.running.desk()
    let end = desk.carrier.durableEnd
    #expect(throws: LogFault.locked(directory: "/log", holder: "")) {
      _ = try FileCarrier.open(desk.disk, "/log", options: LogOptions())
    }
    #expect(desk.carrier.durableEnd == end)
    try desk.send(.pause(plan: FieldBugTests.p, Desk.reason))
    try desk.flush()
    #expect(desk.carrier.durableEnd > end)
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `bug 19: who is on goes off only by a roll-back, an exclusion or a close`(
    seed: UInt64
  ) throws {
    var story = try RolloutStory(seed: seed)
    try story.run(steps: 150) { event, before, after in
      guard after < before else { return }
      #expect(
        [.merchantRolledBack, .merchantExcluded].contains(event.kind), "\(event.kind.name)")
    }
    #expect(story.switches > 20)
  }

  @Test func `bug 20: a gate that holds again and again opens each wave once`() throws {
    let desk = try Desk.with(merchants: 6, until: .running)
    for quarter in 32..<100 as Range<Int64> {
      try desk.goTo(hour: quarter / 4, minute: quarter % 4 * 15)
      for _ in 0..<4 { try desk.settle() }
      if quarter % 3 == 0 {
        try desk.send(.pause(plan: FieldBugTests.p, Desk.reason))
        try desk.settle()
        if desk.rollout.isActive { try desk.send(.resume(plan: FieldBugTests.p, Desk.reason)) }
      }
      if quarter % 7 == 0 { try desk.restart() }
      if desk.rollout.phase == .completed { break }
    }
    let kinds = try desk.kinds()
    for kind in [EventKind.waveOpened, .waveCompleted] {
      #expect(kinds.count { $0 == kind } == 2, "\(kind.name)")
    }
    #expect(kinds.count { $0 == .merchantEnabled } == 6)
    #expect(kinds.count { $0 == .rolloutCompleted } == 1)
  }

  // MARK: 22, 23

  @Test func `bug 22: two that stop it in one batch are both taken`() throws {
    let desk = try RolloutState.running.desk()
    let first = desk.state.next
    let stops: [Command.Body] = [
      .pause(plan: FieldBugTests.p, Desk.reason), .pause(plan: FieldBugTests.p, Desk.reason),
      .rollBack(plan: FieldBugTests.p, .all, Desk.reason),
      .rollBack(plan: FieldBugTests.p, .all, Desk.reason),
      .abort(plan: FieldBugTests.p, Desk.reason), .abort(plan: FieldBugTests.p, Desk.reason),
    ]
    for stop in stops { #expect(desk.refusal(stop) == nil) }
    try desk.settle()
    #expect(
      try desk.kinds(from: first) == [
        .rolloutPaused, .rollbackOrdered, .rollbackOrdered, .rolloutAborted, .merchantRolledBack,
        .rollbackCompleted, .rollbackCompleted,
      ])
    #expect(desk.rollout.orders.map(\.switched) == [1, 0])
  }

  @Test func `bug 23: two that take the same step take it once`() throws {
    let desk = try Desk.with(merchants: 4, until: .running, plan: Desk.plan(perHour: 100))
    try desk.goTo(hour: 8, minute: 59)
    let order = try #require(desk.state.order(FieldBugTests.one))
    let opening = ScheduledStep.openWave(
      WaveNumber(1), plannedAt: Desk.midnight,
      merchants: UInt32(order.places(of: WaveNumber(1)).count))
    let enabling = ScheduledStep.enable(
      order.merchants[0], WaveNumber(1), plannedAt: Desk.midnight)
    for step in [opening, enabling] {
      try desk.send(.schedule(FieldBugTests.one, step), actor: .scheduler)
    }
    #expect(
      desk.refusal(.schedule(FieldBugTests.one, opening), actor: .scheduler)
        == .stepStale("wave order"))
    #expect(
      desk.refusal(.schedule(FieldBugTests.one, enabling), actor: .scheduler)
        == .alreadyEnabled(wave: WaveNumber(1)))
    try desk.settle()
    let kinds = try desk.kinds()
    #expect(kinds.count { $0 == .waveOpened } == 1 && kinds.count { $0 == .merchantEnabled } == 2)
    // The log itself takes a batch only behind what its writer has seen.
    var carrier = desk.carrier
    let batch = BatchBuffer()
    var encoder = FieldEncoder()
    Event(EventHeader(logTime: desk.state.logTime), .clockConfirmed).encode(into: &encoder)
    batch.append(encoder.bytes)
    let leaves = [Digest.eventLeaf(unsafe encoder.bytes.span.bytes)]
    #expect(throws: LogFault.self) {
      try carrier.append(
        batch, expecting: Position(carrier.durableEnd.rawValue - 1), logTime: desk.state.logTime,
        leaves: leaves.span)
    }
  }

  // MARK: 26, 27, 28

  @Test func `bug 26: a crash behind any event loses nothing and does nothing twice`() throws {
    let whole = try FieldBugTests.story(try Desk.with(merchants: 6))
    let events = try whole.events()
    try #require(events.count > 30)
    for cut in 8...events.count {
      let last = events[cut - 1].header.logTime
      let desk = try Desk(after: events[..<cut], at: last)
      try FieldBugTests.goOn(desk)
      #expect(desk.rollout.phase == .completed, "after event \(cut)")
      #expect(desk.rollout.runningOrder == nil && desk.rollout.waves.count == 2)
      let kinds = try desk.kinds()
      let once: [(EventKind, Int)] = [
        (.waveOpened, 2), (.waveCompleted, 2), (.merchantEnabled, 6), (.rolloutCompleted, 1),
      ]
      for (kind, count) in once {
        #expect(kinds.count { $0 == kind } == count, "\(kind.name) after event \(cut)")
      }
      let orders = kinds.count { $0 == .rollbackOrdered }
      #expect(kinds.count { $0 == .rollbackCompleted } == orders)
    }
  }

  /// Two waves with a roll-back and a reinstatement between them.
  private static func story(_ desk: Desk) throws -> Desk {
    try desk.send(.announce(document: Desk.plan(perHour: 100)))
    try desk.send(.start(plan: p))
    try desk.goTo(hour: 8, minute: 59)
    try desk.settle()
    try desk.send(.rollBack(plan: p, .all, Desk.reason))
    try desk.settle()
    try desk.send(.reinstate(plan: p, .wave(WaveNumber(1)), Desk.reason))
    try desk.send(.resume(plan: p, Desk.reason))
    try goOn(desk)
    return desk
  }

  /// What an operator does who finds the log so.
  private static func goOn(_ desk: Desk) throws {
    try desk.settle()
    if desk.state.board.rollouts.isEmpty {
      try desk.send(.announce(document: Desk.plan(perHour: 100)))
    }
    if desk.rollout.phase == .announced { try desk.send(.start(plan: p)) }
    try desk.goTo(hour: 8, minute: 59)
    try desk.settle()
    if desk.rollout.currentPause != nil { try desk.send(.resume(plan: p, Desk.reason)) }
    try desk.run(from: 9, to: 11)
  }

  @Test(arguments: withRollout)
  func `bug 27: no second rollout of an institution begins while one is open, paused or not`(
    state: RolloutState
  ) throws {
    let desk = try state.desk()
    let refusal = desk.rollout.isActive ? Refusal.institutionBusy(plan: FieldBugTests.p) : nil
    #expect(desk.refusal(.consult(document: Desk.plan("q", effective: "2024-10-12"))) == refusal)
    if refusal != nil {
      #expect(desk.refusal(.announce(document: Desk.plan("q", effective: "2024-10-12"))) == refusal)
    }
    #expect(
      desk.refusal(
        .consult(document: Desk.plan("r", institution: "card", effective: "2024-10-12"))) == nil)
  }

  @Test func `bug 28: pausing the opening and withdrawing the method are two words`() throws {
    let desk = try RolloutState.running.desk()
    try desk.send(.pause(plan: FieldBugTests.p, Desk.reason))
    #expect(desk.countOn == 1, "a pause switches nobody off")
    try desk.send(.abort(plan: FieldBugTests.p, Desk.reason))
    #expect(desk.countOn == 1, "an abort switches nobody off")
    try desk.send(.rollBack(plan: FieldBugTests.p, .all, Desk.reason))
    try desk.settle()
    #expect(desk.countOn == 0)
    let ofOpening: [Refusal] = [.paused, .notPaused, .rolloutOver("aborted")]
    for refusal in ofOpening {
      #expect(refusal.message.contains("opening"), "\(refusal.name)")
      #expect(!refusal.message.contains("withdraw") && !refusal.message.contains(" off"))
    }
    #expect(Refusal.nothingToRollBack.message.contains("withdraw"))
    #expect(!Refusal.nothingToRollBack.message.contains("paus"))
  }

  // MARK: 29, 30, 31

  @Test func `bug 29: the order is frozen at the start, and a log with another one is refused`()
    throws
  {
    let desk = try Desk.with(merchants: 30, until: .running, plan: Desk.plan(perHour: 100))
    let order = try #require(desk.state.order(FieldBugTests.one))
    let started = try desk.events().compactMap { event -> RolloutStarted? in
      if case .rolloutStarted(let fields) = event.payload { fields } else { nil }
    }
    #expect(started.map(\.orderDigest) == [order.digest] && started.map(\.hashVersion) == [1])
    for number in 1...30 { try desk.register("m\(number)", dailyPayments: 900, tier: .t1) }
    for number in 31...40 { try desk.register("m\(number)") }
    try desk.restart()
    #expect(desk.state.order(FieldBugTests.one)?.merchants == order.merchants)
    try desk.run(from: 8, to: 10)
    let enabled = try desk.events().filter { $0.kind == .merchantEnabled }
    #expect(Array(enabled.map(\.header.merchant).prefix(30)) == order.merchants)
    #expect(enabled.count == 40)
    var state = try Desk.with(merchants: 30, until: .announced, plan: Desk.plan(perHour: 100)).state
    var forged = try #require(started.first)
    forged.orderDigest.words.0 ^= 1
    #expect(throws: DecodeFault.self) {
      try state.apply(Event(EventHeader(logTime: state.logTime), .rolloutStarted(forged)))
    }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `bug 30: a roll-back never enables anybody`(seed: UInt64) throws {
    var story = try RolloutStory(seed: seed)
    var open = 0
    try story.run(steps: 150) { event, before, after in
      switch event.kind {
      case .rollbackOrdered: open += 1
      case .rollbackCompleted: open -= 1
      default: break
      }
      let isByHand = event.header.actor.kind == .operator
      #expect(open == 0 || after <= before || isByHand, "\(event.kind.name)")
      #expect(open == 0 || event.kind != .merchantEnabled)
    }
    #expect(open == 0 && story.rollbacks > 1)
  }

  @Test(arguments: 1...40)
  func `bug 31: the first and the last bucket of the order lose nobody`(merchants: Int) throws {
    let desk = try Desk.with(merchants: merchants, until: .running)
    let order = try #require(desk.state.order(FieldBugTests.one))
    let waves = order.merchants.map { order.wave(of: $0).rawValue }
    #expect(order.count == merchants && Set(order.merchants).count == merchants)
    #expect(waves.first == 1 && waves == waves.sorted())
    for wave in 1...order.waves {
      let places = order.places(of: WaveNumber(UInt16(wave)))
      #expect(places.count == waves.count { Int($0) == wave })
    }
    #expect(order.places(of: WaveNumber(UInt16(order.waves))).upperBound == merchants)
    let least = Share(partsPerMillion: 1)
    #expect(least.of(999_999) == 0 && least.of(1_000_000) == 1 && least.roundedUp(of: 1) == 1)
    #expect(Share.whole.of(UInt64(merchants)) == UInt64(merchants))
    #expect(Share.none.roundedUp(of: .max) == 0 && Share.whole.of(.max) == .max)
  }
}
