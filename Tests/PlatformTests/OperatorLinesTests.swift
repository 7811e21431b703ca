import Testing

@testable import Platform

@Suite struct OperatorLinesTests {
  private func line(_ text: String, isJournal: Bool = false) -> String {
    String(decoding: OperatorLines(isJournal: isJournal).line(.warning, text), as: UTF8.self)
  }

  @Test(arguments: [
    (Severity.error, "<3>it", "error: it"), (.warning, "<4>it", "warning: it"),
    (.notice, "<5>it", "notice: it"), (.info, "<6>it", "info: it"),
  ])
  func `The journal gets a number, everyone else a word`(
    severity: Severity, journal: String, plain: String
  ) {
    #expect(
      String(decoding: OperatorLines(isJournal: true).line(severity, "it"), as: UTF8.self)
        == journal + "\n")
    #expect(
      String(decoding: OperatorLines(isJournal: false).line(severity, "it"), as: UTF8.self)
        == plain + "\n")
  }

  @Test(arguments: [
    ("a\nb", "a\\nb"), ("a\r\tb", "a\\r\\tb"), ("\u{1b}[31m", "\\u{1b}[31m"),
    ("\u{0}\u{7f}\u{9b}", "\\u{0}\\u{7f}\\u{9b}"), ("\u{202e}x\u{2028}", "\\u{202e}x\\u{2028}"),
    ("<3>forged", "<3>forged"), ("商家 é", "商家 é"),
  ])
  func `A text stays one line and moves nothing on a terminal`(text: String, shown: String) {
    #expect(line(text) == "warning: \(shown)\n")
    #expect(line(text, isJournal: true) == "<4>\(shown)\n")
  }

  @Test func `A line has an end, and cuts no character in two`() {
    let long = line(String(repeating: "商", count: 10_000))
    #expect(long.utf8.count <= OperatorLines.lineMax)
    #expect(long.hasSuffix("商 [...]\n"))
    #expect(!long.contains("\u{fffd}"))
    let fits = String(repeating: "x", count: 1_900)
    #expect(line(fits) == "warning: \(fits)\n")
  }

  @Test func `The order of severities is that of what must be seen`() {
    #expect(Severity.allCases.sorted() == [.error, .warning, .notice, .info])
  }

  @Test func `A stream's identity is that of its file`() throws {
    let words = StandardStream.error.identity.split(separator: ":")
    #expect(words.count == 2 && words.allSatisfy { UInt64($0) != nil })
  }
}
