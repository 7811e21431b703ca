// Tests of the dashboard: nothing from outside becomes markup, and the same log gives the same page.

import Events
import Projections
import Testing

@testable import Dumps

@Suite struct DashboardPageTests {
  private func page(_ log: LogFixture, cut: Int = 64) throws -> String {
    let model = try log.model(cut: cut)
    return text(DashboardPage.bytes(model, context(model)))
  }

  @Test func `text from the log is escaped wherever it stands`() throws {
    var log = LogFixture()
    let attack = "<script>alert('1')</script>&\""
    log.add(
      .rolloutConsulted(
        RolloutConsulted(
          rollout: RolloutNumber(1), planVersion: 1, institution: .weChatPay,
          consultedAt: log.now, plan: id(attack))))
    log.add(
      .rolloutPaused(
        RolloutStep(
          rollout: RolloutNumber(1), planVersion: 1, reason: id(attack), reasonReference: .zero)))
    log.pay(fen: 1, attack, merchant: 0, flags: .merchantUnknown, external: "<b>\u{202E}")
    let page = try page(log)
    #expect(!page.contains("<script"))
    #expect(!page.contains("<b>\u{FFFD}"))
    #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"))
    #expect(page.contains("<td>&lt;b&gt;\u{FFFD}</td>"))
  }

  @Test func `the page runs nothing and loads nothing`() throws {
    let page = try page(LogFixture.story())
    for banned in ["<script", "<link", "<img", "<iframe", "style=\"", "url(", "@import", "http"] {
      let isPolicy = banned == "http"
      #expect(page.components(of: banned) == (isPolicy ? 1 : 0), "\(banned)")
    }
    #expect(
      page.contains(
        "content=\"default-src 'none'; style-src 'sha256-\(DashboardPage.styleDigest)';"))
  }

  @Test(arguments: [1, 2, 5]) func `the same position gives the same bytes`(cut: Int) throws {
    #expect(try page(LogFixture.story(), cut: cut) == page(LogFixture.story()))
  }

  @Test func `figures of the story stand on the page`() throws {
    let page = try page(LogFixture.story())
    for figure in [
      "<h1>wechat-pay-2024-09</h1>", "of 3 in the order, 33.3 %", "¥166.00", "2024-09-12",
      "<th scope=\"row\">Downstream market</th>", "failure-share, positions 10 to 14",
      "<td>=cmd()</td>",
      "sluice dump dashboard --format html --at 19",
    ] { #expect(page.contains(figure), "\(figure)") }
  }

  @Test func `an empty log has a page`() throws {
    let page = try page(LogFixture())
    #expect(page.contains("empty log"))
    #expect(page.hasSuffix("</body></html>\n"))
  }
}

@Suite struct FigureTests {
  @Test(arguments: [
    (Int64(0), "¥0.00"), (5, "¥0.05"), (123_456_789, "¥1,234,567.89"), (-100, "−¥1.00"),
  ])
  func `fen are printed as yuan`(fen: Int64, text: String) {
    #expect(Figure.yuan(fen) == text)
  }

  @Test(arguments: [
    (Int64(1), Int64(3), "33.3 %"), (2, 3, "66.7 %"), (1, 2000, "0.1 %"), (0, 5, "0.0 %"),
    (5, 5, "100.0 %"),
  ])
  func `shares are rounded half up`(part: Int64, whole: Int64, text: String) {
    #expect(Figure.percent(part, of: whole) == text)
  }

  @Test func `a share of nothing is none`() { #expect(Figure.percent(0, of: 0) == nil) }
}

extension String {
  /// How often a text stands in this one.
  fileprivate func components(of text: String) -> Int {
    let bytes = Array(utf8)
    let wanted = Array(text.utf8)
    return bytes.indices.count { index in bytes[index...].starts(with: wanted) }
  }
}
