// A small log on a simulated disk, with several segments.

import EventLog
import Events
import Orchestrator
import Platform
import Simulation
import Testing

/// Writes logs by the rules of the product.
struct SmallLog {
  static let folder = "/log"
  let disk: SimulatedDisk

  /// A log of so many batches of four payments, closed in order; `last` comes behind them.
  init(batches: Int, last: [Command.Body] = [], segmentCapacity: Int = 8192) throws {
    disk = SimulatedDisk(seed: 1)
    var options = LogOptions()
    options.segmentCapacity = segmentCapacity
    options.reserveLength = 4096
    let clock = ManualClock(Timestamp(seconds: 1_725_400_000))
    let (carrier, _) = try FileCarrier.create(
      disk, SmallLog.folder, logID: LogID(low: 7, high: 9), created: clock.now(),
      options: options)
    let runtime = Runtime(after: Replay(hashesLeaves: false), root: carrier.root, time: clock)
    var committer = Committer(carrier: carrier)
    try SmallLog.commit(
      runtime, &committer,
      [
        .createLog(
          LogCreated(
            origin: ShortText("audit.test") ?? .none, clock: .scaled, clockStart: clock.now(),
            clockSpeed: 1, logIDLow: 7, logIDHigh: 9), openToAll: [.alipay, .card])
      ])
    for batch in 0..<batches {
      clock.advance(byNanoseconds: 1_000_000_000)
      try SmallLog.commit(
        runtime, &committer, (0..<4).map { SmallLog.payment("t-\(batch)-\($0)", clock.now()) })
    }
    if !last.isEmpty { try SmallLog.commit(runtime, &committer, last) }
    try committer.mark(at: runtime.currentTime())
    try committer.close(at: runtime.currentTime())
  }

  private static func commit(
    _ runtime: Runtime, _ committer: inout Committer<FileCarrier<SimulatedDisk>>,
    _ bodies: [Command.Body]
  ) throws {
    for body in bodies {
      let number = runtime.state.next.rawValue + 1
      _ = try runtime.submit(
        Command(id: CommandID(low: number, high: 1), digest: number, actor: .system, body: body))
    }
    let job = try #require(runtime.seal())
    try committer.commit(job)
    runtime.finish(job)
  }

  private static func payment(_ transaction: String, _ at: Timestamp) -> Command.Body {
    .recordPayment(
      Payment(
        outcome: .captured, orderedAt: at, orderAmount: Money(fen: 100),
        paidAmount: Money(fen: 100), institution: .alipay,
        transaction: ExternalID(transaction) ?? .none,
        order: ExternalID("o-" + transaction) ?? .none,
        external: ExternalID("shop-1") ?? .none))
  }

  /// The segments' paths in order.
  var segments: [String] { disk.paths.filter { $0.hasSuffix(".seg") }.sorted() }
}
