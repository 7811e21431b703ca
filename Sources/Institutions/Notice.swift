// What a delivery says, in the unified terms.

public import Events

/// One payment, or one part of a combined one, as an institution tells of it.
public struct Notice: Sendable {
  /// What it says in the unified terms; its `external` is the merchant's id at the institution,
  /// and its tiers and flags are left to the decision.
  public var payment: Payment
  /// When it happened by the institution's own clock.
  public var occurredAt: Timestamp
  /// The same for every delivery of the same notification; nil where the institution has none, and
  /// institution, transaction, outcome and refund name it.
  public var id: String?
  /// Whether a refund's amount is that of this refund or of all so far.
  public var refundReport = RefundReport.incremental

  public init(
    payment: Payment, occurredAt: Timestamp, id: String? = nil,
    refundReport: RefundReport = .incremental
  ) {
    self.payment = payment
    self.occurredAt = occurredAt
    self.id = id
    self.refundReport = refundReport
  }
}

/// How an institution reports what was refunded.
public enum RefundReport: Sendable {
  /// The amount of one refund.
  case incremental
  /// The sum of all refunds of the payment so far.
  case cumulative
}

/// A stage of a dispute, as an institution tells of it.
public struct DisputeNotice: Sendable {
  /// Its `external` is the merchant's id at the institution.
  public var dispute: PaymentDisputed
  /// When it happened by the institution's own clock.
  public var occurredAt: Timestamp
  /// The same for every delivery of the same notification.
  public var id: String

  public init(dispute: PaymentDisputed, occurredAt: Timestamp, id: String) {
    self.dispute = dispute
    self.occurredAt = occurredAt
    self.id = id
  }
}

/// A payment of several orders, as an institution tells of it.
public struct CombinedNotice: Sendable {
  /// The merchants of its parts are named by their ids at the institution.
  public var fields: PaymentCombined
  /// When it happened by the institution's own clock.
  public var occurredAt: Timestamp

  public init(fields: PaymentCombined, occurredAt: Timestamp) {
    self.fields = fields
    self.occurredAt = occurredAt
  }
}

/// What a delivery that nothing speaks against comes to.
public enum Reading: Sendable {
  /// It is authentic and says this.
  case notices([Notice])
  /// A combined payment: a notice of each of its orders, and which they are.
  case combined([Notice], CombinedNotice)
  /// One delivery brought several notifications: it says this, and more that cannot be judged yet;
  /// what is held is never empty, and the whole delivery is kept for it. Read again it gives the
  /// same notices, and repeats of those change nothing.
  case partly([Notice], held: [HoldReason], disputes: [DisputeNotice] = [])
  /// Payments, if any, and disputes.
  case disputes([DisputeNotice], [Notice])
  /// It cannot be judged yet and is kept.
  case held(HoldReason)
}

/// Why a delivery is kept without being acted upon.
public enum HoldReason: Hashable, Sendable {
  /// It is signed with a key that is not known: new keys come, and it is read again then.
  case unknownKey(String)
  /// It is authentic, and of a type that no release so far knows.
  case unknownType(String)
}

/// What an institution expects to hear.
public struct Acknowledgement: Hashable, Sendable {
  /// The status of HTTP.
  public var status: Int
  public var contentType: String
  public var body: String

  public init(status: Int, contentType: String = "text/plain; charset=utf-8", body: String) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}
