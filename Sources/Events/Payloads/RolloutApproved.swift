// What the event of an approval says.

/// What an approval lets happen.
public enum ApprovalSubject: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case start = 1
  /// One wave opens once every other gate is open.
  case wave = 2
  /// The same, although the evidence named shows too little.
  case waveOverride = 3
  /// The opening goes on after a breach.
  case resume = 4

  public var name: String {
    switch self {
    case .start: "start"
    case .wave: "wave"
    case .waveOverride: "wave-override"
    case .resume: "resume"
    }
  }

  public var isOfWave: Bool { self == .wave || self == .waveOverride }
}

/// One approver said yes to something exact, under this version of the plan.
public struct RolloutApproved: Hashable, Sendable {
  /// What was approved, and until when.
  public struct Grant: Hashable, Sendable {
    public var subject: ApprovalSubject
    /// `.none` where no wave is approved.
    public var wave: WaveNumber
    /// How many approvals the plan asks for.
    public var quorum: UInt16
    /// For a wave the last closed block of evidence that the approver has seen, for a resume the
    /// breach; `.none` where there is none.
    public var evidence: Position
    /// It counts before this instant; `.none` where it has no end.
    public var expiresAt: Timestamp
    /// SHA-256 of the plan's document.
    public var documentDigest: Digest
    /// Which key signed: its name and its id; empty where nothing is signed.
    public var key: ShortText

    public init(
      subject: ApprovalSubject, wave: WaveNumber, quorum: UInt16, evidence: Position,
      expiresAt: Timestamp, documentDigest: Digest, key: ShortText
    ) {
      self.subject = subject
      self.wave = wave
      self.quorum = quorum
      self.evidence = evidence
      self.expiresAt = expiresAt
      self.documentDigest = documentDigest
      self.key = key
    }
  }

  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var role: ShortText
  /// A signed note where approvals are signed; empty otherwise.
  public var approval: [UInt8]
  /// Nil in an event of version 1, which approved the start.
  public var grant: Grant?

  public init(
    rollout: RolloutNumber, planVersion: UInt16, role: ShortText, approval: [UInt8],
    grant: Grant? = nil
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.role = role
    self.approval = approval
    self.grant = grant
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    if let grant {
      sink.u8("subject", grant.subject.rawValue)
      sink.u16("wave", grant.wave.rawValue)
      sink.u16("quorum", grant.quorum)
      sink.u64("evidence", grant.evidence.rawValue)
      sink.i64("expires_at", grant.expiresAt.rawValue)
      sink.digest("document_digest", grant.documentDigest)
      sink.text8("key", grant.key)
    }
    sink.text8("role", role)
    sink.text16("approval", approval)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    grant = Grant(
      subject: source.u8("subject", or: .start), wave: WaveNumber(rawValue: source.u16()),
      quorum: source.u16(), evidence: Position(rawValue: source.u64()),
      expiresAt: Timestamp(rawValue: source.i64()), documentDigest: source.digest(),
      key: source.text8())
    role = source.text8()
    approval = source.text16()
  }

  /// Reads the fields of version 1.
  init(version1 source: inout FieldSource) {
    self.init(
      rollout: RolloutNumber(rawValue: source.u16()), planVersion: source.u16(),
      role: source.text8(), approval: source.text16())
  }
}
