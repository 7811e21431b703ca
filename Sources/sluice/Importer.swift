// Rows to the daemon and answers back, many in flight at a time.

import Events
import Platform

/// What became of the rows of an import.
struct ImportTally {
  var accepted: UInt64 = 0
  var repeated: UInt64 = 0
  var rejected: UInt64 = 0
  var total: UInt64 { accepted + repeated + rejected }
}

/// Sends rows with a window and books their answers.
final class Importer {
  /// How many rows may wait for their answers.
  static let window = 32_768
  /// How long to wait before a row is sent again that a full daemon refused.
  private static let retryMilliseconds: Int32 = 50

  private let client: Client
  private let rejects: RejectFile
  private let meter: Meter
  /// How much of the file is read, and its size; 0 where nobody knows it.
  var behind: (part: UInt64, whole: UInt64) = (0, 0)
  private(set) var tally = ImportTally()
  private var pending: [ImportRow] = []
  private var head = 0
  private var sinceFlush = 0
  /// Where the events of accepted rows stand, runs of them as one, in their order.
  private(set) var receipts: [ClosedRange<UInt64>] = []

  init(_ client: Client, _ rejects: RejectFile, _ meter: Meter) {
    self.client = client
    self.rejects = rejects
    self.meter = meter
  }

  private var waiting: Int { pending.count - head }

  /// Sends a row, or rejects it where it cannot be sent.
  func take(_ row: ImportRow) throws {
    if let fault = row.fault {
      try reject(row, fault)
      return
    }
    try send(row)
    sinceFlush += row.request.count
    if sinceFlush > 1 << 16 {
      sinceFlush = 0
      try exchange(milliseconds: 0)
    }
    while waiting >= Importer.window || !client.hasRoom { try exchange(milliseconds: 100) }
  }

  private func send(_ row: ImportRow) throws {
    client.put(row.request)
    pending.append(row)
  }

  /// Waits until every row is answered.
  func finish() throws {
    while waiting > 0 { try exchange(milliseconds: 100) }
    try rejects.close()
    meter.finish()
  }

  private func exchange(milliseconds: Int32) throws {
    try client.pump(milliseconds: milliseconds)
    while waiting > 0, let answer = try client.takeAnswer() { try book(answer) }
    meter.show(
      tally.total, part: behind.part, of: behind.whole,
      tally.rejected == 0 ? "" : "\(Screen.count(tally.rejected)) rejected")
    if client.isClosed, waiting > 0 { throw client.lost }
  }

  private func book(_ answer: ClientAnswer) throws {
    guard answer.count <= waiting else {
      throw CommandFailure(
        .fault, "the daemon answered more requests than it was sent",
        hint: "See that daemon and program are of one release; the import can be repeated")
    }
    switch answer {
    case .accepted(let count, let first, let last):
      tally.accepted += UInt64(count)
      note(first.rawValue, last.rawValue)
      drop(count)
    case .repeated(let count, _, _):
      tally.repeated += UInt64(count)
      drop(count)
    case .refused(let refusal):
      let row = drop()
      if refusal.isRetryable {
        try Pause.milliseconds(Importer.retryMilliseconds)
        try send(row)
      } else {
        try reject(row, RowFault(reason: refusal.message, hint: refusal.hint))
      }
    case .wrong(let field, let reason, let hint):
      try reject(drop(), RowFault(field: field, reason: reason, hint: hint))
    case .held(let why, let detail):
      let fault = RowFault(
        reason: "it is kept beside the log: \(why) \(detail)",
        hint: "Put the key into the folder of keys, send the daemon SIGHUP, and import it again.")
      try reject(drop(), fault)
    case .dump, .already, .other:
      throw CommandFailure(
        .fault, "the daemon's answer is not that of an import",
        hint: "See that daemon and program are of one release; the import can be repeated")
    }
  }

  private func note(_ first: UInt64, _ last: UInt64) {
    if let run = receipts.last, run.upperBound + 1 == first {
      receipts[receipts.count - 1] = run.lowerBound...last
    } else {
      receipts.append(first...last)
    }
  }

  private func drop() -> ImportRow {
    let row = pending[head]
    drop(1)
    return row
  }

  private func drop(_ count: Int) {
    head += count
    if head == pending.count || head > Importer.window {
      pending.removeSubrange(..<head)
      head = 0
    }
  }

  private func reject(_ row: ImportRow, _ fault: RowFault) throws {
    tally.rejected += 1
    try rejects.add(row, fault)
  }
}

/// The file of the rows that were not taken, one JSON object a line.
final class RejectFile {
  /// How many are told on the terminal as well.
  private static let shownMax = 10

  let path: String
  private let disk = SystemDisk()
  private var file: DiskFile?
  private var offset = 0
  private var shown = 0

  /// Nothing is written where the path is that of the null device.
  private let isDiscarded: Bool

  init(_ path: String) {
    self.path = path
    isDiscarded = path == "/dev/null"
  }

  /// - Throws: `UsageFault` where the path is no plain file's, or that of the file which is read.
  convenience init(_ path: String, beside source: String) throws {
    let disk = SystemDisk()
    if path != "/dev/null", try disk.exists(path) {
      guard try disk.isPlainFile(path) else {
        throw UsageFault(
          what: "--rejects \(path) is no plain file",
          hint: "Name a file that may be written, or /dev/null")
      }
      guard try source == "-" || !disk.isSameFile(path, source) else {
        throw UsageFault(
          what: "--rejects \(path) is the file that is read", hint: "Name another file")
      }
    }
    self.init(path)
  }

  func add(_ row: ImportRow, _ fault: RowFault) throws {
    let line = Document.object { document in
      document.put("line", row.line)
      document.put("field", fault.field)
      document.put("reason", fault.reason)
      document.put("hint", fault.hint)
      document.put("row", String(decoding: row.original.bytes, as: UTF8.self))
      // Only where the text is not all of it.
      if row.original.isCut { document.put("row_bytes", row.original.count) }
    }
    if !isDiscarded {
      if file == nil {
        if try disk.exists(path) { try disk.remove(path) }
        file = try disk.open(path, .createNew)
      }
      guard let file else { return }
      let span = line.span
      try disk.writeAll(file, unsafe span.bytes, at: offset, path: path)
      offset += line.count
    }
    guard shown < RejectFile.shownMax else { return }
    shown += 1
    let place = fault.field.isEmpty ? "" : "field \(fault.field): "
    let cut = row.original.isCut ? " (only its beginning is kept in \(path))" : ""
    let hint = fault.hint.isEmpty ? "" : ". \(fault.hint)"
    tell("line \(row.line): \(place)\(fault.reason)\(cut)\(hint)")
  }

  func close() throws {
    if let file { try disk.close(file) }
    file = nil
  }
}
