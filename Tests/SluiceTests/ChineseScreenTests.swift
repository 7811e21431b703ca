// Screens in Chinese on a log that has an event of every kind.

import Dumps
import EventLog
import Events
import Institutions
import Projections
import Support
import Testing
import Text

@testable import sluice

@Suite struct ChineseScreenTests {
  private static let chinese = Wording(.chinese)
  /// Ids, codes, and what people typed.
  private static let known: Set<String> = [
    "a", "b", "c", "d", "e", "f", "g", "h", "k", "pohs", "golden.example/every", "=food", "hot",
    "golden", "golden-dropped", "order-a", "order-b", "order-c", "order-d", "order-e",
    "order-f", "order-g", "order-h", "order-m", "m", "canary",
    "all", "stranger", "tea", "CNY", "USD", "plan-withdrawn", "merchant-wish", "risk-review",
    "risk-cleared", "shop-closed", "holiday", "holiday-over", "refunded-by-hand", "agreed",
    "own-wish", "approver", "failure-share", "reconciliation", "csv", "SIGTERM",
    "ACQ.SYSTEM_ERROR", "PAYSCORE.USER_PAID", "unified",
  ]
  private static let folder = PackageRoot.path("events/golden/every-kind-5")

  private static func view(_ words: [String] = []) throws -> LogView {
    try LogView(Arguments(["m", "--data", folder] + words, guide: ExplainCommand.guide))
  }

  private static func fold() throws -> LogFold {
    let view = try view()
    var fold = LogFold(view, freezesOrders: true)
    try view.read(from: fold.next) { batch in try fold.apply(batch) }
    return fold
  }

  private func expectChinese(_ text: String) {
    let left = EnglishLeft.words(in: text, besides: ChineseScreenTests.known)
    #expect(left.isEmpty, "\(left) in\n\(text)")
  }

  @Test func `every event of the log is told in Chinese, and says as much as in English`() throws {
    var kinds: Set<EventKind> = []
    try ChineseScreenTests.view().read { batch in
      for index in 0..<batch.count {
        let event = try batch.event(index)
        kinds.insert(event.kind)
        let detail = Screen.detail(event.payload, ChineseScreenTests.chinese)
        #expect(detail.isEmpty == event.payload.detail.isEmpty, "\(event.kind)")
        expectChinese(EventText.line(event, batch.position(index), ChineseScreenTests.chinese))
      }
    }
    #expect(kinds.count > 45, "\(kinds.count)")
  }

  @Test func `explain and merchant show are in Chinese at every merchant`() throws {
    let count = try ChineseScreenTests.fold().book.count
    #expect(count == 8)
    for number in 1...count {
      let story = try MerchantStory(
        ChineseScreenTests.view(), "shop-\(number)", freezesOrders: true)
      let explained = ExplainCommand.text(story, ChineseScreenTests.chinese)
      expectChinese(explained)
      expectChinese(MerchantShowCommand.text(story, ChineseScreenTests.chinese))
      let english = ExplainCommand.text(story, Wording())
      #expect(explained.split(separator: "\n").count == english.split(separator: "\n").count)
      #expect(english.contains("merchant-registered") && !explained.contains("-registered"))
    }
  }

  @Test func `may answers in Chinese, and scripts in English`() throws {
    let fold = try ChineseScreenTests.fold()
    for institution in Institution.allCases {
      for currency in ["CNY", "USD"] {
        let question = MayQuestion(
          merchants: (1...8).map { "shop-\($0)" } + ["stranger"], institution: institution,
          currency: currency, categories: [ShortText("tea") ?? .none])
        let answers = question.answers(fold, ChineseScreenTests.chinese)
        let text = MayCommand.text(question, answers, ChineseScreenTests.chinese)
        expectChinese(text.replacing("USD", with: ""))
        let english = question.answers(fold)
        #expect(answers.map { $0.obstacle == nil } == english.map { $0.obstacle == nil })
        #expect(english.last?.obstacle == "it is not registered")
      }
    }
  }

