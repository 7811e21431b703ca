// Alipay as a sender: it signs the sorted fields of a trade and sends them as a form.

import Cryptography
package import Institutions
import Merkle

extension SignedNotices {
  /// A key of Alipay.
  package struct Alipay: Sendable {
    package let key: SigningKey

    package init(key: SigningKey = SigningKey()) { self.key = key }

    /// The reader of what it sends.
    package var reader: AlipayReader {
      guard let publicKey = RSAPublicKey(pem: key.publicPEM),
        let reader = AlipayReader(keys: [publicKey])
      else { fatalError("the key of a test is none") }
      return reader
    }

    /// A notice of these fields, signed.
    ///
    /// - Parameter signsType: whether `sign_type` is a part of what is signed.
    package func delivery(
      _ fields: [(name: String, value: String)], signsType: Bool = false
    ) -> Delivery {
      var fields = fields
      if !signsType { fields.removeAll { $0.name == "sign_type" } }
      let sorted = fields.sorted {
        Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8))
      }
      let text = sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
      if !signsType { fields.append(("sign_type", "RSA2")) }
      fields.append(("sign", Base64.encode(key.sign(Array(text.utf8)))))
      return Delivery(
        headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
        body: Alipay.form(fields))
    }

    /// Fields as a form, as they come: nothing is signed and nothing is checked.
    package static func form(_ fields: [(name: String, value: String)]) -> [UInt8] {
      Array(
        fields.map { encoded($0.name) + [UInt8(ascii: "=")] + encoded($0.value) }
          .joined(separator: [UInt8(ascii: "&")]))
    }

    private static func encoded(_ text: String) -> [UInt8] {
      let digits = Array("0123456789ABCDEF".utf8)
      return text.utf8.flatMap { byte -> [UInt8] in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: "_"):
          [byte]
        case UInt8(ascii: " "): [UInt8(ascii: "+")]
        default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
      }
    }

    /// The fields of a trade, in yuan.
    package static func trade(
      _ trade: String = "2024091222001468450512505578", order: String = "T2024091200001",
      seller: String = "2088531891668739", total: String = "128.00", paid: String = "120.00",
      status: String = "TRADE_SUCCESS", id: String = "2024091200222100024068450559358070",
      with more: [(name: String, value: String)] = []
    ) -> [(name: String, value: String)] {
      [
        ("gmt_create", "2024-09-12 09:59:00"), ("charset", "utf-8"),
        ("subject", "语雀 + 500%"), ("buyer_id", "2088102534368455"), ("notify_id", id),
        ("notify_type", "trade_status_sync"), ("trade_status", status),
        ("buyer_pay_amount", paid), ("sign_type", "RSA2"), ("app_id", "2019073166072302"),
        ("seller_id", seller), ("notify_time", "2024-09-12 10:00:01"), ("version", "1.0"),
        ("out_trade_no", order), ("total_amount", total), ("trade_no", trade),
      ] + more
    }

    /// What a paid trade names beside.
    package static let paid: [(name: String, value: String)] = [
      ("gmt_payment", "2024-09-12 10:00:00"),
      (
        "fund_bill_list",
        #"[{"amount":"100.00","fundChannel":"ALIPAYACCOUNT"},"#
          + #"{"amount":"20","fundChannel":"PCREDIT"}]"#
      ),
    ]
  }
}
