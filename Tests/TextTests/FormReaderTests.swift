// The strict reader of forms: what it decodes, what it refuses, and that no bytes make it crash.

import Platform
import Testing
import Text

@Suite struct FormReaderTests {
  private func read(_ text: String) throws(TextFault) -> Form {
    try FormReader.read(Array(text.utf8))
  }

  @Test(
    arguments: [
      ("", []), ("a=", ["a", ""]), ("a=b", ["a", "b"]), ("a=b=c", ["a", "b=c"]),
      ("b=1&a=2", ["b", "1", "a", "2"]), ("a+b=c+d", ["a b", "c d"]),
      ("a=%2B%26%3D", ["a", "+&="]),
      ("a=%e6%94%af", ["a", "支"]), ("a=%E6%94%AF", ["a", "支"]),
      ("a=1&A=2", ["a", "1", "A", "2"]),
      ("a=[*'~\"]", ["a", "[*'~\"]"]),
      ("a=%0D%0A", ["a", "\r\n"]), ("%61=1", ["a", "1"]),
    ])
  func `a form is decoded in its order`(text: String, expected: [String]) throws {
    #expect(try read(text).fields.flatMap { [$0.name, $0.value] } == expected)
  }

  @Test(
    arguments: [
      ("a", 0), ("=b", 0), ("&", 0), ("a=1&", 4), ("&a=1", 0), ("a=1&&b=2", 4), ("a=1&b", 4),
      ("a=1&a=2", 4), ("a=1&%61=2", 4), ("a=%", 2), ("a=%2", 2), ("a=%2g", 2), ("a=1%%41", 3),
      ("a= ", 2), ("a=\n", 2), ("a=支", 2), ("a=%00", 2), ("a=1&b=%D6%D0", 6), ("a=%C0%AF", 2),
      ("a=%ED%A0%80", 2), ("a=%E6%94", 2), ("%FF=1", 0), ("a=\u{7f}", 2), ("a=%E6&b=%94%AF", 2),
      ("a=%e6%94%AF", 8), ("a=%2B&b=%2b", 8), ("a=%c3%A9", 5), ("a=%aF", 2), ("%4a=%4B", 4),
    ])
  func `a form that could be read in two ways is refused where it goes wrong`(
    text: String, offset: Int
  ) {
    #expect {
      _ = try read(text)
    } throws: {
      ($0 as? TextFault)?.offset == offset
    }
  }

  @Test func `a field is found by the bytes of its name`() throws {
    let form = try read("sign=A%2BB&empty=&e%CC%81=1&%C3%A9=2")
    #expect(form["sign"] == "A+B" && form["empty"] == "" && form["absent"] == nil)
    // Two spellings of one character are two names.
    #expect(form["e\u{301}"] == "1" && form["\u{e9}"] == "2")
  }

  @Test func `a form has its limits`() throws {
    let most = (0..<FormReader.fieldsMax).map { "f\($0)=" }.joined(separator: "&")
    #expect(try read(most).fields.count == FormReader.fieldsMax)
    #expect(throws: TextFault.self) { try read(most + "&more=1") }
    #expect(throws: TextFault.self) { try FormReader.read(Array("a=12".utf8), bytesMax: 3) }
    #expect(try FormReader.read(Array("a=12".utf8), bytesMax: 4)["a"] == "12")
  }

  /// Writes a form as strictly as it may be written.
  private func encoded(_ fields: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    func part(_ bytes: [UInt8]) -> [UInt8] {
      bytes.flatMap { [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
    return Array(
      fields.map { part($0.name) + [UInt8(ascii: "=")] + part($0.value) }
        .joined(separator: [UInt8(ascii: "&")]))
  }

  @Test func `what is accepted says the same when it is written anew, and nothing crashes`() throws
  {
    var random = SeededRandom(seed: 5)
    let likely = Array("ab=&&==%%+41FGgE6 94AF0\u{7f}\u{e9}".utf8) + [0x00, 0xFF]
    var accepted = 0
    for _ in 0..<20_000 {
      let bytes = (0..<random.below(24)).map { _ in likely[random.below(likely.count)] }
      guard let form = try? FormReader.read(bytes) else { continue }
      accepted += 1
      let fields = form.fields.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
      let again = try FormReader.read(encoded(fields))
      #expect(again.fields.map(\.name) == form.fields.map(\.name))
      #expect(again.fields.map(\.value) == form.fields.map(\.value))
    }
    #expect(accepted > 100)
  }
}
