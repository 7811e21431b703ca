// Tests of texts that nothing comes of: what is live is escaped, and every text can be had back.

import Support
import Testing
import Text

@Suite struct InertTextTests {
  @Test(arguments: HostileTexts.all)
  func `no text is live, and each can be had back`(bytes: [UInt8]) {
    let escaped = InertText.escaped(bytes.span)
    let text = String(decoding: escaped, as: UTF8.self)
    #expect(Array(text.utf8) == escaped)
    #expect(InertText.isInert(bytes.span) == (escaped == bytes))
    #expect(InertReader.bytes(text) == bytes)
    let isLive = text.unicodeScalars.contains { scalar in
      switch scalar.value {
      case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
      default: false
      }
    }
    #expect(!isLive)
  }

  @Test func `escapes are four digits, and two where a byte is no character`() {
    #expect(InertText.escaped("a\u{1B}b\u{202E}\\") == #"a\u001bb\u202e\\"#)
    let broken: [UInt8] = [0x61, 0xFF, 0xC3]
    #expect(InertText.escaped(broken.span) == Array(#"a\xff\xc3"#.utf8))
  }

  @Test(arguments: HostileTexts.all)
  func `a cell of CSV begins no formula, in whatever country, and can be had back`(
    bytes: [UInt8]
  ) throws {
    var out: [UInt8] = []
    var writer = CSVWriter()
    writer.text(bytes.span, to: &out)
    let line = String(decoding: out, as: UTF8.self)
    let cell =
      line.hasPrefix("\"")
      ? line.dropFirst().dropLast().replacing("\"\"", with: "\"") : Substring(line)
    let begins: Set<Character> = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
    // Semicolons and tabs separate cells elsewhere; a line end begins one everywhere.
    for part in line.split(separator: ";") + [line[...], cell] {
      #expect(part.first.map { begins.contains($0) } != true)
    }
    #expect(!line.contains { $0 == "\t" || $0.isNewline })
    #expect(InertReader.bytes(ofCell: String(cell)) == bytes)
  }
}
