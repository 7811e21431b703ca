// A runtime over a simulated disk: what the tests of decisions sit at.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Simulation
import Testing

/// Hands commands to a runtime; what is sent before the clock moves is one batch.
final class Desk {
  static let day: Int64 = 86_400
  static let midnight = Timestamp(seconds: 1_725_206_400)

  let clock: ManualClock
  let disk = SimulatedDisk(seed: 1)
  private(set) var runtime: Runtime
  private var committer: Committer<FileCarrier<SimulatedDisk>>
  private var sent = 0
  /// Keeps the index of sealed segments; nil where the tables hold the whole log.
  private(set) var keeper: Housekeeper<SimulatedDisk>?
  private let options: LogOptions
  private let generationEventsMax: Int?
  /// Files of the index that were found damaged while the log was folded.
  private(set) var discarded = 0

  /// - Parameter generationEventsMax: how many events the tables take before the index of sealed
  ///   segments is asked for older ones; nil where they hold everything.
  init(segmentCapacity: Int = 32_768, generationEventsMax: Int? = nil) throws {
    clock = ManualClock(Desk.midnight)
    var options = LogOptions()
    options.segmentCapacity = segmentCapacity
    options.reserveLength = 65_536
    self.options = options
    self.generationEventsMax = generationEventsMax
    let created = try FileCarrier.create(
      disk, "/log", logID: LogID(low: 1, high: 2), created: Desk.midnight,
      options: options)
    committer = Committer(carrier: created.carrier)
    guard let generationEventsMax else {
      runtime = Runtime(after: Replay(hashesLeaves: false), root: .emptyRoot, time: clock)
      return
    }
    let keeper = try Housekeeper(disk, "/log")
    runtime = Runtime(
      after: Replay(sealed: keeper.index), root: .emptyRoot, time: clock,
      generationEventsMax: generationEventsMax)
    self.keeper = keeper
  }

  /// A daemon that comes back to a log of which a crash has left these events.
  init(after events: ArraySlice<Event>, at instant: Timestamp) throws {
    clock = ManualClock(instant)
    // What is sent now is none of what the log knows.
    sent = 1_000
    var options = LogOptions()
    options.segmentCapacity = 1 << 20
    options.reserveLength = 65_536
    self.options = options
    generationEventsMax = nil
    var (carrier, _) = try FileCarrier.create(
      disk, "/log", logID: LogID(low: 1, high: 2), created: Desk.midnight, options: options)
    var encoder = FieldEncoder()
    var rest = events
    while let logTime = rest.first?.header.logTime {
      let buffer = BatchBuffer()
      var leaves: [Digest] = []
      for event in rest.prefix(while: { $0.header.logTime == logTime }) {
        event.encode(into: &encoder)
        buffer.append(encoder.bytes)
        leaves.append(Digest.eventLeaf(unsafe encoder.bytes.span.bytes))
      }
      rest = rest.dropFirst(leaves.count)
      try carrier.append(
        buffer, expecting: carrier.durableEnd, logTime: logTime, leaves: leaves.span)
    }
    var replay = Replay(hashesLeaves: false)
    try carrier.read(from: .zero, to: carrier.durableEnd) {
      (batch: borrowing EventBatch) in try replay.apply(batch)
    }
    runtime = Runtime(
      after: replay, root: carrier.root, promised: carrier.lastLogTime, time: clock)
    committer = Committer(carrier: carrier)
  }

  /// A log with two merchants, on a plan's way as far as asked for.
  static func with(
    merchants: Int = 2, until phase: RolloutPhase? = nil, approvals: Int = 0, plan: [UInt8]? = nil,
    segmentCapacity: Int = 32_768, generationEventsMax: Int? = nil
  ) throws -> Desk {
    let desk = try Desk(
      segmentCapacity: segmentCapacity, generationEventsMax: generationEventsMax)
    try desk.send(
      .createLog(created, openToAll: [.alipay]))
    for number in 0..<merchants { try desk.register("m\(number + 1)") }
    guard let phase else { return desk }
    let document = plan ?? Desk.plan(approvals: approvals)
    if phase == .consulted {
      try desk.send(.consult(document: document))
      return desk
    }
    try desk.send(.announce(document: document))
    if phase == .announced { return desk }
    try desk.send(.start(plan: text("p")))
    return desk
  }

