// What is shown to people about metrics and databases: alert rules and panels name metrics that
// there are, and the queries of README have answers.

import Platform
import Projections
import Support
import Testing

@testable import Dumps

@Suite struct ShownFilesTests {
  private func read(_ path: String) throws -> String {
    var input = try InputFile(PackageRoot.path(path))
    return String(decoding: try input.readAll(limit: 1 << 22), as: UTF8.self)
  }

  @Test(arguments: [
    "tools/prometheus/sluice.rules.yml", "tools/prometheus/sluice.test.yml",
    "tools/grafana/sluice.json",
  ])
  func `every metric that a file names is one that is given`(path: String) throws {
    let names = Set(Metric.all.map(\.name))
    let named = try read(path).matches(of: #/sluice_[a-z_]+/#).map { String($0.output) }
    #expect(named.count > 20)
    for name in Set(named) { #expect(names.contains(name), "\(path) names \(name)") }
  }

  @Test func `every query that README shows has an answer`() throws {
    let queries = try read("README.md").matches(of: #/\n\$ sqlite3 [^ ]+ "([^"]+)"/#)
      .map { String($0.output.1) }
    #expect(queries.count >= 4)
    let (model, context) = try GoldenLogModel.read()
    let path = "/tmp/sluice-shown-\(UInt64.random(in: 0 ... .max))"
    let disk = SystemDisk()
    _ = try Dump.writeDatabase(DumpName.allCases, model, context, toPath: path, on: disk)
    defer { try? disk.remove(path) }
    let database = try DatabaseReader(path)
    for query in queries {
      let rows = try database.rows(query)
      #expect(!rows.isEmpty, "\(query)")
    }
  }
}
