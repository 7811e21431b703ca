// Replay: a log of payments is written, then folded from position 0, checksums verified: into the
// read model alone, and into everything a daemon holds, with and without every leaf hashed anew.

import Audit
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
    try measure("every projection", count) {
      var model = ReadModel()
      try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) throws in
        try model.apply(batch)
      }
    }
    try measure("the same with every leaf and the root", count) {
      var model = ReadModel()
      let hasher = LeafHasher()
      try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) throws in
        hasher.append(batch)
        try model.apply(batch)
      }
      _ = hasher.finish()
    }
    try measure("every projection and the decision state", count) {
      var replay = Replay(hashesLeaves: false)
      try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) throws in
        try replay.apply(batch)
      }
    }
    try measure("sluice verify: all that can be known of it", count) {
      let report = try Verification(SystemDisk(), path).run()
      guard report.damage == nil, report.position == reader.durableEnd else {
        throw CommandFailure(
          .damaged, "the log of the bench is not sound", hint: "\(report.damage?.what ?? "")")
      }
    }
    var bytes = 0
    try reader.read(from: .zero, to: reader.durableEnd) { (batch: borrowing EventBatch) in
      for index in 0..<batch.count { bytes += Int(batch.bytes(of: index).byteCount) }
    }
    BenchFigures.row("  bytes an event", BenchFigures.fixed(Double(bytes) / Double(count)))
    folder.removeTree(path)
  }

  private func measure(_ name: String, _ count: Int, _ work: () throws -> Void) throws {
    var figures = BenchFigures()
    try figures.measure(work)
    BenchFigures.row("  " + name, figures.rateAndLoad(count))
  }

  private func fill(_ path: String) throws {
    let start = Timestamp(seconds: 1_726_070_400)
    let (carrier, _) = try FileCarrier.create(
      SystemDisk(), path, logID: LogID(low: 3, high: 4), created: start, options: LogOptions())
    var writer = BenchWriter(carrier, after: start)
    var number = 0
    try writer.append(BenchPayments.merchants, BenchReplay.batch) { time in
      number += 1
      return BenchReplay.registration(of: number, at: time)
    }
    var payments = BenchPayments()
    try writer.append(events, BenchReplay.batch) { payments.event(at: $0) }
    try writer.close()
  }

  private static func registration(of number: Int, at time: Timestamp) -> Event {
    let fields = MerchantRegistered(
      platform: number % 3 == 0 ? .tmall : .taobao, tier: .t2, dailyPayments: 20,
      external: ExternalID("bench-shop-\(number)") ?? .none, category: .none, city: .none)
    return Event(
      EventHeader(logTime: time, merchant: MerchantNumber(UInt32(number))),
      .merchantRegistered(fields))
  }
}
