// The fast path: the same acceptance as the strict reader, for flat objects.

import Testing

@testable import Text

/// What the scanner found, as a tree.
func tree(_ scanner: borrowing FlatObjectScanner, _ line: Span<UInt8>) -> JSONValue {
  func text(_ part: FlatText) -> String {
    let bytes = scanner.bytes(part, of: line)
    return String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
  }
  var fields: [(key: String, value: JSONValue)] = []
  for index in 0..<scanner.count {
    let field = scanner[index]
    let value: JSONValue =
      switch field.value {
      case .null: .null
      case .boolean(let flag): .bool(flag)
      case .integer(let integer): .number(JSONNumber(text: "\(integer)", integer: integer))
      case .number(let part): .number(JSONNumber(text: text(part), integer: nil))
      case .string(let part): .string(text(part))
      }
    fields.append((text(field.key), value))
  }
  return .object(fields)
}

/// Where reader and scanner disagree about a line; nil where they agree.
func disagreement(_ line: [UInt8], _ scanner: inout FlatObjectScanner) -> String? {
  var expected: JSONValue?
  if let value = try? JSONReader.read(line), case .object(let fields) = value,
    fields.count <= FlatObjectScanner.fieldsMax
  {
    let isFlat = fields.allSatisfy { field in
      switch field.value {
      case .array, .object: false
      default: true
      }
    }
    if isFlat { expected = value }
  }
  let shown = String(decoding: line, as: UTF8.self)
  do {
    try scanner.scan(line.span)
  } catch {
    return expected == nil ? nil : "refused by the scanner alone: \(shown): \(error)"
  }
  guard let expected else { return "accepted by the scanner alone: \(shown)" }
  let found = tree(scanner, line.span)
  return sameFields(found, expected) ? nil : "read differently: \(shown)"
}

/// Equality in which `-0` and `0` are the same whole number.
private func sameFields(_ left: JSONValue, _ right: JSONValue) -> Bool {
  guard case .object(let left) = left, case .object(let right) = right else { return false }
  return left.elementsEqual(right) { first, second in
    guard sameBytes(first.key, second.key) else { return false }
    if case .number(let one) = first.value, case .number(let two) = second.value,
      let one = one.integer, let two = two.integer
    {
      return one == two
    }
    return first.value == second.value
  }
}

@Suite struct FlatObjectScannerTests {
  static let lines: [String] = [
    #"{"type":"payment","institution":"wechat-pay","merchant":"S-1","fen":1050,"ok":true}"#,
    #"{"type":"payment","institution":"wechat-pay","merchant":"S-2","fen":-7,"ok":false}"#,
    #"{"type":"payment","institution":"alipay","merchant":"店铺","fen":9,"note":null}"#,
    #"{"a":"\u4e2d\n","b":"😀😀😀","\u0063":1.5e3,"d":"12345678901234567890"}"#,
    #"{"aaaaaaaa":1,"aaaaaaab":2,"aaaaaaac":"x"}"#,
    "{}",
    #" { "a" : 1 , "b" : "two" } "#,
  ]

  @Test func `fields come with kinds, values and shapes`() throws {
    var scanner = FlatObjectScanner()
    for line in FlatObjectScannerTests.lines {
      let bytes = Array(line.utf8)
      #expect(disagreement(bytes, &scanner) == nil)
    }
    let first = Array(FlatObjectScannerTests.lines[0].utf8)
    let second = Array(FlatObjectScannerTests.lines[1].utf8)
    try scanner.scan(first.span)
    let shape = scanner.shapeNumber
    try scanner.scan(second.span)
    #expect(scanner.shapeNumber == shape)
    #expect(scanner[3].value == .integer(-7))
    #expect(scanner[4].value == .boolean(false))
    try scanner.scan(Array(FlatObjectScannerTests.lines[2].utf8).span)
    #expect(scanner.shapeNumber != shape)
  }

