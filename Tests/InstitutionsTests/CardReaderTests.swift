// The card acquirer's notifications, signed here.

import Cryptography
import Events
import Institutions
import Support
import Testing

@Suite struct CardReaderTests {
  typealias Item = CardSender.Item

  private static let sender = CardSender()
  private static let now = Timestamp(seconds: 1_726_107_100)

  static func pseudonyms() throws -> PseudonymKey {
    try #require(PseudonymKey([UInt8](repeating: 7, count: PseudonymKey.keyLength)))
  }

  /// What a delivery comes to, or what speaks against it.
  private static func read(
    _ delivery: Delivery, capturesAtOnce: Bool = false, accounts: [String]? = nil
  ) throws -> Result<Reading, NoticeFault> {
    let reader = try #require(
      CardReader(
        keys: [sender.key], merchantAccounts: accounts, capturesAtOnce: capturesAtOnce))
    let pseudonyms = try pseudonyms()
    do {
      return .success(try reader.read(delivery, at: now, pseudonyms: pseudonyms))
    } catch {
      return .failure(error)
    }
  }

  private static func notices(_ items: Item..., capturesAtOnce: Bool = false) throws -> [Notice] {
    let delivery = Delivery(body: CardSender.body(items.map(sender.signed)))
    guard case .notices(let notices) = try read(delivery, capturesAtOnce: capturesAtOnce).get()
    else { throw NoticeFault.forged }
    return notices
  }

  private static func fault(_ delivery: Delivery) throws -> NoticeFault? {
    guard case .failure(let fault) = try read(delivery) else { return nil }
    return fault
  }

  @Test func `a capture names the payment that it captures`() throws {
    let item = Item("CAPTURE", psp: "C1", original: "A1", order: "order:1 of 2", value: 4200)
    let notice = try #require(try CardReaderTests.notices(item).first)
    let payment = notice.payment
    #expect(payment.outcome == .captured && payment.institution == .card)
    #expect(payment.transaction == ExternalID("A1") && payment.order == ExternalID("order:1 of 2"))
    #expect(payment.orderAmount == Money(fen: 4200) && payment.paidAmount == Money(fen: 4200))
    #expect(payment.currency == 156 && payment.external == ExternalID("ShopAccount"))
    #expect(payment.refund.isEmpty && payment.code.isEmpty && payment.failureClass == .none)
    #expect(payment.account.isEmpty && payment.balanceAmount == nil)
    #expect(payment.payloadDigest != nil)
    #expect(notice.id == "C1 CAPTURE" && notice.refundReport == .incremental)
    #expect(notice.occurredAt == Timestamp(seconds: 1_726_107_072))
  }

  @Test(arguments: [
    (Item("AUTHORISATION", psp: "A1"), Outcome.authorised, "A1", ""),
    (Item("AUTHORISATION", success: false, psp: "A1", reason: "Refused"), .failed, "A1", ""),
    (Item("CAPTURE", success: false, psp: "C1", original: "A1"), .failed, "A1", ""),
    (Item("CANCELLATION", psp: "X1", original: "A1"), .closed, "A1", ""),
    (Item("REFUND", psp: "R1", original: "A1"), .refunded, "A1", "R1"),
  ])
  func `each known sort has its outcome and its transaction`(
    item: Item, outcome: Outcome, transaction: String, refund: String
  ) throws {
    let payment = try #require(try CardReaderTests.notices(item).first).payment
    #expect(payment.outcome == outcome)
    #expect(payment.transaction.description == transaction)
    #expect(payment.refund.description == refund)
  }

  @Test func `where accounts capture at once an authorisation is a capture`() throws {
    let item = Item("AUTHORISATION", psp: "A1")
    let payment = try #require(try CardReaderTests.notices(item, capturesAtOnce: true).first)
      .payment
    #expect(payment.outcome == .captured && payment.transaction == ExternalID("A1"))
    let refused = Item("AUTHORISATION", success: false, psp: "A2")
    #expect(
      try CardReaderTests.notices(refused, capturesAtOnce: true).first?.payment.outcome == .failed)
  }

  @Test(arguments: [
    ("Not enough balance", "NotEnoughBalance", FailureClass.payer),
    ("FRAUD-CANCELLED", "FraudCancelled", .risk), ("Acquirer Error", "AcquirerError", .institution),
    ("3D Not Authenticated", "ThreeDNotAuthenticated", .payer),
    ("Transaction Not Permitted", "TransactionNotPermitted", .merchant),
    ("Invalid Amount", "InvalidAmount", .integration),
    ("Insufficient balance on payment", "Insufficient balance on payment", .unclassified),
    ("1234:7777:12/2012", "", .unclassified), ("6216261000000000018", "", .unclassified),
    ("91", "", .unclassified), ("", "", .unclassified),
  ])
  func `a failure has the code and the class of its words, and no number of a card`(
    words: String, code: String, expected: FailureClass
  ) throws {
    let item = Item("AUTHORISATION", success: false, psp: "A1", reason: words)
    let payment = try #require(try CardReaderTests.notices(item).first).payment
    #expect(payment.code.description == code && payment.failureClass == expected)
  }

  @Test(arguments: [
    (Item("CHARGEBACK", success: false, psp: "D1", original: "A1"), "CHARGEBACK success=false"),
    (
      Item("DISPUTE_DEFENSE_PERIOD_ENDED", psp: "D1", original: "A1"),
      "DISPUTE_DEFENSE_PERIOD_ENDED"
    ),
    (Item("CAPTURE_FAILED", psp: "C1", original: "A1"), "CAPTURE_FAILED"),
    (Item("REFUND_FAILED", psp: "R1", original: "A1"), "REFUND_FAILED"),
    (Item("REFUND", success: false, psp: "R1", original: "A1"), "REFUND success=false"),
    (Item("CANCELLATION", success: false, psp: "R1", original: "A1"), "CANCELLATION success=false"),
    (Item("CANCEL_OR_REFUND", psp: "R1", original: "A1"), "CANCEL_OR_REFUND"),
    (Item("SOMETHING_NEW", psp: "N1"), "SOMETHING_NEW"),
  ])
  func `what no outcome says is held`(item: Item, name: String) throws {
    let sender = CardReaderTests.sender
    guard case .held(let reason) = try CardReaderTests.read(sender.delivery(item)).get() else {
      Issue.record("it is not held")
      return
    }
    #expect(reason == .unknownType(name))
  }

  @Test(arguments: [
    ("REQUEST_FOR_INFORMATION", DisputeStage.inquiry), ("NOTIFICATION_OF_CHARGEBACK", .opened),
    ("CHARGEBACK", .moneyTaken), ("CHARGEBACK_REVERSED", .moneyReturned),
    ("PREARBITRATION_WON", .moneyReturned), ("SECOND_CHARGEBACK", .lost),
    ("PREARBITRATION_LOST", .lost),
  ])
  func `a dispute names its payment and how far it has gone`(
    code: String, stage: DisputeStage
  ) throws {
    let delivery = CardReaderTests.sender.delivery(
      Item(code, psp: "D1", original: "A1"), Item("REFUND", psp: "R1", original: "A1"))
    guard case .disputes(let disputes, let notices) = try CardReaderTests.read(delivery).get()
    else {
      Issue.record("it tells of no dispute")
      return
    }
    let fields = try #require(disputes.first).dispute
    #expect(disputes.count == 1 && fields.stage == stage && fields.institution == .card)
    #expect("\(fields.transaction)" == "A1" && "\(fields.dispute)" == "D1")
    #expect(fields.payloadDigest != nil && !fields.external.isEmpty)
    #expect(notices.map(\.payment.outcome) == [.refunded])
  }

  @Test func `a delivery of known and unknown sorts loses neither`() throws {
    let sender = CardReaderTests.sender
    let delivery = sender.delivery(
      Item("AUTHORISATION", psp: "A1"), Item("CHARGEBACK", psp: "D1", original: "A0"),
      Item("OLD", psp: "O1"),
      Item("REFUND", psp: "R1", original: "A0"), Item("NEW", psp: "N1"))
    guard
      case .partly(let notices, let held, let disputes) = try CardReaderTests.read(delivery).get()
    else {
      Issue.record("it is not partly held")
      return
    }
    #expect(notices.map(\.payment.outcome) == [.authorised, .refunded])
    #expect(held == [.unknownType("OLD"), .unknownType("NEW")])
    #expect(disputes.map(\.dispute.stage) == [.moneyTaken])
  }

  @Test func `one item that is not authentic spoils its delivery`() throws {
    let sender = CardReaderTests.sender
    let stranger = CardSender(key: [UInt8](repeating: 9, count: 32))
    let items = [
      sender.signed(Item("AUTHORISATION", psp: "A1")),
      stranger.signed(Item("AUTHORISATION", psp: "A2")),
    ]
    #expect(try CardReaderTests.fault(Delivery(body: CardSender.body(items))) == .forged)
  }

  @Test func `the old key and the new one sign while they are changed`() throws {
    let (old, new) = (CardReaderTests.sender, CardSender(key: [UInt8](repeating: 9, count: 32)))
    let reader = try #require(CardReader(keys: [old.key, new.key]))
    let pseudonyms = try CardReaderTests.pseudonyms()
    for sender in [old, new] {
      let delivery = sender.delivery(Item("AUTHORISATION", psp: "A1"))
      guard
        case .notices(let notices) = try reader.read(
          delivery, at: CardReaderTests.now, pseudonyms: pseudonyms)
      else {
        Issue.record("a key is not taken")
        continue
      }
      #expect(notices.count == 1)
    }
    #expect(try CardReaderTests.fault(new.delivery(Item("AUTHORISATION", psp: "A1"))) == .forged)
    #expect(CardReader(keys: []) == nil && CardReader(keys: [old.key, [1]]) == nil)
  }

  @Test func `only the accounts that are ours are read`() throws {
    let delivery = CardReaderTests.sender.delivery(Item("AUTHORISATION", psp: "A1"))
    guard
      case .failure(.senseless(let field, _)) = try CardReaderTests.read(
        delivery, accounts: ["Other"])
    else {
      Issue.record("the account of somebody else is taken")
      return
    }
    #expect(field == "notificationItems[0].NotificationRequestItem.merchantAccountCode")
    _ = try CardReaderTests.read(delivery, accounts: ["Other", "ShopAccount"]).get()
  }

  @Test func `the acquirer hears [accepted], or a status of failure`() throws {
    let reader = try #require(CardReader(keys: [CardReaderTests.sender.key]))
    #expect(reader.accepted == Acknowledgement(status: 200, body: "[accepted]"))
    #expect((400..<500).contains(reader.refused("why").status))
    #expect(reader.refused("why").body == "why")
  }

  @Test(arguments: [
    ("2019-04-29T14:17:30+02:12", Int64(1_556_539_530)), ("2024-09-12T00:00:00Z", 1_726_099_200),
    ("2024-09-12T08:00:00.5+08:00", 1_726_099_200),
  ])
  func `subtlety 13: the time of an event has any offset`(text: String, seconds: Int64) throws {
    let notice = try #require(
      try CardReaderTests.notices(Item("AUTHORISATION", psp: "A1", date: text)).first)
    #expect(notice.occurredAt.seconds == seconds && notice.payment.orderedAt.seconds == seconds)
  }

  @Test(arguments: [("CNY", UInt16(156)), ("JPY", 392), ("KWD", 414), ("EUR", 978)])
  func `an amount is in the minor units of its currency, as given`(
    letters: String, number: UInt16
  ) throws {
    let item = Item("AUTHORISATION", psp: "A1", value: 1234, currency: letters)
    let payment = try #require(try CardReaderTests.notices(item).first).payment
    #expect(payment.currency == number && payment.orderAmount.rawValue == 1234)
  }

  @Test(arguments: [
    ("amount", "{\"currency\":\"CNY\",\"value\":-1}", "amount.value"),
    ("amount", "{\"currency\":\"CNY\",\"value\":100000000001}", "amount.value"),
    ("amount", "{\"currency\":\"XYZ\",\"value\":1}", "amount.currency"),
  ])
  func `an amount that no payment has makes no sense`(
    name: String, json: String, field: String
  ) throws {
    var item = Item("AUTHORISATION", psp: "A1")
    item[name] = json
    guard
      case .senseless(let found, _)? = try CardReaderTests.fault(
        CardReaderTests.sender.delivery(item))
    else {
      Issue.record("it makes sense")
      return
    }
    #expect(found == "notificationItems[0].NotificationRequestItem.\(field)")
  }
}
