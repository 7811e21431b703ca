// The strict reader: what it accepts, what it refuses, and what it keeps.

import Testing

@testable import Text

func read(_ text: String) throws(TextFault) -> JSONValue { try JSONReader.read(Array(text.utf8)) }

/// The fault that a piece of code throws; nil where it throws none.
func fault<Value>(_ body: () throws(TextFault) -> Value) -> TextFault? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

@Suite struct JSONReaderTests {
  @Test(arguments: JSONCorpus.accepted)
  func `a document of the grammar is accepted`(text: String) {
    let found = fault { () throws(TextFault) in try read(text) }
    #expect(found == nil, "\(text): \(found.map { "\($0)" } ?? "")")
  }

  @Test(arguments: JSONCorpus.refused)
  func `a document outside the grammar is refused`(text: String) {
    #expect(fault { () throws(TextFault) in try read(text) } != nil)
  }

  @Test(arguments: JSONCorpus.illFormed)
  func `ill-formed UTF-8 is refused in strings and keys`(bytes: [UInt8]) {
    let string = [0x22] + bytes + [0x22]
    let key = Array("{".utf8) + string + Array(":1}".utf8)
    #expect(fault { () throws(TextFault) in try JSONReader.read(string) } != nil)
    #expect(fault { () throws(TextFault) in try JSONReader.read(key) } != nil)
    #expect(UTF8Check.firstIllFormed(bytes.span) != nil)
  }

  @Test func `the corpus is large enough to mean something`() {
    let count = JSONCorpus.accepted.count + JSONCorpus.refused.count + JSONCorpus.illFormed.count
    #expect(count >= 250)
  }

  @Test func `every scalar passes the check and decodes to itself`() {
    var wrong = 0
    for number in UInt32(0)...0x10FFFF {
      guard let scalar = UnicodeScalar(number) else { continue }
      let bytes = Array(String(Character(scalar)).utf8)
      let step = UTF8Check.step(bytes.span, at: 0)
      if step.scalar != number || step.length != bytes.count { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test func `numbers keep their text, and have an integer only where they are one`() throws {
    let cases: [(String, Int64?)] = [
      ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e2", nil),
      ("12345", 12345), ("-7", -7), ("99999999999999999999999", nil),
    ]
    for (text, integer) in cases {
      guard case .number(let number) = try read(" \(text) ") else {
        Issue.record("\(text) is no number")
        continue
      }
      #expect(number.text == text)
      #expect(number.integer == integer)
    }
  }

  @Test func `escapes are decoded and order is kept`() throws {
    let value = try read(#"{"b":"\u4e2d\uD83D\uDE00\n\"\\\/","a":[1,null,true]}"#)
    guard case .object(let fields) = value else {
      Issue.record("no object")
      return
    }
    #expect(fields.map(\.key) == ["b", "a"])
    #expect(value["b"] == .string("中😀\n\"\\/"))
    #expect(value["c"] == nil)
  }

  @Test func `a fault says line, offset, reason and hint`() {
    let found = fault { () throws(TextFault) in try read("{\n\"a\":1,\n\"a\":2}") }
    #expect(
      found?.description
        == "line 3, offset 9: the key \"a\" comes twice. Keep one of them.")
  }

  @Test func `a document over its limit is refused`() {
    let text = Array("[1,2,3]".utf8)
    #expect(fault { () throws(TextFault) in try JSONReader.read(text, bytesMax: 7) } == nil)
    #expect(fault { () throws(TextFault) in try JSONReader.read(text, bytesMax: 6) } != nil)
  }

  @Test func `what the writer writes the reader reads back`() throws {
    for text in JSONCorpus.accepted {
      let value = try read(text)
      var out: [UInt8] = []
      var writer = JSONWriter()
      writer.value(value, to: &out)
      #expect(try JSONReader.read(out) == value)
    }
  }
}

@Suite struct FieldReaderTests {
  private func fields(_ text: String, path: String = "") throws(TextFault) -> FieldReader {
    try FieldReader(try read(text), path: path)
  }

  @Test func `fields are taken by name`() throws {
    var reader = try fields(
      #"{"name":"w","x":5,"on":true,"list":[{"y":1}],"inner":{"z":"q"},"tags":["a","b"]}"#)
    #expect(try reader.string("name") == "w")
    #expect(try reader.integer("x", in: 1...100) == 5)
    #expect(try reader.boolean("on"))
    #expect(try reader.optionalString("absent") == nil)
    #expect(try reader.strings("tags") == ["a", "b"])
    var element = try #require(try reader.objects("list").first)
    #expect(element.path == "list[0]")
    #expect(try element.integer("y") == 1)
    var inner = try reader.object("inner")
    #expect(try inner.string("z") == "q")
    try inner.finish()
    try reader.finish()
  }

  @Test func `every fault names the path of its field`() throws {
    let text = #"{"name":5,"x":500,"f":1.5,"on":"yes","extra":1,"list":[1],"none":null}"#
    var reader = try fields(text, path: "waves[2]")
    let faults = [
      fault { () throws(TextFault) in try reader.string("name") },
      fault { () throws(TextFault) in try reader.integer("x", in: 1...100) },
      fault { () throws(TextFault) in try reader.integer("f") },
      fault { () throws(TextFault) in try reader.boolean("on") },
      fault { () throws(TextFault) in try reader.string("absent") },
      fault { () throws(TextFault) in try reader.objects("list") },
      fault { () throws(TextFault) in try reader.optionalString("none") },
      fault { () throws(TextFault) in try reader.finish() },
    ].map { $0?.description ?? "none" }
    #expect(
      faults == [
        "waves[2].name must be a string and is a number.",
        "waves[2].x is 500. Give 1 to 100.",
        "waves[2].f must be a whole number and is 1.5.",
        "waves[2].on must be true or false and is a string.",
        "waves[2].absent is missing.",
        "waves[2].list[0] must be an object and is a number.",
        "waves[2].none must be a string and is null.",
        "waves[2] has no field \"extra\". Its fields are name, x, f, on, absent, list, none.",
      ])
  }

  @Test func `what is no object has no fields`() {
    #expect(fault { () throws(TextFault) in try fields("[1]") } != nil)
  }
}