  @Test func `payment show is in Chinese for every transaction`() throws {
    var seen = 0
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "k", "c-1"] {
      let id = try #require(ExternalID(name))
      let view = try ChineseScreenTests.view()
      let story = try PaymentStory(of: id, view)
      guard !story.lines.isEmpty else { continue }
      seen += 1
      let conclusions = PaymentShowCommand.conclude(
        story, try MerchantNames(of: story.merchants, view), try TermsView(view))
      expectChinese(PaymentText(ChineseScreenTests.chinese).text(story, conclusions))
    }
    #expect(seen >= 9)
  }

  @Test func `payment show says what the cashier asked for, and what finance adjusted`() throws {
    let view = try ChineseScreenTests.view()
    func text(_ name: String, _ words: Wording) throws -> String {
      let story = try PaymentStory(of: try #require(ExternalID(name)), view)
      let conclusions = PaymentShowCommand.conclude(
        story, try MerchantNames(of: story.merchants, view), try TermsView(view))
      return PaymentText(words).text(story, conclusions).split(separator: " ")
        .joined(separator: " ")
    }
    let english = try text("a", Wording())
    #expect(english.contains("asked by the cashier CNY 123.45"), "\(english)")
    #expect(
      english.contains("adjusted CNY -3.45 of 2024-09-12 (refunded-by-hand), position 56"))
    let chinese = try text("a", ChineseScreenTests.chinese)
    #expect(chinese.contains("收银台发起金额 CNY 123.45"))
    #expect(chinese.contains("调账 CNY -3.45，2024-09-12（refunded-by-hand），位置 56"))
    let other = try text("e", Wording())
    #expect(!other.contains("asked by the cashier") && !other.contains("adjusted CNY"))
  }

  @Test func `an adjustment on a screen names its day and its transaction`() throws {
    let event = try ChineseScreenTests.view().reader.event(at: Position(56))
    #expect(
      Screen.detail(event.payload)
        == "alipay, -345 fen, refunded-by-hand, of 2024-09-12, transaction a")
    #expect(event.payload.detail == "alipay, -345 fen, refunded-by-hand", "as dumps have it")
    #expect(
      Screen.detail(event.payload, ChineseScreenTests.chinese)
        == "支付宝，-345 分，refunded-by-hand，2024-09-12 当日，交易 a")
  }

  @Test func `an event's line has the same columns in every language`() throws {
    try ChineseScreenTests.view().read { batch in
      for index in 0..<batch.count {
        let event = try batch.event(index)
        let columns = [Wording(), ChineseScreenTests.chinese].map { words in
          let line = EventText.line(event, batch.position(index), words)
          let detail = Screen.detail(event.payload, words)
          let merchant = event.header.merchant
          let rest =
            merchant == .none ? detail : words[.merchant(merchant.rawValue)]
          return line.firstRange(of: rest).map { Screen.width(String(line[..<$0.lowerBound])) }
        }
        if event.kind.name.count < 24 { #expect(columns[0] == columns[1], "\(event.kind)") }
      }
    }
  }

  @Test func `a Chinese character is two columns wide where cells are aligned`() {
    var table = TextTable(["商户", ">金额", "x"])
    table.add(["ab", "1", "y"])
    table.add(["微信支付", "1 000", "y"])
    let lines = table.text().split(separator: "\n").map(String.init)
    let columns = lines.map { line in
      Screen.width(String(line.prefix { $0 != "x" && $0 != "y" }))
    }
    #expect(Set(columns) == [2 + 8 + 2 + 5 + 2], "\(lines)")
    var facts = TextFacts()
    facts.add("等待", "x")
    facts.add("a", "x")
    let values = facts.text().split(separator: "\n").map { line in
      Screen.width(String(line.prefix { $0 != "x" }))
    }
    #expect(values == [8, 8])
  }
}

// MARK: - Reconciliation

extension ChineseScreenTests {
  private static let day = StatusStory.effect.beijingDay

  private static func line(_ number: Int, _ transaction: String, _ fen: Int64) -> StatementLine {
    var line = StatementLine(
      number: number, kind: .captured, transaction: ExternalID(transaction) ?? .none,
      occurredAt: StatusStory.at(9))
    line.orderAmount = Money(fen: fen)
    return line
  }

  /// A statement and a log that differ in everything in which they can.
  private static func comparison() -> StatementComparison {
    var statement = Statement(.weChatPay, day)
    for (index, fen) in [(1, 100), (2, 200), (3, 300), (3, 300), (4, 400)] as [(Int, Int64)] {
      statement.append(line(statement.count + 2, "t\(index)", fen))
    }
    var foreign = line(9, "t9", 900)
    foreign.currency = ExternalID("USD") ?? .none
    statement.append(foreign)
    var stray = line(10, "t10", 50)
    stray.occurredAt = StatusStory.at(30)
    statement.append(stray)
    var comparison = StatementComparison(statement)
    let logged: [(String, Int64, Int64, Bool)] = [
      ("t1", 100, 9, true), ("t2", 250, 9, true), ("t3", 300, 9, true), ("t4", 400, 40, true),
      ("t8", 800, 9, true), ("t9", 900, 9, false), ("t10", 50, 9, false),
    ]
    for (row, entry) in logged.enumerated() {
      let (name, order) = (Array(entry.0.utf8), Array("o\(row)".utf8))
      let none: [UInt8] = []
      comparison.take(
        LoggedPayment(
          position: Position(UInt64(row)), kind: .captured, amount: Money(fen: entry.1),
          instant: StatusStory.at(entry.2), isCounted: entry.3),
        transaction: unsafe name.span.bytes, order: unsafe order.span.bytes,
        refund: unsafe none.span.bytes)
    }
    return comparison
  }

  @Test func `a reconciliation is reported in Chinese, each finding with its sort`() {
    let report = ReconcileReport(
      ChineseScreenTests.comparison(), digest: .zero, position: Position(7))
    for receipt in [nil, false, true] as [Bool?] {
      let receipt = receipt.map { ReconcileReceipt(position: Position(8), isRepeat: $0) }
      let chinese = report.text(receipt, "bill.csv", ChineseScreenTests.chinese)
      let english = report.text(receipt, "bill.csv", Wording())
      expectChinese(chinese.replacing("bill.csv", with: ""))
      #expect(chinese.split(separator: "\n").count == english.split(separator: "\n").count)
      for sort in ["missing-here", "missing-there", "amount-differs", "day-differs", "repeated"] {
        #expect(english.contains("  \(sort)  "), "\(sort) in\n\(english)")
      }
      for sort in ["本方缺失", "对方缺失", "金额不同", "日期不同", "重复", "微信支付", "不符："] {
        #expect(chinese.contains(sort), "\(sort) in\n\(chinese)")
      }
    }
  }

  @Test func `sorts, kinds and tallies have their names in English`() {
    for sort in StatementSort.allCases { #expect(Wording()[sort.label] == sort.name) }
    for kind in StatementKind.allCases { #expect(Wording()[kind.label] == kind.name) }
    #expect(
      ReconcileWords.tallies.map { Wording()[$0] }
        == StatementSums.names.map { $0.replacing("_", with: " ") })
  }

  @Test func `a reconciliation that closes says so in Chinese`() {
    let report = ReconcileReport(
      StatementComparison(Statement(.alipay, ChineseScreenTests.day)), digest: .zero,
      position: .zero)
    #expect(report.text(nil, "x1", ChineseScreenTests.chinese).hasSuffix("\n分文相符。\n"))
    #expect(report.closes)
  }
}
