// Durable append, embedded: leaves, tree, checksum, write, fdatasync, of events encoded beforehand;
// beside it the same events as rows of SQLite in WAL mode with synchronous=FULL.

import CSQLite
import EventLog
import Events
import Orchestrator
import Platform

struct BenchAppend {
  let folder: BenchFolder
  let scale: Int
  private static let runs = 3
  /// So few that what is read again and again stays in the cache of a core.
  private static let poolCount = 4_096
  /// Events drawn before anything is measured, and used again and again.
  private let events: [Event]

  init(folder: BenchFolder, scale: Int) {
    self.folder = folder
    self.scale = scale
    var payments = BenchPayments()
    events = (0..<BenchAppend.poolCount).map {
      payments.event(at: Timestamp(nanoseconds: Int64($0)))
    }
  }

  func run() throws {
    say("durable append, embedded                            sluice: events; sqlite: rows\n")
    var pool = BenchPool(events)
    let rows = events.map { BenchRow($0) }
    for batch in [1, 100, 1_000, 10_000] {
      let wanted = min(2_000_000, max(batch * 40, batch == 1 ? 4_000 : batch * 200)) / scale
      let count = max(batch, wanted / batch * batch)
      var ours = BenchFigures()
      var gathered = BenchFigures()
      var peer = BenchFigures()
      for round in 0..<BenchAppend.runs {
        try append(count, batch, "append-\(batch)-\(round)", &pool, &ours)
        try append(count, batch, "gather-\(batch)-\(round)", &pool, &gathered, gathers: true)
        try insert(count, batch, "sqlite-\(batch)-\(round).db", rows, &peer)
      }
      BenchFigures.row("  batches of \(batch), sluice", ours.rate(count))
      BenchFigures.row("  the same, gathering while one is written", gathered.rate(count))
      BenchFigures.row("  batches of \(batch), sqlite", peer.rate(count))
    }
  }

  private func append(
    _ count: Int, _ batch: Int, _ name: String, _ pool: inout BenchPool,
    _ figures: inout BenchFigures, gathers: Bool = false
  ) throws {
    let path = folder.path(name)
    let start = Timestamp(seconds: 1_726_070_400)
    let (carrier, _) = try FileCarrier.create(
      SystemDisk(), path, logID: LogID(low: 1, high: 2), created: start, options: LogOptions())
    let appender = try BenchAppender(carrier, after: start)
    defer { appender.close() }
    try figures.measure { try appender.append(count, batch, &pool, gathers: gathers) }
    appender.close()
    folder.removeTree(path)
  }

  private func insert(
    _ count: Int, _ batch: Int, _ name: String, _ rows: [BenchRow],
    _ figures: inout BenchFigures
  ) throws {
    let table = try BenchTable(folder.path(name))
    try figures.measure { try table.insert(count, batch, rows) }
    table.close()
    for suffix in ["", "-wal", "-shm"] { folder.removeTree(folder.path(name) + suffix) }
  }
}

/// Writes batches through the product's own committer, without deciding anything.
struct BenchWriter: ~Copyable {
  private var committer: Committer<FileCarrier<SystemDisk>>
  private var encoder = FieldEncoder()
  private var time: Timestamp
  private var position: Position

  init(_ carrier: consuming FileCarrier<SystemDisk>, after start: Timestamp) {
    position = carrier.durableEnd
    committer = Committer(carrier: carrier)
    time = start
  }

  /// Appends so many events as they are drawn.
  mutating func append(_ count: Int, _ batch: Int, _ draw: (Timestamp) -> Event) throws {
    let buffer = BatchBuffer()
    var done = 0
    while done < count {
      time = time.advanced(byNanoseconds: 1_000)
      buffer.reset()
      for _ in 0..<min(batch, count - done) {
        draw(time).encode(into: &encoder)
        buffer.append(encoder.span)
      }
      try commit(buffer)
      done += batch
    }
  }

