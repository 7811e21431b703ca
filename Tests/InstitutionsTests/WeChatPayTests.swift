// WeChat Pay: what its notifications say in the unified terms, and who may have sent them.

import Cryptography
import Events
import Institutions
import Merkle
import Support
import Testing

private let sender = SignedNotices.WeChatPay()

@Suite struct WeChatPayTests {
  private typealias Sender = SignedNotices.WeChatPay

  private func notices(
    _ resource: String, event: String = "TRANSACTION.SUCCESS"
  ) throws -> [Notice] {
    try sender.reader.notices(sender.delivery(resource, event: event, at: morning))
  }

  @Test func `a paid order becomes a capture in the unified terms`() throws {
    let delivery = sender.delivery(Sender.transaction(), at: morning)
    let notice = try #require(try sender.reader.notices(delivery).first)
    let paidAt = Timestamp(seconds: 1_726_106_400)
    #expect(notice.id == "EV-1" && notice.occurredAt == paidAt)
    #expect(notice.refundReport == .incremental)
    #expect(
      notice.payment
        == Payment(
          outcome: .captured, orderedAt: paidAt, orderAmount: Money(fen: 12_800),
          paidAmount: Money(fen: 12_000), balanceAmount: .zero, institution: .weChatPay,
          transaction: id("4200002000202409120000000001"),
          order: id("T2024091200001"),
          account: pseudonyms.pseudonym(.weChatPay, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
          external: id("1900000109"),
          payloadDigest: SHA256.hash(unsafe delivery.body.span.bytes)))
  }

