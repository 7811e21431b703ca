// What is no notification of the card acquirer: forged, cut, doubled, of the wrong type.

import Events
import Institutions
import Platform
import Support
import Testing

@Suite struct CardForgeryTests {
  typealias Item = CardSender.Item

  private static let sender = CardSender()
  private static let now = Timestamp(seconds: 1_726_107_100)

  private static func read(_ body: [UInt8]) throws -> Result<Reading, NoticeFault> {
    let reader = try #require(CardReader(keys: [sender.key]))
    let pseudonyms = try CardReaderTests.pseudonyms()
    do {
      return .success(try reader.read(Delivery(body: body), at: now, pseudonyms: pseudonyms))
    } catch {
      return .failure(error)
    }
  }

  /// A payment without what is not signed.
  private static func signedPart(_ reading: Reading) -> Payment? {
    guard case .notices(let notices) = reading, notices.count == 1,
      var payment = notices.first?.payment
    else { return nil }
    payment.orderedAt = .none
    payment.code = .none
    payment.failureClass = .none
    payment.payloadDigest = nil
    return payment
  }

  @Test func `a change of any byte is refused, or is of nothing that is signed`() throws {
    let item = Item("CAPTURE", success: false, psp: "CAP7", original: "AUT3", reason: "Refused")
    let body = CardForgeryTests.sender.delivery(item).body
    let text = String(decoding: body, as: UTF8.self)
    let whole = try #require(CardForgeryTests.signedPart(try CardForgeryTests.read(body).get()))
    var taken = 0
    for index in body.indices {
      for mask: UInt8 in [0x01, 0x04, 0x20, 0x80] {
        var changed = body
        changed[index] ^= mask
        guard case .success(let reading) = try CardForgeryTests.read(changed) else { continue }
        taken += 1
        #expect(CardForgeryTests.signedPart(reading) == whole, "byte \(index) of \(text)")
      }
    }
    // The reason, the time and what nobody reads are not signed.
    #expect(taken > 0 && taken < body.count)
  }

