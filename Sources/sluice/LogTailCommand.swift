// sluice log tail: the latest events, those that somebody asks for, and what is appended.
//
// A log is opened anew at each look, so that a segment that was begun since is read like any other.

import Dumps
import EventLog
import Events
import Platform

struct LogTailCommand: Subcommand {
  static let guide = Guide(
    name: "log tail", sentence: "Shows the latest events, one a line, all or those asked for.",
    options: [
      .data, .flag("follow", "go on with what is appended", letter: "f"),
      .value("from", "POSITION", "begin here; so many events before the end if absent"),
      .value("last", "COUNT", "how many events before the end; 10 where absent"),
    ] + LogFilter.options + [.language, .json],
    choices: LogFilter.choices,
    examples: [
      "sluice log tail --data events/log -f --lang zh",
      "sluice log tail --data events/log --kind wave-opened --kind wave-completed --last 100",
      "sluice log tail --data events/log --merchant shop-00017 --from 0 --json",
    ])

  /// How often a log is looked at for more.
  private static let lookMilliseconds: Int32 = 200
  private static let latest: UInt64 = 10
  private static let lastMax: Int64 = 1_000_000
  /// How many events at a time are looked at backwards, at first.
  private static let pieceFirst: UInt64 = 4_096
  private static let pieceMax: UInt64 = 1 << 20

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let folder = try arguments.required("data")
    let from = try arguments.integer("from", in: 0...Int64.max).map { Position(UInt64($0)) }
    let last = try arguments.integer("last", in: 1...lastMax)
    guard from == nil || last == nil else {
      throw UsageFault(what: "--from and --last exclude each other", hint: "Give one of them")
    }
    // In English nothing of a line is a term.
    let words =
      try arguments.language() == .english
      ? Wording() : try TermsView(LogView(arguments)).wording(arguments)
    var printer = EventLines(
      filter: try LogFilter(arguments), words: words, isJSON: arguments.flag("json"))
    let reader = try LogReader(SystemDisk(), folder)
    let next =
      try from ?? start(reader, last: last.map { UInt64($0) } ?? latest, printer.filter)
    var follower = LogFollower(folder: folder, next: next)
    while true {
      try follower.look { (batch: borrowing EventBatch) throws in try printer.print(batch) }
      guard arguments.flag("follow") else { return .done }
      try Pause.milliseconds(lookMilliseconds)
    }
  }

  /// Where the last events begin that a filter lets through; the log is read backwards, in pieces
  /// that grow.
  static func start(
    _ reader: LogReader<SystemDisk>, last: UInt64, _ filter: LogFilter
  ) throws -> Position {
    var begin = reader.durableEnd.rawValue
    if filter.isEmpty { return Position(begin - min(begin, last)) }
    var filter = filter
    var missing = Int(last)
    var piece = pieceFirst
    while begin > 0 {
      let end = begin
      begin -= min(begin, piece)
      piece = min(piece * 2, pieceMax)
      var found: [Position] = []
      try reader.read(from: Position(begin), to: Position(end)) {
        (batch: borrowing EventBatch) throws in
        for index in 0..<batch.count where try filter.lets(batch, index) {
          found.append(batch.position(index))
        }
      }
      if found.count >= missing { return found[found.count - missing] }
      missing -= found.count
    }
    return .zero
  }
}

/// Reads on in a log that grows, each event once.
struct LogFollower {
  let folder: String
  private(set) var next: Position

  init(folder: String, next: Position) {
    self.folder = folder
    self.next = next
  }

  /// Shows what became durable since the last look.
  mutating func look(_ body: (borrowing EventBatch) throws -> Void) throws {
    let reader = try LogReader(SystemDisk(), folder)
    let end = reader.durableEnd
    guard next < end else { return }
    try reader.read(from: next, to: end) { (batch: borrowing EventBatch) throws in
      try body(batch)
    }
    next = end
  }
}

/// Prints the events that a filter lets through.
struct EventLines {
  fileprivate(set) var filter: LogFilter
  let words: Wording
  let isJSON: Bool

  fileprivate mutating func print(_ batch: borrowing EventBatch) throws {
    var out: [UInt8] = []
    for index in 0..<batch.count where try filter.lets(batch, index) {
      let event = try batch.event(index)
      if isJSON {
        EventPrinter.append(event, at: batch.position(index), to: &out)
      } else {
        out.append(contentsOf: EventText.line(event, batch.position(index), words).utf8)
      }
    }
    if !out.isEmpty { say(out) }
  }
}
