// sluice log show; sluice export ndjson: events as they are.

import Dumps
import EventLog
import Events
import Platform
import Projections
import Text

/// Prints one event for people.
enum EventText {
  /// `position  time  kind  detail`.
  static func line(
    _ event: Event, _ position: Position, _ words: Wording = Wording()
  ) -> String {
    let header = event.header
    let number = String(position.rawValue)
    let room = String(repeating: " ", count: max(0, 10 - number.count))
    let kind = words.word(event.kind)
    let gap = String(repeating: " ", count: max(1, 24 - Screen.width(kind)))
    let merchant =
      header.merchant == .none ? "" : words[.merchant(header.merchant.rawValue)]
    let parts = [merchant, Screen.detail(event.payload, words)].filter { !$0.isEmpty }
    return "\(room)\(number)  \(Screen.time(header.logTime))  \(kind)\(gap)"
      + parts.joined(separator: words.comma) + "\n"
  }

  /// Every field of the event, one a line, by its name in the catalogue.
  static func fields(_ event: Event, _ position: Position) throws -> String {
    let line = withoutZeros(Array(EventPrinter.line(event, at: position).utf8))
    guard case .object(let pairs) = try JSONReader.read(line) else { return "" }
    var out = ""
    var facts = TextFacts()
    var inner: [(key: String, value: JSONValue)] = []
    for pair in pairs {
      if pair.key == "fields", case .object(let fields) = pair.value {
        inner = fields
      } else {
        facts.add(pair.key, text(pair.value))
      }
    }
    out += facts.text(indent: 0)
    var rest = TextFacts()
    for pair in inner { rest.add(pair.key, text(pair.value)) }
    return out + (inner.isEmpty ? "" : "fields\n" + rest.text())
  }

  /// The line with U+FFFD in place of zeros in texts, which the strict reader takes from nobody.
  private static func withoutZeros(_ line: [UInt8]) -> [UInt8] {
    let zero = Array("\\u0000".utf8)
    var line = line
    var index = 0
    while index < line.count {
      guard line[index] == zero[0] else {
        index += 1
        continue
      }
      if line[index...].starts(with: zero) {
        line.replaceSubrange(index + 2..<index + 6, with: Array("fffd".utf8))
      }
      // Whatever the escape is, what it escapes begins no other.
      index += 2
    }
    return line
  }

  private static func text(_ value: JSONValue) -> String {
    if case .null = value { return "-" }
    if case .string(let text) = value { return Screen.plain(text) }
    var writer = JSONWriter()
    var bytes: [UInt8] = []
    writer.value(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

struct LogShowCommand: Subcommand {
  static let guide = Guide(
    name: "log show", sentence: "Shows one event with all its fields.",
    operands: ["POSITION"],
    options: [.data, .flag("raw", "print its canonical bytes, which its leaf is made of"), .json],
    examples: [
      "sluice log show 1200 --data events/log",
      "sluice log show 1200 --data events/log --raw > 1200.event",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let number = UInt64(arguments.operands[0]), number < UInt64(Int64.max) else {
      throw UsageFault(
        what: "\(arguments.operands[0]) is no position", hint: "Positions count from 0")
    }
    let position = Position(number)
    let reader = try LogReader(SystemDisk(), try arguments.required("data"))
    if arguments.flag("raw") {
      say(try reader.bytes(at: position))
      return .done
    }
    let event = try reader.event(at: position)
    say(
      arguments.flag("json")
        ? EventPrinter.line(event, at: position) : try EventText.fields(event, position))
    return .done
  }
}

struct ExportCommand: Subcommand {
  static let guide = Guide(
    name: "export ndjson", sentence: "Prints every event as one line of JSON.",
    options: [
      .data, .at, .asOf, .value("from", "POSITION", "begin here; at 0 if absent"),
    ],
    examples: [
      "sluice export ndjson --data events/log | gzip > events.ndjson.gz",
      "sluice export ndjson --data events/log --from 1000 --at 2000",
    ])

  /// Bytes that gather before they are written.
  private static let pieceLength = 1 << 20

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let view = try LogView(arguments)
    let from = try arguments.integer("from", in: 0...Int64.max) ?? 0
    var out: [UInt8] = []
    out.reserveCapacity(pieceLength + (1 << 17))
    let meter = Meter("events", isQuiet: false)
    let end = view.reader.durableEnd.rawValue
    try view.read(from: Position(UInt64(from))) { batch in
      let next = batch.first.rawValue + UInt64(batch.count)
      meter.show(next - UInt64(from), of: end - UInt64(from))
      for index in 0..<batch.count {
        EventPrinter.append(try batch.event(index), at: batch.position(index), to: &out)
        guard out.count >= pieceLength else { continue }
        say(out)
        out.removeAll(keepingCapacity: true)
      }
    }
    meter.finish()
    say(out)
    return .done
  }
}
