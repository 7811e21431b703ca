// sluice export cloudevents: the log as CloudEvents 1.0, for brokers and functions that take those.

import Dumps
import EventLog
import Events
import Platform

struct ExportCloudEventsCommand: Subcommand {
  static let guide = Guide(
    name: "export cloudevents",
    sentence: "Prints every event as a CloudEvent 1.0 of JSON, one a line.",
    options: [
      .data, .at, .asOf, .value("from", "POSITION", "begin here; at 0 if absent"),
      .flag("batch", "print one JSON array, application/cloudevents-batch+json"),
    ],
    examples: [
      "sluice export cloudevents --data events/log | gzip > events.cloudevents.ndjson.gz",
      "sluice export cloudevents --data events/log --from 1000 --at 2000 --batch",
    ])

  /// Bytes that gather before they are written.
  private static let pieceLength = 1 << 20

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let view = try LogView(arguments)
    let from = try arguments.integer("from", in: 0...Int64.max) ?? 0
    guard case .logCreated(let log) = try view.reader.event(at: .zero).payload else {
      throw CommandFailure(
        .damaged, "the log has no first event that names it",
        hint: "Its creation was cut short, or --at 0 leaves it out")
    }
    let printer = CloudEventPrinter(log)
    let isBatch = arguments.flag("batch")
    var out: [UInt8] = isBatch ? Array("[".utf8) : []
    out.reserveCapacity(pieceLength + (1 << 17))
    var isFirst = true
    try view.read(from: Position(UInt64(from))) { batch in
      for index in 0..<batch.count {
        if isBatch { out.append(contentsOf: (isFirst ? "\n" : ",\n").utf8) }
        isFirst = false
        printer.append(try batch.event(index), at: batch.position(index), to: &out)
        if !isBatch { out.append(UInt8(ascii: "\n")) }
        guard out.count >= pieceLength else { continue }
        say(out)
        out.removeAll(keepingCapacity: true)
      }
    }
    if isBatch { out.append(contentsOf: "\n]\n".utf8) }
    say(out)
    return .done
  }
}
