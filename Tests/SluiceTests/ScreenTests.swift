// What is redrawn on a terminal.

import Testing

@testable import sluice

@Suite struct ScreenTests {
  /// The frame without what only moves the cursor.
  private func lines(_ text: String, rows: Int?) -> [String] {
    Screen.redrawn(text, rows: rows).replacing(#/\u{1B}\[\??[0-9]*[A-Za-z]/#, with: "")
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func `a frame overwrites the one before, line by line, and clears what is left`() {
    #expect(
      Screen.redrawn("a\nb\n", rows: nil)
        == "\u{1B}[?7l\u{1B}[Ha\u{1B}[K\nb\u{1B}[K\n\u{1B}[J\u{1B}[?7h")
  }

  @Test(arguments: [nil, 0, 4, 24]) func `what fits is drawn whole`(_ rows: Int?) {
    #expect(lines("a\n\nc\n", rows: rows) == ["a", "", "c", ""])
  }

  @Test func `what would scroll is cut, and says how much`() {
    #expect(
      lines("a\nb\nc\nd\n", rows: 4) == ["a", "b", "… 2 more lines in a higher window", ""])
    #expect(lines("a\nb\nc\n", rows: 3) == ["a", "… 2 more lines in a higher window", ""])
  }
}
