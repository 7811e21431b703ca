// A statement was laid beside the log: which, up to where, and with what result.

/// A comparison of an institution's statement of a day with the log, as whoever made it says.
///
/// Anyone who has the file and the log can make it again: the digest names the file, the position
/// what of the log was looked at.
public struct StatementReconciled: Hashable, Sendable {
  public var institution: Institution
  public var day: BeijingDay
  /// Every capture, refund and adjustment of the institution before this position was looked at.
  public var position: Position
  /// SHA-256 of the file, unpacked where it was packed.
  public var digest: Digest
  /// Lines of payments and refunds.
  public var lines: UInt64
  /// Of them, those that are in no sum: refunds that go on or have failed, foreign currencies.
  public var incomparable: UInt64
  public var fee: StatementFee
  /// What the log adjusts the day by.
  public var adjusted: StatementTally
  /// What was found, and how much of it no adjustment answers.
  public var findings: UInt64
  public var open: UInt64
  public var captured: StatementSums
  public var refunded: StatementSums

  public init(
    institution: Institution, day: BeijingDay, position: Position, digest: Digest, lines: UInt64,
    incomparable: UInt64, fee: StatementFee, adjusted: StatementTally, findings: UInt64,
    open: UInt64, captured: StatementSums, refunded: StatementSums
  ) {
    self.institution = institution
    self.day = day
    self.position = position
    self.digest = digest
    self.lines = lines
    self.incomparable = incomparable
    self.fee = fee
    self.adjusted = adjusted
    self.findings = findings
    self.open = open
    self.captured = captured
    self.refunded = refunded
  }

  /// Whether the sums of both kinds balance, and nothing is open that was not found.
  public var isSound: Bool {
    (captured.tallies + refunded.tallies + [adjusted]).allSatisfy { $0.count >= 0 }
      && captured.balances && refunded.balances && open <= findings && incomparable <= lines
  }

  private static let capturedNames: [(count: StaticString, fen: StaticString)] = [
    ("captured_log_count", "captured_log_fen"),
    ("captured_statement_count", "captured_statement_fen"),
    ("captured_matched_count", "captured_matched_fen"),
    ("captured_missing_here_count", "captured_missing_here_fen"),
    ("captured_missing_there_count", "captured_missing_there_fen"),
    ("captured_differences_count", "captured_differences_fen"),
    ("captured_day_differs_count", "captured_day_differs_fen"),
    ("captured_repeated_count", "captured_repeated_fen"),
  ]

  private static let refundedNames: [(count: StaticString, fen: StaticString)] = [
    ("refunded_log_count", "refunded_log_fen"),
    ("refunded_statement_count", "refunded_statement_fen"),
    ("refunded_matched_count", "refunded_matched_fen"),
    ("refunded_missing_here_count", "refunded_missing_here_fen"),
    ("refunded_missing_there_count", "refunded_missing_there_fen"),
    ("refunded_differences_count", "refunded_differences_fen"),
    ("refunded_day_differs_count", "refunded_day_differs_fen"),
    ("refunded_repeated_count", "refunded_repeated_fen"),
  ]

  public func write(to sink: inout some FieldSink) {
    sink.u64("position", position.rawValue)
    sink.u64("lines", lines)
    sink.u64("incomparable", incomparable)
    sink.i64("fee", fee.rawValue)
    sink.i64("adjusted_count", adjusted.count)
    sink.i64("adjusted_fen", adjusted.fen)
    sink.u64("findings", findings)
    sink.u64("open", open)
    for (names, tally) in zip(StatementReconciled.capturedNames, captured.tallies) {
      sink.i64(names.count, tally.count)
      sink.i64(names.fen, tally.fen)
    }
    for (names, tally) in zip(StatementReconciled.refundedNames, refunded.tallies) {
      sink.i64(names.count, tally.count)
      sink.i64(names.fen, tally.fen)
    }
    sink.u32("day", UInt32(bitPattern: day.rawValue))
    sink.u8("institution", institution.rawValue)
    sink.digest("digest", digest)
  }

  public init(from source: inout FieldSource) {
    position = Position(rawValue: source.u64())
    lines = source.u64()
    incomparable = source.u64()
    fee = StatementFee(rawValue: source.i64())
    adjusted = StatementTally(count: source.i64(), fen: source.i64())
    findings = source.u64()
    open = source.u64()
    captured = StatementReconciled.sums(&source)
    refunded = StatementReconciled.sums(&source)
    day = source.day()
    institution = source.u8("institution", or: .alipay)
    digest = source.digest()
    if !isSound { source.refuse("statement_fen", UInt64(bitPattern: captured.statement.fen)) }
  }

  private static func sums(_ source: inout FieldSource) -> StatementSums {
    var sums = StatementSums()
    sums.tallies = StatementSums.names.map { _ in
      StatementTally(count: source.i64(), fen: source.i64())
    }
    return sums
  }
}

extension FieldSource {
  /// The last day on which an instant of a log can lie: 31 December 2199.
  private static let dayMax: UInt32 = 84_005

  /// A day of Beijing, from 1970 on.
  mutating func day() -> BeijingDay {
    let day = u32()
    if day > FieldSource.dayMax { refuse("day", UInt64(day)) }
    return BeijingDay(Int32(truncatingIfNeeded: day))
  }
}
