// What closed blocks of evidence say, and how an attempt to pay ended at the cashier's.

/// An attempt to pay ended without a payment, as the cashier saw it.
public struct OrderFailed: Hashable, Sendable {
  public var institution: Institution
  /// Whom the failure counts against, decided when it was recorded.
  public var failureClass: FailureClass
  public var order: ExternalID
  /// The institution's raw code.
  public var code: ShortText
  /// Only where the merchant is not registered.
  public var external: ExternalID

  public init(
    institution: Institution, failureClass: FailureClass, order: ExternalID, code: ShortText,
    external: ExternalID
  ) {
    self.institution = institution
    self.failureClass = failureClass
    self.order = order
    self.code = code
    self.external = external
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("institution", institution.rawValue)
    sink.u8("failure_class", failureClass.rawValue)
    sink.text8("order", order)
    sink.text8("code", code)
    sink.text8("merchant", external)
  }

  public init(from source: inout FieldSource) {
    institution = source.u8("institution", or: .alipay)
    failureClass = source.u8("failure_class", or: .unclassified)
    order = source.text8()
    code = source.text8()
    external = source.text8()
  }
}

/// An attempt to pay was given up without an answer.
public struct OrderTimedOut: Hashable, Sendable {
  public var institution: Institution
  public var order: ExternalID
  /// Only where the merchant is not registered.
  public var external: ExternalID

  public init(institution: Institution, order: ExternalID, external: ExternalID) {
    self.institution = institution
    self.order = order
    self.external = external
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("institution", institution.rawValue)
    sink.text8("order", order)
    sink.text8("merchant", external)
  }

  public init(from source: inout FieldSource) {
    institution = source.u8("institution", or: .alipay)
    order = source.text8()
    external = source.text8()
  }
}

/// Why a block is not judged.
public enum EvidenceGap: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// It is whole and judged.
  case none = 0
  /// The daemon was not there for all of it.
  case interrupted = 1
  /// There were more open orders than are held.
  case overflow = 2

  public var name: String {
    switch self {
    case .none: "none"
    case .interrupted: "interrupted"
    case .overflow: "overflow"
    }
  }
}

/// Every order attempted in a block of time has come to its end: the block is closed for ever.
public struct EvidenceClosed: Hashable, Sendable {
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var gap: EvidenceGap
  /// The first instant of the block; several blocks in a row without an order are closed as one.
  public var from: Timestamp
  /// One past the last instant.
  public var to: Timestamp
  /// Attempts that came, since the last closing, after their block had been closed.
  public var late: UInt32
  /// Failures, since the last closing, with a code that is not known: they count as no failure.
  public var unclassified: UInt32
  /// The strata, as JSON: tier, size, then orders and failures of the treated, the control, the
  /// institution and the others, and the institution's failures for the merchants' own sake.
  public var table: [UInt8]
  /// Merchants with failures of their own, as JSON: number, attempts and own failures.
  public var merchants: [UInt8]

  public init(
    rollout: RolloutNumber, planVersion: UInt16, gap: EvidenceGap, from: Timestamp, to: Timestamp,
    late: UInt32, unclassified: UInt32, table: [UInt8], merchants: [UInt8]
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.gap = gap
    self.from = from
    self.to = to
    self.late = late
    self.unclassified = unclassified
    self.table = table
    self.merchants = merchants
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u8("gap", gap.rawValue)
    sink.i64("from", from.rawValue)
    sink.i64("to", to.rawValue)
    sink.u32("late", late)
    sink.u32("unclassified", unclassified)
    sink.text16("table", table)
    sink.text16("merchants", merchants)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    gap = source.u8("gap", or: .none)
    from = Timestamp(rawValue: source.i64())
    to = Timestamp(rawValue: source.i64())
    late = source.u32()
    unclassified = source.u32()
    table = source.text16()
    merchants = source.text16()
  }
}
