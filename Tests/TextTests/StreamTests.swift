// CSV and NDJSON from chunks of any size, and CSV written and read back.

import Events
import Support
import Testing

@testable import Text

/// What a reader made of a text: rows as fields, faults as their reasons.
enum Found: Equatable {
  case row([String])
  case fault(String)
}

/// Reads a text in chunks of a size.
func rows(_ bytes: [UInt8], chunk size: Int = .max, columns: Int? = nil) -> [Found] {
  var reader = CSVReader(columns: columns)
  var found: [Found] = []
  var start = 0
  while start < bytes.count {
    let end = size < bytes.count - start ? start + size : bytes.count
    let chunk = bytes.span.extracting(start..<end)
    var offset = 0
    reading: while true {
      switch reader.next(in: chunk, at: &offset) {
      case .row: found.append(.row((0..<reader.fieldCount).map { reader.text($0) }))
      case .refused(let fault): found.append(.fault(fault.reason))
      case .needsBytes: break reading
      }
    }
    start = end
  }
  switch reader.finish() {
  case .row: found.append(.row((0..<reader.fieldCount).map { reader.text($0) }))
  case .refused(let fault): found.append(.fault(fault.reason))
  case .needsBytes: break
  }
  return found
}

func rows(_ text: String, chunk size: Int = .max) -> [Found] { rows(Array(text.utf8), chunk: size) }

@Suite struct CSVReaderTests {
  static let table: [(text: String, found: [Found])] = [
    ("", []),
    ("a,b\n1,2\n", [.row(["a", "b"]), .row(["1", "2"])]),
    ("a,b\r\n1,2", [.row(["a", "b"]), .row(["1", "2"])]),
    ("\u{FEFF}a,b\n", [.row(["a", "b"])]),
    ("\u{FEFF}\r\na,b\n", [.row(["a", "b"])]),
    ("\n\r\na\n\n\r\nb\n\n", [.row(["a"]), .row(["b"])]),
    ("\"a\",\"b\"\n", [.row(["a", "b"])]),
    ("\"a\"\"b\",\"c,d\"\n", [.row(["a\"b", "c,d"])]),
    ("\"a\nb\r\nc\",d\n", [.row(["a\nb\r\nc", "d"])]),
    (",\n,", [.row(["", ""]), .row(["", ""])]),
    ("\"\"\n", [.row([""])]),
    ("\"\"\r\n", [.row([""])]),
    ("\"\"\"\"\n", [.row(["\""])]),
    ("支付,é\n", [.row(["支付", "é"])]),
    (
      "a,b\n1\n3,4\n",
      [
        .row(["a", "b"]), .fault("row 2, column 1: the row has 1 columns and must have 2"),
        .row(["3", "4"]),
      ]
    ),
    (
      "a,b\nx\"y,2\n3,4\n",
      [
        .row(["a", "b"]),
        .fault("row 2, column 1: a quote stands in a field that does not begin with one"),
        .row(["3", "4"]),
      ]
    ),
    (
      "a,b\n1,\"x\"y\n3,4\n",
      [
        .row(["a", "b"]),
        .fault("row 2, column 2: 'y' stands behind the closing quote of a field"),
        .row(["3", "4"]),
      ]
    ),
    (
      "a\rb\nc\n",
      [.fault("row 1, column 2: a carriage return stands without a line feed"), .row(["c"])]
    ),
    ("a\n\"b\nc", [.row(["a"]), .fault("row 2, column 1: a quoted field has no end")]),
  ]

  @Test(arguments: table.indices, [1, 2, 3, 7, 1000])
  func `a text is read the same in chunks of every size`(index: Int, size: Int) {
    let row = CSVReaderTests.table[index]
    #expect(rows(row.text, chunk: size) == row.found)
  }

