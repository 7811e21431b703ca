// Makes the JSON Schemas of events and dumps, draft 2020-12: those of events out of the catalogue,
// which is held against the code, those of dumps out of the tables' own columns.

import Events
import Platform
import Projections
import Support
import Text

@testable import Dumps

enum SchemaMaker {
  static let draft = "https://json-schema.org/draft/2020-12/schema"

  private static func head(_ path: String, _ title: String, _ about: String)
    -> [(key: String, value: SchemaTree)]
  {
    [
      ("$schema", .text(draft)), ("$id", .text(CloudEventPrinter.schemas + path)),
      ("title", .text(title)), ("description", .text(about)),
    ]
  }

  // MARK: Events

  /// Every entry of the catalogue, with the path of its schema.
  static func events() throws -> [(path: String, schema: SchemaTree)] {
    let folder = PackageRoot.path("events/catalogue")
    return try SystemDisk().list(folder).filter { $0.hasSuffix(".json") }.sorted().map { name in
      var input = try InputFile("\(folder)/\(name)")
      let entry = try JSONReader.read(try input.readAll(limit: 1 << 20))
      let kind = entry.text("name")
      let version = entry["version"].flatMap { $0.whole } ?? 0
      let path = "event/\(kind)-\(version).json"
      let own = try fields(entry["fields"])
      let payload = SchemaTree.object(own, optional: ["refund_basis"])
      let all = header(kind, version) + [("fields", .fields(payload))]
      return (
        path,
        .fields(
          head(path, "\(kind), version \(version)", entry.text("meaning"))
            + SchemaTree.object(all))
      )
    }
  }

  /// What every event has, in its order.
  private static func header(_ kind: String, _ version: Int) -> [(key: String, value: SchemaTree)] {
    let hexadecimal = { (digits: Int) in SchemaTree.pattern("^[0-9a-f]{\(digits)}$") }
    return [
      ("position", .type("integer", [("minimum", .number(0))])),
      ("kind", .fields([("const", .text(kind))])),
      ("kind_version", .fields([("const", .number(version))])),
      (
        "log_time",
        .type("string", SchemaTree.pattern(SchemaTree.utcInstant)).described(
          "When it was recorded.")
      ),
      (
        "occurred_at",
        .optional("string", SchemaTree.pattern(SchemaTree.utcInstant)).described(
          "When it happened outside, where somebody says.")
      ),
      (
        "actor",
        .fields([("enum", .texts(Actor.Kind.allCases.map(\.name)))]).described("Who caused it.")
      ),
      (
        "actor_id", .type("integer", [("minimum", .number(0))]).described("A uid of an operator.")
      ),
      (
        "cause",
        .optional("integer", [("minimum", .number(0))]).described("The event that led to it.")
      ),
      ("command_id", .optional("string", hexadecimal(32))),
      ("command_digest", .type("string", hexadecimal(16))),
      (
        "previous",
        .optional("integer", [("minimum", .number(0))]).described(
          "The merchant's event before this one.")
      ), ("merchant_number", .optional("integer", [("minimum", .number(1))])),
      ("flags", flags.described("What policy found of it.")),
    ]
  }

  private static let flags = SchemaTree.type(
    "array", [("items", .fields([("enum", .texts(PolicyFlags.names.map(\.name)))]))])

  private static func fields(_ list: JSONValue?) throws -> [(key: String, value: SchemaTree)] {
    guard case .array(let fields)? = list else { return [] }
    return try fields.compactMap { field in
      let name = field.text("name")
      switch name {
      case "reserved", "log_id_high": return nil
      case "log_id_low":
        return (
          "log_id",
          .type("string", SchemaTree.pattern("^[0-9a-f]{32}$")).described("The log's id.")
        )
      default: return (name, try value(field, name).described(field.text("meaning")))
      }
    }
  }

  /// The lists that are printed as words; numbers of others stay numbers.
  private static let lists: Set<String> = [
    "institution", "platform", "tier", "merchant_tier", "buyer_tier", "failure_class", "clock",
    "scope", "gap", "subject", "subject_kind", "why", "answer", "stage",
  ]
  private static let instants: Set<String> = [
    "ordered_at", "consulted_at", "effective_at", "window_end", "planned_at", "clock_start", "from",
    "to", "expires_at",
  ]
  private static let positions: Set<String> = [
    "position", "registry_position", "first", "last", "evidence", "supersedes",
  ]