  @Test func `an order through a partner is the merchant's below it`() throws {
    let partner = try #require(try notices(Sender.transaction(partner: "1230000109")).first)
    #expect("\(partner.payment.external)" == "1900000109")
    #expect(
      partner.payment.account
        == pseudonyms.pseudonym(.weChatPay, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"))
  }

  @Test(
    arguments: [
      ("SUCCESS", Outcome.captured), ("REFUND", .captured), ("NOTPAY", .pending),
      ("USERPAYING", .pending), ("ACCEPT", .pending), ("CLOSED", .closed), ("REVOKED", .closed),
      ("PAYERROR", .failed),
    ])
  func `a state has its outcome`(state: String, outcome: Outcome) throws {
    let payment = try #require(try notices(Sender.transaction(state: state)).first).payment
    #expect(payment.outcome == outcome && payment.refund.isEmpty)
    #expect("\(payment.code)" == (outcome == .failed ? "trade_state=PAYERROR" : ""))
    #expect(payment.failureClass == (outcome == .failed ? .institution : .none))
    #expect((payment.balanceAmount == nil) == (outcome != .captured))
  }

  @Test func `a state that nobody knows is held, and all parts of its order with it`() throws {
    #expect(
      try sender.reader.held(sender.delivery(Sender.transaction(state: "DISPUTED"), at: morning))
        == .unknownType("TRANSACTION.SUCCESS trade_state=DISPUTED"))
    let combined = Sender.combined([("1", "A", 1, "SUCCESS"), ("2", "B", 2, "NEW")])
    #expect(
      try sender.reader.held(sender.delivery(combined, at: morning))
        == .unknownType("TRANSACTION.SUCCESS trade_state=NEW"))
  }

  @Test(
    arguments: [("CFT", 12_000), ("OTHERS", nil), ("LQT", nil), ("ICBC_CREDIT", 0), ("", nil)]
      as [(String, Int64?)])
  func `the bank tells what was paid from the balance`(bank: String, fen: Int64?) throws {
    let payment = try #require(try notices(Sender.transaction(bank: bank)).first).payment
    #expect(payment.balanceAmount == fen.map { Money(fen: $0) })
  }

  @Test func `a combined order is one notice a part, each with its own merchant, amount and state`()
    throws
  {
    let notices = try notices(
      Sender.combined([("11", "A", 100, "SUCCESS"), ("12", "B", 250, "CLOSED")]))
    #expect(notices.map { "\($0.payment.external)" } == ["11", "12"])
    #expect(notices.map { "\($0.payment.transaction)" } == ["A", "B"])
    #expect(notices.map { "\($0.payment.order)" } == ["P0", "P1"])
    #expect(notices.map(\.payment.orderAmount.rawValue) == [100, 250])
    #expect(notices.map(\.payment.outcome) == [.captured, .closed])
    #expect(notices.map(\.payment.balanceAmount) == [Money(fen: 100), nil])
    #expect(notices.map(\.id) == ["EV-1/A", "EV-1/B"])
    #expect(Set(notices.map(\.payment.account)).count == 1)
    #expect(!notices[0].payment.account.isEmpty)
    #expect(notices[0].payment.payloadDigest == notices[1].payment.payloadDigest)
  }

  @Test func `a combined order says which transactions are one payment, and whose`() throws {
    let resource = Sender.combined([("12", "B", 250, "CLOSED"), ("11", "A", 100, "SUCCESS")])
    let notice = try #require(
      try sender.reader.combined(sender.delivery(resource, at: morning)))
    #expect("\(notice.fields.combined)" == "C1" && "\(notice.fields.initiator)" == "1900000100")
    #expect(notice.fields.institution == .weChatPay && notice.fields.payloadDigest != nil)
    #expect(notice.fields.parts.map { "\($0.transaction)" } == ["A", "B"])
    #expect(notice.fields.parts.map { "\($0.order)" } == ["P1", "P0"])
    #expect(notice.fields.parts.map { "\($0.merchant)" } == ["11", "12"])
    #expect(notice.fields.parts.map(\.amount.rawValue) == [100, 250])
    #expect(notice.occurredAt == Timestamp(seconds: 1_726_106_400))
    let ordinary = sender.delivery(Sender.transaction(), at: morning)
    #expect(try sender.reader.combined(ordinary) == nil)
  }

  @Test func `a combined order has one part to fifty, and no transaction twice`() throws {
    func parts(_ count: Int) -> String {
      Sender.combined((0..<count).map { ("m\($0)", "t\($0)", 1, "SUCCESS") })
    }
    #expect(try notices(parts(50)).count == 50)
    for (resource, field) in [
      (parts(51), "sub_orders"), (parts(0), "sub_orders"),
      (
        Sender.combined([("1", "A", 1, "SUCCESS"), ("2", "A", 1, "SUCCESS")]),
        "sub_orders[1].transaction_id"
      ),
    ] {
      #expect(sender.reader.fault(sender.delivery(resource, at: morning))?.field == field)
    }
  }

  @Test func `a part of a combined order for which nobody has paid may have no transaction yet`()
    throws
  {
    let resource = Sender.combined([
      ("11", "A", 100, "SUCCESS"), ("12", "", 250, "NOTPAY"), ("13", "", 70, "CLOSED"),
      ("14", "B", 30, "SUCCESS"),
    ])
    #expect(try notices(resource).map { "\($0.payment.transaction)" } == ["A", "B"])
    let told = try #require(try sender.reader.combined(sender.delivery(resource, at: morning)))
    #expect(told.fields.parts.map { "\($0.transaction)" } == ["A", "B"])
    for (state, reason) in [
      ("SUCCESS", "TRANSACTION.SUCCESS trade_state=SUCCESS without transaction_id"),
      ("NOTPAY", "TRANSACTION.SUCCESS of a combined order without transaction_id"),
    ] {
      let delivery = sender.delivery(Sender.combined([("11", "", 1, state)]), at: morning)
      #expect(try sender.reader.held(delivery) == .unknownType(reason))
    }
  }

  @Test func `a refund that succeeded is told by the amount of this refund`() throws {
    let notice = try #require(try notices(Sender.refund(), event: "REFUND.SUCCESS").first)
    let payment = notice.payment
    #expect(payment.outcome == .refunded && notice.refundReport == .incremental)
    #expect(payment.orderAmount == Money(fen: 5000) && payment.paidAmount == Money(fen: 4700))
    #expect("\(payment.refund)" == "50302200002024091200000000001" && payment.code.isEmpty)
    #expect(notice.occurredAt == Timestamp(seconds: 1_726_191_000))
    #expect(payment.balanceAmount == nil && payment.currency == Payment.yuan)
    let toBalance = try notices(Sender.refund(receiver: "支付用户零钱"), event: "REFUND.SUCCESS")
    #expect(toBalance.first?.payment.balanceAmount == Money(fen: 4700))
    let toFund = try notices(Sender.refund(receiver: "支付用户零钱通"), event: "REFUND.SUCCESS")
    #expect(toFund.first?.payment.balanceAmount == .some(nil))
  }

  @Test(arguments: ["ABNORMAL", "CLOSED"])
  func `a refund that did not succeed leaves the payment as it was`(status: String) throws {
    let notice = try #require(
      try notices(Sender.refund(status: status), event: "REFUND.\(status)").first)
    #expect(notice.payment.outcome == .pending)
    #expect("\(notice.payment.code)" == "refund_status=\(status)")
    #expect(notice.payment.failureClass == .none && !notice.payment.refund.isEmpty)
    #expect(notice.occurredAt == Timestamp(seconds: 1_726_106_401))
  }

  @Test func `a refund whose status is not that of its event is senseless`() {
    for (event, status) in [("SUCCESS", "CLOSED"), ("CLOSED", "SUCCESS"), ("ABNORMAL", "X")] {
      let fault = sender.reader.fault(
        sender.delivery(Sender.refund(status: status), event: "REFUND.\(event)", at: morning))
      #expect(fault?.field == "refund_status" && fault?.isSenseless == true)
    }
  }

  @Test(
    arguments: [
      "PAYSCORE.USER_OPEN_SERVICE", "TRANSACTION.CLOSED", "COMPLAINT.CREATE", "refund.success",
    ])
  func `an event of another type is held unopened`(event: String) throws {
    // Nothing of it could be opened.
    let body = #"{"id":"E","event_type":"\#(event)"}"#
    let delivery = sender.signed(Array(body.utf8), at: morning)
    #expect(try sender.reader.held(delivery) == .unknownType(event))
  }

  @Test func `what is sealed in another way, or with another key, is held`() throws {
    let body = #"{"event_type":"REFUND.SUCCESS","resource":{"algorithm":"AEAD_SM4_GCM"}}"#
    #expect(
      try sender.reader.held(sender.signed(Array(body.utf8), at: morning))
        == .unknownType("REFUND.SUCCESS sealed by AEAD_SM4_GCM"))
    var newer = sender
    newer.secret = [UInt8](repeating: 7, count: 32)
    let delivery = newer.delivery(Sender.transaction(), at: morning)
    #expect(try sender.reader.held(delivery) == .unknownKey("APIv3"))
  }

  @Test func `keys are exchanged while both of them are tried`() throws {
    let certified = SignedNotices.WeChatPay(
      key: SigningKey(), serial: "D7CE59D1F522D701", secret: [UInt8](repeating: 3, count: 16))
    let pem = certified.key.certificate(of: "Tenpay", serial: 1, from: 1_700_000_000)
    let first = try #require(RSAPublicKey(pem: sender.key.publicPEM))
    let second = try #require(RSAPublicKey(pem: pem))
    let reader = try #require(
      WeChatPayReader(
        platformKeys: [
          sender.serial: first,
          certified.serial: second,
        ], secrets: [certified.secret, sender.secret]))
    for one in [sender, certified] {
      #expect(try reader.notices(one.delivery(Sender.transaction(), at: morning)).count == 1)
    }
    #expect(
      try sender.reader.held(certified.delivery(Sender.transaction(), at: morning))
        == .unknownKey("D7CE59D1F522D701"))
    #expect(WeChatPayReader(platformKeys: [:], secrets: []) == nil)
    #expect(WeChatPayReader(platformKeys: [:], secrets: [[1, 2, 3]]) == nil)
  }

  @Test(
    arguments: [
      ("2018-06-08T10:34:56+08:00", 1_528_425_296), ("2018-06-08T02:34:56Z", 1_528_425_296),
      ("2018-06-08T04:46:56+02:12", 1_528_425_296),
      ("2018-06-07T16:34:56.000-10:00", 1_528_425_296),
    ] as [(String, Int64)])
  func `the time of success may have any offset`(text: String, seconds: Int64) throws {
    let resource = Sender.transaction().replacing("2024-09-12T10:00:00+08:00", with: text)
    #expect(try notices(resource).first?.occurredAt == Timestamp(seconds: seconds))
  }

  @Test(arguments: ["2018-06-08", "2018-06-08T10:34:56", "2018-02-30T10:34:56Z", "yesterday"])
  func `a time that names no instant is refused`(text: String) {
    let resource = Sender.transaction().replacing("2024-09-12T10:00:00+08:00", with: text)
    let fault = sender.reader.fault(sender.delivery(resource, at: morning))
    #expect(fault?.field == "success_time" && fault?.isSenseless == false)
  }

  @Test func `a currency is told by its letters, and what was paid in another one does not count`()
    throws
  {
    let dollars = Sender.transaction().replacing(#""CNY""#, with: #""USD""#)
    #expect(try notices(dollars).first?.payment.currency == 840)
    #expect(try notices(dollars).first?.payment.paidAmount == Money(fen: 12_000))
    let mixed = Sender.transaction().replacing(
      #""payer_currency":"CNY""#, with: #""payer_currency":"HKD""#)
    let payment = try #require(try notices(mixed).first).payment
    #expect(payment.currency == Payment.yuan && payment.paidAmount == payment.orderAmount)
    let none = Sender.transaction().replacing(#""CNY""#, with: #""RMB""#)
    #expect(
      sender.reader.fault(sender.delivery(none, at: morning))?.field == "amount.currency")
  }

  @Test func `WeChat hears what it expects`() throws {
    let reader = sender.reader
    #expect(
      reader.accepted
        == Acknowledgement(
          status: 200, contentType: "application/json", body: ""))
    #expect(reader.refused("the \"disk\"\nis full").status == 500)
    #expect(
      reader.refused("the \"disk\"\nis full").body
        == #"{"code":"FAIL","message":"the \"disk\"\nis full"}"#)
  }
}
