// One notice of each sort and institution, as tests sign them, read here; and written for others:
// `tools/prove third-party` names a folder in SLUICE_NOTICES_OUT, and hands the same bytes to other
// people's libraries and to a running daemon.

import Events
import Glibc
import Institutions
import Merkle
import Platform
import Support
import Testing
import Text

@Suite struct EverySortTests {
  private static let weChatPay = SignedNotices.WeChatPay()
  private static let alipay = SignedNotices.Alipay()
  private static let unionPay = UnionPaySender.shared
  private static let card = CardSender()

  /// A delivery, and what each of its notices must say.
  private struct Sent {
    var institution: Institution
    var sort: String
    var delivery: Delivery
    var outcomes: [Outcome]
  }

  private static let ofWeChatPay: [Sent] = [
    weChat("transaction", SignedNotices.WeChatPay.transaction(), [.captured]),
    weChat(
      "combined",
      SignedNotices.WeChatPay.combined([("11", "A", 300, "SUCCESS"), ("12", "B", 200, "SUCCESS")]),
      [.captured, .captured]),
    weChat("refund", SignedNotices.WeChatPay.refund(), event: "REFUND.SUCCESS", [.refunded]),
    weChat(
      "failure",
      SignedNotices.WeChatPay.combined([("11", "C", 300, "SUCCESS"), ("12", "D", 2, "PAYERROR")]),
      [.captured, .failed]),
  ]

  private static func weChat(
    _ sort: String, _ resource: String, event: String = "TRANSACTION.SUCCESS",
    _ outcomes: [Outcome]
  ) -> Sent {
    Sent(
      institution: .weChatPay, sort: sort,
      delivery: weChatPay.delivery(resource, event: event, id: "EV-\(sort)", at: morning),
      outcomes: outcomes)
  }

  /// Alipay pays the orders of a cart by a trade each, and tells of a failure as a trade that was
  /// closed unpaid.
  private static let ofAlipay: [Sent] = [
    trade("transaction", "T1", with: SignedNotices.Alipay.paid, .captured),
    trade(
      "combined", "T2", with: SignedNotices.Alipay.paid + [("merge_pay_no", "M1")], .captured),
    trade(
      "refund", "T1",
      with: SignedNotices.Alipay.paid + [
        ("refund_fee", "28.01"), ("gmt_refund", "2024-09-12 09:59:30.320"), ("out_biz_no", "R1"),
      ], .refunded),
    trade(
      "failure", "T3", status: "TRADE_CLOSED", with: [("gmt_close", "2024-09-12 10:00:00")],
      .closed),
  ]

  private static func trade(
    _ sort: String, _ number: String, status: String = "TRADE_SUCCESS",
    with more: [(name: String, value: String)], _ outcome: Outcome
  ) -> Sent {
    let fields = SignedNotices.Alipay.trade(
      number, order: "order-\(number)", status: status, id: "\(sort)-\(number)", with: more)
    return Sent(
      institution: .alipay, sort: sort, delivery: alipay.delivery(fields), outcomes: [outcome])
  }

  /// UnionPay has no payment of several orders.
  private static let ofUnionPay: [Sent] = [
    union("transaction", type: "01", query: "Q1", .captured),
    union("refund", type: "04", query: "Q2", original: "Q1", .refunded),
    union("failure", type: "01", code: "64", query: "Q3", .failed),
  ]

  private static func union(
    _ sort: String, type: String, code: String = "00", query: String, original: String? = nil,
    _ outcome: Outcome
  ) -> Sent {
    let fields = UnionPaySender.fields(
      type: type, code: code, order: "order-\(query)", query: query, original: original, fen: 4200)
    return Sent(
      institution: .unionPay, sort: sort, delivery: unionPay.delivery(fields), outcomes: [outcome])
  }

  private static let ofCard: [Sent] = [
    cards("transaction", [.init("AUTHORISATION", psp: "A1")], [.authorised]),
    cards(
      "combined",
      [.init("CAPTURE", psp: "C1", original: "A1"), .init("CAPTURE", psp: "C2", original: "A2")],
      [.captured, .captured]),
    cards("refund", [.init("REFUND", psp: "R1", original: "A1")], [.refunded]),
    cards(
      "failure", [.init("AUTHORISATION", success: false, psp: "A3", reason: "Refused")],
      [.failed]),
  ]

  private static func cards(
    _ sort: String, _ items: [CardSender.Item], _ outcomes: [Outcome]
  ) -> Sent {
    Sent(
      institution: .card, sort: sort,
      delivery: Delivery(
        headers: [("Content-Type", "application/json")],
        body: CardSender.body(items.map(card.signed))),
      outcomes: outcomes)
  }

  /// The files of keys by their names in a daemon's folder.
  private static let keys: [(name: String, bytes: [UInt8])] = [
    ("wechat-pay/\(weChatPay.serial).pem", weChatPay.key.publicPEM),
    ("wechat-pay/test.apiv3", weChatPay.secret), ("alipay/test.pem", alipay.key.publicPEM),
    ("unionpay/roots.pem", unionPay.root), ("unionpay/intermediates.pem", unionPay.issuer),
    ("card/test.hmac", Array(Hexadecimal.encode(card.key).utf8)),
  ]

  @Test func `tests sign each sort of notice of each institution, and it says what it must`()
    throws
  {
    let readers: [any NoticeReader] = [
      EverySortTests.weChatPay.reader, EverySortTests.alipay.reader,
      try #require(EverySortTests.unionPay.reader()),
      try #require(CardReader(keys: [EverySortTests.card.key])),
    ]
    let all =
      EverySortTests.ofWeChatPay + EverySortTests.ofAlipay + EverySortTests.ofUnionPay
      + EverySortTests.ofCard
    for sent in all {
      let reader = try #require(readers.first { $0.institution == sent.institution })
      let outcomes = try reader.notices(sent.delivery).map(\.payment.outcome)
      #expect(outcomes == sent.outcomes, "\(sent.institution) \(sent.sort)")
    }
    if let folder = unsafe getenv("SLUICE_NOTICES_OUT") {
      try EverySortTests.write(all, unsafe String(cString: folder))
    }
  }

  /// Writes `keys.ndjson` and `notices.ndjson`, bytes as Base64.
  private static func write(_ all: [Sent], _ folder: String) throws {
    var lines: [UInt8] = []
    for key in keys { lines += line([("name", key.name), ("bytes", Base64.encode(key.bytes))]) }
    try SystemDisk().replaceFile("\(folder)/keys.ndjson", with: unsafe lines.span.bytes)
    lines = []
    for sent in all {
      let headers = sent.delivery.headers.map { "\($0.name): \($0.value)" }
      lines += line([
        ("institution", sent.institution.name), ("sort", sent.sort),
        ("headers", headers.joined(separator: "\n")),
        ("body", Base64.encode(sent.delivery.body)),
        ("outcomes", sent.outcomes.map(\.name).joined(separator: " ")),
        ("received_at", RFC3339.text(morning)),
      ])
    }
    try SystemDisk().replaceFile("\(folder)/notices.ndjson", with: unsafe lines.span.bytes)
  }

  private static func line(_ fields: [(String, String)]) -> [UInt8] {
    var out: [UInt8] = []
    var writer = JSONWriter()
    writer.beginObject(to: &out)
    for (name, text) in fields {
      writer.key(name, to: &out)
      writer.string(text, to: &out)
    }
    writer.endObject(to: &out)
    return out + [UInt8(ascii: "\n")]
  }
}
