// UnionPay's notifications, signed here.

import Cryptography
import Events
import Institutions
import Support
import Testing

@Suite struct UnionPayReaderTests {
  typealias Fields = UnionPaySender.Fields

  static let sender = UnionPaySender.shared
  /// 2024-09-12T10:12:00+08:00.
  static let now = Timestamp(seconds: 1_726_107_120)

  static func read(
    _ delivery: Delivery, with reader: UnionPayReader? = sender.reader(), at now: Timestamp = now
  ) throws -> Result<Reading, NoticeFault> {
    let reader = try #require(reader)
    let pseudonyms = try CardReaderTests.pseudonyms()
    do {
      return .success(try reader.read(delivery, at: now, pseudonyms: pseudonyms))
    } catch {
      return .failure(error)
    }
  }

  static func notice(_ fields: Fields) throws -> Notice {
    guard case .notices(let notices) = try read(sender.delivery(fields)).get(),
      let only = notices.first, notices.count == 1
    else { throw NoticeFault.malformed("the reading", "it is not one notice") }
    return only
  }

  static func held(_ fields: Fields) throws -> HoldReason? {
    guard case .held(let reason) = try read(sender.delivery(fields)).get() else { return nil }
    return reason
  }

  static func fault(_ delivery: Delivery) throws -> NoticeFault? {
    guard case .failure(let fault) = try read(delivery) else { return nil }
    return fault
  }

  /// The field that a fault of a signed message names.
  static func faultyField(_ fields: Fields) throws -> String? {
    switch try fault(sender.delivery(fields)) {
    case .malformed(let field, _)?, .senseless(let field, _)?: field
    default: nil
    }
  }

  static func consume(_ changes: (String, String?)...) -> Fields {
    var fields = UnionPaySender.fields(type: "01", order: "order-1", query: "Q1", fen: 4200)
    for (name, value) in changes {
      fields.removeAll { $0.name == name }
      if let value { fields.append((name, value)) }
    }
    return fields
  }

  @Test func `a consume that succeeded is a capture`() throws {
    let notice = try UnionPayReaderTests.notice(
      UnionPayReaderTests.consume(("settleAmt", "4000"), ("traceTime", "0912101115")))
    let payment = notice.payment
    #expect(payment.outcome == .captured && payment.institution == .unionPay)
    #expect(payment.orderAmount == Money(fen: 4200) && payment.paidAmount == Money(fen: 4000))
    #expect(payment.transaction == ExternalID("Q1") && payment.order == ExternalID("order-1"))
    #expect(payment.external == ExternalID("777290058167151") && payment.refund.isEmpty)
    #expect(payment.currency == 156 && payment.code.isEmpty && payment.failureClass == .none)
    #expect(payment.payloadDigest != nil && notice.id == nil)
    // 10:11:12 in Beijing is 02:11:12Z.
    #expect(payment.orderedAt == Timestamp(seconds: 1_726_107_072))
    #expect(notice.occurredAt == Timestamp(seconds: 1_726_107_075))
  }

  @Test(arguments: [
    ("01", "00", Outcome.captured, ""), ("01", "A6", .captured, ""), ("03", "00", .captured, ""),
    ("02", "00", .authorised, ""), ("02", "A6", .authorised, ""),
    ("01", "42", .captured, "42"), ("01", "74", .captured, "74"), ("03", "75", .captured, "75"),
    ("01", "03", .pending, ""), ("02", "04", .pending, ""), ("03", "05", .pending, ""),
    ("01", "70", .pending, ""), ("01", "83", .pending, ""),
    ("01", "64", .failed, "64"), ("02", "31", .failed, "31"), ("01", "ZZ", .failed, "ZZ"),
  ])
  func `a payment comes to what its code says`(
    type: String, code: String, outcome: Outcome, kept: String
  ) throws {
    let payment = try UnionPayReaderTests.notice(
      UnionPaySender.fields(type: type, code: code, order: "O", query: "Q1", fen: 1)
    ).payment
    #expect(payment.outcome == outcome && payment.code.description == kept)
    #expect(payment.transaction == ExternalID("Q1") && payment.refund.isEmpty)
    #expect((payment.failureClass == .none) == (outcome != .failed))
  }

