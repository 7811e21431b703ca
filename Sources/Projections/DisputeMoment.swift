// Which stage of a dispute counts: the same answer for the table and for decisions.

public import Events

/// A stage of a dispute among the others of it: the greatest counts.
///
/// The latest by the institution's own time is the greatest, of two of one time the further stage,
/// of two of one stage the larger amount. A time that lies ahead of the log's is that of the log.
public struct DisputeMoment: Comparable, Sendable, BitwiseCopyable {
  public var time: Timestamp
  public var stage: DisputeStage
  /// In the currency's minor units.
  public var amount: Money

  public init(time: Timestamp, stage: DisputeStage, amount: Money) {
    self.time = time
    self.stage = stage
    self.amount = amount
  }

  public init(_ fields: PaymentDisputed, _ header: EventHeader) {
    self.init(
      time: min(PaymentRules.instant(header), header.logTime), stage: fields.stage,
      amount: fields.amount)
  }

  public static func < (left: DisputeMoment, right: DisputeMoment) -> Bool {
    (left.time, left.stage.rawValue, left.amount) < (right.time, right.stage.rawValue, right.amount)
  }
}
