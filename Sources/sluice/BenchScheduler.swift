// The scheduler at full size: the order of all merchants, ticks with nothing due, and every
// enablement made durable beside live payments.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Rollout

struct BenchScheduler {
  let folder: BenchFolder
  let merchants: Int
  private static let start = Timestamp(seconds: 1_726_070_400)
  private static let day: Int64 = 86_400
  private static let runs = 3
  private static let idleTicks = 20_000
  private let clock = ManualClock(BenchScheduler.start)

  func run() throws {
    say("\nscheduler over \(BenchFigures.text(Double(merchants))) merchants\n")
    let replay = try registry()
    let plan = try PlanReader.read(BenchScheduler.document)
    order(plan, replay.state.book)
    let path = folder.path("scheduler")
    let (files, _) = try FileCarrier.create(
      SystemDisk(), path, logID: LogID(low: 5, high: 6), created: BenchScheduler.start,
      options: LogOptions())
    let carrier = BenchCarrier(files: files, shift: replay.state.next)
    let runtime = Runtime(after: consume replay, root: .emptyRoot, time: clock)
    var loop = try BenchLoop(runtime, carrier, clock)
    try begin(&loop, plan)
    idle(runtime)
    clock.set(plan.effectiveAt.advanced(bySeconds: 10 * 3600))
    try emit(&loop, "enable all") {
      runtime.state.board.rollouts[0].phase == .completed
    }
    try loop.send(
      .rollBack(plan: plan.id, .all, Reason(reason: plan.id, reasonReference: .zero)))
    try emit(&loop, "roll back all") {
      runtime.state.board.rollouts[0].runningOrder == nil
    }
    try loop.close()
    folder.removeTree(path)
  }

  /// A log of registrations that is only in memory.
  ///
  /// They are of no command: those of a daemon are sealed long ago, and stand in no table either.
  private func registry() throws -> Replay {
    var replay = Replay(hashesLeaves: false)
    let buffer = BatchBuffer()
    var encoder = FieldEncoder()
    var figures = BenchFigures()
    try figures.measure {
      var number = 0
      while number < merchants {
        let first = replay.state.next
        while number < merchants, buffer.hasRoom(events: 1, bytes: 400), buffer.count < 8_192 {
          number += 1
          registration(number).encode(into: &encoder)
          buffer.append(encoder.bytes)
        }
        try buffer.withBatch(first: first, logTime: BenchScheduler.start) {
          batch throws(ReadModelFault) in try replay.apply(batch)
        }
        buffer.reset()
      }
    }
    BenchFigures.row("  registrations replayed", figures.rate(merchants))
    return replay
  }

  private func registration(_ number: Int) -> Event {
    let spread = UInt32(truncatingIfNeeded: number &* 2_654_435_761)
    let fields = MerchantRegistered(
      platform: number % 3 == 0 ? .tmall : .taobao,
      tier: Tier(rawValue: UInt8((spread >> 8) & 0xff) % UInt8(Tier.allCases.count)) ?? .unknown,
      dailyPayments: number % 7 == 3 ? 0 : (spread >> 16) % 400 + 1,
      external: ExternalID("bench-shop-\(number)") ?? .none, category: .none, city: .none)
    return Event(
      EventHeader(
        logTime: BenchScheduler.start, merchant: MerchantNumber(UInt32(number))),
      .merchantRegistered(fields))
  }

  private func order(_ plan: Plan, _ book: MerchantBook) {
    var figures = BenchFigures()
    for _ in 0..<BenchScheduler.runs {
      figures.measure {
        let order = FrozenOrder(plan: plan, book: book, rollout: .none)
        precondition(order.count == merchants, "the bench's plan leaves merchants out")
      }
    }
    BenchFigures.row("  order, its digest and places", figures.rate(merchants))
  }

  private func begin(_ loop: inout BenchLoop, _ plan: Plan) throws {
    try loop.send(.announce(document: BenchScheduler.document))
    var figures = BenchFigures()
    try figures.measure { try loop.send(.start(plan: plan.id)) }
    BenchFigures.row("  start of the rollout", figures.rate(merchants))
  }

  private func idle(_ runtime: Runtime) {
    var figures = BenchFigures()
    // The first of them make memory ready for the switches.
    for _ in 0..<BenchScheduler.runs {
      figures.measure {
        for _ in 0..<BenchScheduler.idleTicks {
          let taken = runtime.tick()
          precondition(taken == 0, "the bench's plan has something due before its time")
        }
      }
    }
    BenchFigures.row("  ticks with nothing due", figures.rate(BenchScheduler.idleTicks))
  }

  private func emit(
    _ loop: inout BenchLoop, _ name: String, until isDone: () -> Bool
  ) throws {
    loop.beginMeasuring()
    var figures = BenchFigures()
    try figures.measure {
      while !isDone() { try loop.turn() }
      try loop.drain()
    }
    BenchFigures.row("  \(name), durable", figures.rate(loop.steps))
    BenchFigures.row(
      "    beside \(BenchFigures.text(Double(loop.payments))) payments, the longest delay",
      "\(BenchFigures.fixed(Double(loop.delayMax) / 1e6)) ms, the longest tick "
        + "\(BenchFigures.fixed(Double(loop.tickMax) / 1e6)) ms")
  }

  /// Two waves, and caps that hold nobody back.
  private static let document = Array(
    """
    {"plan": "bench", "version": 1, "institution": "wechat-pay",
    "effective_at": "2024-10-01T00:00:00+08:00", "window_days": 7,
    "order": {"hash_version": 1, "seed": "bench", "largest_last": "10%"}, "hold_back": "5%",
    "waves": [
    {"name": "canary", "day": 1, "opens": "08:00", "share": "1%", "canary": true},
    {"name": "half", "day": 1, "opens": "08:30", "share": "50%"},
    {"name": "all", "day": 1, "opens": "09:00", "share": "rest"}],
    "caps": {"merchants_per_hour": 1000000000000, "merchants_per_day": 1000000000000,
    "payments_per_hour": 1000000000000000, "payments_per_day": 1000000000000000},
    "approvals": 0, "after_window": "hold"}
    """.utf8)
}

/// A carrier whose first position is not 0: the registry before it is in memory alone.
struct BenchCarrier: Carrier {
  var files: FileCarrier<SystemDisk>
  let shift: Position

  private func inner(_ position: Position) -> Position {
    Position(position.rawValue - shift.rawValue)
  }

  var durableEnd: Position { Position(files.durableEnd.rawValue + shift.rawValue) }
  var lastLogTime: Timestamp { files.lastLogTime }
  var root: Digest { files.root }

  mutating func append(
    _ batch: BatchBuffer, expecting: Position, logTime: Timestamp, leaves: Span<Digest>,
    isControl: Bool
  ) throws(LogFault) {
    try files.append(
      batch, expecting: inner(expecting), logTime: logTime, leaves: leaves, isControl: isControl)
  }

  func read<Failure: Error>(
    from: Position, to: Position, _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>) {
    try files.read(from: inner(from), to: inner(to), body)
  }

  mutating func idle(at time: Timestamp) throws(LogFault) { try files.idle(at: time) }
  mutating func close(at time: Timestamp) throws(LogFault) { try files.close(at: time) }
  func leaves(_ range: Range<UInt64>) throws(LogFault) -> [Digest] { try files.leaves(range) }
  func root(at position: Position) throws(LogFault) -> Digest {
    try files.root(at: inner(position))
  }
}
