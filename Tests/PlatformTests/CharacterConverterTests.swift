import Platform
import Testing

@Suite struct CharacterConverterTests {
  /// `支付宝,€😀`, where the last character has four bytes in either encoding.
  private static let chinese: [UInt8] = [
    0xD6, 0xA7, 0xB8, 0xB6, 0xB1, 0xA6, 0x2C, 0xA2, 0xE3, 0x94, 0x39, 0xFC, 0x36,
  ]

  private static func convert(_ bytes: [UInt8], pieces: Int) throws(Fault) -> [UInt8] {
    var converter = try CharacterConverter(from: "GB18030", path: "bill.csv")
    var text: [UInt8] = []
    var start = 0
    while start < bytes.count {
      text += try converter.convert(Array(bytes[start..<min(bytes.count, start + pieces)]))
      start += pieces
    }
    try converter.finish()
    return text
  }

  @Test(arguments: 1...13)
  func `A text is the same wherever it is cut`(pieces: Int) throws {
    let text = try Self.convert(Self.chinese, pieces: pieces)
    #expect(String(decoding: text, as: UTF8.self) == "支付宝,€😀")
  }

  @Test func `Bytes that are no characters are told with their offset`() {
    let fault = #expect(throws: Fault.self) {
      try Self.convert(Array("ab".utf8) + [0xD6, 0xA7, 0xFF, 0xFF, 0x41], pieces: 3)
    }
    #expect(fault?.offset == 4)
    #expect(fault?.errno == .notText)
  }

  @Test func `A text that ends inside a character is told`() {
    let fault = #expect(throws: Fault.self) { try Self.convert([0x41, 0xD6], pieces: 2) }
    #expect(fault?.offset == 1)
  }

  @Test func `An encoding that nobody knows is told with what to do`() {
    let fault = #expect(throws: Fault.self) {
      _ = try CharacterConverter(from: "no-such-encoding", path: "bill.csv")
    }
    #expect(fault?.hint.contains("iconv") == true)
  }
}
