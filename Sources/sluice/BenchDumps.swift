// Dumps at size: the table of merchants under one rollout, written as files and made durable;
// beside the database a copy of its rows that SQLite makes by itself, with no index.

import CSQLite
import Dumps
import Events
import Platform
import Projections

struct BenchDumps {
  let folder: BenchFolder
  let merchants: Int
  /// Prime, so that it visits every merchant once, in an order far from that of the numbers.
  private static let stride = 6_700_417
  private static let waves = 7
  private static let runs = 3

  func run() throws {
    let began = WallClock().monotonicNanoseconds()
    let model = try makeModel()
    let folded = WallClock().monotonicNanoseconds() - began
    let context = LogContext(
      origin: .none, id: LogID(low: 5, high: 6), position: model.position, root: .zero,
      logTime: model.logTime, release: Program.release)
    say("\ndumps of \(BenchFigures.text(Double(merchants))) merchants under one rollout")
    say(", folded in \(BenchDumps.seconds(folded)), as durable files\n")
    let page = folder.path("dashboard.html")
    try row("  dashboard", page) {
      let bytes = DashboardPage.bytes(model, context)
      try SystemDisk().replaceFile(page, with: unsafe bytes.span.bytes)
    }
    folder.removeTree(page)
    for format in [DumpFormatName.csv, .ndjson] {
      let path = folder.path("merchants.\(format.name)")
      try row("  \(format.name)", path) {
        _ = try Dump.write(.merchants, format, model, context, toPath: path, on: SystemDisk())
      }
      folder.removeTree(path)
    }
    let path = folder.path("merchants.db")
    try row("  sqlite, with its indexes", path) {
      _ = try Dump.writeDatabase([.merchants], model, context, toPath: path, on: SystemDisk())
    }
    let copy = folder.path("copy.db")
    try row("  sqlite's own copy of the rows", copy) { try BenchDumps.copy(path, to: copy) }
    folder.removeTree(copy)
    folder.removeTree(path)
  }

  /// The peer: the library reads the rows and writes them again, and nothing else.
  private static func copy(_ source: String, to path: String) throws {
    let disk = SystemDisk()
    if try disk.exists(path) { try disk.remove(path) }
    var database: OpaquePointer?
    guard unsafe sqlite3_open(path, &database) == SQLITE_OK else {
      throw CommandFailure(
        .fault, "sqlite cannot open \(path)",
        hint: "See that --dir can be written")
    }
    defer { unsafe sqlite3_close(database) }
    for text in [
      "PRAGMA page_size = 32768", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
      "PRAGMA locking_mode = EXCLUSIVE", "ATTACH '\(source)' AS source",
      "CREATE TABLE merchants AS SELECT * FROM source.merchants",
    ] {
      guard unsafe sqlite3_exec(database, text, nil, nil, nil) == SQLITE_OK else {
        throw CommandFailure(
          .fault, "sqlite refuses: \(text)",
          hint: "Run the bench again in another --dir")
      }
    }
    let file = try disk.open(path, .write)
    try disk.synchronize(file)
    try disk.close(file)
  }

  private func row(_ name: String, _ path: String, _ body: () throws -> Void) throws {
    var figures = BenchFigures()
    let began = BenchFigures.processorNanoseconds()
    for _ in 0..<BenchDumps.runs { try figures.measure(body) }
    let used = (BenchFigures.processorNanoseconds() - began) / Int64(BenchDumps.runs)
    let file = try SystemDisk().open(path, .read)
    let bytes = try SystemDisk().size(file)
    try SystemDisk().close(file)
    BenchFigures.row(
      name,
      "\(figures.seconds), \(figures.rate(merchants)), \(BenchDumps.seconds(used)) of a core, "
        + "\(bytes >> 20) MiB")
  }

  private static func seconds(_ nanoseconds: Int64) -> String {
    "\(BenchFigures.fixed(Double(nanoseconds) / 1e9)) s"
  }

