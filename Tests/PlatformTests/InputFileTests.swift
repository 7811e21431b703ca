import Platform
import Testing

@Suite struct InputFileTests {
  // gzip -n of "hello\n".
  static let hello: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd,
    0xc9, 0xc9, 0xe7, 0x02, 0x00, 0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00,
  ]
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func read(_ bytes: [UInt8]) throws -> String {
    let span = bytes.span
    try SystemDisk().replaceFile(scratch("in"), with: unsafe span.bytes)
    var file = try InputFile(scratch("in"))
    return String(decoding: try file.readAll(limit: 1 << 20), as: UTF8.self)
  }

  @Test(arguments: ["", "a", "ab", "plain text\n"])
  func `A plain file is read as it is`(text: String) throws {
    #expect(try read(Array(text.utf8)) == text)
  }

  @Test func `Gzip members one after another are one input`() throws {
    #expect(try read(InputFileTests.hello) == "hello\n")
    #expect(try read(InputFileTests.hello + InputFileTests.hello) == "hello\nhello\n")
  }

  @Test(arguments: 2..<26)
  func `A gzip file cut short is a fault`(length: Int) throws {
    let whole = InputFileTests.hello
    let fault = try #require(throws: Fault.self) { try read(Array(whole[..<length])) }
    #expect(fault.errno == .notText && !fault.hint.isEmpty)
    #expect(throws: Fault.self) { try read(whole + whole[..<length]) }
  }

  @Test func `A damaged byte and bytes behind the end are faults`() throws {
    var damaged = InputFileTests.hello
    damaged[19] ^= 1
    #expect(throws: Fault.self) { try read(damaged) }
    #expect(throws: Fault.self) { try read(InputFileTests.hello + [0x1f]) }
    #expect(throws: Fault.self) { try read(InputFileTests.hello + Array("more".utf8)) }
  }

  @Test func `More than the limit is a fault`() throws {
    _ = try read([1, 2, 3])
    var file = try InputFile(scratch("in"))
    #expect(throws: Fault.self) { try file.readAll(limit: 2) }
  }
}
