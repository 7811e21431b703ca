// WeChat Pay under people who mean it ill: whatever byte changes, and whenever it comes again.

import Events
import Institutions
import Support
import Testing

private let sender = SignedNotices.WeChatPay()

@Suite struct WeChatPayForgeryTests {
  private typealias Sender = SignedNotices.WeChatPay

  private static let delivery = sender.delivery(Sender.transaction(), at: morning)

  /// The delivery with another value of a header.
  private func changed(_ name: String, _ change: (String) -> String) -> Delivery {
    var delivery = WeChatPayForgeryTests.delivery
    for index in delivery.headers.indices where delivery.headers[index].name == name {
      delivery.headers[index].value = change(delivery.headers[index].value)
    }
    return delivery
  }

  /// Every spelling of a text with one bit of one byte changed, as far as it stays ASCII.
  private func flips(of text: String) -> [String] {
    var found: [String] = []
    for index in text.utf8.indices {
      for bit in [1, 2, 4] as [UInt8] {
        var bytes = Array(text.utf8)
        bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] ^= bit
        found.append(String(decoding: bytes, as: UTF8.self))
      }
    }
    return found
  }

  @Test func `any changed byte of the body is a forgery`() {
    let (reader, whole) = (sender.reader, WeChatPayForgeryTests.delivery)
    #expect(reader.fault(whole) == nil)
    for index in whole.body.indices {
      var delivery = whole
      delivery.body[index] ^= index.isMultiple(of: 2) ? 1 : 0x80
      #expect(reader.fault(delivery) == .forged, "byte \(index)")
    }
    for index in [0, whole.body.count / 2, whole.body.count] {
      var delivery = whole
      delivery.body.insert(UInt8(ascii: " "), at: index)
      #expect(reader.fault(delivery) == .forged)
    }
  }

  @Test(arguments: ["Wechatpay-Signature", "Wechatpay-Timestamp", "Wechatpay-Nonce"])
  func `any changed byte of a header is refused`(name: String) throws {
    let (reader, whole) = (sender.reader, WeChatPayForgeryTests.delivery)
    let value = try #require(whole.headers.first { $0.name == name }?.value)
    for flip in flips(of: value) {
      #expect(reader.fault(changed(name) { _ in flip }) != nil, "\(name): \(flip)")
    }
  }

  @Test func `any changed byte of the serial names a key that is not known`() throws {
    let reader = sender.reader
    for flip in flips(of: sender.serial) {
      let delivery = changed("Wechatpay-Serial") { _ in flip }
      #expect(try reader.held(delivery) == .unknownKey(flip))
    }
  }

  @Test(
    arguments: [
      "Wechatpay-Signature", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial",
    ])
  func `a header stands once, in any case of its letters`(name: String) throws {
    let whole = WeChatPayForgeryTests.delivery
    var absent = whole
    absent.headers.removeAll { $0.name == name }
    #expect(
      sender.reader.fault(absent) == .malformed("header \(name)", "it is missing"))
    var twice = whole
    twice.headers.append((name.lowercased(), "x"))
    #expect(
      sender.reader.fault(twice) == .malformed("header \(name)", "it stands 2 times"))
    var lower = whole
    for index in lower.headers.indices {
      lower.headers[index].name = lower.headers[index].name.lowercased()
    }
    #expect(try sender.reader.notices(lower).count == 1)
  }

  @Test(arguments: [-301, -300, 0, 300, 301] as [Int64])
  func `subtlety 32: a signature is fresh for five minutes, either way`(seconds: Int64) {
    let fault = sender.reader.fault(
      WeChatPayForgeryTests.delivery, at: morning.advanced(bySeconds: seconds))
    #expect(fault == (abs(seconds) > 300 ? .stale(seconds: seconds) : nil))
  }

  @Test(arguments: ["", "-1", "+1726106402", "1726106402.0", "17261064020000", "१", " 1726106402"])
  func `a timestamp is whole seconds and nothing else`(text: String) {
    let delivery = changed("Wechatpay-Timestamp") { _ in text }
    #expect(sender.reader.fault(delivery)?.field == "header Wechatpay-Timestamp")
  }

  @Test func `a line of the body cannot pass for the nonce`() {
    // The signed message is the same, cut at another place.
    let body = Array("{\n}".utf8)
    var delivery = sender.signed(body, at: morning, nonce: "n")
    #expect(sender.reader.fault(delivery)?.field == "event_type")
    delivery.body = Array("}".utf8)
    for index in delivery.headers.indices where delivery.headers[index].name == "Wechatpay-Nonce" {
      delivery.headers[index].value = "n\n{"
    }
    #expect(sender.reader.fault(delivery)?.field == "header Wechatpay-Nonce")
  }

  @Test func `a signature of another key is a forgery, whatever it says`() {
    let forger = SignedNotices.WeChatPay(
      key: SigningKey(), serial: sender.serial, secret: sender.secret)
    #expect(
      sender.reader.fault(forger.delivery(Sender.transaction(), at: morning)) == .forged)
    // What is not even JSON is not looked at.
    #expect(sender.reader.fault(forger.signed([0, 0xFF], at: morning)) == .forged)
    #expect(
      sender.reader.fault(sender.signed([0, 0xFF], at: morning))?.field == "the document")
  }

  @Test func `the probes that WeChat sends with a wrong signature are refused`() {
    let probe = changed("Wechatpay-Signature") { "WECHATPAY/SIGNTEST/" + $0 }
    #expect(sender.reader.fault(probe) != nil)
  }
}
