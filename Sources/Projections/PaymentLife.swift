// The life of one payment: what the notices of a transaction have come to. One machine for every
// institution; the table in ARCHITECTURE.md says what every notice does in every state.

public import Events

/// What the notices of one transaction come to, folded in the order of the log.
public struct PaymentLife: Sendable {
  /// Where a transaction stands; the raw value is the word for people.
  public enum State: String, CaseIterable, Sendable {
    case unknown
    case pending
    case authorised
    case failed
    case closed
    /// Money was refunded of which no capture is known yet: an orphan that waits for it.
    case waiting = "refund waits"
    case captured
    case partlyRefunded = "partly refunded"
    case refunded
    /// The refunds that came before the capture are more than it.
    case overRefunded = "refunded above the capture"
  }

  /// What was captured, in fen where the currency is CNY; nil while no capture is known.
  public private(set) var captured: Money?
  /// What the payer paid of that.
  public private(set) var paid: Money?
  public private(set) var refunded = Money.zero
  /// Whether a refund counts.
  public private(set) var hasRefund = false
  /// Captures and refunds that contradict what was known, or go above it.
  public private(set) var contradictions = 0
  private var step = State.unknown

  public init() {}

  public var state: State {
    guard let captured else { return hasRefund ? .waiting : step }
    if !hasRefund { return .captured }
    if refunded > captured { return .overRefunded }
    return refunded == captured ? .refunded : .partlyRefunded
  }

  /// What may still be refunded, in whole fen; zero before a capture, and never less.
  public var refundable: Money {
    guard let captured, captured > refunded else { return .zero }
    return captured - refunded
  }

  /// Folds the next notice with the flags that were decided.
  public mutating func take(_ payment: Payment, _ flags: PolicyFlags) {
    if flags.hasAny(of: .conflictsWithEarlier | .refundExceedsCapture) { contradictions += 1 }
    // A foreign currency is in no sum, and the payment lives all the same.
    guard !flags.hasAny(of: PolicyFlags.unchanging) else { return }
    switch payment.outcome {
    case .captured: (captured, paid) = (payment.orderAmount, payment.paidAmount)
    case .refunded:
      hasRefund = true
      // What is moved from another hour was added with the larger sum.
      if payment.refundBasis.movedHours == nil { refunded = refunded + payment.orderAmount }
    case .pending: step = .pending
    case .authorised: step = .authorised
    case .failed: step = .failed
    case .closed: step = .closed
    }
  }
}
