// WeChat Pay as a sender: it seals a resource and signs what it sends.

import Cryptography
package import Events
package import Institutions
import Merkle

extension SignedNotices {
  /// A platform key with its serial, and the APIv3 key of the merchant that it sends to.
  package struct WeChatPay: Sendable {
    package let key: SigningKey
    package let serial: String
    package var secret: [UInt8]

    package init(
      key: SigningKey = SigningKey(), serial: String = "PUB_KEY_ID_0114232134912410000000000000",
      secret: [UInt8] = Array("an APIv3 key has thirty-two byte".utf8)
    ) {
      self.key = key
      self.serial = serial
      self.secret = secret
    }

    /// The reader of what it sends.
    package var reader: WeChatPayReader {
      guard let publicKey = RSAPublicKey(pem: key.publicPEM),
        let reader = WeChatPayReader(platformKeys: [serial: publicKey], secrets: [secret])
      else { fatalError("the keys of a test are none") }
      return reader
    }

    /// A notification with this resource (JSON), sealed and signed.
    package func delivery(
      _ resource: String, event: String = "TRANSACTION.SUCCESS", id: String = "EV-1",
      createdAt: String = "2024-09-12T10:00:01+08:00", at now: Timestamp
    ) -> Delivery {
      let nonce = "fdasflkja484"
      guard
        let sealed = AESGCM.seal(
          Array(resource.utf8), key: secret, nonce: Array(nonce.utf8),
          authenticating: Array("transaction".utf8))
      else { fatalError("the APIv3 key of a test is none") }
      let body = """
        {"id":"\(id)","create_time":"\(createdAt)","resource_type":"encrypt-resource",\
        "event_type":"\(event)","summary":"支付成功","resource":{"original_type":"transaction",\
        "algorithm":"AEAD_AES_256_GCM","ciphertext":"\(Base64.encode(sealed))",\
        "associated_data":"transaction","nonce":"\(nonce)"}}
        """
      return signed(Array(body.utf8), at: now)
    }

    /// A body with its headers, signed at an instant.
    package func signed(
      _ body: [UInt8], at now: Timestamp, nonce: String = "c5ac7061fccab6bf3e254dcf98995b8c"
    ) -> Delivery {
      let message = Array("\(now.seconds)\n\(nonce)\n".utf8) + body + [0x0A]
      return Delivery(
        headers: [
          ("Content-Type", "application/json"), ("Wechatpay-Timestamp", "\(now.seconds)"),
          ("Wechatpay-Nonce", nonce), ("Wechatpay-Serial", serial),
          ("Wechatpay-Signature", Base64.encode(key.sign(message))),
        ], body: body)
    }
  }
}

// MARK: - Resources

extension SignedNotices.WeChatPay {
  /// The resource of an order of one merchant, in fen; it was placed for a shop of a platform where
  /// a partner is named.
  package static func transaction(
    _ transaction: String = "4200002000202409120000000001", order: String = "T2024091200001",
    merchant: String = "1900000109", partner: String? = nil, total: Int64 = 12_800,
    paid: Int64 = 12_000, state: String = "SUCCESS", bank: String = "CMB_DEBIT"
  ) -> String {
    let (whose, payer) =
      if let partner {
        (
          #""sp_appid":"wx1","sp_mchid":"\#(partner)","sub_mchid":"\#(merchant)""#,
          #"{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","sub_openid":"oSub"}"#
        )
      } else {
        (
          #""appid":"wxd678efh567hg6787","mchid":"\#(merchant)""#,
          #"{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#
        )
      }
    return """
      {\(whose),"out_trade_no":"\(order)","transaction_id":"\(transaction)","trade_type":"JSAPI",\
      "trade_state":"\(state)","trade_state_desc":"支付失败，请重新下单支付","bank_type":"\(bank)",\
      "success_time":"2024-09-12T10:00:00+08:00","payer":\(payer),"amount":{"total":\(total),\
      "payer_total":\(paid),"currency":"CNY","payer_currency":"CNY"}}
      """
  }

  /// The resource of a combined order, of one part a merchant.
  package static func combined(
    _ parts: [(merchant: String, transaction: String, total: Int64, state: String)]
  ) -> String {
    let orders = parts.enumerated().map { index, part in
      """
      {"mchid":"1900000100","sub_mchid":"\(part.merchant)","trade_type":"APP",\
      "trade_state":"\(part.state)","bank_type":"CFT","attach":"a",\
      \(part.transaction.isEmpty ? "" : "\"transaction_id\":\"\(part.transaction)\",")\
      "out_trade_no":"P\(index)","success_time":"2024-09-12T10:00:00+08:00",\
      "amount":{"total_amount":\(part.total),"payer_amount":\(part.total),"currency":"CNY",\
      "payer_currency":"CNY"}}
      """
    }
    return """
      {"combine_appid":"wx1","combine_mchid":"1900000100","combine_out_trade_no":"C1",\
      "combine_payer_info":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},\
      "sub_orders":[\(orders.joined(separator: ","))]}
      """
  }

  /// The resource of a refund, in fen.
  package static func refund(
    _ refund: String = "50302200002024091200000000001",
    of transaction: String = "4200002000202409120000000001", order: String = "T2024091200001",
    merchant: String = "1900000109", amount: Int64 = 5000, paid: Int64 = 4700,
    total: Int64 = 12_800, status: String = "SUCCESS", receiver: String = "招商银行信用卡0403"
  ) -> String {
    let time = status == "SUCCESS" ? #""success_time":"2024-09-13T09:30:00+08:00","# : ""
    return """
      {"mchid":"\(merchant)","transaction_id":"\(transaction)","out_trade_no":"\(order)",\
      "refund_id":"\(refund)","out_refund_no":"R1","refund_status":"\(status)",\(time)\
      "user_received_account":"\(receiver)","amount":{"total":\(total),"refund":\(amount),\
      "payer_total":\(total),"payer_refund":\(paid)}}
      """
  }
}
