// The published samples of WeChat Pay and Alipay: accepted, held or refused as their README says.

import Cryptography
import Events
import Institutions
import Platform
import Support
import Testing
import Text

@Suite(
  .enabled(if: SharedData.path("data/payloads") != nil, Comment(rawValue: SharedData.absence)))
struct InstitutionSampleTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    let path = try #require(SharedData.path("data/payloads/\(name)"))
    var file = try InputFile(path)
    return try file.readAll(limit: 1 << 20)
  }

  /// What stands in a file, without the line end behind it.
  private func line(_ name: String) throws -> [UInt8] {
    var bytes = try bytes(name)
    while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
    return bytes
  }

  // MARK: - WeChat Pay

  /// 2021-06-24T16:37:26+08:00, which its signature names.
  private static let signedAt = Timestamp(seconds: 1_624_523_846)

  private func weChatPay() throws -> (reader: WeChatPayReader, delivery: Delivery) {
    let certificate = try #require(Certificate(pem: bytes("wechatpay/v3-platform-cert.pem")))
    let key = try #require(certificate.publicKey)
    let reader = try #require(
      WeChatPayReader(
        platformKeys: [certificate.serialNumber: key],
        secrets: [[UInt8](repeating: 0, count: 32), line("wechatpay/v3-apikey.txt")]))
    let headers = try JSONReader.read(bytes("wechatpay/v3-notify-signed.headers.json"))
    guard case .object(let fields) = headers else { throw NoticeFault.forged }
    let delivery = try Delivery(
      headers: fields.map { field in
        guard case .string(let value) = field.value else { throw NoticeFault.forged }
        return (field.key, value)
      }, body: line("wechatpay/v3-notify-signed.body.json"))
    return (reader, delivery)
  }

  @Test func `the signed sample of WeChat Pay is authentic, and of a type that is held`() throws {
    let (reader, delivery) = try weChatPay()
    #expect(
      try reader.held(delivery, at: InstitutionSampleTests.signedAt)
        == .unknownType("PAYSCORE.USER_OPEN_SERVICE"))
    #expect(
      reader.fault(delivery, at: InstitutionSampleTests.signedAt.advanced(bySeconds: 301))
        == .stale(seconds: 301))
    for index in delivery.body.indices {
      var changed = delivery
      changed.body[index] ^= 1
      #expect(reader.fault(changed, at: InstitutionSampleTests.signedAt) == .forged)
    }
  }

  @Test func `the documented resources of WeChat Pay are read once they are sealed and signed`()
    throws
  {
    let sender = SignedNotices.WeChatPay()
    func notice(_ name: String, _ event: String) throws -> Notice {
      let resource = try String(decoding: bytes("wechatpay/\(name)"), as: UTF8.self)
      let delivery = sender.delivery(resource, event: event, at: morning)
      return try #require(try sender.reader.notices(delivery).first)
    }
    let paid = try notice("v3-transaction.decrypted.doc-example.json", "TRANSACTION.SUCCESS")
    #expect(paid.payment.outcome == .captured && paid.payment.orderAmount == Money(fen: 100))
    #expect("\(paid.payment.transaction)" == "1217752501201407033233368018")
    #expect("\(paid.payment.external)" == "1230000109" && paid.payment.balanceAmount == .zero)
    #expect(paid.occurredAt == Timestamp(seconds: 1_528_425_296))
    let refund = try notice("v3-refund.decrypted.doc-example.json", "REFUND.SUCCESS")
    #expect(refund.payment.outcome == .refunded && refund.payment.orderAmount == Money(fen: 999))
    #expect("\(refund.payment.refund)" == "50200207182018070300011301001")
    #expect("\(refund.payment.external)" == "1900000100")
  }

  @Test(
    arguments: [
      "v3-envelope.refund.doc-example.json", "v2-paysuccess.notification.sample.xml",
      "v2-refund.notification.req_info.sample.xml",
    ])
  func `what WeChat Pay's other samples hold is refused, signed or not`(name: String) throws {
    let sender = SignedNotices.WeChatPay()
    let body = try bytes("wechatpay/\(name)")
    #expect(sender.reader.fault(Delivery(body: body))?.field == "header Wechatpay-Timestamp")
    #expect(sender.reader.fault(sender.signed(body, at: morning)) != nil)
  }

  // MARK: - Alipay

  private func alipay(_ key: String) throws -> AlipayReader {
    let key = try #require(RSAPublicKey(pem: bytes("alipay/\(key)")))
    return try #require(AlipayReader(keys: [key]))
  }

  @Test(
    arguments: [
      (
        "notify-trade-success.form", "alipay-public-key-1.pem", "2019081522001468450512505578",
        "2088531891668739", 10, 1_565_855_784
      ),
      (
        "notify-trade-success-plus-in-subject.form", "alipay-public-cert-2.crt",
        "2023122122001499160501589436", "2088721003899159", 1, 1_703_147_203
      ),
    ] as [(String, String, String, String, Int64, Int64)])
  func `the samples of Alipay are captures`(
    name: String, key: String, trade: String, seller: String, fen: Int64, seconds: Int64
  ) throws {
    let delivery = Delivery(body: try line("alipay/\(name)"))
    let reader = try alipay(key)
    let notice = try #require(try reader.notices(delivery).first)
    #expect(notice.payment.outcome == .captured)
    #expect(notice.payment.orderAmount == Money(fen: fen))
    #expect(notice.payment.balanceAmount == Money(fen: fen))
    #expect("\(notice.payment.transaction)" == trade && "\(notice.payment.external)" == seller)
    #expect(notice.occurredAt == Timestamp(seconds: seconds))
    for index in delivery.body.indices {
      var changed = delivery
      changed.body[index] ^= 1
      #expect(reader.fault(changed) != nil, "byte \(index)")
    }
  }

  @Test func `the sample of Alipay with a wrong signature is a forgery`() throws {
    let delivery = Delivery(body: try line("alipay/notify-bad-signature.form"))
    for key in ["alipay-public-key-1.pem", "alipay-public-cert-2.crt"] {
      #expect(try alipay(key).fault(delivery) == .forged)
    }
  }
}
