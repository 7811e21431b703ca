// The text that Alipay signs (RSA2), and whether a form says only one thing under it.
//
// Signed are all decoded fields but `sign` as `name=value`, in the order of their names' bytes,
// with `&` between them: notices of trades leave out `sign_type` as well, those of the service
// market keep it, and both are tried. A field without a value is signed as `name=`, as Alipay's own
// library for Java checks it.
//
// The values stand in that text as they are. Who may choose one, as a payer or a merchant chooses a
// subject, could write `&total_amount=` into it, and a form that is cut at other places would have
// the same text and the same signature. Therefore a value that holds `&`, the name of a field that
// is read here, and `=` is refused, whoever signed it.

import Cryptography
import Merkle
import Text

enum AlipaySignature {
  /// Fields that decide what a notice says, as `&name=`.
  private static let boundaries = [
    "app_id", "buyer_id", "buyer_open_id", "buyer_pay_amount", "charset", "fund_bill_list",
    "gmt_close", "gmt_create", "gmt_payment", "gmt_refund", "notify_id", "notify_time",
    "notify_type", "out_biz_no", "out_trade_no", "refund_fee", "seller_id", "sign", "sign_type",
    "total_amount", "trade_no", "trade_status", "trans_currency",
  ].map { Array("&\($0)=".utf8) }

  /// Holds the signature of a form against keys.
  ///
  /// - Throws: `NoticeFault` where it is of another kind, is none of theirs, or where the form
  ///   could be cut in another way.
  static func verify(_ form: Form, _ keys: [RSAPublicKey]) throws(NoticeFault) {
    guard let type = form["sign_type"] else { throw .malformed("sign_type", "it is missing") }
    guard type == "RSA2" else { throw .malformed("sign_type", "it must be RSA2") }
    guard let text = form["sign"] else { throw .malformed("sign", "it is missing") }
    guard let signature = Base64.decode(text) else { throw .malformed("sign", "it is not Base64") }
    let messages = [
      signed(form, without: ["sign", "sign_type"]), signed(form, without: ["sign"]),
    ]
    let isAuthentic = messages.contains { message in
      keys.contains { $0.verifies(signature, message) }
    }
    guard isAuthentic else { throw .forged }
    for field in form.fields where field.value.utf8.contains(UInt8(ascii: "&")) {
      let value = Array(field.value.utf8)
      guard !boundaries.contains(where: { value.contains($0) }) else {
        throw .senseless(field.name, "it holds the beginning of another field")
      }
    }
  }

  /// The signed text of a form.
  static func signed(_ form: Form, without left: Set<String>) -> [UInt8] {
    var parts = form.fields.filter { !left.contains($0.name) }.map {
      (name: Array($0.name.utf8), value: Array($0.value.utf8))
    }
    parts.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return Array(
      parts.map { $0.name + [UInt8(ascii: "=")] + $0.value }.joined(separator: [
        UInt8(ascii: "&")
      ]))
  }
}
