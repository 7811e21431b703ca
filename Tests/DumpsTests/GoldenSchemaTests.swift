// The schemas in events/schemas are those of the catalogue and of the tables; `tools/prove exports`
// holds what the program prints against them, with other people's validator.

import Events
import Platform
import Projections
import Support
import Testing

@testable import Dumps

@Suite struct GoldenSchemaTests {
  @Test func `the schema of every kind of event is that of the catalogue`() throws {
    let events = try SchemaMaker.events()
    for (path, schema) in events { try GoldenFile.expect(schema.document, "schemas/\(path)") }
    let all = SchemaMaker.anyEvent(events.map(\.path))
    try GoldenFile.expect(all.document, "schemas/event.json")
    let names = try GoldenFile.names(in: "schemas/event")
    #expect(names == Set(events.map { String($0.path.dropFirst("event/".utf8.count)) }))
  }

  @Test func `the schema of every dump is that of its columns`() throws {
    var expected: Set<String> = []
    for name in DumpName.allCases {
      let (path, schema) = SchemaMaker.dump(name)
      try GoldenFile.expect(schema.document, "schemas/\(path)")
      expected.insert(String(path.dropFirst("dump/".utf8.count)))
    }
    let names = try GoldenFile.names(in: "schemas/dump")
    #expect(names == expected)
  }

  @Test func `every kind that this release writes has a schema that its CloudEvents name`() throws {
    let ids = Set(try SchemaMaker.events().map { CloudEventPrinter.schemas + $0.path })
    for kind in EventKind.allCases {
      #expect(ids.contains(CloudEventPrinter.schema(kind, kind.version)))
    }
  }

  @Test func `every column has a meaning`() {
    for name in DumpName.allCases {
      #expect(!name.about.isEmpty)
      for column in name.columns { #expect(name.about(column.name)?.isEmpty == false) }
      #expect(name.about("no such column") == nil)
    }
  }
}
