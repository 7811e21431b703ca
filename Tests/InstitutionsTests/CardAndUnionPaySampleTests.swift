// The published samples of UnionPay and of the card acquirer, where they lie beside the checkout.

import Cryptography
import Events
import Institutions
import Merkle
import Platform
import Support
import Testing

private let payloads = "data/payloads"

@Suite(.enabled(if: SharedData.path(payloads) != nil, Comment(rawValue: SharedData.absence)))
struct CardAndUnionPaySampleTests {
  /// 2024-02-01, within the time of the sample's certificate.
  private static let now = Timestamp(seconds: 1_706_745_600)

  private static func bytes(_ name: String) throws -> [UInt8] {
    let path = try #require(SharedData.path("\(payloads)/\(name)"))
    var file = try InputFile(path)
    return try file.readAll(limit: 1 << 20)
  }

  private static func card(_ body: [UInt8]) throws -> Result<Reading, NoticeFault> {
    let hex = String(decoding: try bytes("card-adyen/hmac-key.hex"), as: UTF8.self)
    let key = try #require(Hexadecimal.decode(hex.filter { !$0.isWhitespace }))
    let reader = try #require(CardReader(keys: [key]))
    let pseudonyms = try CardReaderTests.pseudonyms()
    do {
      return .success(
        try reader.read(Delivery(body: body), at: now, pseudonyms: pseudonyms))
    } catch {
      return .failure(error)
    }
  }

  @Test func `the item that is signed with the published key is taken as it is`() throws {
    let item = String(
      decoding: try CardAndUnionPaySampleTests.bytes("card-adyen/hmac-signed.item.json"),
      as: UTF8.self)
    let reading = try CardAndUnionPaySampleTests.card(CardSender.body([item])).get()
    guard case .notices(let notices) = reading, let payment = notices.first?.payment else {
      Issue.record("it is no notice")
      return
    }
    #expect(payment.outcome == .authorised && payment.orderAmount == Money(fen: 1000))
    #expect(payment.order == ExternalID("\\:/\\/slashes are fun") && payment.currency == 978)
    #expect(payment.transaction == ExternalID("ZVWN7D3WSMK2WN82"))
    #expect(notices.first?.occurredAt == Timestamp(seconds: 1_673_354_549))
  }

  @Test(arguments: [
    "authorisation-true", "authorisation-true-additional-attribute", "capture-true",
    "capture-false", "refund-true", "refund-false",
  ])
  func `a sample of another key is forged`(name: String) throws {
    let body = try CardAndUnionPaySampleTests.bytes("card-adyen/\(name).json")
    guard case .failure(.forged) = try CardAndUnionPaySampleTests.card(body) else {
      Issue.record("\(name) is taken")
      return
    }
  }

  @Test(arguments: ["cancellation-true", "chargeback", "offer-closed"])
  func `a sample without a code is malformed`(name: String) throws {
    let body = try CardAndUnionPaySampleTests.bytes("card-adyen/\(name).json")
    guard case .failure(.malformed(let what, _)) = try CardAndUnionPaySampleTests.card(body) else {
      Issue.record("\(name) is taken")
      return
    }
    #expect(what.contains("additionalData"))
  }

  // MARK: UnionPay

  /// A sample as a form; answers are written without any encoding.
  private static func unionPay(_ name: String) throws -> (body: [UInt8], certificate: [UInt8]) {
    let bytes = try bytes("unionpay/\(name)")
    guard name.hasSuffix(".txt") else {
      let text = String(
        decoding: try self.bytes(
          "unionpay/notify-consume-success.signing-string.txt"), as: UTF8.self)
      return (bytes, certificate(text))
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let fields: UnionPaySender.Fields = text.unicodeScalars.split(separator: "&").map { field in
      let name = field.prefix { $0 != "=" }
      return (String(name), String(field.dropFirst(name.count + 1)))
    }
    return (UnionPaySender.body(fields), certificate(text))
  }

  /// The text of the certificate within a sample.
  private static func certificate(_ text: String) -> [UInt8] {
    let (bytes, start) = (Array(text.utf8), Array("-----BEGIN CERTIFICATE-----".utf8))
    let end = Array("-----END CERTIFICATE-----".utf8)
    guard let from = bytes.indices.first(where: { bytes[$0...].starts(with: start) }),
      let to = bytes.indices.first(where: { bytes[$0...].starts(with: end) })
    else { return [] }
    return Array(bytes[from..<to]) + end
  }

  private static func read(
    _ body: [UInt8], roots: [Certificate], at now: Timestamp = now
  ) throws -> Result<Reading, NoticeFault> {
    try UnionPayReaderTests.read(
      Delivery(body: body), with: UnionPayReader(roots: roots), at: now)
  }

  @Test(arguments: [
    ("notify-consume-success.form", Outcome.captured, "782209081322060674028"),
    ("resp-query-consume-success.txt", .captured, "442401051450467846498"),
    ("resp-cancel-accepted.txt", .refunded, "652401051647252574008"),
    ("resp-refund-accepted.txt", .refunded, "052401051658427862748"),
  ])
  func `a sample is taken where its certificate is pinned, otherwise held`(
    name: String, outcome: Outcome, transaction: String
  ) throws {
    let (body, text) = try CardAndUnionPaySampleTests.unionPay(name)
    let pinned = Certificate.all(pem: text)
    #expect(pinned.count == 1)
    guard
      case .notices(let notices) = try CardAndUnionPaySampleTests.read(body, roots: pinned).get()
    else {
      Issue.record("\(name) is not taken")
      return
    }
    #expect(notices.map(\.payment.outcome) == [outcome])
    #expect(notices.first?.payment.transaction.description == transaction)
    #expect(notices.first?.payment.orderAmount == Money(fen: 1))
    #expect(notices.first?.payment.account.isEmpty == true)
    let other = Certificate.all(pem: UnionPaySender.shared.root)
    guard
      case .held(.unknownKey(let serial)) =
        try CardAndUnionPaySampleTests.read(body, roots: other).get()
    else {
      Issue.record("\(name) is not held")
      return
    }
    #expect(serial == "1039308534")
  }

  @Test func `a sample is refused once its certificate has ended, or any byte has changed`() throws
  {
    let (body, text) = try CardAndUnionPaySampleTests.unionPay("notify-consume-success.form")
    let pinned = Certificate.all(pem: text)
    #expect(pinned.count == 1)
    let later = Timestamp(seconds: 1_756_684_800)
    guard
      case .failure(.forged) = try CardAndUnionPaySampleTests.read(
        body, roots: pinned, at: later)
    else {
      Issue.record("it is taken in September 2025")
      return
    }
    for index in body.indices {
      var changed = body
      changed[index] ^= 1
      guard case .failure = try CardAndUnionPaySampleTests.read(changed, roots: pinned) else {
        Issue.record("byte \(index) is of no account")
        continue
      }
    }
  }
}
