// An institution of the tests: it signs with keys that have names, and says what it says in words.

import Cryptography
import Events
import Institutions
import Merkle

/// Reads `id|type|transaction|order|merchant|fen|occurred seconds|anything` under an HMAC.
struct PlainReader: KeyedReader {
  static let institution = Institution.alipay
  private let keys: [String: [UInt8]]

  init(_ keys: [String: [UInt8]]) { self.keys = keys }

  init(_ files: KeyFiles) throws(KeyFault) {
    let names = files.ending(".secret").map { String($0.name.dropLast(".secret".count)) }
    self.init(
      Dictionary(uniqueKeysWithValues: zip(names, try files.secrets(ending: ".secret"))))
  }

  static func delivery(_ text: String, key: String, secret: [UInt8]) -> Delivery {
    let body = Array(text.utf8)
    let code = Hexadecimal.encode(HMACSHA256.code(body, key: secret))
    return Delivery(headers: [("Key", key), ("Code", code)], body: body)
  }

  func read(
    _ delivery: Delivery, at now: Timestamp, pseudonyms: PseudonymKey
  ) throws(NoticeFault) -> Reading {
    let headers = Dictionary(
      delivery.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    guard let name = headers["Key"], let code = headers["Code"] else {
      throw .malformed("header Key", "it is missing")
    }
    guard let key = keys[name] else { return .held(.unknownKey(name)) }
    guard isSameSecret(Hexadecimal.decode(code) ?? [], HMACSHA256.code(delivery.body, key: key))
    else { throw .forged }
    let parts = String(decoding: delivery.body, as: UTF8.self)
      .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 8, let fen = Int64(parts[5]), let seconds = Int64(parts[6]) else {
      throw .malformed("body", "it has \(parts.count) parts")
    }
    guard parts[1] == "captured" else { return .held(.unknownType(parts[1])) }
    let payment = Payment(
      outcome: .captured, orderedAt: Timestamp(seconds: seconds), orderAmount: Money(fen: fen),
      paidAmount: Money(fen: fen), institution: .alipay,
      transaction: ExternalID(parts[2]) ?? .none, order: ExternalID(parts[3]) ?? .none,
      account: pseudonyms.pseudonym(.alipay, parts[7]), external: ExternalID(parts[4]) ?? .none)
    return .notices([
      Notice(payment: payment, occurredAt: Timestamp(seconds: seconds), id: parts[0])
    ])
  }

  var accepted: Acknowledgement { Acknowledgement(status: 200, body: "success") }
  func refused(_ reason: String) -> Acknowledgement { Acknowledgement(status: 400, body: "fail") }
}