  private static func value(_ field: JSONValue, _ name: String) throws -> SchemaTree {
    let words = field["values"].map { $0.values } ?? []
    switch (field.text("type"), name) {
    case ("u8", "institutions"):
      let names = Institution.allCases.map(\.name)
      return .type("array", [("items", .fields([("enum", .texts(names))]))])
    case ("u8", _) where lists.contains(name): return .fields([("enum", .texts(words))])
    case ("u16", "flags"): return flags
    case ("u16", "wave"): return .optional("integer", [("minimum", .number(1))])
    case ("u64", _) where positions.contains(name):
      return .optional("integer", [("minimum", .number(0))])
    case ("u8", _), ("u16", _), ("u32", _), ("u64", _):
      return .type("integer", [("minimum", .number(0))])
    case ("i64", _) where instants.contains(name):
      return .optional("string", SchemaTree.pattern(SchemaTree.utcInstant))
    case ("i64", "balance_amount"): return .optional("integer", [("minimum", .number(0))])
    case ("i64", _): return .type("integer")
    case ("digest", _), ("optional-digest", _):
      return .optional("string", SchemaTree.pattern("^[0-9a-f]{64}$"))
    case ("text8", _), ("text16", _):
      let raw = SchemaTree.object([
        ("hex", .type("string", SchemaTree.pattern("^([0-9a-f]{2})+$")))
      ])
      return .fields([("anyOf", .list([.optional("string"), .fields(raw)]))])
    case ("list", _):
      let element = SchemaTree.object(try fields(field["fields"]))
      return .type("array", [("items", .fields(element))])
    case (let type, _): throw UnknownType(type: type)
    }
  }

  private struct UnknownType: Error { let type: String }

  /// Any event of this or an earlier release.
  static func anyEvent(_ paths: [String]) -> SchemaTree {
    .fields(
      head("event.json", "An event", "Any event, as `sluice export ndjson` prints it.") + [
        ("anyOf", .list(paths.map { .fields([("$ref", .text(CloudEventPrinter.schemas + $0))]) }))
      ])
  }

  // MARK: Dumps

  /// The schema of a table: of its JSON document, and of a line of its JSON lines at `#/$defs/line`.
  static func dump(_ name: DumpName) -> (path: String, schema: SchemaTree) {
    let path = "dump/\(name.name)-\(name.version).json"
    let columns = name.columns.map { column in
      (column.name, cell(column.type).described(name.about(column.name) ?? ""))
    }
    let document = SchemaTree.object([
      ("manifest", .fields([("$ref", .text("#/$defs/manifest"))])),
      ("rows", .type("array", [("items", .fields([("$ref", .text("#/$defs/row"))]))])),
    ])
    let line: [SchemaTree] = [
      .fields(SchemaTree.object([("manifest", .fields([("$ref", .text("#/$defs/manifest"))]))])),
      .fields([("$ref", .text("#/$defs/row"))]),
    ]
    return (
      path,
      .fields(
        head(path, "\(name.name), version \(name.version)", name.about) + document + [
          (
            "$defs",
            .fields([
              ("row", .fields(SchemaTree.object(columns))),
              ("line", .fields([("oneOf", .list(line))])),
              ("manifest", .fields(manifest(name))),
            ])
          )
        ])
    )
  }

  private static func cell(_ type: ColumnType) -> SchemaTree {
    switch type {
    case .text: .optional("string")
    case .integer, .fen: .optional("integer")
    case .instant: .optional("string", SchemaTree.pattern(SchemaTree.beijingInstant))
    case .day: .optional("string", SchemaTree.pattern(#"^\d{4}-\d{2}-\d{2}$"#))
    case .flag: .optional("boolean")
    case .digest: .optional("string", SchemaTree.pattern("^[0-9a-f]{64}$"))
    }
  }

  private static func manifest(_ name: DumpName) -> [(key: String, value: SchemaTree)] {
    let natural = SchemaTree.type("integer", [("minimum", .number(0))])
    return SchemaTree.object([
      ("dump", .fields([("const", .text(name.name))])),
      ("format", .fields([("enum", .texts(["json", "ndjson"]))])),
      ("format_version", .fields([("const", .number(DumpFormatName.json.version))])),
      ("projection_version", .fields([("const", .number(name.version))])),
      ("log_origin", .type("string")),
      ("log_id", .type("string", SchemaTree.pattern("^[0-9a-f]{32}$"))),
      ("position", natural),
      ("root", .type("string", SchemaTree.pattern("^[A-Za-z0-9+/]{43}=$"))),
      ("log_time", .optional("string", SchemaTree.pattern(SchemaTree.beijingInstant))),
      ("parameters", .type("object", [("maxProperties", .number(0))])),
      ("order", .fields([("const", .text(name.order))])), ("rows", natural),
      ("sha256", .type("string", SchemaTree.pattern("^[0-9a-f]{64}$"))),
      ("release", .type("string")),
    ])
  }
}

extension JSONValue {
  fileprivate func text(_ key: String) -> String {
    if case .string(let text)? = self[key] { text } else { "" }
  }

  fileprivate var whole: Int? {
    if case .number(let number) = self { number.integer.map { Int($0) } } else { nil }
  }

  /// The texts of an object's values, in its order.
  fileprivate var values: [String] {
    guard case .object(let pairs) = self else { return [] }
    return pairs.map { if case .string(let text) = $0.value { text } else { "" } }
  }
}
