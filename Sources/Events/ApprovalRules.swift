// Who may approve a plan, and for how long it counts.

/// What a plan says of approvals beside how many each step needs.
public struct ApprovalRules: Hashable, Sendable {
  public static let approversMax = 100
  public static let minutesMax: Int64 = 366 * 1440
  /// How far the clock of whoever signs may be ahead of the log's.
  public static let clockSkewSeconds: Int64 = 60
  /// What an old plan means: anybody with the role, once; an approval of a wave counts a day.
  public static let usual = ApprovalRules()

  /// The keys of those whose signed notes count, as vkeys; empty where nothing is signed.
  public var approvers: [String]
  /// Whoever announced or amended a version does not approve it.
  public var fourEyes: Bool
  /// How old the evidence of an approval may be, and how long an approval of a wave or of a resume
  /// counts: so long where it names no end of its own, and never longer.
  public var minutes: Int64
  /// How many approvals a resume after a breach needs.
  public var resume: UInt16

  public init(
    approvers: [String] = [], fourEyes: Bool = false, minutes: Int64 = 1440, resume: UInt16 = 0
  ) {
    self.approvers = approvers
    self.fourEyes = fourEyes
    self.minutes = minutes
    self.resume = resume
  }

  public var seconds: Int64 { minutes * 60 }
}
