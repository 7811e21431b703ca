// What is no notification of UnionPay: forged, cut another way, doubled, of the wrong form.

import Events
import Institutions
import Platform
import Support
import Testing

@Suite struct UnionPayForgeryTests {
  private static let sender = UnionPaySender.shared

  @Test func `a change of any byte is refused`() throws {
    let body = UnionPayForgeryTests.sender.delivery(UnionPayReaderTests.consume()).body
    _ = try UnionPayReaderTests.read(Delivery(body: body)).get()
    for index in body.indices {
      for mask: UInt8 in [0x01, 0x20, 0x80] {
        var changed = body
        changed[index] ^= mask
        #expect(
          try UnionPayReaderTests.fault(Delivery(body: changed)) != nil,
          "byte \(index) with \(mask)")
      }
    }
  }

  @Test func `a delivery that is cut is refused`() throws {
    let body = UnionPayForgeryTests.sender.delivery(UnionPayReaderTests.consume()).body
    for count in stride(from: 0, to: body.count, by: 7) {
      #expect(
        try UnionPayReaderTests.fault(Delivery(body: Array(body[..<count]))) != nil, "\(count)")
    }
  }

  @Test func `the text that is signed has one reading`() throws {
    let sender = UnionPayForgeryTests.sender
    let signed = sender.signed(
      UnionPayReaderTests.consume(("respCode", "34"), ("reqReserved", "{shop=7&channel=app}")))
    // The same text, cut elsewhere: the code that it failed with becomes part of what is reserved.
    var merged = signed
    merged.removeAll { ["respCode", "reqReserved"].contains($0.name) }
    merged.append(("reqReserved", "{shop=7&channel=app}&respCode=34"))
    var split = signed
    split.removeAll { $0.name == "reqReserved" }
    split.append(("reqReserved", "{shop=7"))
    split.append(("channel", "app}"))
    for fields in [merged, split] {
      guard
        case .malformed(let field, let why)? = try UnionPayReaderTests.fault(
          Delivery(body: UnionPaySender.body(fields)))
      else {
        Issue.record("it is read another way")
        continue
      }
      #expect(["reqReserved", "channel"].contains(field) && why.contains("braces"))
    }
  }

  @Test(arguments: [
    "version", "txnType", "respCode", "merId", "orderId", "txnTime", "txnAmt", "currencyCode",
    "queryId",
  ])
  func `a field that is missing, empty or doubled is named`(name: String) throws {
    let missing = UnionPayReaderTests.consume((name, nil))
    let empty = UnionPayReaderTests.consume((name, ""))
    #expect(try UnionPayReaderTests.faultyField(missing) == name)
    #expect(try UnionPayReaderTests.faultyField(empty) == name)
    var doubled = UnionPayReaderTests.consume()
    doubled.append((name, "1"))
    guard
      case .malformed(_, let why)? = try UnionPayReaderTests.fault(
        UnionPayForgeryTests.sender.delivery(doubled))
    else {
      Issue.record("it is taken twice")
      return
    }
    #expect(why.contains(name))
  }

  @Test(arguments: ["signMethod", "signPubKeyCert", "signature"])
  func `a part of the signature that is missing or other is named`(name: String) throws {
    let signed = UnionPayForgeryTests.sender.signed(UnionPayReaderTests.consume())
    for value in [nil, "", "~"] {
      var fields = signed
      fields.removeAll { $0.name == name }
      if let value { fields.append((name, value)) }
      guard
        case .malformed(let field, _)? = try UnionPayReaderTests.fault(
          Delivery(body: UnionPaySender.body(fields)))
      else {
        Issue.record("\(name) may be \(value ?? "missing")")
        continue
      }
      #expect(field == name)
    }
  }

  @Test(arguments: [
    ("version", "5.0.0"), ("encoding", "GBK"), ("signMethod", "11"), ("txnAmt", "1.00"),
    ("txnAmt", "-1"), ("txnAmt", "+1"), ("txnAmt", "1000000000000"), ("txnAmt", "999999999999"),
    ("txnAmt", "１"), ("currencyCode", "CNY"), ("currencyCode", "000"), ("currencyCode", "1560"),
    ("settleAmt", "x"), ("settleCurrencyCode", "000"), ("orderId", "a\tb"), ("merId", " 1"),
    ("queryId", String(repeating: "9", count: 65)), ("respCode", "\u{202E}00"),
  ])
  func `a field of another form is named`(name: String, value: String) throws {
    #expect(
      try UnionPayReaderTests.faultyField(UnionPayReaderTests.consume((name, value))) == name)
  }

  @Test func `a reversal that names no payment is malformed`() throws {
    let fields = UnionPaySender.fields(type: "04", order: "O", query: "Q2", fen: 1)
    #expect(try UnionPayReaderTests.faultyField(fields) == "origQryId")
  }

  @Test func `a delivery has a limit of bytes`() throws {
    let fields = UnionPayReaderTests.consume(
      ("respMsg", String(repeating: "x", count: UnionPayReader.bodyBytesMax)))
    guard
      case .malformed? = try UnionPayReaderTests.fault(
        UnionPayForgeryTests.sender.delivery(fields))
    else {
      Issue.record("it is read")
      return
    }
  }

  @Test func `no delivery that is changed and signed again ends the program or invents a payment`()
    throws
  {
    var random = SeededRandom(seed: 51_000)
    let reader = UnionPayForgeryTests.sender.reader()
    let values = [
      "", "0", "00", "A6", "31", "-1", "99999999999999999999", "\u{0}", "a\nb", "{", "}", "{a&b}",
      "&",
      "=", "支付", "20240230101112", "0229", "1231235959", "621626*****0018", "156", "999",
      String(repeating: "9", count: 65), "😀",
    ]
    var outcomes: [String: Int] = [:]
    for _ in 0..<2000 {
      var fields = UnionPaySender.fields(
        type: random.element(of: ["01", "02", "03", "04", "31", "32"]),
        code: random.element(of: ["00", "A6", "05", "42", "64"]), order: "O", query: "Q2",
        original: "Q1", fen: 7)
      for _ in 0..<random.below(2) + 1 {
        let place = random.below(fields.count)
        switch random.below(4) {
        case 0: fields.remove(at: place)
        case 1: fields.append((fields[place].name, random.element(of: values)))
        case 2: fields[place].name = random.element(of: values)
        default: fields[place].value = random.element(of: values)
        }
      }
      switch try UnionPayReaderTests.read(
        UnionPayForgeryTests.sender.delivery(fields), with: reader)
      {
      case .failure(.forged): Issue.record("\(fields) is signed and forged")
      case .failure: outcomes["refused", default: 0] += 1
      case .success(.notices(let notices)):
        outcomes["notices", default: 0] += 1
        #expect(notices.count == 1)
        for notice in notices {
          #expect((0...Money.paymentMax.rawValue).contains(notice.payment.orderAmount.rawValue))
          #expect(!notice.payment.transaction.isEmpty && !notice.payment.order.isEmpty)
          #expect((notice.payment.outcome == .refunded) == !notice.payment.refund.isEmpty)
        }
      case .success: outcomes["held", default: 0] += 1
      }
    }
    #expect(outcomes.count == 3, "\(outcomes)")
  }
}

extension SeededRandom {
  fileprivate mutating func element<Element>(of list: [Element]) -> Element {
    list[below(list.count)]
  }
}
