// Tests of the metrics: their names and labels keep Prometheus' rules, and no text of a log acts.

import Events
import Merkle
import Projections
import Support
import Testing

@testable import Dumps

@Suite struct MetricTests {
  @Test func `every metric is declared once, by Prometheus' conventions`() {
    #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
    for metric in Metric.all {
      #expect(metric.name.hasPrefix("sluice_"))
      #expect(metric.name.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) })
      #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"))
      #expect(!metric.help.isEmpty && !metric.help.contains("\n") && !metric.help.contains("\\"))
    }
  }

  @Test func `no label is of something without bound`() {
    let bounded: Set<String> = [
      "origin", "log_id", "release", "rollout", "institution", "plan_version", "phase", "state",
      "tier", "wave", "platform", "merchant_tier", "buyer_tier", "failure_class", "flag",
      "guardrail", "stage",
    ]
    #expect(Metric.all.allSatisfy { $0.labels.allSatisfy { bounded.contains($0) } })
  }

  @Test func `a log of everything gives a sample of every metric that is not the daemon's`() throws
  {
    let (model, context) = try GoldenLogModel.read()
    let printed = text(MetricDump.bytes(model, context))
    for metric in Metric.all where metric.source != .daemon {
      #expect(printed.contains("# TYPE \(metric.name) \(metric.kind.rawValue)\n"))
    }
    #expect(!printed.contains("sluice_daemon_"))
    var figures = DaemonFigures()
    figures.signed = (Position(7), 1_500_000_000)
    figures.uptime = 61_000_000_000
    let all = text(MetricDump.bytes(model, context, daemon: figures))
    #expect(all.hasPrefix(printed))
    for metric in Metric.all where metric.source == .daemon {
      #expect(all.contains("\n\(metric.name) "))
    }
    #expect(all.contains("\nsluice_daemon_signed_head_age_seconds 1.5\n"))
    #expect(all.contains("\nsluice_daemon_uptime_seconds 61\n"))
  }

  @Test func `the metrics of a table are those of the dashboard, and some tables have none`() throws
  {
    let (model, context) = try GoldenLogModel.read()
    let all = Set(text(MetricDump.bytes(model, context)).split(separator: "\n"))
    for name in DumpName.allCases {
      let own = MetricDump.bytes(name, model, context).map { text($0).split(separator: "\n") }
      #expect((own != nil) == MetricDump.tables.contains(name))
      #expect(own.map { all.isSuperset(of: $0) } ?? true)
    }
    #expect(MetricDump.bytes(.timeline, model, context) == nil)
    #expect(MetricDump.bytes(.terms, model, context) == nil)
  }

  @Test(arguments: HostileTexts.all)
  func `a label holds any text and ends nowhere but at its end`(bytes: [UInt8]) throws {
    var context = context(ReadModel())
    let origin = ShortText(bytes.span)
    context.origin = try #require(origin)
    let printed = text(MetricDump.bytes(ReadModel(), context))
    let line = try #require(printed.split(separator: "\n").first { $0.contains("log_info{") })
    // What a scrape makes of it: the escapes of the format, and no more.
    let match = line.firstMatch(of: #/origin="((?:[^"\\]|\\["\\n])*)",log_id=/#)
    let value = try #require(match?.1)
    let read = String(value).replacing(#"\""#, with: "\"").replacing(#"\\"#, with: #"\"#)
    #expect(InertReader.bytes(read) == Array("\(context.origin)".utf8))
    #expect(line.hasSuffix("} 1"))
    #expect(!printed.contains("\nsluice_fake"))
  }
}
