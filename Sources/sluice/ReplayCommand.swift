// sluice replay: every projection from position 0, every leaf hashed anew.

import Dumps
import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections

struct ReplayCommand: Subcommand {
  static let guide = Guide(
    name: "replay",
    sentence: "Folds the log from position 0 and prints rate, root and a digest per projection.",
    options: LogView.options,
    examples: [
      "sluice replay --data events/log",
      "sluice replay --data events/log --as-of 2024-09-19T00:00:00+08:00 --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let clock = WallClock()
    let began = clock.monotonicNanoseconds()
    var replay = Replay(hashesLeaves: false, remembers: false)
    let view = try LogView(arguments)
    let hasher = LeafHasher()
    let meter = Meter("events", isQuiet: arguments.flag("json"))
    let end = view.reader.durableEnd.rawValue
    try view.read { batch in
      hasher.append(batch)
      try replay.apply(batch)
      meter.show(replay.model.position.rawValue, of: end)
    }
    let tree = hasher.finish()
    let elapsed = clock.monotonicNanoseconds() - began
    if let imbalance = replay.model.imbalance {
      throw CommandFailure(
        .damaged, "\(imbalance)", hint: "Run sluice verify, and report this with the log")
    }
    meter.say("digests of \(DumpName.allCases.count) projections ...")
    let log = replay.state.log
    let context = LogContext(
      origin: log?.origin ?? .none,
      id: LogID(low: log?.logIDLow ?? 0, high: log?.logIDHigh ?? 0),
      position: replay.model.position, root: tree.root, logTime: replay.model.logTime,
      release: Program.release)
    let digests = DumpName.allCases.map { name in
      [DumpFormatName.ndjson, .csv].map { format in
        Dump.manifest(name, format, replay.model, context)
      }
    }
    let events = replay.model.position.rawValue
    meter.finish()
    say(
      arguments.flag("json")
        ? document(context, events, elapsed, digests)
        : Array(text(context, events, elapsed, digests).utf8))
    return .done
  }

  private static func document(
    _ context: LogContext, _ events: UInt64, _ elapsed: Int64, _ digests: [[Manifest]]
  ) -> [UInt8] {
    Document.object { document in
      document.put("events", events)
      document.put("log_time", context.logTime)
      document.put("elapsed_ns", elapsed)
      document.put("root", context.root.hex)
      document.object("projections") { document in
        for manifests in digests {
          document.object(manifests[0].dump) { document in
            document.put("rows", manifests[0].rows)
            for manifest in manifests {
              document.put("\(manifest.format)_sha256", manifest.digest.hex)
            }
          }
        }
      }
    }
  }

  private static func text(
    _ context: LogContext, _ events: UInt64, _ elapsed: Int64, _ digests: [[Manifest]]
  ) -> String {
    var facts = TextFacts()
    facts.add("events", Screen.count(events))
    facts.add("seconds", Screen.seconds(elapsed))
    facts.add("events a second", Screen.rate(events, in: elapsed))
    facts.add("log time", Screen.time(context.logTime))
    facts.add("root", context.root.hex)
    var table = TextTable(["projection", ">rows", "format", "sha256 of the rows"])
    for manifest in digests.flatMap({ $0 }) {
      table.add([
        manifest.dump, Screen.count(manifest.rows), manifest.format, manifest.digest.hex,
      ])
    }
    return facts.text(indent: 0) + "\n" + table.text(indent: 0)
  }
}
