// Notices that are signed and yet wrong: each fault names its field, and no notice crashes.

import Events
import Institutions
import Platform
import Support
import Testing
import Text

private let weChatPay = SignedNotices.WeChatPay()
private let alipay = SignedNotices.Alipay()

@Suite struct NoticeMutationTests {
  private typealias WeChatPay = SignedNotices.WeChatPay
  private typealias Alipay = SignedNotices.Alipay

  // MARK: - WeChat Pay

  private static let ordinary = "TRANSACTION.SUCCESS"
  private static let order = WeChatPay.transaction()
  private static let combined = WeChatPay.combined([("11", "A", 1, "SUCCESS")])

  private func fault(_ resource: String, _ event: String) -> NoticeFault? {
    weChatPay.reader.fault(weChatPay.delivery(resource, event: event, at: morning))
  }

  /// A field as it stands in a resource, what stands in its place, and the field that is named.
  @Test(
    arguments: [
      (order, ordinary, #""transaction_id":"4200002000202409120000000001","#, "transaction_id"),
      (order, ordinary, #""out_trade_no":"T2024091200001","#, "out_trade_no"),
      (order, ordinary, #""mchid":"1900000109","#, "mchid"),
      (order, ordinary, #""trade_state":"SUCCESS","#, "trade_state"),
      (order, ordinary, #""total":12800,"#, "amount.total"),
      (
        WeChatPay.transaction(partner: "1"), ordinary, #""sub_mchid":"1900000109","#, "sub_mchid"
      ),
      (combined, ordinary, #""total_amount":1,"#, "sub_orders[0].amount.total_amount"),
      (combined, ordinary, #""out_trade_no":"P0","#, "sub_orders[0].out_trade_no"),
      (WeChatPay.refund(), "REFUND.SUCCESS", #""refund":5000,"#, "amount.refund"),
      (
        WeChatPay.refund(), "REFUND.SUCCESS", #""refund_id":"50302200002024091200000000001","#,
        "refund_id"
      ),
      (WeChatPay.refund(), "REFUND.SUCCESS", #""refund_status":"SUCCESS","#, "refund_status"),
      (WeChatPay.refund(), "REFUND.SUCCESS", #""mchid":"1900000109","#, "mchid"),
    ])
  func `a field that is missing, repeated or of another kind is named`(
    resource: String, event: String, field: String, name: String
  ) throws {
    #expect(resource.contains(field) && fault(resource, event) == nil)
    let last = try #require(name.split(separator: ".").last)
    let missing = resource.replacing(field, with: "")
    #expect(fault(missing, event) == .malformed(name, "it is missing"))
    for value in ["null", #""""#] {
      let empty = resource.replacing(field, with: "\"\(last)\":\(value),")
      #expect(fault(empty, event)?.field == name, "\(value)")
    }
    for value in ["true", "[1]", "{}", field.contains(":\"") ? "7" : #""7""#] {
      let other = resource.replacing(field, with: "\"\(last)\":\(value),")
      let found = fault(other, event)
      #expect(found?.field == name && found?.reason.contains("must be") == true, "\(value)")
    }
    let repeated = fault(resource.replacing(field, with: field + field), event)
    #expect(repeated?.field == "resource")
    #expect(repeated?.reason.contains("\"\(last)\" comes twice") == true)
  }

  @Test func `a transaction that a paid part lacks is held, and one of another kind is named`()
    throws
  {
    let (resource, field) = (NoticeMutationTests.combined, #""transaction_id":"A","#)
    try #require(resource.contains(field))
    for value in ["", #""transaction_id":null,"#, #""transaction_id":"","#] {
      let missing = weChatPay.delivery(
        resource.replacing(field, with: value), event: NoticeMutationTests.ordinary, at: morning)
      #expect(
        try weChatPay.reader.held(missing)
          == .unknownType("TRANSACTION.SUCCESS trade_state=SUCCESS without transaction_id"))
    }
    for value in ["true", "[1]", "{}", "7"] {
      let other = resource.replacing(field, with: "\"transaction_id\":\(value),")
      let found = fault(other, NoticeMutationTests.ordinary)
      #expect(found?.field == "sub_orders[0].transaction_id", "\(value)")
    }
  }

  @Test(
    arguments: [
      "-1", "100000000001", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
      "0.01", "1.0", "1e3", "12.345",
    ])
  func `an amount that no fen can hold is senseless`(text: String) {
    let resource = NoticeMutationTests.order.replacing("12800", with: text)
    let found = fault(resource, NoticeMutationTests.ordinary)
    #expect(found?.field == "amount.total" && found?.isSenseless == true)
    let refund = WeChatPay.refund().replacing("\"refund\":5000", with: "\"refund\":\(text)")
    #expect(fault(refund, "REFUND.SUCCESS")?.field == "amount.refund")
  }

  @Test(
    arguments: [
      ("id", #""id":"EV-1","#), ("create_time", #""create_time":"2024-09-12T10:00:01+08:00","#),
      ("event_type", #""event_type":"TRANSACTION.SUCCESS","#),
      ("resource.nonce", #","nonce":"fdasflkja484""#),
      ("resource.algorithm", #""algorithm":"AEAD_AES_256_GCM","#),
    ])
  func `a field that an envelope lacks is named`(name: String, field: String) {
    let whole = weChatPay.delivery(NoticeMutationTests.order, at: morning)
    let body = String(decoding: whole.body, as: UTF8.self)
    #expect(body.contains(field))
    let without = weChatPay.signed(Array(body.replacing(field, with: "").utf8), at: morning)
    #expect(weChatPay.reader.fault(without) == .malformed(name, "it is missing"))
  }

  @Test(arguments: ["", "null", "[]", "{", "{}{}", "\u{feff}{}", "{\"a\":1,\"a\":2}"])
  func `a resource or a body that is no document is refused`(text: String) {
    #expect(fault(text, NoticeMutationTests.ordinary) != nil)
    #expect(weChatPay.reader.fault(weChatPay.signed(Array(text.utf8), at: morning)) != nil)
  }

  // MARK: - Alipay

  @Test(
    arguments: [
      "trade_no", "out_trade_no", "total_amount", "trade_status", "notify_id", "notify_time",
      "notify_type", "app_id",
    ])
  func `a field of a trade that is missing or repeated is named`(name: String) throws {
    let fields = Alipay.trade(with: Alipay.paid)
    let missing = fields.filter { $0.name != name }
    #expect(
      alipay.reader.fault(alipay.delivery(missing)) == .malformed(name, "it is missing"))
    let empty = alipay.delivery(missing + [(name, "")])
    #expect(alipay.reader.fault(empty) == .malformed(name, "it is missing"))
    let value = try #require(fields.first { $0.name == name })
    let repeated = try #require(alipay.reader.fault(alipay.delivery(fields + [value])))
    #expect(repeated.field == "the form" && repeated.reason.contains("\"\(name)\" comes twice"))
    let long = alipay.delivery(missing + [(name, String(repeating: "7", count: 65))])
    #expect(alipay.reader.fault(long)?.field == name || name == "notify_type")
  }

  @Test(arguments: ["trade_no", "out_trade_no", "seller_id", "notify_id"])
  func `an id by which something else could be shown is refused`(name: String) {
    for value in [" 1", "1\n2", "1\u{202e}2", String(repeating: "支", count: 22)] {
      let fields = Alipay.trade().filter { $0.name != name } + [(name, value)]
      #expect(alipay.reader.fault(alipay.delivery(fields))?.field == name)
    }
  }

  // MARK: - By seed

  /// Holds what a wrong notice comes to: notices that can be kept, a hold, or a fault that says
  /// where.
  private func judge(_ reader: some NoticeReader, _ delivery: Delivery) -> Bool {
    do {
      switch try reader.read(delivery, at: morning, pseudonyms: pseudonyms) {
      case .held(.unknownType(let word)): #expect(!word.isEmpty)
      case .held(.unknownKey(let word)): Issue.record("\(word) is a known key")
      case .partly: Issue.record("one notification is held in part")
      case .disputes(let disputes, _):
        for notice in disputes { #expect(!notice.dispute.transaction.isEmpty) }
      case .notices(let notices), .combined(let notices, _):
        #expect(!notices.isEmpty)
        for payment in notices.map(\.payment) {
          for money in [payment.orderAmount, payment.paidAmount, payment.balanceAmount ?? .zero] {
            #expect(money >= .zero && money <= .paymentMax)
          }
          #expect(!payment.transaction.isEmpty && !payment.order.isEmpty)
          #expect(!payment.external.isEmpty && payment.institution == reader.institution)
          #expect(payment.outcome != .refunded || !payment.refund.isEmpty)
          #expect((payment.failureClass != .none) == (payment.outcome == .failed))
        }
        return true
      }
    } catch .malformed(let field, let why) {
      #expect(!field.isEmpty && !why.isEmpty)
    } catch .senseless(let field, let why) {
      #expect(!field.isEmpty && !why.isEmpty)
    } catch { Issue.record("what is signed and fresh is neither forged nor stale: \(error)") }
    return false
  }

  private static let values = [
    "null", "true", "-1", "0", "1.5", "1e400", "9223372036854775807", #""""#, #""CNY""#, #""7""#,
    #""支付""#, #""\u0000""#, #""\u202e""#, "[]", "[{}]", "{}", #"{"total":1}"#, "[[[[]]]]",
    #""2024-13-01T00:00:00Z""#, #""1970-01-01T00:00:00Z""#, #""2199-12-31T23:59:59-23:59""#,
  ]

  @Test func `no wrong notice of WeChat Pay crashes, and each says what is wrong`() {
    var random = SeededRandom(seed: 11)
    let reader = weChatPay.reader
    let resources = [
      (NoticeMutationTests.order, NoticeMutationTests.ordinary),
      (WeChatPay.transaction(partner: "1"), NoticeMutationTests.ordinary),
      (
        WeChatPay.combined([("11", "A", 1, "SUCCESS"), ("12", "B", 2, "PAYERROR")]),
        NoticeMutationTests.ordinary
      ),
      (WeChatPay.refund(), "REFUND.SUCCESS"), (WeChatPay.refund(status: "CLOSED"), "REFUND.CLOSED"),
    ]
    var read = 0
    for round in 0..<2000 {
      let (resource, event) = resources[round % resources.count]
      var text = Array(resource.utf8)
      if random.chance(numerator: 3, denominator: 4) {
        // A whole value becomes another one.
        let starts = text.indices.filter { text[$0] == UInt8(ascii: ":") && text[$0 - 1] == 0x22 }
        let start = starts[random.below(starts.count)] + 1
        var end = start
        while ![UInt8(ascii: ","), UInt8(ascii: "}")].contains(text[end]) { end += 1 }
        let value = NoticeMutationTests.values[random.below(NoticeMutationTests.values.count)]
        text.replaceSubrange(start..<end, with: Array(value.utf8))
      } else {
        text[random.below(text.count)] = UInt8(random.below(256))
      }
      let mutated = String(decoding: text, as: UTF8.self)
      let id = random.chance(numerator: 1, denominator: 50) ? "" : "EV"
      let delivery = weChatPay.delivery(mutated, event: event, id: id, at: morning)
      if judge(reader, delivery) { read += 1 }
    }
    #expect(read > 200 && read < 1800)
  }

  @Test func `no wrong notice of Alipay crashes, and each says what is wrong`() {
    var random = SeededRandom(seed: 12)
    let reader = alipay.reader
    let values =
      NoticeMutationTests.values + [
        "", "0.01", "1.001", "-5", "2024-09-12 10:00:00", "TRADE_CLOSED", "WAIT_BUYER_PAY", "USD",
        "a&total_amount=1", "%&=+", "\u{0}", #"[{"amount":"1","fundChannel":"ALIPAYACCOUNT"}]"#,
      ]
    let names = [
      "refund_fee", "gmt_refund", "gmt_close", "out_biz_no", "trans_currency", "buyer_open_id",
    ]
    var read = 0
    for _ in 0..<2000 {
      var fields = Alipay.trade(
        status: ["TRADE_SUCCESS", "TRADE_CLOSED", "WAIT_BUYER_PAY"][random.below(3)],
        with: Alipay.paid)
      let value = values[random.below(values.count)]
      switch random.below(4) {
      case 0: fields.remove(at: random.below(fields.count))
      case 1: fields.append((names[random.below(names.count)], value))
      default: fields[random.below(fields.count)].value = value
      }
      if !fields.contains(where: { $0.name == "sign_type" }) {
        fields.append(("sign_type", "RSA2"))
      }
      let delivery = alipay.delivery(fields, signsType: random.chance(numerator: 1, denominator: 2))
      if judge(reader, delivery) { read += 1 }
    }
    #expect(read > 200 && read < 1800)
  }

  @Test func `bytes that nobody signed are refused, whatever they are`() {
    var random = SeededRandom(seed: 13)
    let body = alipay.delivery(Alipay.trade()).body
    let reader = alipay.reader
    for _ in 0..<2000 {
      var bytes = body
      for _ in 0..<(1 + random.below(8)) {
        bytes[random.below(bytes.count)] = UInt8(random.below(256))
      }
      let delivery = Delivery(body: random.below(2) == 0 ? bytes : Array(bytes.prefix(200)))
      if delivery.body != body { #expect(reader.fault(delivery) != nil) }
    }
  }
}
