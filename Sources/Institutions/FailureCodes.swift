// Whom an institution's own failure code counts against. The mapping is versioned by the release
// and decided once, when a notice is recorded: a code that changes class later changes no event.
//
// Sources: the institutions' published code lists; ISO 8583 response codes for cards.

public import Events

/// The classes of the failure codes that the institutions publish.
public enum FailureCodes {
  /// The class of a code; a code that is not in the list is `.unclassified`, shown and never
  /// counted silently.
  public static func failureClass(_ institution: Institution, _ code: ShortText) -> FailureClass {
    if code.isEmpty { return .unclassified }
    let table =
      switch institution {
      case .weChatPay: weChatPay
      case .alipay: alipay
      case .unionPay: unionPay
      case .card: card
      }
    return table[code] ?? .unclassified
  }

  /// Every code of an institution that has a class, in the order of their bytes.
  public static func codes(_ institution: Institution) -> [(ShortText, FailureClass)] {
    let list =
      switch institution {
      case .weChatPay: weChatPayCodes
      case .alipay: alipayCodes
      case .unionPay: unionPayCodes
      case .card: cardCodes
      }
    return table(list).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private static let weChatPay = table(weChatPayCodes)
  private static let alipay = table(alipayCodes)
  private static let unionPay = table(unionPayCodes)
  private static let card = table(cardCodes)

  /// Looked up by code only; nothing iterates it on the way to a dump.
  private static func table(
    _ list: [(FailureClass, [String])]
  ) -> [ShortText: FailureClass] {
    var table: [ShortText: FailureClass] = [:]
    for (failureClass, codes) in list {
      for code in codes {
        guard let key = ShortText(code) else { preconditionFailure("a failure code is too long") }
        table[key] = failureClass
      }
    }
    return table
  }
}

private let weChatPayCodes: [(FailureClass, [String])] = [
  (
    .payer,
    [
      "NOTENOUGH", "NOTSUPORTCARD", "AUTHCODEEXPIRE", "AUTH_CODE_INVALID", "AUTH_CODE_ERROR",
      "TRADE_ERROR", "BUYER_MISMATCH",
    ]
  ),
  (
    .pending,
    [
      "USERPAYING"
    ]
  ),
  (
    .institution,
    [
      "SYSTEMERROR", "BANKERROR", "trade_state=PAYERROR",
    ]
  ),
  (
    .merchant,
    [
      "NOAUTH", "APPID_MCHID_NOT_MATCH", "APPID_NOT_EXIST",
    ]
  ),
  (
    .integration,
    [
      "PARAM_ERROR", "LACK_PARAMS", "SIGNERROR", "XML_FORMAT_ERROR", "NOT_UTF8",
    ]
  ),
  (
    .duplicate,
    [
      "ORDERPAID", "OUT_TRADE_NO_USED",
    ]
  ),
  (
    .closed,
    [
      "ORDERCLOSED", "ORDERREVERSED",
    ]
  ),
  (
    .risk,
    [
      "RULELIMIT"
    ]
  ),
]

private let alipayCodes: [(FailureClass, [String])] = [
  (
    .payer,
    [
      "ACQ.BUYER_BALANCE_NOT_ENOUGH", "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH",
      "ACQ.ERROR_BALANCE_PAYMENT_DISABLE", "ACQ.PAYMENT_AUTH_CODE_INVALID",
      "ACQ.BUYER_SELLER_EQUAL",
      "ACQ.TRADE_BUYER_NOT_MATCH", "ACQ.BUYER_ENABLE_STATUS_FORBID",
      "ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT", "ACQ.PULL_MOBILE_CASHIER_FAIL",
      "ACQ.MOBILE_PAYMENT_SWITCH_OFF", "ACQ.USER_FACE_PAYMENT_SWITCH_OFF",
      "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE", "ACQ.AGREEMENT_NOT_EXIST", "ACQ.AGREEMENT_INVALID",
      "ACQ.AGREEMENT_STATUS_NOT_NORMAL", "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
      "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR",
    ]
  ),
  (
    .institution,
    [
      "ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "ACQ.PAYMENT_FAIL", "isp.unknow-error",
      "aop.unknow-error",
    ]
  ),
  (
    .merchant,
    [
      "ACQ.ACCESS_FORBIDDEN", "ACQ.PARTNER_ERROR", "ACQ.SELLER_BEEN_BLOCKED",
      "ACQ.SUB_MERCHANT_CREATE_FAIL", "ACQ.SUB_MERCHANT_TYPE_INVALID",
      "ACQ.MERCHANT_AGREEMENT_NOT_EXIST", "ACQ.MERCHANT_AGREEMENT_INVALID",
      "ACQ.MERCHANT_STATUS_NOT_NORMAL", "ACQ.SECONDARY_MERCHANT_STATUS_ERROR",
      "ACQ.BEYOND_PAY_RESTRICTION", "ACQ.BEYOND_PER_RECEIPT_RESTRICTION", "ACQ.INVALID_STORE_ID",
      "ACQ.CURRENCY_NOT_SUPPORT", "ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REASON_TRADE_BEEN_FREEZEN",
    ]
  ),
  (
    .integration,
    [
      "ACQ.INVALID_PARAMETER", "ACQ.EXIST_FORBIDDEN_WORD", "ACQ.TOTAL_FEE_EXCEED",
      "ACQ.CONTEXT_INCONSISTENT", "ACQ.AMOUNT_OR_CURRENCY_ERROR", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
      "ACQ.REASON_TRADE_REFUND_FEE_ERR", "ACQ.TRADE_NOT_ALLOW_REFUND", "ACQ.TRADE_HAS_FINISHED",
      "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_STATUS_ERROR",
    ]
  ),
  (
    .duplicate,
    [
      "ACQ.TRADE_HAS_SUCCESS", "ACQ.DISCORDANT_REPEAT_REQUEST",
    ]
  ),
  (
    .closed,
    [
      "ACQ.TRADE_HAS_CLOSE"
    ]
  ),
  (
    .risk,
    [
      "ACQ.PAYMENT_REQUEST_HAS_RISK"
    ]
  ),
]

private let unionPayCodes: [(FailureClass, [String])] = [
  (
    .pending,
    [
      "03", "04", "05", "70", "83", "34", "35", "37", "39", "41", "98",
    ]
  ),
  (
    .institution,
    [
      "01", "02", "06", "99", "74", "75", "42",
    ]
  ),
  (
    .integration,
    [
      "10", "11", "13", "14", "36", "84",
    ]
  ),
  (
    .merchant,
    [
      "31", "32", "43", "62", "92", "93", "94", "95", "96",
    ]
  ),
  (
    .duplicate,
    [
      "12", "45",
    ]
  ),
  (
    .payer,
    [
      "30", "33", "40", "44", "60", "61", "63", "64", "65", "66", "67", "68", "69", "71", "72",
      "73",
      "76", "77", "78", "79", "80", "81", "82", "90", "91",
    ]
  ),
  (
    .risk,
    [
      "38"
    ]
  ),
]

private let cardCodes: [(FailureClass, [String])] = [
  (
    .payer,
    [
      "01", "04", "05", "14", "51", "54", "55", "17", "BlockedCard", "ExpiredCard",
      "InvalidCardNumber", "ThreeDNotAuthenticated", "NotEnoughBalance", "ShopperCancelled",
      "InvalidPin", "PinTriesExceeded", "CvcDeclined", "RestrictedCard", "RevocationOfAuth",
      "WithdrawalAmountExceeded", "WithdrawalCountExceeded", "AvsDeclined", "CardRequiresOnlinePin",
      "NoCheckingAccountAvailable", "NoSavingsAccountAvailable", "MobilePinRequired",
      "ContactlessFallback", "AuthenticationRequired", "Refused", "Referral", "DeclinedNonGeneric",
    ]
  ),
  (
    .merchant,
    [
      "03", "58", "NotSupported", "TransactionNotPermitted", "TransactionBlockedByAdyen",
    ]
  ),
  (
    .integration,
    [
      "12", "13", "30", "InvalidAmount", "NotSubmitted",
    ]
  ),
  (
    .institution,
    [
      "09", "15", "91", "AcquirerError", "IssuerUnavailable", "RReqNotReceived",
      "ThreeDsAuthenticationError", "PinValidationNotPossible",
    ]
  ),
  (
    .risk,
    [
      "Fraud", "FraudCancelled", "AcquirerFraud", "IssuerSuspectedFraud",
    ]
  ),
]
