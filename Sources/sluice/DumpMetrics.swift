// sluice dump NAME --format prometheus: figures as Prometheus reads them, for a scrape or as a file
// of node_exporter's textfile collector.

import Dumps
import Events
import Platform
import Projections

extension DumpCommand {
  /// Whether `--format` names the metrics, and `--json` does not speak against it.
  static func isMetrics(_ arguments: Arguments) -> Bool {
    arguments.value("format") == MetricDump.format && !arguments.flag("json")
  }

  /// The figures of a table, or of all that have some.
  ///
  /// A file is replaced whole, so that a collector never reads a part, and the group may read it:
  /// collectors have a user of their own, and no id of anybody is in it.
  static func metrics(_ arguments: Arguments) throws -> ExitCode {
    try refuseLanguage(arguments)
    let name = try table(arguments)
    try refuseOptions(arguments)
    var fold = ModelFold(hashesLeaves: true)
    try fold.follow(try LogView(arguments))
    let text =
      name.flatMap { MetricDump.bytes($0, fold.model, fold.context) }
      ?? MetricDump.bytes(fold.model, fold.context)
    guard let path = arguments.value("out") else {
      say(text)
      return .done
    }
    let span = text.span
    try SystemDisk(isGroupReadable: true).replaceFile(path, with: unsafe span.bytes)
    say("\(text.count) bytes in \(path)\n")
    return .done
  }

  /// The table whose figures are asked for; nil where it is the dashboard.
  private static func table(_ arguments: Arguments) throws -> DumpName? {
    let operand = arguments.operands[0]
    if operand == "dashboard" || operand == "all" { return nil }
    guard let name = DumpName(name: operand) else { throw noDump(arguments) }
    guard MetricDump.tables.contains(name) else {
      let tables = MetricDump.tables.map(\.name).joined(separator: ", ")
      throw UsageFault(
        what: "\(operand) has no figures for Prometheus, only rows",
        hint: "Take --format csv, or one that has: dashboard, \(tables)")
    }
    return name
  }

  private static func refuseOptions(_ arguments: Arguments) throws {
    if arguments.flag("live") {
      throw UsageFault(
        what: "--live and --format prometheus exclude each other",
        hint: "Leave out --live, or scrape /metrics of a daemon that serves with --http")
    }
    for option in ["publish", "signing-key"] where arguments.flag(option) {
      throw UsageFault(
        what: "--\(option) is of tables, and figures have no manifest",
        hint: "Leave it out, or take --format csv")
    }
  }
}
