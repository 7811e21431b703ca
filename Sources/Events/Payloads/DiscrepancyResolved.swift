// Somebody has looked at what broke policy and says what was done about it.

/// What was done about a discrepancy.
public enum DiscrepancyAnswer: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// It stands as it is: the notice was right.
  case accepted = 1
  /// The payer was given the money back.
  case refunded = 2
  /// The day's sums were adjusted, by an event of their own.
  case adjusted = 3
  /// The notice was wrong, and nothing follows from it.
  case dismissed = 4

  public var name: String { "\(self)" }
}

/// Discrepancies of one event are closed; the event itself and every sum stay as they are.
public struct DiscrepancyResolved: Hashable, Sendable {
  /// The payment event that carries the flags.
  public var position: Position
  /// Which of its discrepancies: at least one, and none that is no discrepancy.
  public var flags: PolicyFlags
  public var answer: DiscrepancyAnswer
  /// A code, no words: it stands in the log for ever.
  public var reason: ShortText
  /// SHA-256 of what shows that it is right; nil where nothing was given.
  public var evidence: Digest?

  public init(
    position: Position, flags: PolicyFlags, answer: DiscrepancyAnswer, reason: ShortText,
    evidence: Digest? = nil
  ) {
    self.position = position
    self.flags = flags
    self.answer = answer
    self.reason = reason
    self.evidence = evidence
  }

  public func write(to sink: inout some FieldSink) {
    sink.u64("position", position.rawValue)
    sink.u16("flags", flags.rawValue)
    sink.u8("answer", answer.rawValue)
    sink.text8("reason", reason)
    sink.optionalDigest("evidence", evidence)
  }

  public init(from source: inout FieldSource) {
    position = Position(rawValue: source.u64())
    flags = PolicyFlags(rawValue: source.u16())
    answer = source.u8("answer", or: .accepted)
    reason = source.text8()
    evidence = source.optionalDigest()
    if flags.isEmpty || !flags.isSubset(of: PolicyFlags.discrepancies) {
      source.refuse("flags", UInt64(flags.rawValue))
    }
  }
}