  @Test func `a decoded key never serves as a shape`() throws {
    var scanner = FlatObjectScanner()
    try scanner.scan(Array(#"{"a\"b":1}"#.utf8).span)
    let faulty = Array(#"{"a"b":1}"#.utf8)
    #expect(fault { () throws(TextFault) in try scanner.scan(faulty.span) } != nil)
    #expect(scanner.count == 0)
  }

  @Test func `a duplicate behind a part that follows the shape is refused`() throws {
    var scanner = FlatObjectScanner()
    try scanner.scan(Array(#"{"a":1,"b":2,"c":3}"#.utf8).span)
    for line in [#"{"a":1,"b":2,"a":3}"#, #"{"a":1,"b":2,"\u0062":3}"#, #"{"b":1,"b":2}"#] {
      let bytes = Array(line.utf8)
      #expect(fault { () throws(TextFault) in try scanner.scan(bytes.span) } != nil)
    }
  }

  @Test func `32 fields are accepted and 33 are not`() {
    var scanner = FlatObjectScanner()
    for count in [32, 33] {
      let fields = (0..<count).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
      let bytes = Array("{\(fields)}".utf8)
      let found = fault { () throws(TextFault) in try scanner.scan(bytes.span) }
      #expect((found == nil) == (count == 32))
    }
  }

  @Test func `a line over its limit is refused`() {
    var scanner = FlatObjectScanner()
    for (length, isAccepted) in [(65_536, true), (65_537, false)] {
      let bytes = Array("{\"a\":\"\(String(repeating: "x", count: length - 8))\"}".utf8)
      #expect(bytes.count == length)
      let found = fault { () throws(TextFault) in try scanner.scan(bytes.span) }
      #expect((found == nil) == isAccepted)
    }
  }

  @Test func `nesting is refused and says so`() {
    var scanner = FlatObjectScanner()
    let bytes = Array(#"{"a":[1]}"#.utf8)
    let found = fault { () throws(TextFault) in try scanner.scan(bytes.span) }
    #expect(found?.reason == "a field holds an array or an object")
    #expect(found?.offset == 5)
  }

  @Test func `reader and scanner agree on the corpus`() {
    var scanner = FlatObjectScanner()
    for text in JSONCorpus.accepted + JSONCorpus.refused {
      #expect(disagreement(Array(text.utf8), &scanner) == nil)
      #expect(disagreement(Array("{\"k\":\(text)}".utf8), &scanner) == nil)
      #expect(disagreement(Array("{\"j\":0,\"k\":\(text),\"l\":\"\"}".utf8), &scanner) == nil)
    }
    for bytes in JSONCorpus.illFormed {
      let line = Array("{\"k\":\"".utf8) + bytes + Array("\"}".utf8)
      #expect(disagreement(line, &scanner) == nil)
      #expect(fault { () throws(TextFault) in try scanner.scan(line.span) } != nil)
    }
  }

  @Test func `reader and scanner agree on 100,000 mutations`() {
    var random = XorShift(seed: 20_240_912)
    var scanner = FlatObjectScanner()
    let alphabet =
      Array("\"\\{}[]:,0159eE+-. \n\tntfu".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF0]
    let seeds = FlatObjectScannerTests.lines.map { Array($0.utf8) }
    var accepted = 0
    for _ in 0..<100_000 {
      let line = mutated(seeds[random.below(seeds.count)], &random, alphabet: alphabet)
      if let difference = disagreement(line, &scanner) {
        Issue.record("\(difference)")
        return
      }
      if (try? scanner.scan(line.span)) != nil { accepted += 1 }
    }
    // Both sides must have been seen often, or the agreement says little.
    #expect(accepted > 5000 && accepted < 95_000)
  }

  /// What a scan came to: the fields as a tree, or the fault.
  private static func outcome(
    _ line: [UInt8], _ scanner: inout FlatObjectScanner,
    _ scan: (inout FlatObjectScanner, Span<UInt8>) throws(TextFault) -> Void
  ) -> String {
    do throws(TextFault) {
      try scan(&scanner, line.span)
      return "\(tree(scanner, line.span))"
    } catch { return "\(error)" }
  }

  private static let payments: [String] = [
    #"{"command":"payment","transaction":"42000023452024091","fen":123456789012,"n":7}"#,
    #"{"a":"","ok":true,"note":null,"fen":1234567890123456,"text":"two words","last":"12345678"}"#,
    #" { "merchant" : "S-1", "fen": 0 , "flag":false } "#,
  ]

  @Test(arguments: payments) func `a line that follows a shape is read as in full`(
    _ text: String
  ) {
    var scanner = FlatObjectScanner()
    var full = FlatObjectScanner()
    let bytes = Array(text.utf8)
    var lines: [[UInt8]] = [bytes]
    let others =
      Array("\"\\{}[]:,0159eE+-. \n\tntfuaZ~".utf8) + [0, 0x1F, 0x7F, 0x80, 0xBF, 0xC3, 0xED, 0xFF]
    for place in bytes.indices {
      lines.append(Array(bytes[..<place]))
      lines.append(Array(bytes[..<place] + bytes[(place + 1)...]))
      for other in others {
        var changed = bytes
        changed[place] = other
        lines.append(changed)
        lines.append(Array(bytes[..<place] + [other] + bytes[place...]))
      }
      for digits in ["00", "12345678", "1234567890123456", "12345678901234567", "-1", "1.5"] {
        lines.append(Array(bytes[..<place] + Array(digits.utf8) + bytes[place...]))
      }
    }
    var accepted = 0
    for line in lines {
      // The shape of the line itself is the one that was met last.
      try? scanner.scan(bytes.span)
      let found = FlatObjectScannerTests.outcome(line, &scanner) {
        (scanner, line) throws(TextFault) in try scanner.scan(line)
      }
      let expected = FlatObjectScannerTests.outcome(line, &full) {
        (scanner, line) throws(TextFault) in try scanner.scanInFull(line)
      }
      guard found == expected else {
        Issue.record("\(String(decoding: line, as: UTF8.self)): \(found), not \(expected)")
        return
      }
      if scanner.count > 0 { accepted += 1 }
    }
    #expect(accepted > 100 && accepted < lines.count)
  }

  @Test func `a fifth shape takes the place of the first`() throws {
    var scanner = FlatObjectScanner()
    for round in 0..<3 {
      for shape in 0..<6 {
        let line = Array("{\"key-\(shape)\":\"value\",\"round\":\(round)}".utf8)
        #expect(disagreement(line, &scanner) == nil)
        #expect(disagreement(line, &scanner) == nil)
      }
    }
  }
}
