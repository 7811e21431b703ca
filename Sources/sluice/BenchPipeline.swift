// The pipeline without its sockets and threads: what a line costs each of them, in CPU time. On a
// machine whose other core is busy these figures hold where those of the clock on the wall do not.

import Daemon
import EventLog
import Events
import Glibc
import Merkle
import Orchestrator
import Platform
import Text

struct BenchPipeline {
  let folder: BenchFolder
  let lines: Int
  let scale: Int
  private static let batch = 8_192

  func run() throws {
    let path = folder.path("pipeline")
    let start = Timestamp(seconds: 1_726_070_400)
    let (carrier, _) = try FileCarrier.create(
      SystemDisk(), path, logID: LogID(low: 5, high: 6), created: start, options: LogOptions())
    let runtime = Runtime(
      after: Replay(hashesLeaves: false), root: .emptyRoot,
      time: ScaledClock(start: start, speed: .real))
    var committer = Committer(carrier: carrier)
    try prepare(runtime, &committer)
    var payments = BenchPayments()
    let text = payments.lines(lines)
    let group = PaymentGroup()
    var parsing = BenchCost()
    try parsing.measure { try BenchPayments.read(text, group) { group.removeAll() } }
    var deciding = BenchCost()
    var back = BenchCost()
    var finishing = BenchCost()
    var waiting = 0
    var done = 0
    try BenchPayments.read(text, group) {
      deciding.measure { runtime.submit(group) }
      waiting += group.count
      done += group.count
      group.removeAll()
      guard waiting >= BenchPipeline.batch / scale, let job = runtime.seal() else { return }
      waiting = 0
      try back.measure { try committer.commit(job) }
      finishing.measure { runtime.finish(job) }
      if done <= warmLines { (deciding.allocations, back.allocations) = (0, 0) }
      if done <= warmLines { finishing.allocations = 0 }
    }
    say("\nthe pipeline, nanoseconds of CPU a line\n")
    row("  front thread: cut, scan, read, identify", parsing)
    row("  front thread: decide, encode, fold", deciding)
    row("  front thread: projections", finishing)
    row("  back thread: leaves, tree, checksum, write, sync", back)
    if BenchCost.countsAllocations {
      for (name, cost) in [("decide", deciding), ("projections", finishing), ("back", back)] {
        BenchFigures.row(
          "  allocations, \(name)", "\(cost.allocations) in \(lines - warmLines) lines")
      }
    }
    try committer.close(at: runtime.currentTime())
    folder.removeTree(path)
  }

  /// Lines after which every buffer has its size; the tables grow next behind the last line.
  private var warmLines: Int { lines * 3 / 4 }

  private func row(_ name: String, _ cost: BenchCost) {
    BenchFigures.row(name, "\(cost.nanoseconds / Int64(lines)) ns")
  }

  private func prepare(
    _ runtime: Runtime, _ committer: inout Committer<FileCarrier<SystemDisk>>
  ) throws {
    try submit(
      runtime, 1,
      .createLog(
        LogCreated(
          origin: ShortText("bench") ?? .none, clock: .scaled, clockStart: .none, clockSpeed: 1,
          logIDLow: 5, logIDHigh: 6), openToAll: Institution.allCases))
    for number in 1...BenchPayments.merchants {
      let fields = MerchantRegistered(
        platform: .taobao, tier: .t2, dailyPayments: 20, external: BenchPayments.shop(number),
        category: .none, city: .none)
      try submit(runtime, UInt64(number) + 1, .registerMerchant(fields))
      if number % 10_000 == 0, let job = runtime.seal() {
        try committer.commit(job)
        runtime.finish(job)
      }
    }
  }

  private func submit(_ runtime: Runtime, _ id: UInt64, _ body: Command.Body) throws {
    _ = try runtime.submit(
      Command(id: CommandID(low: id, high: 1), digest: id, actor: .system, body: body))
  }
}

/// What closures have cost this thread.
struct BenchCost {
  /// Of CPU.
  private(set) var nanoseconds: Int64 = 0
  /// How often memory was asked of the heap, where somebody counts.
  var allocations: UInt64 = 0

  mutating func measure(_ body: () throws -> Void) rethrows {
    let (start, before) = (BenchCost.threadTime(), BenchCost.allocationCount())
    try body()
    nanoseconds += BenchCost.threadTime() - start
    allocations += BenchCost.allocationCount() - before
  }

  private static func threadTime() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private typealias Counter = @convention(c) () -> UInt64
  /// Of the library that tools/prove_allocations.py puts in front of the heap.
  private static let counter: Counter? = unsafe dlsym(nil, "sluice_allocation_count").map {
    unsafe unsafeBitCast($0, to: Counter.self)
  }
  static var countsAllocations: Bool { counter != nil }
  private static func allocationCount() -> UInt64 { counter?() ?? 0 }
}
