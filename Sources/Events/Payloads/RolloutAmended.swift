// What the amendment of a plan says.

/// The plan has a new version in place of the one before it.
///
/// What was bound to the old version is void: approvals of it, and evidence.
public struct RolloutAmended: Hashable, Sendable {
  public var rollout: RolloutNumber
  /// The new version, one more than the old.
  public var planVersion: UInt16
  public var previousVersion: UInt16
  /// No enablement before it.
  public var effectiveAt: Timestamp
  /// One past the last instant of the window.
  public var windowEnd: Timestamp
  /// SHA-256 of the document that it replaces.
  public var previousDigest: Digest
  /// SHA-256 of the new document.
  public var digest: Digest
  /// The new plan as it was handed in, byte for byte.
  public var document: [UInt8]

  public init(
    rollout: RolloutNumber, planVersion: UInt16, previousVersion: UInt16, effectiveAt: Timestamp,
    windowEnd: Timestamp, previousDigest: Digest, digest: Digest, document: [UInt8]
  ) {
    self.rollout = rollout
    self.planVersion = planVersion
    self.previousVersion = previousVersion
    self.effectiveAt = effectiveAt
    self.windowEnd = windowEnd
    self.previousDigest = previousDigest
    self.digest = digest
    self.document = document
  }

  public func write(to sink: inout some FieldSink) {
    sink.u16("rollout", rollout.rawValue)
    sink.u16("plan_version", planVersion)
    sink.u16("previous_version", previousVersion)
    sink.i64("effective_at", effectiveAt.rawValue)
    sink.i64("window_end", windowEnd.rawValue)
    sink.digest("previous_digest", previousDigest)
    sink.digest("digest", digest)
    sink.text16("document", document)
  }

  public init(from source: inout FieldSource) {
    rollout = RolloutNumber(rawValue: source.u16())
    planVersion = source.u16()
    previousVersion = source.u16()
    effectiveAt = Timestamp(rawValue: source.i64())
    windowEnd = Timestamp(rawValue: source.i64())
    previousDigest = source.digest()
    digest = source.digest()
    document = source.text16()
  }
}
