import Events
import Institutions
import Support
import Testing
import Text

@Suite struct StatementReaderTests {
  private static let trades = [
    Trade(),
    Trade(transaction: "4200000002", order: "order-2", fen: 7, fee: 4),
    Trade(
      kind: .refunded, refund: "5000001", merchantRefund: "REF-1", fen: 250, fee: -150,
      instant: BillWriter.day.start.advanced(bySeconds: 86_399)),
  ]

  /// The file with one text in place of another.
  private static func changed(_ bytes: [UInt8], _ old: String, _ new: String) -> [UInt8] {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let range = text.firstRange(of: old) else { return bytes }
    return Array((text[..<range.lowerBound] + new + text[range.upperBound...]).utf8)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 4096])
  func `A trade bill says the same whatever pieces it comes in`(pieces: Int) throws {
    let lines = try BillWriter.read(
      BillWriter.weChat(Self.trades), .weChatPay, pieces: pieces)
    #expect(lines.map(\.number) == [2, 3, 4])
    #expect(lines.map(\.kind) == [.captured, .captured, .refunded])
    #expect(lines.map(\.amount.rawValue) == [1250, 7, 250])
    #expect(lines.map(\.fee.rawValue) == [750, 4, -150])
    #expect(lines[0].transaction.description == "4200000001")
    #expect(lines[0].order.description == "order-1")
    #expect(lines[0].merchant.description == "1921000401")
    #expect(lines[0].paidAmount == Money(fen: 1250))
    #expect(lines[0].refund == .none)
    #expect(lines[2].refund.description == "5000001")
    #expect(lines[2].merchantRefund.description == "REF-1")
    #expect(lines[2].occurredAt == Self.trades[2].instant)
    #expect(lines.allSatisfy { $0.isComparable })
  }

  @Test func `The variant SUCCESS has no columns of refunds`() throws {
    let captures = Self.trades.filter { $0.kind == .captured }
    let lines = try BillWriter.read(BillWriter.weChat(captures, .success), .weChatPay)
    #expect(lines.map(\.amount.rawValue) == [1250, 7])
  }

  @Test func `The variant REFUND tells when a refund succeeded`() throws {
    let refunds = Self.trades.filter { $0.kind == .refunded }
    let lines = try BillWriter.read(BillWriter.weChat(refunds, .refund), .weChatPay)
    #expect(lines.map(\.occurredAt) == refunds.map(\.instant))
  }

  @Test(arguments: [("SUCCESS", true), ("PROCESSING", false), ("FAIL", false), ("CHANGE", false)])
  func `A refund counts once it has succeeded`(state: String, counts: Bool) throws {
    var refund = Self.trades[2]
    refund.refundState = state
    let lines = try BillWriter.read(BillWriter.weChat([refund]), .weChatPay)
    #expect(lines.map(\.isComparable) == [counts])
  }

  @Test func `A foreign currency is read and not compared`() throws {
    let bill = Self.changed(BillWriter.weChat([Trade()]), "`CNY", "`USD")
    let lines = try BillWriter.read(bill, .weChatPay)
    #expect(lines.map(\.isComparable) == [false])
  }

  @Test func `A day without trades has a header and totals of nothing`() throws {
    #expect(try BillWriter.read(BillWriter.weChat([]), .weChatPay).isEmpty)
  }

  @Test func `Alipay's statement says the same in the unified terms`() throws {
    let lines = try BillWriter.read(BillWriter.alipay(Self.trades), .alipay)
    #expect(lines.map(\.kind) == [.captured, .captured, .refunded])
    #expect(lines.map(\.amount.rawValue) == [1250, 7, 250])
    #expect(lines[0].transaction.description == "4200000001")
    #expect(lines[2].merchantRefund.description == "REF-1")
    #expect(lines.map(\.occurredAt) == Self.trades.map(\.instant))
  }

  @Test(arguments: [Institution.unionPay, .card])
  func `A plain statement says the same in the unified terms`(institution: Institution) throws {
    let lines = try BillWriter.read(BillWriter.plain(Self.trades.dropLast()), institution)
    #expect(lines.map(\.amount.rawValue) == [1250, 7])
    #expect(lines.map(\.fee.rawValue) == [750, 4])
    #expect(lines.map(\.occurredAt) == Self.trades.dropLast().map(\.instant))
  }

  @Test(
    arguments: [
      ("`12.50", "`12.501", 2, "应结订单金额"), ("`12.50", "`12.51", 6, "应结订单总金额"),
      ("`SUCCESS", "`PAID", 2, "交易状态"), ("`0.00750", "`0.007501", 2, "手续费"),
      ("`4200000002", "`", 3, "微信订单号"), ("`4200000002", "`42\u{1}", 3, "微信订单号"),
      ("-12 01:00:00", "-12T01:00:00", 2, "交易时间"), ("-12 01:00:00", "-32 01:00:00", 2, "交易时间"),
      (",`CNY", "", 2, ""), ("`2024", "2024", 2, ""), ("微信订单号", "Transaction", 1, ""),
      ("商户数据包", "手续费", 1, "手续费"), ("`3.0", "`4.0", 6, "总交易单数"),
      ("总交易单数", "总数", 5, ""), ("费总金额", "费", 6, "手续费"),
    ])
  func `What is wrong with a bill is told by line and column`(
    old: String, new: String, line: Int, column: String
  ) throws {
    let bill = BillWriter.weChat(Self.trades)
    let damaged = Self.changed(bill, old, new)
    try #require(damaged != bill)
    let fault = #expect(throws: StatementFault.self) {
      try BillWriter.read(damaged, .weChatPay)
    }
    #expect(fault?.line == line)
    #expect(fault?.column == column)
    #expect(fault?.hint.isEmpty == false)
  }

  @Test(arguments: ["应结订单总金额", "退款总金额", "手续费总金额", "订单总金额", "申请退款总金额", "总交易单数"])
  func `Each total that is not the sum of its lines is named`(name: String) throws {
    var text = String(decoding: BillWriter.weChat(Self.trades), as: UTF8.self)
    let names = text.split(separator: "\r\n")[4].split(separator: ",")
    let place = try #require(names.firstIndex { $0 == name })
    var totals = text.split(separator: "\r\n")[5].split(separator: ",").map(String.init)
    totals[place] = "`99.0"
    text = text.split(separator: "\r\n").dropLast().joined(separator: "\r\n")
    let fault = #expect(throws: StatementFault.self) {
      try BillWriter.read(
        Array((text + "\r\n" + totals.joined(separator: ",")).utf8), .weChatPay)
    }
    #expect(fault?.line == 6)
    #expect(fault?.column == name)
  }

  @Test func `A total of fees may be rounded to the decimals that it shows`() throws {
    var trade = Trade()
    trade.fee = 160
    let bill = BillWriter.weChat([trade])
    let text = String(decoding: bill, as: UTF8.self)
    let last = try #require(text.ranges(of: "0.00160").last)
    for (total, isRead) in [("0.00", true), ("0.002", true), ("0.01", true), ("0.02", false)] {
      let changed = Array((text[..<last.lowerBound] + total + text[last.upperBound...]).utf8)
      let lines = try? BillWriter.read(changed, .weChatPay)
      #expect((lines != nil) == isRead, "\(total)")
    }
  }

  @Test(
    arguments: [
      ("业务明细列表结束", "业务明细"), ("#退款合计", "#退款"), ("合计：2笔", "合计：3笔"),
      ("实收共12.57元", "实收共12.58元"), ("退款共-2.50元", "退款共2.50元"), ("合计：2笔", "合计：两笔"),
      (",-2.50,", ",2.50,"), (",退款,", ",转账,"), ("支付宝交易号", "交易号"),
      ("商户订单号", "支付宝交易号"), (",12.50,", ",12.505,"),
    ])
  func `A statement of Alipay that is not whole is refused`(old: String, new: String) throws {
    let bill = BillWriter.alipay(Self.trades)
    let damaged = Self.changed(bill, old, new)
    try #require(damaged != bill)
    #expect(throws: StatementFault.self) { try BillWriter.read(damaged, .alipay) }
  }

  @Test(
    arguments: [
      ("captured", "paid", "kind"), (",1250,1250", ",12.50,1250", "order_amount"),
      (",1250,1250", ",-1,1250", "order_amount"), ("0.750", "0.7501", "fee"),
      ("captured,,", "captured,r-1,", "refund"), (",fee,", ",charge,", "charge"),
      (",1250,", ",12.00,", "order_amount"),
      ("T17", "X17", "occurred_at"),
    ])
  func `A plain statement is read as strictly`(old: String, new: String, column: String) throws {
    let bill = BillWriter.plain([Trade()])
    let damaged = Self.changed(bill, old, new)
    try #require(damaged != bill)
    let fault = #expect(throws: StatementFault.self) { try BillWriter.read(damaged, .card) }
    #expect(fault?.column == column)
  }

  @Test func `A bill in GBK is told how to be converted`() {
    let gbk: [UInt8] = [0x23, 0xD6, 0xA7, 0xB8, 0xB6, 0xB1, 0xA6, 0x0A]
    let fault = #expect(throws: StatementFault.self) { try BillWriter.read(gbk, .alipay) }
    #expect(fault?.hint.contains("iconv") == true)
  }

  @Test(arguments: Institution.allCases)
  func `No bytes make a reader crash`(institution: Institution) {
    let bills = [
      BillWriter.weChat(Self.trades), BillWriter.alipay(Self.trades), BillWriter.plain(Self.trades),
    ]
    let bill = institution == .weChatPay ? bills[0] : institution == .alipay ? bills[1] : bills[2]
    let marks = Array("`,\"\r\n#-.0123456789\u{FEFF}".utf8) + [0, 0xFF, 0x09]
    var dice = Dice(UInt64(institution.rawValue))
    var refused = 0
    for _ in 0..<3000 {
      var bytes = bill
      for _ in 0...dice.below(3) where !bytes.isEmpty {
        let place = dice.below(bytes.count)
        switch dice.below(4) {
        case 0: bytes[place] = marks[dice.below(marks.count)]
        case 1: bytes.insert(marks[dice.below(marks.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + dice.below(40)))
        }
      }
      let read = try? BillWriter.read(bytes, institution, pieces: 1 + dice.below(200))
      if read == nil { refused += 1 }
    }
    #expect(refused > 1000)
  }

  private static let sample = SharedData.path("data/payloads/wechatpay/trade-bill.ALL.csv")

  @Test(.enabled(if: StatementReaderTests.sample != nil, Comment(rawValue: SharedData.absence)))
  func `The bill that the institution's own library tests with is read whole`() throws {
    let path = try #require(Self.sample)
    let lines = try BillWriter.read(try FileBytes.read(path), .weChatPay)
    #expect(lines.count == 45)
    #expect(lines.count { $0.kind == .refunded } == 14)
    #expect(lines.reduce(0) { $0 + $1.orderAmount.rawValue } == 47)
    #expect(lines.reduce(0) { $0 + $1.refundAmount.rawValue } == 14)
    #expect(lines.reduce(0) { $0 + $1.fee.rawValue } == 8_000)
    #expect(lines.first?.order.description == "autotest_20190216081946_82335")
  }
}
