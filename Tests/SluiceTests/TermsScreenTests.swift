// What payment show and terms show say, on a log that has terms in force.

import Dumps
import Events
import Support
import Testing

@testable import Projections
@testable import sluice

@Suite struct TermsScreenTests {
  private static func terms(_ words: [Terms.Word]) -> PublishedTerms {
    var edition = PublishedTerms(
      position: Position(4), publishedAt: .none, name: id("unified"), version: 2,
      effectiveAt: Timestamp(seconds: 1_726_070_400), digest: .zero)
    edition.terms = Terms(
      name: edition.name, version: 2, published: BeijingDay(0), effectiveAt: edition.effectiveAt,
      words: words)
    return edition
  }

  private static func id(_ text: String) -> ExternalID { ExternalID(text) ?? .none }

  private static func line(
    _ outcome: Outcome, _ fen: Int64, flags: PolicyFlags = [], currency: UInt16 = Payment.yuan
  ) -> PaymentNoticeLine {
    PaymentNoticeLine(
      position: Position(9),
      header: EventHeader(logTime: Timestamp(seconds: 1_726_074_000), flags: flags),
      payment: Payment(
        outcome: outcome, orderedAt: .none, orderAmount: Money(fen: fen),
        paidAmount: Money(fen: fen - 100), balanceAmount: Money(fen: 40), institution: .alipay,
        failureClass: outcome == .failed ? .payer : .none, merchantTier: .t3, buyerTier: .t4,
        currency: currency, transaction: id("tx"), order: id("o"), account: id("9f86")))
  }

  private static func text(
    _ lines: [PaymentNoticeLine], _ terms: PublishedTerms?, _ language: Language
  ) -> [String] {
    var conclusion = PaymentConclusion(
      institution: .alipay, transaction: id("tx"), order: id("o"), merchant: id("shop"),
      currency: lines[0].payment.currency, terms: terms)
    for line in lines { conclusion.take(line) }
    return PaymentText(Wording(language, terms: terms?.terms)).text(
      PaymentStory(lines), [conclusion]
    )
    .split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
  }

  @Test func `a payment is shown in the unified terms, with the version it was recorded under`() {
    let shown = TermsScreenTests.text(
      [TermsScreenTests.line(.captured, 500)], TermsScreenTests.terms([]), .english)
    for line in [
      "tx captured", "payment institution alipay", "payment account 9f86",
      "order transaction amount CNY 5.00", "paid amount CNY 4.00",
      "payment account balance CNY 0.40", "refundable CNY 5.00",
      "recorded under unified, version 2, in force since 2024-09-12 00:00:00",
    ] { #expect(shown.contains(line), "\(line)") }
  }

  @Test func `the same in Chinese`() {
    let shown = TermsScreenTests.text(
      [TermsScreenTests.line(.captured, 500), TermsScreenTests.line(.failed, 500, flags: .late)],
      TermsScreenTests.terms([]), .chinese)
    for line in [
      "tx 已收款", "支付机构 支付宝", "支付账户 9f86", "订单成交金额 CNY 5.00", "付款金额 CNY 4.00",
      "支付账户余额 CNY 0.40", "可退金额 CNY 5.00",
      "记录时适用的规则 unified 第 2 版，自 2024-09-12 00:00:00 起施行",
    ] { #expect(shown.contains(line), "\(line)") }
    #expect(shown.last?.contains("失败（付款方）") == true && shown.last?.contains("迟到") == true)
  }

  @Test func `published words go before the built-in ones`() {
    let word = Terms.Word(
      field: .orderAmount, old: TermsScreenTests.id("x"), chinese: TermsScreenTests.id("订单金额"),
      english: TermsScreenTests.id("order worth"))
    let terms = TermsScreenTests.terms([word])
    let lines = [TermsScreenTests.line(.captured, 500, currency: 840)]
    #expect(
      TermsScreenTests.text(lines, terms, .english).contains("order worth USD 5.00"))
    #expect(TermsScreenTests.text(lines, terms, .chinese).contains("订单金额 USD 5.00"))
  }

  @Test func `an amount whose minor unit is no hundredth is shown as it was counted`() {
    let lines = [TermsScreenTests.line(.captured, 500, currency: 392)]
    #expect(
      TermsScreenTests.text(lines, nil, .english).contains(
        "order transaction amount JPY 500 (minor units)"))
    #expect(
      TermsScreenTests.text(lines, nil, .chinese).contains("订单成交金额 JPY 500（最小货币单位）"))
  }

  @Test func `a payment before any terms says that there were none`() {
    let shown = TermsScreenTests.text([TermsScreenTests.line(.captured, 500)], nil, .english)
    #expect(shown.contains("recorded under no published terms"))
  }

  @Test(arguments: [("en", .english), ("zh", .chinese), (nil, .english)] as [(String?, Language)])
  func `the language is what the option says and English otherwise`(
    word: String?, language: Language
  ) throws {
    let words = ["x"] + (word.map { ["--lang", $0] } ?? [])
    #expect(try Arguments(words, guide: PaymentShowCommand.guide).language() == language)
  }

  @Test func `another language is refused with those there are`() throws {
    let arguments = try Arguments(["x", "--lang", "fr"], guide: PaymentShowCommand.guide)
    let fault = #expect(throws: UsageFault.self) { try arguments.language() }
    #expect(fault?.hint == "Give en or zh")
  }

  @Test func `terms of a log are found wherever they stand, with the instant of the view`() throws {
    let folder = PackageRoot.path("events/golden/every-kind-3")
    let words = ["--data", folder]
    let view = try TermsView(LogView(Arguments(words, guide: TermsListCommand.guide)))
    #expect(view.book.editions.map(\.position) == [Position(5)])
    #expect(view.book.inForce(at: view.now)?.version == 1)
    let before = try TermsView(
      LogView(Arguments(words + ["--as-of", "2024-09-11"], guide: TermsListCommand.guide)))
    #expect(before.book.editions.count == 1 && before.book.inForce(at: before.now) == nil)
    let none = try TermsView(
      LogView(Arguments(words + ["--at", "5"], guide: TermsListCommand.guide)))
    #expect(none.book.editions.isEmpty)
  }
}
