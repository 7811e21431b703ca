// Which notices of payments are counted, which are kept apart, and on which day: one answer for
// every projection.
//
// The day and the hour are Beijing's, of the source's own time, or of the log's where the source
// has none. A capture counts unless it is repeated, late, in conflict with an earlier notice or in
// a foreign currency; a refund, unless it is one of these or would exceed its capture. A capture or
// a refund that is neither counted nor a mere repeat is kept apart: it is shown, and it is in no
// sum of what was paid. In a foreign currency it is shown without its amount, which is not in fen.

public import CRecord
public import Events

/// The rules by which payments are counted.
public enum PaymentRules {
  /// What becomes of a notice.
  public enum Treatment: UInt8, Sendable {
    /// It is in the counts and in the sums.
    case counted
    /// It is shown beside them.
    case apart
    /// It says nothing that is not known.
    case ignored
  }

  /// The most that a sum of money in a snapshot may have come to, with room for what follows.
  static let sumMax = Int64.max / 4

  /// Flags of a notice that says nothing new.
  public static let nothingNew: PolicyFlags = .repeated | .late
  /// Flags that keep a capture out of the sums.
  public static let uncountedCapture: PolicyFlags =
    nothingNew | .conflictsWithEarlier | .foreignCurrency
  /// Flags that keep a refund out of the sums.
  public static let uncountedRefund: PolicyFlags = uncountedCapture | .refundExceedsCapture

  /// What becomes of a notice with these flags.
  public static func treatment(of outcome: Outcome, _ flags: PolicyFlags) -> Treatment {
    if flags.hasAny(of: nothingNew) { return .ignored }
    return switch outcome {
    case .captured: flags.hasAny(of: uncountedCapture) ? .apart : .counted
    case .refunded: flags.hasAny(of: uncountedRefund) ? .apart : .counted
    case .pending, .authorised, .failed, .closed: .counted
    }
  }

  /// The instant that an event is counted at.
  public static func instant(_ head: sluice_head) -> Timestamp {
    Timestamp(nanoseconds: head.occurred_at == 0 ? head.log_time : head.occurred_at)
  }

  /// The instant that an event is counted at.
  public static func instant(_ header: EventHeader) -> Timestamp {
    header.occurredAt == .none ? header.logTime : header.occurredAt
  }
}

/// The fixed part of a payment event, read in place and checked: nothing else of it is decoded.
public struct PaymentNotice {
  var head: sluice_head
  public var fields: sluice_payment
  public var outcome: Outcome
  public var treatment: PaymentRules.Treatment

  public var institution: Institution

  /// Bytes before the strings of a payment event.
  static let fixedLength = MemoryLayout<sluice_head>.size + MemoryLayout<sluice_payment>.size

  /// Reads event `index`, whose head says that it is a payment.
  ///
  /// - Throws: `DecodeFault` where the version or a field is not of this release, or an amount lies
  ///   outside what a payment may carry; so every sum of 90 million of them fits its 64 bits.
  @inline(__always)
  public init(
    _ batch: borrowing EventBatch, _ index: Int, _ head: sluice_head
  ) throws(DecodeFault) {
    guard let kind = EventKind(rawValue: head.kind), let outcome = kind.outcome else {
      throw .unknownKind(head.kind)
    }
    guard head.kind_version == kind.version else { throw .unknownVersion(kind, head.kind_version) }
    guard Int(head.length) > PaymentNotice.fixedLength else {
      throw .wrongLength(kind: head.kind, length: Int(head.length))
    }
    let fields = batch.payment(index)
    guard let institution = Institution(rawValue: fields.institution) else {
      throw .outOfRange(field: .init("institution"), value: UInt64(fields.institution))
    }
    self.head = head
    self.fields = fields
    self.outcome = outcome
    self.institution = institution
    treatment = PaymentRules.treatment(of: outcome, PolicyFlags(rawValue: head.flags))
    try check()
  }