  @Test func `a row of bad UTF-8 does not stop the next one`() {
    let bytes = Array("a,b\n1,".utf8) + [0xED, 0xA0, 0x80] + Array("\n3,4\n".utf8)
    #expect(
      rows(bytes) == [
        .row(["a", "b"]), .fault("row 2, column 2: the field is not well-formed UTF-8"),
        .row(["3", "4"]),
      ])
  }

  @Test func `half a byte order mark is a bad field`() {
    #expect(
      rows([0xEF, 0xBB, 0x0A, 0x61, 0x0A])
        == [.fault("row 1, column 1: the field is not well-formed UTF-8"), .row(["a"])])
    #expect(
      rows([0xEF]) == [.fault("row 1, column 1: the field is not well-formed UTF-8")])
  }

  @Test func `limits of field, row and columns hold, and the next row is read`() {
    let full = String(repeating: "x", count: CSVReader.fieldBytesMax)
    #expect(rows("\(full)\nb\n") == [.row([full]), .row(["b"])])
    let hint = "row 1, column 1: a field has more than 65536 bytes"
    for text in ["\(full)x\nb\n", "\"\(full)\n\"\nb\n", "\"\(full)\"\"\"\nb\n"] {
      #expect(rows(text) == [.fault(hint), .row(["b"])])
      #expect(rows(text, chunk: 1000) == [.fault(hint), .row(["b"])])
    }
    let wide = Array(repeating: "", count: 256).joined(separator: ",")
    #expect(rows("\(wide)\n") == [.row(Array(repeating: "", count: 256))])
    #expect(
      rows("\(wide),\nb\n")
        == [.fault("row 1, column 257: the row has more than 256 columns"), .row(["b"])])
    let long = Array(repeating: full, count: 17).joined(separator: ",")
    #expect(
      rows("\(long)\nb\n")
        == [.fault("row 1, column 17: the row has more than 1048576 bytes"), .row(["b"])])
  }

  @Test func `a fault names the line on which its row begins`() {
    var reader = CSVReader()
    let bytes = Array("a,b\n\"x\ny\",1\n\nz\n".utf8)
    var offset = 0
    var lines: [Int] = []
    for _ in 0..<2 {
      _ = reader.next(in: bytes.span, at: &offset)
      lines.append(reader.lineNumber)
    }
    #expect(lines == [1, 2])
    guard case .refused(let fault) = reader.next(in: bytes.span, at: &offset) else {
      Issue.record("the short row was accepted")
      return
    }
    #expect(fault.line == 5)
    #expect(reader.rowNumber == 3)
  }

  @Test func `cells come back as they were written`() {
    let texts = ["", "a", "a,b", "\"", "a\nb", "\r\n", "支付", " x ", "'", "\"\"", "x=1"]
    var random = XorShift(seed: 7)
    for _ in 0..<2000 {
      let row = (0...random.below(5)).map { _ in texts[random.below(texts.count)] }
        .map { $0 == "\r\n" ? "x\r\n" : $0 }
      var out: [UInt8] = []
      var writer = CSVWriter()
      for cell in row { writer.text(cell, to: &out) }
      writer.endRow(to: &out)
      let read = rows(out).map { found in
        guard case .row(let cells) = found else { return found }
        return .row(cells.map { InertReader.bytes(ofCell: $0).map { text($0) } ?? "no cell" })
      }
      #expect(read == [.row(row)])
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test(arguments: ["=1+1", "+1", "-1", "@x", "'x", "＝1"])
  func `a text that a spreadsheet would run gets an apostrophe`(text: String) {
    var out: [UInt8] = []
    var writer = CSVWriter()
    writer.text(text, to: &out)
    writer.integer(-5, to: &out)
    writer.yuan(Money(fen: -105), to: &out)
    writer.endRow(to: &out)
    #expect(rows(out) == [.row(["'" + text, "-5", "-1.05"])])
  }

  @Test func `a whole table is written byte by byte`() {
    var out: [UInt8] = []
    var writer = CSVWriter()
    writer.text("name", to: &out)
    writer.text("=a,b", to: &out)
    writer.empty(to: &out)
    writer.integer(UInt64.max, to: &out)
    writer.endRow(to: &out)
    writer.text("", to: &out)
    writer.endRow(to: &out)
    writer.time(Timestamp(seconds: 0), to: &out)
    writer.endRow(to: &out)
    #expect(
      String(decoding: out, as: UTF8.self)
        == "name,\"'=a,b\",,18446744073709551615\n\"\"\n1970-01-01T00:00:00Z\n")
  }
}

@Suite struct NDJSONLinesTests {
  private func lines(_ bytes: [UInt8], chunk size: Int, limit: Int) -> [Found] {
    var lines = NDJSONLines(lineBytesMax: limit)
    var found: [Found] = []
    func text(_ bytes: Span<UInt8>) -> String {
      String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
    var start = 0
    while start < bytes.count {
      let end = min(start + size, bytes.count)
      let chunk = bytes.span.extracting(start..<end)
      var offset = 0
      reading: while true {
        switch lines.next(in: chunk, at: &offset) {
        case .whole(let range): found.append(.row([text(chunk.extracting(range))]))
        case .joined: found.append(.row([text(lines.joined)]))
        case .refused(let fault): found.append(.fault("line \(fault.line)"))
        case .needsBytes: break reading
        }
      }
      start = end
    }
    switch lines.finish() {
    case .joined: found.append(.row([text(lines.joined)]))
    case .refused(let fault): found.append(.fault("line \(fault.line)"))
    case .whole, .needsBytes: break
    }
    return found
  }

  @Test(arguments: Array(1...20))
  func `lines are the same in chunks of every size`(size: Int) {
    let text = "one\r\ntwo\n\n12345678\n12345678\r\n123456789\n12345678901234567890\nend"
    #expect(
      lines(Array(text.utf8), chunk: size, limit: 8) == [
        .row(["one"]), .row(["two"]), .row(["12345678"]), .row(["12345678"]), .fault("line 6"),
        .fault("line 7"), .row(["end"]),
      ])
  }

  @Test(arguments: [1, 4, 100])
  func `an over-long last line is reported once`(size: Int) {
    let bytes = Array("a\n123456789".utf8)
    #expect(lines(bytes, chunk: size, limit: 8) == [.row(["a"]), .fault("line 2")])
    let longer = Array("a\n1234567890123".utf8)
    #expect(lines(longer, chunk: size, limit: 8) == [.row(["a"]), .fault("line 2")])
  }
}
