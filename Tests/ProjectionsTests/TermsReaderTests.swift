// What a document of terms may say, and what of it is refused, with its place.

import Events
import Platform
import Support
import Testing
import Text

@testable import Projections

@Suite struct TermsReaderTests {
  private static let word =
    #"{"field":"order_amount","old":"实付金额","new":"订单成交金额","english":"order amount"}"#
  private static let sound = """
    {"terms":"unified","version":1,"published":"2024-09-05",\
    "effective_at":"2024-09-12T00:00:00+08:00","words":[\(word)]}
    """

  private static func faults(_ text: String) -> [String] {
    do throws(TermsFaults) {
      _ = try TermsReader.read(Array(text.utf8))
      return []
    } catch { return error.faults.map(\.description) }
  }

  @Test func `a sound document gives its words by field`() throws {
    let terms = try TermsReader.read(Array(TermsReaderTests.sound.utf8))
    #expect(terms.name == id("unified") && terms.version == 1)
    #expect(terms.effectiveAt == LogFixture.opening)
    #expect(terms.word(.orderAmount)?.chinese == id("订单成交金额"))
    #expect(terms.word(.orderAmount)?.english == id("order amount"))
    #expect(terms.word(.institution) == nil)
  }

  @Test func `the terms of the story are sound and name four fields`() throws {
    var input = try InputFile(PackageRoot.path("events/terms/unified-2024-09.json"))
    let terms = try TermsReader.read(try input.readAll(limit: TermsReader.documentBytesMax))
    #expect(
      terms.words.map(\.field) == [.institution, .account, .balanceAmount, .orderAmount])
  }

  /// What is put in the place of what, and how the first fault begins.
  static let changes: [(String, String, String)] = [
    ("\"terms\":\"unified\",", "", "terms is missing"),
    ("\"unified\"", "\"\"", "terms is empty"),
    ("\"unified\"", "7", "terms must be a string and is a number"),
    ("\"unified\"", "\"\(String(repeating: "x", count: 65))\"", "terms is no word"),
    ("\"version\":1", "\"version\":0", "version is 0"),
    ("\"version\":1", "\"version\":4294967296", "version is 4294967296"),
    ("\"version\":1", "\"version\":1.0", "version must be a whole number"),
    ("\"version\":1", "\"version\":1,\"version\":2", "line 1, offset"),
    ("\"version\":1", "\"version\":1,\"verzion\":2", "the document has no field \"verzion\""),
    (
      "2024-09-05", "2024-09-06",
      "effective_at (2024-09-12) is less than 7 days after published (2024-09-06)"
    ),
    ("2024-09-05", "5 September", "published (5 September)"),
    ("2024-09-12T00:00:00+08:00", "2024-09-12T00:00:00", "effective_at (2024-09-12T00:00:00)"),
    ("[\(word)]", "[]", "words has no word"),
    ("[\(word)]", "{}", "words must be an array"),
    ("[\(word)]", "[1]", "words[0] must be an object"),
    ("\"order_amount\"", "\"amount\"", "words[0].field (amount) is no field of a payment"),
    ("\"实付金额\"", "\"\"", "words[0].old is empty"),
    ("\"订单成交金额\"", "\" x\"", "words[0].new is no word"),
    ("\"order amount\"", "\"a\\u202eb\"", "words[0].english is no word"),
    ("\"english\":\"order amount\"", "\"englisch\":\"x\"", "words[0].english is missing"),
    ("[\(word)]", "[\(word),\(word)]", "words[1].field is that of words[0]"),
    ("[\(word)]", "[\(word),\(other(old: "实付金额"))]", "words[1].old is that of words[0]"),
    ("[\(word)]", "[\(word),\(other(new: "订单成交金额"))]", "words[1].new is that of words[0]"),
    (
      "[\(word)]", "[\(word),\(other(english: "order amount"))]",
      "words[1].english is that of words[0]"
    ),
    ("}", "", "line 1, offset"),
  ]

  private static func other(
    old: String = "a", new: String = "b", english: String = "c"
  ) -> String {
    #"{"field":"paid_amount","old":"\#(old)","new":"\#(new)","english":"\#(english)"}"#
  }

  @Test(arguments: changes)
  func `what is wrong is refused with its place`(old: String, new: String, reason: String) {
    let text = TermsReaderTests.sound.replacing(old, with: new, maxReplacements: 1)
    #expect(text != TermsReaderTests.sound)
    let faults = TermsReaderTests.faults(text)
    #expect(faults.first?.hasPrefix(reason) == true, "\(faults)")
  }

  @Test func `every fault is told at once`() {
    let faults = TermsReaderTests.faults(
      #"{"terms":"","version":0,"published":"x","effective_at":"y","words":[{}],"more":1}"#)
    #expect(faults.count == 9, "\(faults)")
  }

  @Test func `no bytes bring the reader down`() {
    let sound = Array(TermsReaderTests.sound.utf8)
    for index in sound.indices {
      for byte: UInt8 in [0, 0x22, 0x7d, 0xff] {
        var bytes = sound
        bytes[index] = byte
        _ = try? TermsReader.read(bytes)
      }
      _ = try? TermsReader.read(Array(sound[..<index]))
    }
  }
}