  /// Appends these events in as few batches as they fit into.
  mutating func append(_ events: [Event]) throws {
    let buffer = BatchBuffer()
    for event in events {
      event.encode(into: &encoder)
      if !buffer.hasRoom(events: 1, bytes: encoder.span.byteCount) {
        try commit(buffer)
        buffer.reset()
      }
      buffer.append(encoder.span)
    }
    try commit(buffer)
  }

  private mutating func commit(_ buffer: BatchBuffer) throws {
    guard !buffer.isEmpty else { return }
    let job = CommitJob(buffer: buffer, first: position, logTime: time, isControl: false)
    try committer.commit(job)
    position = job.end
  }

  mutating func close() throws { try committer.close(at: time) }
}

/// An event as the peer takes it: made before anything is measured.
struct BenchRow {
  let integers: [Int64]
  let texts: [[UInt8]]

  init(_ event: Event) {
    guard case .payment(let payment) = event.payload else {
      preconditionFailure("the bench draws payments only")
    }
    integers = [
      event.header.logTime.rawValue, Int64(event.header.merchant.rawValue),
      Int64(payment.institution.rawValue), payment.orderAmount.rawValue,
      payment.paidAmount.rawValue,
    ]
    texts = [payment.transaction.bytes, payment.order.bytes, payment.account.bytes]
  }
}

/// The peer: a table of nine columns.
@safe final class BenchTable {
  private var database: OpaquePointer?
  private var statement: OpaquePointer?

  init(_ path: String) throws {
    guard unsafe sqlite3_open(path, &database) == SQLITE_OK else {
      throw CommandFailure(
        .fault, "sqlite cannot open \(path)",
        hint: "See that --dir can be written")
    }
    try execute("PRAGMA journal_mode=WAL")
    try execute("PRAGMA synchronous=FULL")
    try execute(
      """
      CREATE TABLE payment(position INTEGER PRIMARY KEY, log_time INTEGER, merchant INTEGER,
      institution INTEGER, amount INTEGER, paid INTEGER, trans TEXT, orders TEXT, account TEXT)
      """)
    let insert = "INSERT INTO payment VALUES(?,?,?,?,?,?,?,?,?)"
    guard unsafe sqlite3_prepare_v2(database, insert, -1, &statement, nil) == SQLITE_OK else {
      throw CommandFailure(
        .fault, "sqlite refuses the insert",
        hint: "Run the bench again in another --dir")
    }
  }

  func insert(_ count: Int, _ batch: Int, _ rows: [BenchRow]) throws {
    var done = 0
    while done < count {
      try execute("BEGIN")
      for index in done..<min(count, done + batch) {
        try insert(rows[index % rows.count], index)
      }
      try execute("COMMIT")
      done += batch
    }
  }

  private func insert(_ row: BenchRow, _ index: Int) throws {
    unsafe sqlite3_bind_int64(statement, 1, Int64(index))
    for (column, value) in row.integers.enumerated() {
      unsafe sqlite3_bind_int64(statement, Int32(column) + 2, value)
    }
    for (column, text) in row.texts.enumerated() { bind(Int32(column) + 7, text) }
    guard unsafe sqlite3_step(statement) == SQLITE_DONE else {
      throw CommandFailure(
        .fault, "sqlite refuses a row",
        hint: "Run the bench again in another --dir")
    }
    unsafe sqlite3_reset(statement)
  }

  private func bind(_ column: Int32, _ bytes: [UInt8]) {
    // -1 is SQLITE_TRANSIENT: sqlite copies the text before the call returns.
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe sqlite3_bind_text(
        statement, column, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
        Int32(buffer.count), transient)
    }
  }

  private func execute(_ text: String) throws {
    guard unsafe sqlite3_exec(database, text, nil, nil, nil) == SQLITE_OK else {
      throw CommandFailure(
        .fault, "sqlite refuses: \(text)",
        hint: "Run the bench again in another --dir")
    }
  }

  func close() {
    unsafe sqlite3_finalize(statement)
    unsafe sqlite3_close(database)
  }
}
