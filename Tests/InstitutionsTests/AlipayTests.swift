// Alipay: what its notices say in the unified terms, and who may have sent them.

import Cryptography
import Events
import Institutions
import Merkle
import Support
import Testing

private let sender = SignedNotices.Alipay()

@Suite struct AlipayTests {
  private typealias Sender = SignedNotices.Alipay
  private typealias Fields = [(name: String, value: String)]

  private func notice(_ fields: Fields) throws -> Notice {
    let notices = try sender.reader.notices(sender.delivery(fields))
    #expect(notices.count == 1)
    return try #require(notices.first)
  }

  @Test(arguments: ["TRADE_SUCCESS", "TRADE_FINISHED"])
  func `a paid trade becomes a capture in the unified terms`(status: String) throws {
    let delivery = sender.delivery(Sender.trade(status: status, with: Sender.paid))
    let notice = try #require(try sender.reader.notices(delivery).first)
    #expect(notice.id == "2024091200222100024068450559358070")
    #expect(notice.occurredAt == Timestamp(seconds: 1_726_106_400))
    #expect(
      notice.payment
        == Payment(
          outcome: .captured, orderedAt: Timestamp(seconds: 1_726_106_340),
          orderAmount: Money(fen: 12_800), paidAmount: Money(fen: 12_000),
          balanceAmount: Money(fen: 10_000), institution: .alipay,
          transaction: id("2024091222001468450512505578"),
          order: id("T2024091200001"),
          account: pseudonyms.pseudonym(.alipay, "2088102534368455"),
          external: id("2088531891668739"),
          payloadDigest: SHA256.hash(unsafe delivery.body.span.bytes)))
  }

  /// What a trade names beside its status, and what it comes to.
  @Test(
    arguments: [
      ("WAIT_BUYER_PAY", "", Outcome.pending, 12_800, ""),
      ("TRADE_SUCCESS", "gmt_payment=2024-09-12 10:00:00", .captured, 12_800, ""),
      (
        "TRADE_SUCCESS", "gmt_payment=2024-09-12 10:00:00&refund_fee=0.00", .captured, 12_800, ""
      ),
      (
        "TRADE_SUCCESS", "gmt_payment=2024-09-12 10:00:00&refund_fee=28.01&out_biz_no=R1",
        .refunded, 2801, "R1"
      ),
      ("TRADE_FINISHED", "refund_fee=28.01&out_biz_no=R1", .refunded, 2801, "R1"),
      ("TRADE_CLOSED", "gmt_close=2024-09-12 10:15:00", .closed, 12_800, ""),
      ("TRADE_CLOSED", "refund_fee=0", .closed, 12_800, ""),
      (
        "TRADE_CLOSED", "gmt_payment=2024-09-12 10:00:00&refund_fee=128.00&out_biz_no=R2",
        .refunded, 12_800, "R2"
      ),
      ("TRADE_CLOSED", "refund_fee=128.00", .refunded, 12_800, "T2024091200001"),
      (
        "TRADE_CLOSED", "gmt_payment=2024-09-12 10:00:00", .refunded, 12_800, "T2024091200001"
      ),
    ] as [(String, String, Outcome, Int64, String)])
  func `a status has its outcome, which for a closed trade depends on its being paid`(
    status: String, more: String, outcome: Outcome, fen: Int64, refund: String
  ) throws {
    let beside: Fields = more.split(separator: "&").map {
      let parts = $0.split(separator: "=")
      return (String(parts[0]), String(parts[1]))
    }
    let notice = try notice(Sender.trade(status: status, with: beside))
    #expect(notice.payment.outcome == outcome)
    #expect(notice.payment.orderAmount == Money(fen: fen))
    #expect("\(notice.payment.refund)" == refund)
    #expect(notice.refundReport == (outcome == .refunded ? .cumulative : .incremental))
    #expect(notice.payment.failureClass == .none && notice.payment.code.isEmpty)
    if outcome == .refunded { #expect(notice.payment.balanceAmount == nil) }
  }

  @Test(
    arguments: [
      ("TRADE_SUCCESS", ("gmt_payment", "2024-09-12 00:00:00"), 1_726_070_400_000_000_000),
      ("TRADE_CLOSED", ("gmt_close", "2024-01-01 00:00:00"), 1_704_038_400_000_000_000),
      ("TRADE_SUCCESS", ("gmt_payment", "2024-02-29 23:59:59"), 1_709_222_399_000_000_000),
      ("TRADE_SUCCESS", ("gmt_payment", "2024-09-12 00:00:00.123"), 1_726_070_400_123_000_000),
      ("WAIT_BUYER_PAY", ("gmt_payment", "2024-09-12 00:00:00"), 1_726_106_340_000_000_000),
      ("TRADE_CLOSED", ("gmt_refund", "2024-09-13 00:00:00"), 1_726_106_401_000_000_000),
    ] as [(String, (String, String), Int64)])
  func `subtlety 13: times without a zone are Beijing's`(
    status: String, time: (String, String), nanoseconds: Int64
  ) throws {
    let notice = try notice(Sender.trade(status: status, with: [time]))
    #expect(notice.occurredAt == Timestamp(nanoseconds: nanoseconds))
  }

  @Test func `a refund happened when it was given back`() throws {
    let notice = try notice(
      Sender.trade(
        with: Sender.paid + [
          ("refund_fee", "0.01"), ("gmt_refund", "2024-09-13 09:30:00.320"), ("out_biz_no", "R1"),
        ]))
    #expect(notice.occurredAt == Timestamp(nanoseconds: 1_726_191_000_320_000_000))
  }

  @Test(
    arguments: [
      "2024-09-12", "2024-09-12T10:00:00", "2024-09-12  10:00:00", "2024-9-12 10:00:00",
      "2024-09-12 10:00", "2024-09-12 10:00:00+08:00", "2024-09-12 25:00:00", "2024-02-30 10:00:00",
      " 2024-09-12 10:00:00", "2024-09-12 10:00:00Z",
    ])
  func `a time in another form is refused`(text: String) {
    let fault = sender.reader.fault(sender.delivery(Sender.trade(with: [("gmt_payment", text)])))
    #expect(fault?.field == "gmt_payment" && fault?.isSenseless == false)
  }

  @Test(
    arguments: [
      ("0.001", true), ("1.999", true), ("-1.00", true), ("1000000000.01", true),
      ("99999999999999999999", true), ("01.00", true), (".5", true), ("1.", true), ("1,00", false),
      ("1e2", false), ("one", false), ("¥1.00", false), ("1.00 ", false),
    ])
  func `an amount that fen cannot hold is refused by the field it stands in`(
    text: String, isSenseless: Bool
  ) {
    for name in ["total_amount", "buyer_pay_amount", "refund_fee"] {
      var fields = Sender.trade(with: Sender.paid)
      fields.removeAll { $0.name == name }
      let fault = sender.reader.fault(sender.delivery(fields + [(name, text)]))
      #expect(fault?.field == name && fault?.isSenseless == isSenseless, "\(name): \(text)")
    }
  }

  @Test func `amounts up to a billion yuan are read to the fen`() throws {
    for (text, fen) in [("0", 0), ("0.01", 1), ("1.5", 150), ("1.50", 150), ("2.000", 200)] {
      #expect(try notice(Sender.trade(total: text)).payment.orderAmount.rawValue == Int64(fen))
    }
    #expect(
      try notice(Sender.trade(total: "1000000000.00")).payment.orderAmount == .paymentMax)
  }

  @Test(
    arguments: [
      (#"[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]"#, 10),
      (#"[{"amount":"0.10","fundChannel":"PCREDIT"}]"#, 0), ("[]", 0), ("", nil),
      (
        #"[{"amount":"1","fundChannel":"ALIPAYACCOUNT"},"#
          + #"{"amount":"2","fundChannel":"ALIPAYACCOUNT"}]"#,
        300
      ),
    ] as [(String, Int64?)])
  func `the list of means tells what was paid from the balance`(list: String, fen: Int64?) throws {
    let notice = try notice(Sender.trade(with: [("fund_bill_list", list)]))
    #expect(notice.payment.balanceAmount == fen.map { Money(fen: $0) })
  }

  @Test(
    arguments: [
      ("[", "fund_bill_list"), ("{}", "fund_bill_list"), ("[1]", "fund_bill_list[0]"),
      ("[{}]", "fund_bill_list[0].amount"),
      (#"[{"amount":1,"fundChannel":"X"}]"#, "fund_bill_list[0].amount"),
      (#"[{"amount":"1.001","fundChannel":"X"}]"#, "fund_bill_list[0].amount"),
      (#"[{"amount":"1"}]"#, "fund_bill_list[0].fundChannel"),
      (#"[{"amount":"1","amount":"2","fundChannel":"X"}]"#, "fund_bill_list"),
    ])
  func `a list of means that is none is refused by its path`(list: String, field: String) {
    let delivery = sender.delivery(Sender.trade(with: [("fund_bill_list", list)]))
    #expect(sender.reader.fault(delivery)?.field == field)
  }

  @Test func `an account is known by its id, or by its open id`() throws {
    var fields = Sender.trade().filter { $0.name != "buyer_id" }
    #expect(try notice(fields).payment.account.isEmpty)
    fields.append(("buyer_open_id", "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"))
    #expect(
      try notice(fields).payment.account
        == pseudonyms.pseudonym(.alipay, "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"))
  }

  @Test func `a notice of another type or of a status that nobody knows is held`() throws {
    let other = Sender.trade().map {
      $0.name == "notify_type" ? ($0.name, "servicemarket_order_notify") : $0
    }
    #expect(
      try sender.reader.held(sender.delivery(other)) == .unknownType("servicemarket_order_notify"))
    #expect(
      try sender.reader.held(sender.delivery(Sender.trade(status: "TRADE_PENDING")))
        == .unknownType("trade_status=TRADE_PENDING"))
  }

  @Test func `what is meant for another app or another seller is refused`() throws {
    let key = try #require(RSAPublicKey(pem: sender.key.publicPEM))
    let delivery = sender.delivery(Sender.trade())
    let (app, seller) = ("2019073166072302", "2088531891668739")
    let ours = try #require(AlipayReader(keys: [key], apps: [app, "1"], sellers: [seller]))
    #expect(ours.fault(delivery) == nil)
    let otherApp = try #require(AlipayReader(keys: [key], apps: ["1"], sellers: [seller]))
    #expect(otherApp.fault(delivery)?.field == "app_id")
    let otherSeller = try #require(AlipayReader(keys: [key], apps: [app], sellers: ["1"]))
    #expect(otherSeller.fault(delivery)?.field == "seller_id")
  }

  @Test func `Alipay hears the word that it expects`() {
    #expect(sender.reader.accepted.body == "success" && sender.reader.accepted.status == 200)
    #expect(sender.reader.refused("anything").body == "fail")
  }
}
