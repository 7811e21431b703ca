// What an approver hands in.

public import Events

/// An approval that is asked to be taken.
public enum ApprovalRequest: Hashable, Sendable {
  /// Unsigned, of what the fields say; what they leave out is as it stands.
  case plain(Plain)
  /// A signed note, byte for byte; its text says what is approved.
  case note([UInt8])

  public static let ofStart = ApprovalRequest.plain(Plain(subject: .start))

  public struct Plain: Hashable, Sendable {
    public var subject: ApprovalSubject
    public var wave: WaveNumber
    /// What the approver has seen; nil means what stands.
    public var evidence: Position?
    /// `.none` means as long as the plan says.
    public var expiresAt: Timestamp

    public init(
      subject: ApprovalSubject, wave: WaveNumber = .none, evidence: Position? = nil,
      expiresAt: Timestamp = .none
    ) {
      self.subject = subject
      self.wave = wave
      self.evidence = evidence
      self.expiresAt = expiresAt
    }
  }
}
