// The preview of a plan at full size, as an operator runs it: by a process of its own, over a
// registry that a snapshot holds, one half of which stands behind the snapshot, and a file.

import EventLog
import Events
import Orchestrator
import Platform
import Text

struct BenchPreview {
  let folder: BenchFolder
  let merchants: Int
  private static let batch = 8_192
  private static let runs = 3
  /// Short segments, so that next to nothing stands behind the last seal.
  private static let segmentCapacity = 16 << 20
  private static let cities = 300
  private static let categories = 40
  private static let start = Timestamp(seconds: 1_726_070_400)

  func run() throws {
    say("\npreview of a plan over \(BenchFigures.text(Double(merchants))) merchants\n")
    let plan = folder.path("plan.json")
    try write(BenchPreview.document, to: plan)
    let log = folder.path("preview")
    try fill(log, upTo: merchants / 2)
    try keep(log)
    try fill(log, upTo: merchants)
    try row("  a snapshot holds half of them, the log the others", [plan, "--data", log])
    // Behind the first snapshot a second is due only after twice its length of events.
    folder.removeTree(log + "/snapshots")
    try keep(log)
    try row("  a snapshot holds them", [plan, "--data", log])
    folder.removeTree(log)
    let table = folder.path("merchants.csv")
    try write(rows(), to: table)
    try row("  a CSV file holds them", [plan, "--merchants", table])
    folder.removeTree(table)
    folder.removeTree(plan)
  }

  /// Registers merchants up to a number, in a log that is made where there is none.
  private func fill(_ path: String, upTo last: Int) throws {
    var options = LogOptions()
    options.segmentCapacity = BenchPreview.segmentCapacity
    let isNew = try !SystemDisk().exists(path)
    let carrier =
      isNew
      ? try FileCarrier.create(
        SystemDisk(), path, logID: LogID(low: 5, high: 6), created: BenchPreview.start,
        options: options
      ).0 : try FileCarrier.open(SystemDisk(), path, options: options).0
    var number = Int(carrier.durableEnd.rawValue)
    var writer = BenchWriter(carrier, after: carrier.lastLogTime)
    try writer.append(last - number, BenchPreview.batch) { time in
      number += 1
      return registration(number, at: time)
    }
    try writer.close()
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
  }

  /// Makes what a daemon makes as segments are sealed.
  private func keep(_ path: String) throws {
    var housekeeper = try Housekeeper(SystemDisk(), path)
    while try housekeeper.step() {}
  }

  private func row(_ name: String, _ words: [String]) throws {
    var figures = BenchFigures()
    var used: Int64 = 0
    var memory = 0
    for _ in 0..<BenchPreview.runs {
      try figures.measure {
        let child = try ChildProcess(["plan", "preview"] + words)
        var code: Int32?
        while code == nil {
          // What the system adds up for a child begins with what its parent had.
          memory = max(memory, CurrentProcess.memoryPeak(of: child.identifier) ?? 0)
          try Pause.milliseconds(2)
          code = child.end(waiting: false)
        }
        guard code == 0 else {
          throw CommandFailure(
            .fault, "plan preview \(words) ended with code \(code ?? -1)",
            hint: "Run that command by hand to see why")
        }
        used += child.processorNanoseconds
      }
    }
    let each = Double(used) / Double(BenchPreview.runs) / 1e9
    BenchFigures.row(
      name, "\(figures.seconds), \(BenchFigures.fixed(each)) s of a core, \(memory >> 20) MiB")
  }

  // MARK: Merchants

  private func fields(_ number: Int) -> MerchantRegistered {
    let spread = UInt32(truncatingIfNeeded: number &* 2_654_435_761)
    return MerchantRegistered(
      platform: number % 3 == 0 ? .tmall : .taobao,
      tier: Tier(rawValue: UInt8(spread >> 8 & 0xff) % Tier.t5.rawValue + 1) ?? .unknown,
      dailyPayments: number % 7 == 3 ? 0 : (spread >> 16) % 400 + 1,
      external: BenchPayments.shop(number),
      category: BenchPreview.word("category-", number % BenchPreview.categories),
      city: BenchPreview.word("city-", number % BenchPreview.cities))
  }

  private static func word(_ prefix: String, _ number: Int) -> ShortText {
    var text = Array(prefix.utf8)
    appendDigits(UInt64(number), width: 3, to: &text)
    return ShortText(text) ?? .none
  }

  private func registration(_ number: Int, at time: Timestamp) -> Event {
    let fields = fields(number)
    let id = Command.id("registration", fields.external.bytes)
    return Event(
      EventHeader(
        logTime: time, actor: Actor(.operator, id: 1), commandID: id, commandDigest: id.low,
        merchant: MerchantNumber(UInt32(number))),
      .merchantRegistered(fields))
  }

  private func rows() -> [UInt8] {
    var text = Array("merchant,platform,category,city,tier,daily_payments\n".utf8)
    text.reserveCapacity(merchants * 64)
    for number in 1...merchants {
      let fields = fields(number)
      text += fields.external.bytes
      text += ",\(fields.platform.name),".utf8
      text += fields.category.bytes + [UInt8(ascii: ",")] + fields.city.bytes
      text += ",\(fields.tier.name),\(fields.dailyPayments)\n".utf8
    }
    return text
  }

  /// The plan of the story, without its dates of notice.
  private static let document = Array(
    """
    {"plan": "bench", "version": 1, "institution": "wechat-pay",
    "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 7,
    "order": {"hash_version": 1, "seed": "bench", "largest_last": "10%"}, "hold_back": "5%",
    "waves": [
    {"name": "canary", "day": 1, "opens": "10:00", "share": "1%", "canary": true},
    {"name": "day-2", "day": 2, "opens": "08:00", "share": "4%"},
    {"name": "day-3", "day": 3, "opens": "08:00", "share": "10%"},
    {"name": "day-4", "day": 4, "opens": "08:00", "share": "15%"},
    {"name": "day-5", "day": 5, "opens": "08:00", "share": "20%"},
    {"name": "day-6", "day": 6, "opens": "08:00", "share": "25%"},
    {"name": "day-7", "day": 7, "opens": "08:00", "share": "rest"}],
    "caps": {"merchants_per_hour": "4%", "merchants_per_day": "30%",
    "payments_per_hour": "8%", "payments_per_day": "60%"},
    "approvals": 0, "after_window": "hold"}
    """.utf8)
}
