// The closed lists of the domain. Each number is written in the log and never changes its meaning.

/// A payment institution.
public enum Institution: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case weChatPay = 1
  case alipay = 2
  case unionPay = 3
  case card = 4

  /// The word used on the wire, in plans and in dumps.
  public var name: String {
    switch self {
    case .weChatPay: "wechat-pay"
    case .alipay: "alipay"
    case .unionPay: "unionpay"
    case .card: "card"
    }
  }

  public init?(name: String) {
    guard let found = Institution.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// The market tier of a city; T3 to T5 are the downstream market.
public enum Tier: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case unknown = 0
  case t1 = 1
  case n1 = 2
  case t2 = 3
  case t3 = 4
  case t4 = 5
  case t5 = 6

  public var name: String {
    switch self {
    case .unknown: "unknown"
    case .t1: "T1"
    case .n1: "N1"
    case .t2: "T2"
    case .t3: "T3"
    case .t4: "T4"
    case .t5: "T5"
    }
  }

  public var isDownstream: Bool { self == .t3 || self == .t4 || self == .t5 }

  public init?(name: String) {
    guard let found = Tier.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// The platform a shop stands on.
public enum ShopPlatform: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case taobao = 1
  case tmall = 2

  public var name: String {
    switch self {
    case .taobao: "taobao"
    case .tmall: "tmall"
    }
  }

  public init?(name: String) {
    guard let found = ShopPlatform.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// What a notification says became of a payment.
public enum Outcome: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case pending = 1
  case authorised = 2
  case captured = 3
  case failed = 4
  case refunded = 5
  case closed = 6

  public var name: String {
    switch self {
    case .pending: "pending"
    case .authorised: "authorised"
    case .captured: "captured"
    case .failed: "failed"
    case .refunded: "refunded"
    case .closed: "closed"
    }
  }

  public init?(name: String) {
    guard let found = Outcome.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// Whom a failure counts against.
public enum FailureClass: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case none = 0
  case payer = 1
  case merchant = 2
  case integration = 3
  case institution = 4
  case risk = 5
  case pending = 6
  case duplicate = 7
  case closed = 8
  case unclassified = 9

  public var name: String {
    switch self {
    case .none: "none"
    case .payer: "payer"
    case .merchant: "merchant"
    case .integration: "integration"
    case .institution: "institution"
    case .risk: "risk"
    case .pending: "pending"
    case .duplicate: "duplicate"
    case .closed: "closed"
    case .unclassified: "unclassified"
    }
  }

  public init?(name: String) {
    guard let found = FailureClass.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// Who or what caused an event.
public struct Actor: Hashable, Sendable, BitwiseCopyable {
  public enum Kind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case system = 1
    case `operator` = 2
    case scheduler = 3
    case guardrail = 4
    case institution = 5
    case cashier = 6
    case importer = 7
    case approver = 8

    public var name: String {
      switch self {
      case .system: "system"
      case .operator: "operator"
      case .scheduler: "scheduler"
      case .guardrail: "guardrail"
      case .institution: "institution"
      case .cashier: "cashier"
      case .importer: "importer"
      case .approver: "approver"
      }
    }
  }

  public var kind: Kind
  /// The uid of the process that handed the command in; 0 where nobody did.
  public var id: UInt32

  public init(_ kind: Kind, id: UInt32 = 0) {
    self.kind = kind
    self.id = id
  }

  public static let system = Actor(.system)
  public static let scheduler = Actor(.scheduler)
}

/// What broke policy, as it was decided when the event was recorded.
///
/// Facts are kept all the same.
public struct PolicyFlags: OptionSet, Hashable, Sendable {
  public var rawValue: UInt16
  @inline(__always)
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The institution was not open at that merchant when the order was placed.
  public static let notOpen = PolicyFlags(rawValue: 1 << 0)
  /// The merchant is not registered; the event carries its external id.
  public static let merchantUnknown = PolicyFlags(rawValue: 1 << 1)
  /// Another transaction has captured the same order and was not refunded in full, and this is no
  /// part of what the cashier asked for: the payer paid twice.
  public static let orderCapturedTwice = PolicyFlags(rawValue: 1 << 2)
  /// The refund would take the refunds above the capture: it is kept apart and not added up.
  public static let refundExceedsCapture = PolicyFlags(rawValue: 1 << 3)
  /// No capture of this transaction is known yet.
  public static let refundBeforeCapture = PolicyFlags(rawValue: 1 << 4)
  /// The same transaction was notified before with another amount, order or merchant.
  public static let conflictsWithEarlier = PolicyFlags(rawValue: 1 << 5)
  /// Another notice of what is already known: it changes nothing.
  public static let repeated = PolicyFlags(rawValue: 1 << 6)
  /// It came after the transaction had already got further: it changes nothing.
  public static let late = PolicyFlags(rawValue: 1 << 7)
  /// A capture after the same transaction had been closed or had failed.
  public static let capturedAfterEnd = PolicyFlags(rawValue: 1 << 8)
  /// Not in CNY: kept out of the sums in fen.
  public static let foreignCurrency = PolicyFlags(rawValue: 1 << 9)
  /// Its own time lies ahead of the log's.
  public static let occurredAhead = PolicyFlags(rawValue: 1 << 10)
  /// The capture is smaller than the refunds that came before it.
  public static let captureBelowRefunds = PolicyFlags(rawValue: 1 << 11)

  /// The money was taken although the order failed: the capture carries a code of failure.
  public static let orderFailed = PolicyFlags(rawValue: 1 << 12)

  /// The capture is not of the amount that the cashier asked for, nor the rest of it, or not at the
  /// merchant; where nobody knows what was asked, it is not of the amount that another transaction
  /// captured for the order.
  ///
  /// Of a capture as well: a dispute that came before it is about more, or of another merchant or
  /// currency. Of an attempt: it asks for another amount than was captured before it was known, or
  /// at another merchant. Of a dispute: it is about more than was captured.
  public static let amountDiffers = PolicyFlags(rawValue: 1 << 13)

  /// The flags of either set.
  ///
  /// The literal `[.repeated, .late]` makes an array each time, and these sets are asked for every
  /// payment.
  @inline(__always)
  public static func | (left: PolicyFlags, right: PolicyFlags) -> PolicyFlags {
    PolicyFlags(rawValue: left.rawValue | right.rawValue)
  }

  /// Flags of a notice that changes nothing of what is known of its transaction and its order.
  public static let unchanging: PolicyFlags =
    .repeated | .late | .conflictsWithEarlier | .refundExceedsCapture

  /// Whether one of these flags is set.
  @inline(__always)
  public func hasAny(of flags: PolicyFlags) -> Bool { rawValue & flags.rawValue != 0 }

  /// Every flag with its word, in the order of the bits.
  public static let names: [(flag: PolicyFlags, name: String)] = [
    (.notOpen, "not-open"), (.merchantUnknown, "merchant-unknown"),
    (.orderCapturedTwice, "order-captured-twice"),
    (.refundExceedsCapture, "refund-exceeds-capture"),
    (.refundBeforeCapture, "refund-before-capture"),
    (.conflictsWithEarlier, "conflicts-with-earlier"), (.repeated, "repeated"), (.late, "late"),
    (.capturedAfterEnd, "captured-after-end"), (.foreignCurrency, "foreign-currency"),
    (.occurredAhead, "occurred-ahead"), (.captureBelowRefunds, "capture-below-refunds"),
    (.orderFailed, "order-failed"), (.amountDiffers, "amount-differs"),
  ]

  /// The words of the flags that are set, in the order of the bits.
  public static func names(of flags: PolicyFlags) -> [String] {
    names.filter { flags.contains($0.flag) }.map(\.name)
  }

  /// The flags that make a row of the discrepancies.
  public static let discrepancies =
    notOpen | merchantUnknown | orderCapturedTwice | refundExceedsCapture | refundBeforeCapture
    | conflictsWithEarlier | capturedAfterEnd | foreignCurrency | captureBelowRefunds | orderFailed
    | amountDiffers

  /// Those that make a row where they stand at an attempt or a dispute.
  public static let discrepanciesBesidePayments = conflictsWithEarlier | amountDiffers
}

/// Which merchants a roll-back or a reinstatement concerns.
public enum OrderScope: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case all = 1
  case wave = 2
  case tier = 3
  case merchant = 4
  case category = 5

  public var name: String {
    switch self {
    case .all: "all"
    case .wave: "wave"
    case .tier: "tier"
    case .merchant: "merchant"
    case .category: "category"
    }
  }
}

/// The clock a log runs on for ever.
public enum ClockKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case wall = 1
  case scaled = 2

  public var name: String {
    switch self {
    case .wall: "wall"
    case .scaled: "scaled"
    }
  }
}
