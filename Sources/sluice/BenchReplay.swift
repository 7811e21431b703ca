// Replay: a log of payments is written, then folded from position 0, checksums verified: into the
// read model alone, and into everything a daemon holds, with and without every leaf hashed anew.

import EventLog
import Events
import Orchestrator
import Platform
import Projections

struct BenchReplay {
  let folder: BenchFolder
  let events: Int
  private static let batch = 8_192

  func run() throws {
    let path = folder.path("replay")
    try fill(path)
    let reader = try LogReader(SystemDisk(), path)
    let count = Int(reader.durableEnd.rawValue)
    say("\nreplay of \(BenchFigures.text(Double(count))) events\n")
    var projections = BenchFigures()
    try projections.measure {
      var model = ReadModel()
      try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) throws in
        try model.apply(batch)
      }
    }
    BenchFigures.row("  every projection", projections.rateAndLoad(count))
    var rooted = BenchFigures()
    try rooted.measure {
      var model = ReadModel()
      let hasher = LeafHasher()
      try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) throws in
        hasher.append(batch)
        try model.apply(batch)
      }
      _ = hasher.finish()
    }
    BenchFigures.row("  the same with every leaf and the root", rooted.rateAndLoad(count))
    var everything = BenchFigures()
    try everything.measure {
      var replay = Replay(hashesLeaves: false)
      try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) throws in
        try replay.apply(batch)
      }
    }
    BenchFigures.row("  every projection and the decision state", everything.rateAndLoad(count))
    var bytes = 0
    try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) in
      for index in 0..<batch.count { bytes += Int(batch.bytes(of: index).byteCount) }
    }
    BenchFigures.row("  bytes an event", BenchFigures.fixed(Double(bytes) / Double(count)))
    folder.removeTree(path)
  }

  private func fill(_ path: String) throws {
    let start = Timestamp(seconds: 1_726_070_400)
    let (carrier, _) = try FileCarrier.create(
      SystemDisk(), path, logID: LogID(low: 3, high: 4), created: start, options: LogOptions())
    var writer = BenchWriter(carrier, after: start)
    var registered: [Event] = []
    for number in 1...BenchPayments.merchants {
      let fields = MerchantRegistered(
        platform: number % 3 == 0 ? .tmall : .taobao, tier: .t2, dailyPayments: 20,
        external: ExternalID("bench-shop-\(number)") ?? .none, category: .none, city: .none)
      registered.append(
        Event(
          EventHeader(
            logTime: start.advanced(byNanoseconds: 1), merchant: MerchantNumber(UInt32(number))),
          .merchantRegistered(fields)))
      if registered.count == 10_000 {
        try writer.append(registered)
        registered.removeAll(keepingCapacity: true)
      }
    }
    var payments = BenchPayments()
    try writer.append(events, BenchReplay.batch) { payments.event(at: $0) }
    try writer.close()
  }
}
