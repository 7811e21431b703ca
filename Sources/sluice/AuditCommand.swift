// sluice audit: every decision of the log made again, from what was known at the time.

import Audit
import EventLog
import Events
import Platform
import Text

struct AuditCommand: Subcommand {
  static let guide = Guide(
    name: "audit",
    sentence: "Makes every decision of the log again from what was known then, and names each "
      + "event that the rules do not lead to.",
    options: [
      .data, .value("at", "POSITION", "audit the events before this position and no further"),
      .json,
    ],
    examples: ["sluice audit --data events/log", "sluice audit --data /mnt/copy --json"])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let folder = try arguments.required("data")
    let stop = try arguments.integer("at", in: 0...Int64.max).map { Position(UInt64($0)) }
    let reader = try LogReader(SystemDisk(), folder, stopAt: stop)
    if let stop, stop > reader.durableEnd {
      throw LogFault.outOfRange(position: stop, durableEnd: reader.durableEnd)
    }
    let clock = WallClock()
    let began = clock.monotonicNanoseconds()
    let meter = Meter("events", isQuiet: arguments.flag("json"))
    let end = reader.durableEnd.rawValue
    let report = try DecisionAudit(reader).run { meter.show($0.rawValue, of: end) }
    meter.finish()
    let elapsed = clock.monotonicNanoseconds() - began
    say(
      arguments.flag("json")
        ? document(report, elapsed) : Array(text(report, elapsed).utf8))
    if let ending = report.ending {
      throw CommandFailure(.damaged, ending, hint: "Run `sluice verify`")
    }
    guard report.count > 0 else { return .done }
    throw CommandFailure(
      .damaged, "the rules do not lead to \(report.count) of the decisions in this log",
      hint: "Each is named above with its rule; `sluice log show POSITION` prints the event")
  }

  private static func document(_ report: AuditReport, _ elapsed: Int64) -> [UInt8] {
    Document.object { document in
      document.put("lawful", report.isLawful)
      document.put("events", report.position.rawValue)
      document.put("log_time", report.logTime)
      document.put("steps", report.steps)
      document.put("of_older_versions", report.ofOlderVersions)
      document.put("violations", report.count)
      document.array("listed", report.violations) { document, violation in
        document.object(nil) { document in
          document.put("position", violation.position)
          document.put("kind", violation.kind.name)
          document.put("rule", violation.rule)
          document.put("what", violation.what)
          document.array("evidence", violation.evidence) { $0.put(nil, $1) }
        }
      }
      if let ending = report.ending {
        document.put("ending", ending)
      } else {
        document.null("ending")
      }
      document.put("elapsed_ns", elapsed)
    }
  }

  private static func text(_ report: AuditReport, _ elapsed: Int64) -> String {
    var out = ""
    for violation in report.violations {
      let evidence = violation.evidence.map { "\($0.rawValue)" }.joined(separator: ", ")
      out +=
        "position \(violation.position.rawValue)  \(violation.kind.name)  "
        + "\(violation.rule)\n  \(Screen.plain(violation.what))\n"
      if !evidence.isEmpty { out += "  see positions \(evidence)\n" }
    }
    if !out.isEmpty { out += "\n" }
    var facts = TextFacts()
    facts.add("events", "\(Screen.count(report.position.rawValue)), each decided again")
    facts.add("steps", "\(Screen.count(report.steps)) of the scheduler, each the next that was due")
    if report.ofOlderVersions > 0 {
      facts.add(
        "older versions",
        "\(Screen.count(report.ofOlderVersions)) events, of which lawfulness alone was asked")
    }
    facts.add("log time", Screen.time(report.logTime))
    facts.add("seconds", Screen.seconds(elapsed))
    let verdict =
      report.isLawful
      ? Screen.toned("lawful", .green)
      : Screen.toned("\(report.count) violations", .red)
    return out + facts.text(indent: 0)
      + "\n\(verdict); by the rules of this release, from the events alone\n"
  }
}