  @inline(__always)
  private func check() throws(DecodeFault) {
    let tierMax = Tier.t5.rawValue
    guard fields.merchant_tier <= tierMax, fields.buyer_tier <= tierMax,
      fields.failure_class <= FailureClass.unclassified.rawValue,
      PaymentNotice.isAmount(fields.order_amount), PaymentNotice.isAmount(fields.paid_amount),
      fields.balance_amount == Payment.balanceUnknown
        || PaymentNotice.isAmount(fields.balance_amount),
      fields.refund_basis == 0 || outcome == .refunded
    else { throw fault() }
  }

  @inline(__always)
  private static func isAmount(_ fen: Int64) -> Bool {
    UInt64(bitPattern: fen) <= UInt64(Money.paymentMax.rawValue)
  }

  /// Names the first field that is wrong.
  @inline(never)
  private func fault() -> DecodeFault {
    func wrong(_ field: StaticString, _ value: Int64) -> DecodeFault {
      .outOfRange(field: .init(field), value: UInt64(bitPattern: value))
    }
    if fields.merchant_tier > Tier.t5.rawValue {
      return wrong("merchant_tier", Int64(fields.merchant_tier))
    }
    if fields.buyer_tier > Tier.t5.rawValue {
      return wrong("buyer_tier", Int64(fields.buyer_tier))
    }
    if fields.failure_class > FailureClass.unclassified.rawValue {
      return wrong("failure_class", Int64(fields.failure_class))
    }
    if !PaymentNotice.isAmount(fields.order_amount) {
      return wrong("order_amount", fields.order_amount)
    }
    if !PaymentNotice.isAmount(fields.paid_amount) {
      return wrong("paid_amount", fields.paid_amount)
    }
    if fields.refund_basis != 0, outcome != .refunded {
      return wrong("reserved", Int64(fields.refund_basis))
    }
    return wrong("balance_amount", fields.balance_amount)
  }

  @inline(__always)
  var instant: Timestamp { PaymentRules.instant(head) }

  /// The clock hour of Beijing that the amount of a reported sum is taken off; nil where it is
  /// taken off none.
  @inline(__always)
  var movedFromHour: Int64? {
    RefundBasis(rawValue: fields.refund_basis).movedHours.map { instant.beijingHour + $0 }
  }
  public var flags: PolicyFlags { PolicyFlags(rawValue: head.flags) }
}

/// Refuses an event of a kind or a version that this release does not read, without decoding it.
func checkKind(_ head: sluice_head) throws(DecodeFault) {
  guard let kind = EventKind(rawValue: head.kind) else { throw .unknownKind(head.kind) }
  guard head.kind_version >= 1, head.kind_version <= kind.version else {
    throw .unknownVersion(kind, head.kind_version)
  }
}

/// The day and the hour of Beijing that an instant lies in.
///
/// Payments come in the order of their hours, nearly: what was computed for one holds for most of
/// the next, and two comparisons stand in place of five divisions.
struct BeijingMoment: Sendable {
  private(set) var day = BeijingDay(0)
  private(set) var hourOfDay = 0
  private var start = Timestamp(nanoseconds: 1)
  private var end = Timestamp(nanoseconds: 0)

  private static let hour: Int64 = 3600 * Timestamp.nanosecondsPerSecond

  init() {}

  /// Moves to an instant.
  @inline(__always)
  mutating func move(to instant: Timestamp) {
    if instant.rawValue >= start.rawValue, instant.rawValue < end.rawValue { return }
    compute(instant)
  }

  private mutating func compute(_ instant: Timestamp) {
    day = instant.beijingDay
    hourOfDay = instant.hourOfBeijingDay
    let first = (instant.beijingHour * 3600 - BeijingDay.offsetSeconds)
    let (nanoseconds, isOver) = first.multipliedReportingOverflow(
      by: Timestamp.nanosecondsPerSecond)
    // At the ends of what 64 bits hold there is no hour to remember.
    guard !isOver, nanoseconds < Int64.max - BeijingMoment.hour else {
      (start, end) = (Timestamp(nanoseconds: 1), Timestamp(nanoseconds: 0))
      return
    }
    start = Timestamp(nanoseconds: nanoseconds)
    end = Timestamp(nanoseconds: nanoseconds + BeijingMoment.hour)
  }
}
