import Events
import Merkle
import Platform
import Support
import Testing
import Text

/// Holds events/catalogue and the Swift twin against each other.
@Suite struct CatalogueTests {
  /// Takes down the names and types of the fields that an event hands over.
  struct FieldLister: FieldSink {
    var fields: [String] = []
    mutating func u8(_ name: StaticString, _ value: UInt8) { fields.append("\(name):u8") }
    mutating func u16(_ name: StaticString, _ value: UInt16) { fields.append("\(name):u16") }
    mutating func u32(_ name: StaticString, _ value: UInt32) { fields.append("\(name):u32") }
    mutating func u64(_ name: StaticString, _ value: UInt64) { fields.append("\(name):u64") }
    mutating func i64(_ name: StaticString, _ value: Int64) { fields.append("\(name):i64") }
    mutating func digest(_ name: StaticString, _ value: Digest) {
      fields.append("\(name):digest")
    }
    mutating func optionalDigest(_ name: StaticString, _ value: Digest?) {
      fields.append("\(name):optional-digest")
    }
    mutating func text8(_ name: StaticString, _ value: ShortText) {
      fields.append("\(name):text8")
    }
    mutating func text16(_ name: StaticString, _ value: [UInt8]) {
      fields.append("\(name):text16")
    }
    /// Fields of a list's elements, each written `list/name:type`, stand once.
    private var list = ""
    private var elements: [String] = []
    private var outside: [String] = []
    mutating func beginList(_ name: StaticString, _ count: Int) {
      fields.append("\(name):list")
      (list, outside, elements) = ("\(name)", fields, [])
    }
    mutating func beginElement() { fields = [] }
    mutating func endElement() { elements = fields }
    mutating func endList() { fields = outside + elements.map { "\(list)/\($0)" } }
  }

  struct Entry {
    var number: Int64
    var name: String
    var version: Int64
    var fields: [String]
    var hex: String
  }

  static func folder() -> String { PackageRoot.path("events/catalogue") }

  private static func field(_ name: String, _ field: inout FieldReader) throws -> String {
    let type = try field.string("type")
    _ = try field.string("meaning")
    _ = try field.optionalString("unit")
    _ = field.optionalValue("values")
    return "\(name):\(type)"
  }

  static func entry(_ file: String) throws -> Entry {
    var input = try InputFile("\(folder())/\(file)")
    let value = try JSONReader.read(try input.readAll(limit: 1 << 20))
    var reader = try FieldReader(value)
    let number = try reader.integer("number", in: 1...65_535)
    let name = try reader.string("name")
    let version = try reader.integer("version", in: 1...255)
    _ = try reader.string("since")
    _ = try reader.string("meaning")
    var fields: [String] = []
    for var field in try reader.objects("fields") {
      let name = try field.string("name")
      fields.append(try CatalogueTests.field(name, &field))
      for value in try field.optionalArray("fields") ?? [] {
        var element = try FieldReader(value)
        let part = try element.string("name")
        fields.append("\(name)/" + (try CatalogueTests.field(part, &element)))
        try element.finish()
      }
      try field.finish()
    }
    let hex = try reader.string("hex")
    try reader.finish()
    return Entry(number: number, name: name, version: version, fields: fields, hex: hex)
  }

  @Test(arguments: EventKind.allCases)
  func `Every kind has its catalogue entry, field by field and byte by byte`(
    kind: EventKind
  ) throws {
    let digits = String(kind.rawValue)
    let number = String(repeating: "0", count: 3 - digits.count) + digits
    let entry = try CatalogueTests.entry("\(number)-\(kind.name).json")
    #expect(entry.number == Int64(kind.rawValue))
    #expect(entry.name == kind.name)
    #expect(entry.version == Int64(kind.version))
    let event = try Samples.event(kind)
    var lister = FieldLister()
    event.payload.write(to: &lister)
    #expect(entry.fields == lister.fields)
    var encoder = FieldEncoder()
    event.encode(into: &encoder)
    #expect(entry.hex == Hexadecimal.encode(encoder.bytes))
  }

  @Test func `The catalogue holds no entry without a kind`() throws {
    let files = try SystemDisk().list(CatalogueTests.folder()).filter { $0.hasSuffix(".json") }
    let versions = EventKind.allCases.reduce(0) { $0 + Int($1.version) }
    #expect(files.count == versions, "a file for every version of every kind")
    for file in files {
      let entry = try CatalogueTests.entry(file)
      #expect(EventKind(rawValue: UInt16(entry.number))?.name == entry.name, "\(file)")
    }
  }

  /// Every version that earlier releases wrote.
  static let oldVersions = EventKind.allCases.flatMap { kind in
    (1..<kind.version).map { (kind, $0) }
  }

  @Test(arguments: oldVersions)
  func `an event of an older version is read, and its bytes come out as they went in`(
    kind: EventKind, version: UInt8
  ) throws {
    let entry = try CatalogueTests.entry("0\(kind.rawValue)-\(kind.name)-\(version).json")
    #expect(entry.version == Int64(version))
    let bytes = try #require(Hexadecimal.decode(entry.hex))
    let event = try Event(decoding: unsafe bytes.span.bytes)
    #expect(event.kind == kind && event.version == version)
    var lister = FieldLister()
    event.payload.write(to: &lister)
    #expect(lister.fields == entry.fields)
    var encoder = FieldEncoder()
    event.encode(into: &encoder)
    #expect(encoder.bytes == bytes)
  }

  @Test(arguments: oldVersions.filter { [.rollbackOrdered, .reinstatementOrdered].contains($0.0) })
  func `an order of version 1 knows no scope of a category`(
    kind: EventKind, version: UInt8
  ) throws {
    let entry = try CatalogueTests.entry("0\(kind.rawValue)-\(kind.name)-\(version).json")
    var bytes = try #require(Hexadecimal.decode(entry.hex))
    bytes[76] = OrderScope.category.rawValue
    #expect(throws: DecodeFault.outOfRange(field: .init("scope"), value: 5)) {
      try Event(decoding: unsafe bytes.span.bytes)
    }
  }
}