  @Test(arguments: [
    ("64", FailureClass.payer), ("31", .merchant), ("11", .integration), ("01", .institution),
    ("38", .risk), ("12", .duplicate), ("ZZ", .unclassified),
  ])
  func `a failure has its class`(code: String, expected: FailureClass) throws {
    let payment = try UnionPayReaderTests.notice(
      UnionPaySender.fields(type: "01", code: code, order: "O", query: "Q1", fen: 1)
    ).payment
    #expect(payment.failureClass == expected)
  }

  @Test(arguments: ["04", "31"])
  func `a refund and a cancellation of a consume give its money back`(type: String) throws {
    var fields = UnionPaySender.fields(
      type: type, order: "refund-1", query: "Q2", original: "Q1", fen: 100)
    fields.removeAll { ["currencyCode", "settleAmt", "traceTime"].contains($0.name) }
    let notice = try UnionPayReaderTests.notice(fields)
    let payment = notice.payment
    #expect(payment.outcome == .refunded && notice.refundReport == .incremental)
    #expect(payment.transaction == ExternalID("Q1") && payment.refund == ExternalID("Q2"))
    #expect(payment.orderAmount == Money(fen: 100) && payment.currency == 156)
    #expect(notice.occurredAt == payment.orderedAt)
  }

  @Test(arguments: [
    ("04", "05"), ("04", "36"), ("31", "99"), ("31", "42"), ("02", "74"), ("01", "A1"),
    ("04", "A1"), ("32", "00"), ("33", "00"), ("79", "00"), ("00", "00"), ("1", "00"),
  ])
  func `what no outcome says, and what nobody knows, is held`(type: String, code: String) throws {
    let fields = UnionPaySender.fields(
      type: type, code: code, order: "O", query: "Q2", original: "Q1", fen: 1)
    #expect(
      try UnionPayReaderTests.held(fields) == .unknownType("txnType \(type) respCode \(code)"))
  }

  @Test func `an account is a pseudonym of a card's number, or none`() throws {
    func account(_ number: String?) throws -> ExternalID {
      try UnionPayReaderTests.notice(UnionPayReaderTests.consume(("accNo", number))).payment.account
    }
    let plain = try account("6216261000000000018")
    let again = try account("6216261000000000018")
    let other = try account("6216261000000000019")
    #expect(plain.count == 32 && plain == again && plain != other)
    for other in [
      nil, "621626*********0018", "ORRSXWY1kMr8UJNxGx9xKPuO0Uhm8JT8aQ==", "62162610000",
    ] {
      #expect(try account(other).isEmpty)
    }
  }

  @Test func `what was paid is what was settled, in the currency of the order alone`() throws {
    func paid(_ changes: (String, String?)...) throws -> Int64 {
      var fields = UnionPayReaderTests.consume(("settleAmt", "600"))
      for (name, value) in changes {
        fields.removeAll { $0.name == name }
        if let value { fields.append((name, value)) }
      }
      return try UnionPayReaderTests.notice(fields).payment.paidAmount.rawValue
    }
    #expect(try paid() == 600)
    #expect(try paid(("settleCurrencyCode", "840")) == 4200)
    #expect(try paid(("settleCurrencyCode", nil)) == 4200)
    #expect(try paid(("settleAmt", nil)) == 4200)
  }

  @Test func `UnionPay hears ok, or another status than 200`() throws {
    let reader = try #require(UnionPayReaderTests.sender.reader())
    #expect(reader.accepted == Acknowledgement(status: 200, body: "ok"))
    #expect(reader.refused("why").status == 400 && reader.refused("why").body == "why")
    #expect(UnionPayReader(roots: []) == nil)
    let roots = Certificate.all(pem: UnionPayReaderTests.sender.root)
    #expect(UnionPayReader(roots: roots, names: []) == nil)
    #expect(UnionPayReader(roots: roots, names: [""]) == nil)
  }
}

/// Who may sign.
@Suite struct UnionPayTrustTests {
  private static let sender = UnionPaySender.shared
  private static let fields = UnionPayReaderTests.consume()

