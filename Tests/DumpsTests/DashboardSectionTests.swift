// Tests of the dashboard's sections: what each says of a log, in both languages, and that hostile
// texts stay texts.

import Events
import Projections
import Testing

@testable import Dumps

@Suite struct DashboardSectionTests {
  private func page(_ log: LogFixture, _ language: Language = .english) throws -> String {
    let model = try log.model()
    return text(DashboardPage.bytes(model, context(model), in: language))
  }

  @Test func `the head says what it waits for, the time left and the next step`() throws {
    let page = try page(.breached())
    for words in [
      "opening paused: checkout-harm",
      "breach of checkout-harm at position 11, 2024-09-12 09:00:01; ended by the operator",
      "<span class=\"soft\">time left</span> 2 d 13 h",
      "<span class=\"soft\">next</span> <code>sluice rollout approve guarded --resume</code>",
    ] { #expect(page.contains(words), "\(words)") }
    #expect(!page.contains("<strong class=\"chip go\">"))
  }

  @Test func `a guardrail stands with both sides, its evidence and its threshold`() throws {
    let page = try page(.breached())
    for words in [
      "<th scope=\"row\">checkout-harm</th>", "31.0 % <small>31 / 100</small>",
      "0.0 % <small>0 / 50</small>", "1.25 times", "✖ breached",
      "<th scope=\"row\">failure-limit</th>", "60.0 % <small>30 / 50</small>", "at most 20%",
      "Breaches, the last 1 of 1", "not cleared",
    ] { #expect(page.contains(words), "\(words)") }
  }

  @Test func `orders of a stratum stand a merchant-day on either side`() throws {
    let page = try page(.breached())
    // From 7 to 9 merchant 2 was on and 3 was not yet, both of 16 to 31 usual payments a day: 100
    // and 50 orders in two hours each.
    for words in [
      "<th scope=\"row\">T3, 16–31 a day</th>",
      "Closed blocks from 2024-09-12 07:00:00 to 2024-09-12 09:00:00.",
    ] { #expect(page.contains(words), "\(words)") }
    #expect(page.contains("<td class=\"n\">1,200.00</td><td class=\"n\">0.1</td>"))
    #expect(page.contains("<td class=\"n\">600.00</td><td class=\"n\">2.00</td>"))
  }

  @Test func `captures of a stratum and their amounts stand a merchant-day on either side`() throws
  {
    var log = LogFixture.breached()
    // Merchant 2 has been on since two seconds past six, and 3 never was; it paid 7.00 before.
    for number in 1...8 { log.pay(.captured, fen: 15_000, "on-\(number)", merchant: 2) }
    for number in 1...3 {
      log.pay(.captured, fen: 4_000, "off-\(number)", by: .alipay, merchant: 3)
    }
    log.move(12)
    log.pay(.failed, fen: 1, "noon", merchant: 1, failure: .payer)
    let page = try page(log)
    #expect(page.contains("Placed from 2024-09-12 00:00:00 to 2024-09-12 12:00:00."))
    // At noon 21,598 seconds on, and 21,602 and 43,200 not yet.
    let row = try #require(page.pieces(by: "T3, 16–31 a day</th>").dropFirst().first)
    let cells = row.prefix { $0 != "\n" }.split(separator: "</td>").prefix(8)
      .map { $0.split(separator: ">", maxSplits: 1).last.map(String.init) ?? "" }
    #expect(
      cells == [
        "0.2", "32.00 <small>8</small>", "¥4,800.44 <small>¥1,200.00</small>", "0.8",
        "5.33 <small>4</small>", "¥169.32 <small>¥127.00</small>", "6.00", "28.35",
      ])
    #expect(page.contains("All strata, like with like"))
  }

  @Test func `where no stratum has captures on both sides the page says so`() throws {
    var log = LogFixture()
    log.now = LogFixture.opening.advanced(bySeconds: -86_400)
    log.register(1)
    log.begin(document: LogFixture.guardedPlan, merchants: 1)
    log.pay(.captured, fen: 15_000, merchant: 1)
    for words in ["No stratum has had merchants on both sides", "尚无任何一层同时有两方商户"] {
      #expect(try page(log, words.hasPrefix("N") ? .english : .chinese).contains(words))
    }
  }

  @Test func `what came through the institution stands over the days merchants were on`() throws {
    let page = try page(.breached())
    // One payment in nearly nine hours of two merchants.
    #expect(page.contains("<th scope=\"row\">All tiers</th>"))
    #expect(page.contains("<small>¥123.45</small>"))
  }

  @Test func `pauses, breaches, roll-backs and waves are marked in the chart and its table`() throws
  {
    let page = try page(.mended())
    for sign in ["sign pause", "sign breach", "sign roll-back"] {
      // In the legend, and in the chart's two widths.
      #expect(page.pieces(by: "class=\"\(sign)\"").count == 4, "\(sign)")
    }
    #expect(page.pieces(by: "class=\"pause-band\"").count == 4)
    #expect(page.contains("paused 2 h 59 min; 1 breach; rolled back 1"))
    #expect(page.pieces(by: "class=\"wave\" x1").count == 5)
  }

  @Test(arguments: [Language.english, .chinese])
  func `every chart has a name and a description, and every table a caption`(
    language: Language
  ) throws {
    for log in [LogFixture.story(), .breached(), .mended()] {
      let page = try page(log, language)
      let charts = page.pieces(by: "role=\"img\"").count - 1
      #expect(charts == 4)
      #expect(page.pieces(by: "<title id=").count - 1 == charts)
      #expect(page.pieces(by: "<desc id=").count - 1 == charts)
      let ids = page.pieces(by: " id=\"").dropFirst().map {
        String($0.prefix { $0 != "\"" })
      }
      #expect(Set(ids).count == ids.count)
      #expect(!page.contains("<desc id=\"course-d-wide\"></desc>"))
      let tables = page.pieces(by: "<table>").count
      #expect(page.pieces(by: "<table><caption").count == tables)
      // Every other drawing stands beside its numbers and is passed over.
      let drawings = page.pieces(by: "<svg ").count - 1
      #expect(page.pieces(by: "aria-hidden=\"true\"").count - 1 == drawings - charts)
    }
  }

  @Test func `discrepancies stand by sort and institution, open of found`() throws {
    let page = try page(.story())
    let found = "<td class=\"n flat\">1 <small>/ 1</small></td>"
    #expect(page.contains("<th scope=\"row\">not-open</th>\(found)\(found)</tr>"))
    let closed = "<td class=\"n flat\">0 <small>/ 1</small></td>"
    #expect(page.contains("<th scope=\"row\">refund-before-capture</th>\(closed)\(closed)</tr>"))
  }

  @Test func `headings go down one step at a time`() throws {
    let page = try page(.mended())
    var last = 0
    for piece in page.pieces(by: "<h").dropFirst() {
      guard let level = piece.first?.wholeNumberValue else { continue }
      #expect(level <= last + 1)
      last = level
    }
    #expect(page.pieces(by: "<h1>").count == 2)
    #expect(page.pieces(by: "<main>").count == 2)
  }

  @Test func `in Chinese no heading is left in English, and the unified terms stand`() throws {
    let page = try page(.mended(), .chinese)
    #expect(page.contains("<html lang=\"zh-Hans\">"))
    for words in ["支付机构", "订单成交金额", "计划与实际", "护栏", "下沉市场", "剩余时间", "微信支付"] {
      #expect(page.contains(words), "\(words)")
    }
    for tag in ["h2", "h3", "caption", "dt"] {
      for piece in page.pieces(by: "<\(tag)>").dropFirst() {
        let heading = piece.prefix { $0 != "<" }
        #expect(heading.unicodeScalars.contains { $0.value > 0x2E80 }, "\(heading)")
      }
    }
  }
}

// MARK: - Hostile texts

@Suite struct HostileDashboardTests {
  private static let attacks = [
    "</title><script>alert(1)</script>", "\"><svg onload=alert(1)>", "'||1=1;--",
    "=HYPERLINK(\"x\")", "\u{202E}txt.exe\u{2066}", "a\u{0}b\u{7}c\u{1B}[31m", "`sluice stop`",
    "\u{200B}\u{FEFF}\u{E0041}\u{AD}", "]]>--><!--",
  ]

  /// A log in which every text from outside is hostile.
  private static func log(_ attack: String) -> LogFixture {
    var log = LogFixture()
    log.now = LogFixture.opening.advanced(bySeconds: -86_400)
    log.add(
      .merchantRegistered(
        MerchantRegistered(
          platform: .tmall, tier: .t3, dailyPayments: 20, external: id(attack),
          category: id(attack), city: id(attack))), merchant: 1)
    let plan = LogFixture.guardedPlan.replacing("\"canary\",", with: "\"canary\",")
    log.begin(document: plan, merchants: 1)
    log.move(6)
    log.open(1, [1], plannedAt: log.now)
    log.add(
      .guardrailBreached(
        GuardrailBreached(
          rollout: LogFixture.rollout, planVersion: 1, wave: WaveNumber(1), guardrail: id(attack),
          first: Position(1), last: Position(2), evidence: Array(attack.utf8))))
    log.add(
      .rolloutPaused(
        RolloutStep(
          rollout: LogFixture.rollout, planVersion: 1, reason: id(attack), reasonReference: .zero)))
    log.pay(.captured, fen: 100, attack, merchant: 1, flags: .orderCapturedTwice)
    log.pay(.captured, fen: 100, attack, merchant: 0, flags: .merchantUnknown, external: attack)
    return log
  }

  @Test(arguments: attacks, [Language.english, .chinese])
  func `a hostile text is inert wherever it stands`(attack: String, language: Language) throws {
    let model = try HostileDashboardTests.log(attack).model()
    var place = context(model)
    place.origin = id(attack)
    let page = text(DashboardPage.bytes(model, place, in: language))
    let plain = try LogFixture.mended().model()
    let own = text(DashboardPage.bytes(plain, context(plain), in: language))
    // No element and no attribute that a page of friendly texts has not.
    #expect(tags(page).subtracting(tags(own)).isEmpty)
    for banned in ["<script", "onload=alert(1)>", "<!--", "<td>'", "javascript:"] {
      #expect(!page.contains(banned), "\(banned)")
    }
    let unfit = page.unicodeScalars.filter {
      $0.value < 0x20 && $0 != "\n" || 0x7F...0x9F ~= $0.value || 0x200B...0x200F ~= $0.value
        || 0x202A...0x202E ~= $0.value || 0x2066...0x2069 ~= $0.value || $0.value == 0xFEFF
        || $0.value == 0xAD || $0.value >= 0xE0000
    }
    #expect(unfit.isEmpty)
  }

  /// The elements of a page with their attributes' names.
  private func tags(_ page: String) -> Set<String> {
    var tags: Set<String> = []
    for piece in page.pieces(by: "<").dropFirst() {
      let tag = piece.prefix { $0 != ">" }
      // Values of attributes may be anything.
      let bare = tag.split(separator: "\"", omittingEmptySubsequences: false)
        .enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined()
      tags.insert(bare)
    }
    return tags
  }

  @Test func `a log of much of everything has a page below a megabyte`() throws {
    var log = LogFixture()
    log.now = LogFixture.opening.advanced(bySeconds: -86_400)
    let long = String(repeating: "<&\"'>", count: 12)
    for merchant: UInt32 in 1...400 {
      log.add(
        .merchantRegistered(
          MerchantRegistered(
            platform: .taobao, tier: .t5, dailyPayments: merchant, external: id("\(merchant)"),
            category: id("\(merchant)\(long)"), city: .none)), merchant: merchant)
    }
    log.begin(document: LogFixture.guardedPlan, merchants: 400)
    log.move(6)
    log.open(1, Array(1...200), plannedAt: log.now)
    for day in 0..<400 {
      for row in 0..<20 {
        log.pay(
          .captured, fen: 1 << 30, "\(day)-\(row)\(long)", merchant: 1, flags: .notOpen,
          occurredAt: log.now.advanced(bySeconds: Int64(day) * 86_400))
      }
      log.add(
        .rolloutPaused(
          RolloutStep(
            rollout: LogFixture.rollout, planVersion: 1, reason: id(long), reasonReference: .zero)))
      log.add(
        .rolloutResumed(
          RolloutStep(
            rollout: LogFixture.rollout, planVersion: 1, reason: id(long), reasonReference: .zero)))
    }
    let model = try log.model()
    let page = DashboardPage.bytes(model, context(model))
    #expect(page.count < 1_000_000)
    #expect(text(page).hasSuffix("</body></html>\n"))
  }
}
