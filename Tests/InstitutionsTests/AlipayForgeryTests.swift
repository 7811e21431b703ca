// Alipay under people who mean it ill: whatever byte changes, and however a form is cut.

import Cryptography
import Events
import Institutions
import Merkle
import Support
import Testing
import Text

private let sender = SignedNotices.Alipay()

@Suite struct AlipayForgeryTests {
  private typealias Sender = SignedNotices.Alipay

  @Test(arguments: [false, true])
  func `any changed byte of a notice is refused, in either way of signing`(signsType: Bool) {
    let reader = sender.reader
    let whole = sender.delivery(Sender.trade(with: Sender.paid), signsType: signsType)
    #expect(reader.fault(whole) == nil)
    for index in whole.body.indices {
      // The bit of 0x20 makes %2B a %2b.
      for bit in [1, 2, 0x20, 0x80] as [UInt8] {
        var delivery = whole
        delivery.body[index] ^= bit
        #expect(reader.fault(delivery) != nil, "byte \(index)")
      }
    }
  }

  @Test func `a field more, a field less and a field without a value are forgeries`() {
    let whole = sender.delivery(Sender.trade(with: [("body", "")]))
    #expect(sender.reader.fault(whole) == nil)
    for more in ["&x=1", "&x=", "&refund_fee=1.00"] {
      var delivery = whole
      delivery.body += Array(more.utf8)
      #expect(sender.reader.fault(delivery) == .forged, "\(more)")
    }
    let text = String(decoding: whole.body, as: UTF8.self)
    for less in ["&body=", "&version=1.0"] {
      var delivery = whole
      delivery.body = Array(text.replacing(less, with: "").utf8)
      #expect(sender.reader.fault(delivery) == .forged, "\(less)")
    }
  }

  @Test func `a notice may come in any order of its fields, at any time`() throws {
    let fields = try FormReader.read(sender.delivery(Sender.trade()).body).fields
    let turned = Delivery(body: Sender.form(fields.reversed().map { ($0.name, $0.value) }))
    #expect(try sender.reader.notices(turned).count == 1)
    #expect(try sender.reader.notices(turned, at: morning.advanced(bySeconds: 90_000)).count == 1)
  }

  @Test(
    arguments: [
      ("sign_type", nil), ("sign_type", "RSA"), ("sign_type", "rsa2"), ("sign_type", ""),
      ("sign", nil), ("sign", ""), ("sign", "?"), ("sign", "AAAA"),
    ] as [(String, String?)])
  func `a notice has a signature of this kind`(name: String, value: String?) throws {
    let fields = try FormReader.read(sender.delivery(Sender.trade()).body).fields
    var changed = fields.map { ($0.name, $0.value) }.filter { $0.0 != name }
    if let value { changed.append((name, value)) }
    let fault = try #require(sender.reader.fault(Delivery(body: Sender.form(changed))))
    #expect(fault.field == name || fault == .forged)
  }

  @Test func `keys are exchanged while both of them are tried`() throws {
    let newer = SignedNotices.Alipay()
    let keys = try [sender, newer].map { try #require(RSAPublicKey(pem: $0.key.publicPEM)) }
    let reader = try #require(AlipayReader(keys: keys))
    for one in [sender, newer] {
      #expect(try reader.notices(one.delivery(Sender.trade())).count == 1)
    }
    #expect(sender.reader.fault(newer.delivery(Sender.trade())) == .forged)
    #expect(AlipayReader(keys: []) == nil)
  }

  @Test func `a form that is cut at other places than Alipay cut it is refused`() throws {
    // A merchant names an article so, and sells it for a fen.
    let subject =
      "x&total_amount=9999.00&trade_no=1&trade_status=TRADE_SUCCESS&version=1"
    let cheap = Sender.trade(total: "0.01").filter { $0.name != "subject" }
    let honest = try FormReader.read(sender.delivery(cheap + [("subject", subject)]).body)
    let sign = try #require(honest["sign"])
    // What was signed, cut anew: the true amount is the tail of the last value.
    let tail =
      "1&total_amount=0.01&trade_no=2024091222001468450512505578"
      + "&trade_status=TRADE_SUCCESS&version=1.0"
    let kept = cheap.filter {
      !["total_amount", "trade_no", "trade_status", "version", "sign_type"].contains($0.name)
    }
    let forged =
      kept + [
        ("subject", "x"), ("total_amount", "9999.00"), ("trade_no", "1"),
        ("trade_status", "TRADE_SUCCESS"), ("version", tail), ("sign_type", "RSA2"), ("sign", sign),
      ]
    #expect(
      sender.reader.fault(Delivery(body: Sender.form(forged)))
        == .senseless("version", "it holds the beginning of another field"))
    // An ampersand alone is no boundary.
    let harmless = Sender.trade().filter { $0.name != "subject" } + [("subject", "A&B = A&C")]
    #expect(sender.reader.fault(sender.delivery(harmless)) == nil)
  }

  @Test func `another charset is named as what is wrong`() throws {
    for charset in ["GBK", "gb2312", "utf-16"] {
      let fields = Sender.trade().map { $0.name == "charset" ? ($0.name, charset) : $0 }
      let fault = try #require(sender.reader.fault(sender.delivery(fields)))
      #expect(fault.field == "charset" && fault.reason.contains(charset))
    }
    let upper = Sender.trade().map { $0.name == "charset" ? ($0.name, "UTF-8") : $0 }
    #expect(sender.reader.fault(sender.delivery(upper)) == nil)
    let fault = sender.reader.fault(Delivery(body: Array("charset=GBK&subject=%D6%D0".utf8)))
    #expect(fault?.reason.contains("UTF-8") == true)
  }
}