  @Test func `a certificate that signed itself is refused`() throws {
    let sender = UnionPayTrustTests.sender
    let delivery = sender.delivery(UnionPayTrustTests.fields, certificate: sender.selfSigned)
    #expect(try UnionPayReaderTests.fault(delivery) == .forged)
  }

  @Test func `a chain is refused before it begins and after it has ended`() throws {
    let sender = UnionPaySender.shared.renamed(UnionPaySender.name, days: 365)
    let delivery = sender.delivery(UnionPayTrustTests.fields)
    let begin = Timestamp(seconds: UnionPaySender.begin)
    for (days, isValid) in [(-1, false), (1, true), (364, true), (366, false)] as [(Int64, Bool)] {
      let reading = try UnionPayReaderTests.read(
        delivery, with: sender.reader(), at: begin.advanced(bySeconds: days * 86_400))
      switch reading {
      case .success(.notices): #expect(isValid)
      case .failure(let fault): #expect(!isValid && fault == .forged)
      case .success: Issue.record("day \(days) is held")
      }
    }
  }

  @Test func `an issuer that nobody knows is held by the serial number, and known later`() throws {
    let stranger = UnionPaySender()
    let delivery = stranger.delivery(UnionPayTrustTests.fields)
    guard
      case .held(let reason) = try UnionPayReaderTests.read(
        delivery,
        with: UnionPayReader(
          roots: Certificate.all(
            pem: SigningKey().certificate(
              of: "another root", serial: 9, from: UnionPaySender.begin)))
      ).get()
    else {
      Issue.record("it is not held")
      return
    }
    #expect(reason == .unknownKey("C0FFEE"))
    guard case .notices = try UnionPayReaderTests.read(delivery, with: stranger.reader()).get()
    else {
      Issue.record("it is not read once its root is pinned")
      return
    }
  }

  @Test func `of two roots with one name each is trusted, whichever is pinned first`() throws {
    let (old, new) = (UnionPaySender(), UnionPaySender())
    let roots = [old, new].map { Certificate.all(pem: $0.root) }
    for pinned in [roots[0] + roots[1], roots[1] + roots[0]] {
      let reader = UnionPayReader(
        roots: pinned, intermediates: Certificate.all(pem: new.issuer),
        names: UnionPayReader.productionNames)
      let reading = try UnionPayReaderTests.read(
        new.delivery(UnionPayTrustTests.fields), with: reader
      ).get()
      guard case .notices = reading else {
        Issue.record("it is not read")
        continue
      }
    }
  }

  @Test func `an issuer that only has the name of a known one is refused`() throws {
    // Its certificates have the names of the sender's own.
    #expect(
      try UnionPayReaderTests.fault(UnionPaySender().delivery(UnionPayTrustTests.fields)) == .forged
    )
  }

  @Test(arguments: [
    ("041@8310000000083040@中国银联股份有限公司@00016495", true),
    ("041@8310000000083040@中国银联股份有限公司", true), ("中国银联股份有限公司", false),
    ("041@中国银联股份有限公司@8310000000083040@1", false),
    ("041@831@中国银联股份有限公司2@1", false), ("041@@@中国银联股份有限公司", false), ("", false),
    ("041@831@00040000:SIGN@1", false),
  ])
  func `only whom UnionPay signs as may sign`(name: String, isExpected: Bool) throws {
    let sender = UnionPaySender.shared.renamed(name)
    switch try UnionPayReaderTests.read(
      sender.delivery(UnionPayTrustTests.fields), with: sender.reader())
    {
    case .success: #expect(isExpected)
    case .failure(let fault): #expect(!isExpected && fault == .forged)
    }
  }

  @Test func `another name may be expected`() throws {
    let sender = UnionPaySender.shared.renamed("041@831@00040000:SIGN@1")
    _ = try UnionPayReaderTests.read(
      sender.delivery(UnionPayTrustTests.fields), with: sender.reader(names: ["00040000:SIGN"])
    ).get()
  }

  @Test func `a signature of one key is none of another's certificate`() throws {
    let sender = UnionPayTrustTests.sender
    let delivery = UnionPaySender().delivery(
      UnionPayTrustTests.fields, certificate: sender.certificate)
    #expect(try UnionPayReaderTests.fault(delivery) == .forged)
  }
}