  static func text(_ word: String) -> ShortText { ShortText(word) ?? .none }

  static let created = LogCreated(
    origin: text("test"), clock: .wall, clockStart: midnight, clockSpeed: 1, logIDLow: 1,
    logIDHigh: 2)

  static let reason = Reason(reason: text("test"), reasonReference: .zero)

  /// Takes effect ten days after `midnight`; two waves on the first day, at 08:00 and 09:00.
  static func plan(
    _ id: String = "p", institution: String = "wechat-pay", approvals: Int = 0,
    effective: String = "2024-09-12", perHour: Int = 1, after: String = "hold",
    coolingOff: Int? = nil
  ) -> [UInt8] {
    let cooling = coolingOff.map { "\"cooling_off_minutes\": \($0)," } ?? ""
    return Desk.plan(id, institution, approvals, effective, perHour, after, cooling)
  }

  private static func plan(
    _ id: String, _ institution: String, _ approvals: Int, _ effective: String, _ perHour: Int,
    _ after: String, _ more: String
  ) -> [UInt8] {
    Array(
      """
      {"plan": "\(id)", "version": 1, "institution": "\(institution)",
      "effective_at": "\(effective)T00:00:00+08:00", "window_days": 1,
      "order": {"hash_version": 1, "seed": "s", "largest_last": "10%"}, "hold_back": "0%",
      "waves": [
      {"name": "one", "day": 1, "opens": "08:00", "share": "50%", "canary": true},
      {"name": "two", "day": 1, "opens": "09:00", "share": "rest"}],
      "caps": {"merchants_per_hour": \(perHour), "merchants_per_day": 100,
      "payments_per_hour": 100000, "payments_per_day": 100000},
      "approvals": \(approvals), \(more) "after_window": "\(after)"}
      """.utf8)
  }

  /// Sets the clock to a time of the tenth day, which is the plan's.
  func goTo(hour: Int64, minute: Int64 = 0) throws {
    try flush()
    clock.set(Desk.midnight.advanced(bySeconds: 10 * Desk.day + hour * 3_600 + minute * 60))
  }

  /// Makes durable what was sent.
  func flush() throws {
    guard let job = runtime.seal() else { return }
    try commit(job)
  }

  func commit(_ job: CommitJob) throws {
    try committer.commit(job)
    runtime.finish(job)
    guard keeper != nil else { return }
    try keeper?.refresh()
    while try keeper?.step() == true {}
    if let keeper { runtime.use(keeper.index) }
  }

  /// Closes the log and opens it again, as the next daemon does: from the latest snapshot on where
  /// a housekeeper is at work.
  func restart() throws {
    try flush()
    try committer.close(at: runtime.currentTime())
    let (carrier, _) = try FileCarrier.open(disk, "/log", options: options)
    let replay = try fold(carrier)
    runtime = Runtime(
      after: replay, root: carrier.root, promised: carrier.lastLogTime, time: clock,
      generationEventsMax: generationEventsMax ?? Runtime.generationEventsUsual)
    committer = Committer(carrier: carrier)
  }

  /// Reads every place of the index, and discards a file that is damaged; whether one was.
  func healed() throws -> Bool {
    guard let damage = firstDamage() else { return false }
    try keeper?.discard(damage.path)
    while try keeper?.stepIndex() == true {}
    return true
  }

  private func firstDamage() -> Corruption? {
    guard let index = keeper?.index else { return nil }
    for position in 0..<index.end.rawValue {
      do throws(LogFault) { _ = try index.event(Position(position)) } catch {
        if case .corrupt(let damage) = error, damage.what == .index { return damage }
      }
    }
    return nil
  }

