// The scheduler's steps by the run against the same steps as commands of their own: one decision,
// one log, one state.

import EventLog
import Events
import Platform
import Projections
import Rollout
import Testing

@testable import Orchestrator

/// Decides and folds every event again as an `Event`.
private struct PlainFold {
  var state = DecisionState()
  var timeline = Timeline()
  var switches: [Switch] = []
  var steps = 0
  private var encoder = FieldEncoder()
  private var decision = Decision()

  mutating func take(_ batch: borrowing EventBatch) throws {
    for index in 0..<batch.count {
      let event = try batch.event(index)
      event.encode(into: &encoder)
      let bytes = batch.bytes(of: index)
      #expect(unsafe bytes.withUnsafeBytes { unsafe Array($0) } == encoder.bytes)
      if let step = MerchantSwitch(event) { try take(step, event, batch.position(index)) }
      try state.apply(event)
    }
    try timeline.apply(batch)
  }

  private mutating func take(
    _ step: MerchantSwitch, _ event: Event, _ position: Position
  ) throws {
    let rollout = try #require(state.board.rollout(step.rollout))
    if step.kind != .merchantReinstated || step.wave != .none {
      switches.append(
        Switch(
          position: position, at: step.header.logTime, merchant: step.header.merchant,
          institution: rollout.institution.rawValue, isOn: step.kind != .merchantRolledBack))
    }
    guard step.isStep else { return }
    steps += 1
    let merchant = step.header.merchant
    let due: ScheduledStep =
      switch step.kind {
      case .merchantRolledBack: .switchOff(merchant, step.wave, order: step.header.cause)
      case .merchantReinstated: .switchOn(merchant, step.wave, order: step.header.cause)
      default: .enable(merchant, step.wave, plannedAt: step.plannedAt)
      }
    let command = Command(
      id: step.header.commandID, digest: step.header.commandDigest, actor: .scheduler,
      body: .schedule(step.rollout, due))
    decision.reset()
    try decide(command, in: state, at: step.header.logTime, into: &decision)
    #expect(decision.events == [event])
    let number: UInt8 = step.kind == .merchantEnabled ? 2 : step.kind == .merchantRolledBack ? 6 : 7
    let ids = [step.header.cause, rollout.start].map {
      Command.stepID(intent: $0, step: number, subject: merchant.rawValue)
    }
    #expect(ids[0] == command.id || number == 2 && ids[1] == command.id)
  }
}

/// What a snapshot holds of two folds.
private final class Bytes: SectionSink {
  private(set) var bytes: [UInt8] = []

  init(_ book: MerchantBook, _ board: RolloutBoard) throws {
    var writer = SectionWriter(to: self)
    book.write(.ids, to: &writer)
    book.write(.records, to: &writer)
    book.write(.standings, to: &writer)
    board.write(to: &writer)
    try writer.finish()
  }

  func write(_ piece: RawSpan) throws(Fault) {
    unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
}

@Suite struct StepRunTests {
  private static let merchants = 400
  private let plan = Desk.text("p")

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `steps by the run are decided, written and folded as one by one`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let desk = try desk(seed, &random)
    var plain = PlainFold()
    try flush(desk, &plain)
    for _ in 0..<120 {
      if random.below(4) > 0 { try disturb(desk, &random) }
      for _ in 0..<random.below(4) {
        desk.clock.set(desk.clock.now().advanced(bySeconds: Int64(random.below(900))))
        desk.runtime.tick(ordersOnly: random.below(8) == 0)
        try flush(desk, &plain)
      }
      try flush(desk, &plain)
      if random.below(30) == 0 { try desk.restart() }
    }
    #expect(plain.steps > StepRunTests.merchants / 2, "the story has hardly a step")
    try agree(desk, plain)
    try desk.restart()
    try agree(desk, plain)
  }

  private func agree(_ desk: Desk, _ plain: PlainFold) throws {
    let bytes = try Bytes(plain.state.book, plain.state.board).bytes
    let (state, model) = (desk.state, desk.runtime.model)
    #expect(try Bytes(state.book, state.board).bytes == bytes)
    #expect(try Bytes(model.merchants, model.rollouts).bytes == bytes)
    #expect(model.timeline.rows == plain.timeline.rows)
    let changes = desk.runtime.feed.changes
    let switches = changes[0..<changes.count].filter { $0.merchant != .none && $0.institution != 0 }
    let excluded = model.timeline.rows.filter { $0.kind == .merchantExcluded }.map(\.position)
    #expect(switches.filter { !excluded.contains($0.position) } == plain.switches)
    #expect(state.next == plain.state.next && state.logTime == plain.state.logTime)
  }

  /// A rollout that is running, whose caps bite or do not.
  private func desk(_ seed: UInt64, _ random: inout SeededRandom) throws -> Desk {
    let desk = try Desk(
      segmentCapacity: 400 << 10, generationEventsMax: seed.isMultiple(of: 2) ? 90 : nil)
    try desk.send(.createLog(Desk.created, openToAll: [.alipay]))
    for number in 1...StepRunTests.merchants {
      try desk.register("m\(number)", dailyPayments: UInt32(random.below(30)))
    }
    var document = Desk.plan()
    for (narrow, wide) in [
      ("\"merchants_per_hour\": 1,", "\"merchants_per_hour\": \(seed % 3 == 0 ? 90 : 9_000_000),"),
      ("\"merchants_per_day\": 100,", "\"merchants_per_day\": 9000000,"),
    ] {
      let place = try #require(document.firstRange(of: Array(narrow.utf8)))
      document.replaceSubrange(place, with: Array(wide.utf8))
    }
    try desk.send(.announce(document: document))
    try desk.send(.start(plan: plan))
    desk.clock.set(Desk.midnight.advanced(bySeconds: 10 * Desk.day + 8 * 3_600))
    return desk
  }

  private func disturb(_ desk: Desk, _ random: inout SeededRandom) throws {
    let merchant = Desk.text("m\(random.below(StepRunTests.merchants) + 1)")
    let scopes: [Command.Scope] = [
      .all, .wave(WaveNumber(UInt16(random.below(2) + 1))), .tier(.t3), .merchant(merchant),
      .category(Desk.text("books")),
    ]
    let scope = scopes[random.below(scopes.count)]
    let bodies: [Command.Body] = [
      .rollBack(plan: plan, scope, Desk.reason), .reinstate(plan: plan, scope, Desk.reason),
      .reinstateMerchant(merchant, plan: plan), .reinstateMerchant(merchant, plan: nil),
      .excludeMerchant(merchant, plan: plan, Desk.reason), .closeMerchant(merchant, Desk.reason),
      .resume(plan: plan, Desk.reason), .resume(plan: plan, Desk.reason),
      .pause(plan: plan, Desk.reason),
    ]
    // Many of them are refused as things stand.
    _ = desk.refusal(bodies[random.below(bodies.count)])
  }

  private func flush(_ desk: Desk, _ plain: inout PlainFold) throws {
    guard let job = desk.runtime.seal() else { return }
    try job.buffer.withBatch(first: job.first, logTime: job.logTime) { try plain.take($0) }
    try desk.commit(job)
  }
}