  /// Merchants registered in order; seven of ten enabled, wave after wave, in another order.
  private func makeModel() throws -> ReadModel {
    var model = ReadModel()
    var feed = BenchFeed()
    for number in 1...merchants { try feed.add(registration(number), to: &model) }
    let rollout = RolloutNumber(1)
    let opening = Timestamp(seconds: 1_726_070_400)
    try feed.add(
      Event(
        EventHeader(logTime: feed.time),
        .rolloutAnnounced(
          RolloutAnnounced(
            rollout: rollout, planVersion: 1, institution: .weChatPay, effectiveAt: opening,
            windowEnd: opening.advanced(bySeconds: 7 * 86_400), digest: .zero,
            plan: ExternalID("wechat-pay-2024-09") ?? .none,
            document: Array(BenchDumps.plan.utf8)))), to: &model)
    try feed.add(
      Event(
        EventHeader(logTime: feed.time),
        .rolloutStarted(
          RolloutStarted(
            rollout: rollout, planVersion: 1, hashVersion: 1, waves: UInt16(BenchDumps.waves),
            merchants: UInt32(merchants), registryPosition: model.position, orderDigest: .zero))),
      to: &model)
    let inWave = merchants / 10
    for wave in 1...BenchDumps.waves {
      let number = WaveNumber(UInt16(wave))
      let planned = opening.advanced(bySeconds: Int64(wave) * 43_200)
      let opened = WaveOpened(
        rollout: rollout, planVersion: 1, wave: number, merchants: UInt32(inWave),
        plannedAt: planned)
      try feed.add(Event(EventHeader(logTime: feed.time), .waveOpened(opened)), to: &model)
      let fields = MerchantEnabled(
        rollout: rollout, planVersion: 1, wave: number, plannedAt: planned)
      for index in inWave * (wave - 1)..<inWave * wave {
        let merchant = MerchantNumber(UInt32(index * BenchDumps.stride % merchants) + 1)
        try feed.add(
          Event(EventHeader(logTime: feed.time, merchant: merchant), .merchantEnabled(fields)),
          to: &model)
      }
    }
    try feed.flush(to: &model)
    return model
  }

  /// Seven waves of a tenth each, the last of what is left.
  private static let plan = """
    {"plan": "wechat-pay-2024-09", "version": 1, "institution": "wechat-pay",
     "platforms": ["taobao", "tmall"], "announced": "2024-09-05",
     "effective_at": "2024-09-12T00:00:00+08:00", "window_days": 7,
     "order": {"hash_version": 1, "seed": "bench", "largest_last": "10%"}, "hold_back": "5%",
     "waves": [
       \((1..<waves).map {
        "{\"name\": \"day-\($0)\", \"day\": \($0), \"opens\": \"08:00\", \"share\": \"10%\", "
          + "\"canary\": \($0 == 1)}, "
      }.joined())
       {"name": "rest", "day": 7, "opens": "08:00", "share": "rest"}],
     "caps": {"merchants_per_hour": "100%", "merchants_per_day": "100%",
              "payments_per_hour": "100%", "payments_per_day": "100%"},
     "excluded_categories": [], "approvals": 1, "after_window": "hold"}
    """

  private static let cities = ["Hangzhou", "Yiwu", "Chengdu", "Linyi", "Quanzhou", "Baoding"]
    .map { ExternalID($0) ?? .none }
  private static let categories = ["apparel", "food", "home", "digital", "beauty"]
    .map { ExternalID($0) ?? .none }

  private func registration(_ number: Int) -> Event {
    let fields = MerchantRegistered(
      platform: number % 3 == 0 ? .tmall : .taobao,
      tier: Tier(rawValue: UInt8(number % 7)) ?? .unknown, dailyPayments: UInt32(number % 97),
      external: ExternalID("bench-shop-\(number)") ?? .none,
      category: BenchDumps.categories[number % 5], city: BenchDumps.cities[number % 6])
    let header = EventHeader(logTime: .none, merchant: MerchantNumber(UInt32(number)))
    return Event(header, .merchantRegistered(fields))
  }
}

/// Folds events into a model, batch by batch, a moment apart.
private struct BenchFeed {
  private(set) var time = Timestamp(nanoseconds: 1_726_000_000_123_456_789)
  private static let batch = 8_192
  private let buffer = BatchBuffer()
  private var encoder = FieldEncoder()

  mutating func add(_ event: Event, to model: inout ReadModel) throws {
    if buffer.count == BenchFeed.batch || !buffer.hasRoom(events: 1, bytes: 400) {
      try flush(to: &model)
    }
    var event = event
    event.header.logTime = time
    event.encode(into: &encoder)
    buffer.append(encoder.bytes)
  }

  mutating func flush(to model: inout ReadModel) throws {
    try buffer.withBatch(first: model.position, logTime: time) { batch in
      try model.apply(batch)
    }
    buffer.reset()
    time = time.advanced(byNanoseconds: 41_000_007)
  }
}
