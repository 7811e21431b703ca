// Every command and every format on a log whose texts are all hostile: nothing of them is live.

import Events
import Platform
import Projections
import Support
import Testing
import Text

@testable import Dumps
@testable import sluice

@Suite(.serialized) struct HostileLogTests {
  private let log: HostileLog

  init() throws { log = try HostileLog(isOfAll: false) }

  /// What a program says for people: well-formed text in which nothing moves the cursor, turns a
  /// line around or begins one, but for the line ends that the program itself writes.
  private func expectInert(_ bytes: [UInt8], _ what: String) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      Issue.record("\(what): no UTF-8")
      return
    }
    let live = text.unicodeScalars.first { scalar in
      switch scalar.value {
      case 0x0A: false
      case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
        true
      default: false
      }
    }
    if let live {
      Issue.record("\(what): U+\(String(live.value, radix: 16))")
    }
  }

  private func run(
    _ words: [String], codes: Set<Int32> = [0], of other: HostileLog? = nil
  ) throws -> [UInt8] {
    let log = other ?? log
    let (code, output, error) = try BuiltProgram.bytes(words + ["--data", log.folder])
    let name = words.map { InertText.escaped($0) }.joined(separator: " ")
    #expect(
      codes.contains(code),
      "\(name): \(code), \(InertText.escaped(String(decoding: error, as: UTF8.self)))")
    expectInert(error, "errors of \(name)")
    return output
  }

  @Test func `the log holds what it is to hold, and every fold takes it`() throws {
    let lines = try run(["export", "ndjson"])
    let text = String(decoding: lines, as: UTF8.self)
    for hostile in ["<script>", "\\u001b[2J", "\\u202e", "cmd|", "{\"hex\":", "\\u0000"] {
      #expect(text.contains(hostile), "\(hostile) is not in the log")
    }
    #expect(log.merchants.count == 8)
    // The frozen order is of the merchants' ids, so it is another than the log says.
    expectInert(try run(["replay"], codes: [3]), "replay")
    expectInert(try run(["verify"], codes: [3]), "verify")
  }

  @Test(arguments: ["en", "zh"])
  func `screens are inert`(language: String) throws {
    let log = try HostileLog(isOfAll: true)
    let lang = ["--lang", language]
    for words in [
      ["status"], ["log", "tail", "--from", "0"], ["replay"], ["verify"], ["audit"],
      ["terms", "list"], ["terms", "show"], ["diff", "--from", "0"], ["diff", "--from", "50"],
    ] {
      let isTold = ["status", "log"].contains(words[0])
      expectInert(
        try run(words + (isTold ? lang : []), codes: [0, 1, 3], of: log), "\(words)")
    }
    // What holds a zero cannot be typed, and what is no UTF-8 is no argument.
    func typed(_ ids: [ShortText]) -> [String] {
      Array(Set(ids.compactMap { String(validating: $0.bytes, as: UTF8.self) }))
        .filter { !$0.contains("\0") && !$0.hasPrefix("-") }.sorted()
    }
    let codes: Set<Int32> = [0, 1, 2]
    for merchant in typed(log.merchants) {
      expectInert(try run(["explain", merchant] + lang, codes: codes, of: log), "explain")
      expectInert(
        try run(["merchant", "show", merchant] + lang, codes: codes, of: log), "merchant show")
    }
    for payment in typed(log.payments) {
      expectInert(
        try run(["payment", "show", payment] + lang, codes: codes, of: log), "payment show")
    }
  }

  @Test func `every event is shown inert, field by field`() throws {
    for position in 0..<log.end.rawValue {
      expectInert(try run(["log", "show", "\(position)"]), "log show \(position)")
    }
  }

  @Test func `what is typed comes back inert in errors`() throws {
    for text in ["\u{1B}[31mred", "\u{202E}x", "a\nb", "\u{9B}1m", "<b>"] {
      for words in [
        ["explain", text], ["payment", "show", text], ["dump", text], ["merchant", "show", text],
        ["log", "show", text], ["status", text], ["dump", "waves", "--format", text],
        ["log", "tail", "--from", text], ["dump", "waves", "--as-of", text], [text],
        ["plan", "check", text], ["terms", "check", text], ["status", "--" + text],
      ] {
        let output = try run(words, codes: [0, 1, 2, 3, 4])
        expectInert(output, "\(words.map { InertText.escaped($0) })")
      }
    }
  }

  @Test func `JSON of every command is inert, one document or a line each`() throws {
    for words in [
      ["status", "--json"], ["log", "tail", "--from", "0", "--json"],
      ["export", "ndjson"], ["export", "cloudevents"], ["export", "cloudevents", "--batch"],
      ["log", "show", "\(log.end.rawValue - 1)", "--json"], ["audit", "--json"],
    ] {
      let output = try run(words, codes: [0, 1, 3])
      expectInert(output, words.joined(separator: " "))
      #expect(!output.isEmpty)
    }
    for name in DumpName.allCases {
      for format in ["json", "ndjson"] {
        expectInert(try run(["dump", name.name, "--format", format]), "\(name) as \(format)")
      }
    }
  }

  @Test(arguments: DumpName.allCases, [false, true])
  func `CSV begins no formula`(name: DumpName, isOfAll: Bool) throws {
    let log = try HostileLog(isOfAll: isOfAll)
    let output = try run(["dump", name.name, "--format", "csv"], of: log)
    expectInert(output, "\(name.name).csv")
    var reader = CSVReader(columns: name.columns.count)
    var offset = 0
    var rows = 0
    while case .row = reader.next(in: output.span, at: &offset) {
      rows += 1
      for column in 0..<reader.fieldCount {
        let cell = reader.text(column)
        // A text cell, for a number may begin with a minus.
        guard name.columns[column].type == .text else { continue }
        let first = cell.unicodeScalars.first
        #expect(first.map { "=+-@＝＋－＠".unicodeScalars.contains($0) } != true, "\(cell)")
        #expect(InertReader.bytes(ofCell: cell) != nil, "\(cell)")
        // A spreadsheet of another country begins a cell there.
        #expect(
          !cell.contains(#/;[=+\-@＝＋－＠]/#), "\(cell)")
      }
    }
    let (_, document, _) = try BuiltProgram.bytes([
      "dump", name.name, "--format", "ndjson", "--data", log.folder,
    ])
    #expect(rows == document.count { $0 == UInt8(ascii: "\n") }, "rows got lost or were added")
  }

  @Test(arguments: [false, true])
  func `metrics end where they end`(isOfAll: Bool) throws {
    let log = try HostileLog(isOfAll: isOfAll)
    let output = try run(["dump", "dashboard", "--format", "prometheus"], of: log)
    expectInert(output, "metrics")
    let text = String(decoding: output, as: UTF8.self)
    let sample =
      #/sluice_[a-z_]+(\{[a-z_]+="([^"\\\n]|\\[\\"n])*"(,[a-z_]+="([^"\\\n]|\\[\\"n])*")*\})? -?\d+(\.\d+)?/#
    for line in text.split(separator: "\n") {
      #expect(line.hasPrefix("# ") || line.wholeMatch(of: sample) != nil, "\(line)")
    }
  }

  @Test(arguments: ["en", "zh"], [false, true])
  func `the page has no markup but its own`(language: String, isOfAll: Bool) throws {
    let log = try HostileLog(isOfAll: isOfAll)
    let output = try run(["dump", "dashboard", "--format", "html", "--lang", language], of: log)
    expectInert(output, "the page")
    let text = String(decoding: output, as: UTF8.self)
    for live in ["<script", "</td><b o", "<i x", "href=\"javascript:"] {
      #expect(!text.contains(live), "\(live) is live")
    }
  }

  @Test(arguments: [false, true])
  func `no text of a database is live`(isOfAll: Bool) throws {
    let log = try HostileLog(isOfAll: isOfAll)
    let path = "/tmp/sluice-hostile-\(UInt64.random(in: 0 ... .max)).db"
    defer { try? SystemDisk().remove(path) }
    let (code, _, error) = try BuiltProgram.bytes([
      "dump", "all", "--format", "sqlite", "--out", path, "--data", log.folder,
    ])
    expectInert(error, "errors of the database")
    #expect(code == 0)
    var input = try InputFile(path)
    let whole = try input.readAll(limit: 1 << 26)
    // The library writes texts as they are, so what is live would stand in the file.
    for live in ["\u{1B}[2J", "\u{202E}", "\u{9B}31m", "\u{2066}"] {
      #expect(whole.firstRange(of: Array(live.utf8)) == nil, "\(InertText.escaped(live)) is live")
    }
    #expect(!isOfAll || whole.firstRange(of: Array(#"\u001b[2J"#.utf8)) != nil)
  }
}
