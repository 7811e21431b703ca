// What an audit of decisions covered, and what it found.

public import Events

/// One event, or a few of one command, that the rules do not lead to.
public struct Violation: Hashable, Sendable {
  public var position: Position
  public var kind: EventKind
  /// The name of the rule: of a refusal, or of what only an audit asks.
  public var rule: String
  /// What is wrong, in a sentence.
  public var what: String
  /// Where to look: positions of events before it that the rule speaks of.
  public var evidence: [Position] = []
}

/// The account of an audit of decisions.
public struct AuditReport: Hashable, Sendable {
  /// How many violations are listed; more are counted.
  public static let listedMax = 1_000

  /// Events whose decision was made again, up to here.
  public var position = Position.zero
  public var logTime = Timestamp.none
  /// Steps of the scheduler among them, each held against what was due.
  public var steps: UInt64 = 0
  /// Events of older versions, of which it was asked whether they were lawful, not what they say.
  public var ofOlderVersions: UInt64 = 0
  public private(set) var violations: [Violation] = []
  public private(set) var count: UInt64 = 0
  /// Why the audit ended before the log does; nil where it did not.
  public var ending: String?

  public init() {}

  public var isLawful: Bool { count == 0 && ending == nil }

  mutating func add(_ violation: Violation) {
    count += 1
    if violations.count < AuditReport.listedMax { violations.append(violation) }
  }
}