  /// As `sluice serve` folds it: what of the index is found damaged on the way is made anew.
  private func fold(_ carrier: FileCarrier<SimulatedDisk>) throws -> Replay {
    guard keeper != nil else {
      var replay = Replay(hashesLeaves: false)
      try carrier.read(from: .zero, to: carrier.durableEnd) {
        (batch: borrowing EventBatch) in try replay.apply(batch)
      }
      return replay
    }
    keeper = try Housekeeper(disk, "/log")
    var folded: Replay?
    while folded == nil { folded = try foldOnce(carrier) }
    return try #require(folded)
  }

  /// Nil where a file of the index was found damaged, which is gone then.
  private func foldOnce(_ carrier: FileCarrier<SimulatedDisk>) throws -> Replay? {
    while try keeper?.stepIndex() == true {}
    guard var replay = keeper?.begin() else { return nil }
    try carrier.read(from: replay.state.next, to: carrier.durableEnd) {
      (batch: borrowing EventBatch) in try replay.apply(batch)
    }
    guard let fault = replay.fault else { return replay }
    guard case .corrupt(let damage) = fault, damage.what == .index else { throw fault }
    try keeper?.discard(damage.path)
    discarded += 1
    return nil
  }

  func command(_ body: Command.Body, actor: Actor = Actor(.operator, id: 1)) -> Command {
    sent += 1
    let name = Array("\(sent)".utf8)
    return Command(
      id: Command.id("test", name), digest: Command.digest(name), actor: actor, body: body)
  }

  @discardableResult
  func send(
    _ body: Command.Body, actor: Actor = Actor(.operator, id: 1)
  ) throws(Refusal) -> Receipt {
    try runtime.submit(command(body, actor: actor))
  }

  @discardableResult
  func register(
    _ name: String, dailyPayments: UInt32 = 10, tier: Tier = .t3, category: String = "books"
  ) throws(Refusal) -> Receipt {
    try send(
      .registerMerchant(
        MerchantRegistered(
          platform: .taobao, tier: tier, dailyPayments: dailyPayments, external: Desk.text(name),
          category: Desk.text(category), city: Desk.text("city"))))
  }

  /// The refusal of a command; nil where it is taken.
  func refusal(_ body: Command.Body, actor: Actor = Actor(.operator, id: 1)) -> Refusal? {
    do throws(Refusal) {
      try send(body, actor: actor)
      return nil
    } catch { return error }
  }

  var state: DecisionState { runtime.state }
  var carrier: FileCarrier<SimulatedDisk> { committer.carrier }

  /// Lets the scheduler take every step that is due now, batch by batch.
  @discardableResult
  func settle() throws -> Int {
    var taken = 0
    while true {
      let steps = runtime.tick()
      try flush()
      taken += steps
      if steps == 0 { return taken }
    }
  }

  /// Settles every quarter of an hour from one hour of the plan's day to another.
  func run(from hour: Int64, to end: Int64) throws {
    for quarter in 4 * hour..<4 * end {
      try goTo(hour: quarter / 4, minute: quarter % 4 * 15)
      try settle()
    }
  }

  /// Every durable event.
  func events(from first: Position = .zero) throws -> [Event] {
    try flush()
    var events: [Event] = []
    try carrier.read(from: first, to: carrier.durableEnd) {
      (batch: borrowing EventBatch) throws in
      for index in 0..<batch.count { events.append(try batch.event(index)) }
    }
    return events
  }

  /// What happened since a position, in its order.
  func kinds(from first: Position = .zero) throws -> [EventKind] {
    try events(from: first).map(\.kind)
  }

  /// The first rollout.
  var rollout: Projections.Rollout {
    guard let rollout = state.board.rollouts.first else {
      preconditionFailure("a test asks for a rollout before it makes one")
    }
    return rollout
  }

  /// How many merchants are on under the first rollout.
  var countOn: Int { state.book.standing(RolloutNumber(1))?.countOn ?? 0 }

  func standing(_ merchant: UInt32) -> MerchantState {
    state.book.state(MerchantNumber(merchant), RolloutNumber(1))
  }
}