  @Test(arguments: [
    "CAP7", "AUT3", "ShopAccount", "order-1", "10100", "CNY", "CAPTURE", "\"success\":\"true\"",
    "hmacSignature\":\"",
  ])
  func `a change of any byte of what is signed is refused`(part: String) throws {
    let item = Item("CAPTURE", psp: "CAP7", original: "AUT3")
    let body = CardForgeryTests.sender.delivery(item).body
    let wanted = Array(part.utf8)
    let start = try #require(
      body.indices.first { body[$0...].starts(with: wanted) }, "\(part) is not in the body")
    let end = part.hasSuffix(":\"") ? start + wanted.count + 44 : start + wanted.count
    for index in start..<end {
      for bit in 0..<8 {
        var changed = body
        changed[index] ^= 1 << UInt8(bit)
        guard case .failure = try CardForgeryTests.read(changed) else {
          Issue.record("bit \(bit) of byte \(index) is of no account")
          continue
        }
      }
    }
  }

  @Test(arguments: [
    ("pspReference", "A:B", "originalReference"), ("originalReference", "A:B", "merchant"),
    ("merchantAccountCode", "Shop:x", "merchantReference"), ("eventCode", "CAPTURE:x", "success"),
  ])
  func `a colon cannot move from one signed field to the next`(
    name: String, text: String, next: String
  ) throws {
    var item = Item("CAPTURE", psp: "CAP7", original: "AUT3")
    item[name] = "\"\(text)\""
    // The code is right: the sender signs what it is given.
    let body = CardForgeryTests.sender.delivery(item).body
    guard case .failure(.malformed(let what, let why)) = try CardForgeryTests.read(body) else {
      Issue.record("the colon is taken")
      return
    }
    #expect(what.hasSuffix(name) && why.contains("colon"))
  }

  @Test(arguments: [
    "amount", "eventCode", "eventDate", "merchantAccountCode", "merchantReference", "pspReference",
    "success", "originalReference", "additionalData",
  ])
  func `a field that is missing, doubled or of the wrong type is named`(name: String) throws {
    let sender = CardForgeryTests.sender
    let whole = Item("CAPTURE", psp: "CAP7", original: "AUT3")
    var missing = whole
    missing[name] = nil
    if name == "additionalData" { missing[name] = "{}" }
    var wrong = whole
    wrong[name] = "17"
    var nothing = whole
    nothing[name] = "null"
    var doubled = whole
    if name == "additionalData" { doubled[name] = "{}" }
    doubled.fields.append((name, doubled[name] ?? "1"))
    for item in [missing, wrong, nothing, doubled] {
      guard
        case .failure(.malformed(let what, let why)) = try CardForgeryTests.read(
          sender.delivery(item).body)
      else {
        Issue.record("\(item.fields) is taken")
        continue
      }
      #expect(what.contains(name) || why.contains(name), "\(what): \(why)")
    }
  }

  @Test(arguments: [
    "", "{}", "[]", "null", "{\"live\":\"true\"}", "{\"live\":true,\"notificationItems\":[]}",
    "{\"live\":\"true\",\"notificationItems\":[]}",
    "{\"live\":\"true\",\"notificationItems\":[1]}",
    "{\"live\":\"true\",\"notificationItems\":[{}]}",
    "{\"live\":\"true\",\"notificationItems\":[{\"NotificationRequestItem\":7}]}",
    "{\"live\":\"true\",\"live\":\"true\",\"notificationItems\":[]}", "\u{FEFF}{}",
  ])
  func `what has not the form of a notification is malformed`(text: String) throws {
    guard case .failure(.malformed) = try CardForgeryTests.read(Array(text.utf8)) else {
      Issue.record("\(text) is taken")
      return
    }
  }

  @Test func `a delivery has a limit of bytes and of items`() throws {
    let item = CardForgeryTests.sender.signed(Item("AUTHORISATION", psp: "A1"))
    let most = CardSender.body([String](repeating: item, count: CardReader.itemsMax))
    _ = try CardForgeryTests.read(most).get()
    let tooMany = CardSender.body([String](repeating: item, count: CardReader.itemsMax + 1))
    let tooLong =
      CardSender.body([item])
      + [UInt8](repeating: 0x20, count: CardReader.bodyBytesMax)
    for body in [tooMany, tooLong] {
      guard case .failure = try CardForgeryTests.read(body) else {
        Issue.record("it is taken")
        continue
      }
    }
  }

  @Test func `no delivery that is changed and signed again ends the program or invents a payment`()
    throws
  {
    var random = SeededRandom(seed: 20_240_912)
    let names = Item("CAPTURE", psp: "CAP7", original: "AUT3").fields.map(\.name)
    let values = [
      "17", "null", "true", "\"\"", "[]", "{}", "\"\\u0000\"", "\"\\ud800\"", "\"a:b\"", "-1",
      "1e9",
      "\"2024-02-30T00:00:00Z\"", "99999999999999999999", "\"支付\"", "\"x\\ny\"",
      "{\"currency\":\"KWD\",\"value\":7}", "{\"currency\":7,\"value\":\"7\"}",
      "\"" + String(repeating: "a", count: 65) + "\"",
    ]
    var outcomes: [String: Int] = [:]
    for _ in 0..<4000 {
      var item = Item(
        ["CAPTURE", "REFUND", "AUTHORISATION"][random.below(3)], success: random.below(4) > 0,
        psp: "CAP7", original: "AUT3")
      let name = names[random.below(names.count)]
      switch random.below(3) {
      case 0: item[name] = nil
      case 1: item.fields.append((name, values[random.below(values.count)]))
      default: item[name] = values[random.below(values.count)]
      }
      var body = CardForgeryTests.sender.delivery(item).body
      if random.below(8) == 0 { body.removeLast(random.below(body.count)) }
      switch try CardForgeryTests.read(body) {
      case .failure: outcomes["refused", default: 0] += 1
      case .success(.notices(let notices)):
        outcomes["notices", default: 0] += 1
        #expect(notices.count == 1)
        for notice in notices {
          #expect((0...Money.paymentMax.rawValue).contains(notice.payment.orderAmount.rawValue))
          #expect(!notice.payment.transaction.isEmpty && !notice.payment.order.isEmpty)
        }
      case .success: outcomes["held", default: 0] += 1
      }
    }
    #expect(outcomes.count == 3, "\(outcomes)")
  }
}
