// One payment or refund, as an institution's statement of a day tells of it.

public import Events

/// What the money of a line did.
public enum StatementKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case captured = 1
  case refunded = 2

  public var name: String {
    switch self {
    case .captured: "captured"
    case .refunded: "refunded"
    }
  }
}

/// What one line of a statement says in the unified terms.
public struct StatementLine: Hashable, Sendable {
  /// The line of the file, from 1.
  public var number: Int
  public var kind: StatementKind
  /// The institution's transaction id.
  public var transaction: ExternalID
  /// The order as the merchant named it to the institution; `.none` where the statement has none.
  public var order: ExternalID = .none
  /// The merchant's id at the institution.
  public var merchant: ExternalID = .none
  /// The institution's id of a refund; `.none` for a capture, and where it has none.
  public var refund: ExternalID = .none
  /// The id of a refund that the merchant gave it.
  public var merchantRefund: ExternalID = .none
  /// The order transaction amount; zero for a refund.
  public var orderAmount: Money = .zero
  /// What the payer paid after coupons; nil where the statement does not say.
  public var paidAmount: Money?
  /// The amount of this refund; zero for a capture.
  public var refundAmount: Money = .zero
  public var fee: StatementFee = .zero
  /// ISO 4217, three letters.
  public var currency: ExternalID = StatementLine.yuan
  public var occurredAt: Timestamp
  /// Whether the money has moved; not of a refund that goes on or has failed.
  public var isSettled = true

  public static let yuan = ExternalID("CNY") ?? .none

  public init(
    number: Int, kind: StatementKind, transaction: ExternalID, occurredAt: Timestamp
  ) {
    self.number = number
    self.kind = kind
    self.transaction = transaction
    self.occurredAt = occurredAt
  }

  /// What a payment of the log is compared with.
  public var amount: Money { kind == .captured ? orderAmount : refundAmount }

  /// Whether it can be in the log's sums: what is settled, and in fen.
  public var isComparable: Bool { isSettled && currency == StatementLine.yuan }
}
