// Screens speak the published terms, in English and in Chinese.

import Events
import Merkle
import Projections
import Support
import Testing

@testable import Dumps

@Suite struct WordingTests {
  private static let fields: [(Label, String, String)] = [
    (.institution, "payment institution", "支付机构"), (.account, "payment account", "支付账户"),
    (.balanceAmount, "payment account balance", "支付账户余额"),
    (.orderAmount, "order transaction amount", "订单成交金额"), (.paidAmount, "paid amount", "付款金额"),
  ]

  @Test(arguments: fields)
  func `without published terms the words are those of the announcement`(
    label: Label, english: String, chinese: String
  ) {
    #expect(Wording()[label] == english)
    #expect(Wording(.chinese)[label] == chinese)
  }

  @Test func `every field of the terms has a label that gives way to the published word`() {
    for field in Terms.Field.allCases {
      let word = Terms.Word(
        field: field, old: id("old"), chinese: id("新词"), english: id("new word"))
      let terms = Terms(
        name: id("t"), version: 1, published: BeijingDay(0), effectiveAt: .none, words: [word])
      let label = Label(of: field)
      #expect(Wording(terms: terms)[label] == "new word")
      #expect(Wording(.chinese, terms: terms)[label] == "新词")
      #expect(Wording(terms: terms).title(label) == "New word")
      let others = Terms.Field.allCases.filter { $0 != field }.map { Label(of: $0) }
      #expect(others.allSatisfy { Wording(terms: terms)[$0] == Wording()[$0] })
    }
  }

  @Test func `the words of closed lists are those of dumps in English and others in Chinese`() {
    let (english, chinese) = (Wording(), Wording(.chinese))
    for (flag, name) in PolicyFlags.names {
      #expect(english.flag(name) == name, "\(flag)")
      #expect(chinese.flag(name) != name, "\(name) has no Chinese word")
    }
    for outcome in Outcome.allCases { #expect(english.word(outcome) == outcome.name) }
    let words = Set(PolicyFlags.names.map { chinese.flag($0.name) })
    #expect(words.count == PolicyFlags.names.count)
  }

  /// The story with terms that call the order's amount otherwise.
  private func model(effective: String) throws -> ReadModel {
    var log = LogFixture()
    log.now = LogFixture.opening.advanced(bySeconds: -10 * 86_400)
    let document = TermsDocument(
      published: "2024-09-01", effective: effective, english: "worth of the order")
    let bytes = document.bytes
    let terms = try TermsReader.read(bytes)
    log.add(
      .termsPublished(
        TermsPublished(
          version: 1, effectiveAt: terms.effectiveAt, name: terms.name,
          digest: SHA256.hash(unsafe bytes.span.bytes),
          edition: TermsPublished.Edition(supersedes: .none, document: bytes))))
    log.now = LogFixture.opening
    log.register(1)
    log.pay(fen: 500, "tx-9", merchant: 1, flags: .notOpen)
    return try log.model()
  }

  private func page(_ model: ReadModel, _ language: Language) -> String {
    text(DashboardPage.bytes(model, context(model), in: language))
  }

  @Test func `the dashboard speaks the terms once they are in force, and not before`() throws {
    let inForce = page(try model(effective: "2024-09-12"), .english)
    #expect(inForce.contains(">Worth of the order</th>") && inForce.contains("t, version 1"))
    let waiting = page(try model(effective: "2024-09-13"), .english)
    #expect(waiting.contains(">Order transaction amount</th>"))
    #expect(waiting.contains("none in force") && !waiting.contains("Worth of the order"))
  }

  @Test func `the timeline of a Chinese page names kinds, actors and details in Chinese`() throws {
    let model = try LogFixture.story().model()
    let row = try #require(
      model.timeline.rows.first { $0.kind == .rolloutStarted || $0.kind == .rolloutAnnounced })
    let cited = Payload.rolloutPaused(
      RolloutStep(
        rollout: RolloutNumber(1), planVersion: 1, reason: ShortText("cited") ?? .none,
        reasonReference: .zero))
    #expect(DashboardPage.cites(model).contains(row.position))
    let page = text(
      DashboardPage.bytes(
        model, context(model), in: .chinese, citing: [row.position: cited]))
    #expect(page.contains(Wording(.chinese).word(row.kind)) && !page.contains(row.kind.name))
    #expect(page.contains(Wording(.chinese).word(row.actor.kind)) && page.contains(">cited<"))
  }

  @Test func `the dashboard in Chinese has the same figures and no English heading`() throws {
    let model = try LogFixture.story().model()
    let (english, chinese) = (page(model, .english), page(model, .chinese))
    #expect(chinese.hasPrefix("<!doctype html>\n<html lang=\"zh-Hans\">"))
    for words in ["<h2>支付构成</h2>", ">支付机构</th>", ">订单成交金额</th>", "微信支付", "--lang zh"] {
      #expect(chinese.contains(words), "\(words)")
    }
    for figure in ["¥166.00", "33.3 %", "tx-5"] {
      #expect(english.contains(figure) && chinese.contains(figure), "\(figure)")
    }
    func heads(_ page: String) -> [Substring] {
      page.split(separator: "<th ").dropFirst().map { $0.prefix { $0 != "<" } }
    }
    // Rows are named by what the log has, such as a category or a tier.
    let mixed = heads(chinese).filter { $0.contains("scope=\"col") }.filter { head in
      head.drop { $0 != ">" }.contains { $0.isASCII && $0.isLetter }
    }
    #expect(heads(english).count == heads(chinese).count && mixed.isEmpty, "\(mixed)")
  }
}
