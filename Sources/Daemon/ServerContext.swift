// What the daemon knows of its log beside the Runtime, and the answers made of it.

import Dumps
public import Events
import Orchestrator
public import Platform
import Projections
import Text

/// The log's identity and clock, and where the daemon's own lines go.
public final class ServerContext {
  public let origin: String
  public let logID: LogID
  public let clock: ClockKind
  public let speed: UInt32
  public let release: String
  /// The log's folder, for what is said of its disk.
  public let folder: String
  /// Takes one line for the operator.
  public let say: (Severity, String) -> Void
  /// Whether the last event of this daemon has been written.
  var hasSaidGoodbye = false
  /// Whether the log has been asked to close.
  var isClosing = false

  public init(
    log: LogCreated, release: String, folder: String,
    say: @escaping (Severity, String) -> Void
  ) {
    origin = log.origin.description
    logID = LogID(low: log.logIDLow, high: log.logIDHigh)
    clock = log.clock
    speed = log.clockSpeed
    self.release = release
    self.folder = folder
    self.say = say
  }

  func clockAnswer(_ runtime: Runtime, now: Timestamp) -> [UInt8] {
    AnswerText.object("clock") { writer, out in
      writer.key("now", to: &out)
      writer.string(RFC3339.text(now), to: &out)
      writer.key("now_ns", to: &out)
      writer.integer(now.rawValue, to: &out)
      writer.key("kind", to: &out)
      writer.string(clock.name, to: &out)
      writer.key("speed", to: &out)
      writer.integer(Int64(speed), to: &out)
      writer.key("held", to: &out)
      writer.boolean(runtime.state.isClockHeld, to: &out)
      writer.key("position", to: &out)
      writer.integer(runtime.durableEnd.rawValue, to: &out)
      writer.key("origin", to: &out)
      writer.string(origin, to: &out)
    }
  }
}

/// What became open or closed where.
enum OpenAnswer {
  /// `{"open":{"as_of":..,"as_of_ns":..,"position":P,"more":false,"changes":[[position,at_ns,
  /// "institution" or "","merchant" or "",1 or 0],..]}}`.
  ///
  /// An empty merchant means all of them, an empty institution every one. Ask again from
  /// `position`.
  static func text(
    _ runtime: Runtime, since: Position, limit: Int, now: Timestamp
  ) -> [UInt8] {
    let changes = runtime.feed.changes
    let start = runtime.feed.start(from: since)
    let stop = min(changes.count, start + limit)
    let hasMore = stop < changes.count
    // Only the durable part is told; the next question begins behind it.
    let next = hasMore ? changes[stop].position : runtime.durableEnd
    return AnswerText.object("open") { writer, out in
      writer.key("as_of", to: &out)
      writer.string(RFC3339.text(now), to: &out)
      writer.key("as_of_ns", to: &out)
      writer.integer(now.rawValue, to: &out)
      writer.key("position", to: &out)
      writer.integer(next.rawValue, to: &out)
      writer.key("more", to: &out)
      writer.boolean(hasMore, to: &out)
      writer.key("changes", to: &out)
      writer.beginArray(to: &out)
      for change in changes[start..<stop] { write(change, runtime, &writer, &out) }
      writer.endArray(to: &out)
    }
  }

  private static func write(
    _ change: Switch, _ runtime: Runtime, _ writer: inout JSONWriter, _ out: inout [UInt8]
  ) {
    writer.beginArray(to: &out)
    writer.integer(change.position.rawValue, to: &out)
    writer.integer(change.at.rawValue, to: &out)
    writer.string(Institution(rawValue: change.institution)?.name ?? "", to: &out)
    if change.merchant == .none {
      writer.string("", to: &out)
    } else {
      writer.string(runtime.state.book.external(change.merchant), to: &out)
    }
    writer.integer(change.isOn ? 1 : 0, to: &out)
    writer.endArray(to: &out)
  }
}

extension ServerContext {
  /// Whether a dump of this name and format can be made.
  ///
  /// - Throws: `WireFault` with the names there are.
  static func checkDump(name: String, format: String) throws(WireFault) {
    if name == "dashboard", format == "html" { return }
    guard DumpName(name: name) == nil || DumpFormatName(name: format) == nil else { return }
    let names = DumpName.allCases.map { $0.name }.joined(separator: ", ")
    let formats = DumpFormatName.allCases.map { $0.name }.joined(separator: ", ")
    throw WireFault(
      DumpName(name: name) == nil ? "name" : "format", "\(name) as \(format) is no dump",
      hint: "Dumps: \(names); formats: \(formats); and dashboard as html")
  }

  /// Where in the log the live projections stand.
  func place(_ runtime: Runtime) -> LogContext {
    LogContext(
      origin: ShortText(origin) ?? .none, id: logID, position: runtime.durableEnd,
      root: runtime.root, logTime: runtime.model.logTime, release: release)
  }

  /// A dump of the live projections: one line that says how many bytes follow, then the bytes.
  func dumpAnswer(_ runtime: Runtime, name: String, format: String) -> [UInt8] {
    let place = place(runtime)
    if name == "dashboard", format == "html" {
      return dumpAnswer(name, format, DashboardPage.bytes(runtime.model, place), rows: 0, place)
    }
    guard let dump = DumpName(name: name), let form = DumpFormatName(name: format) else {
      preconditionFailure("a dump is made that was not checked")
    }
    let (bytes, manifest) = Dump.bytes(dump, form, runtime.model, place)
    return dumpAnswer(name, format, bytes, rows: manifest.rows, place)
  }

  private func dumpAnswer(
    _ name: String, _ format: String, _ bytes: [UInt8], rows: Int, _ place: LogContext
  ) -> [UInt8] {
    var answer = AnswerText.object("dump") { writer, out in
      writer.key("name", to: &out)
      writer.string(name, to: &out)
      writer.key("format", to: &out)
      writer.string(format, to: &out)
      writer.key("position", to: &out)
      writer.integer(place.position.rawValue, to: &out)
      writer.key("rows", to: &out)
      writer.integer(rows, to: &out)
      writer.key("bytes", to: &out)
      writer.integer(bytes.count, to: &out)
    }
    answer.append(contentsOf: bytes)
    return answer
  }
}
