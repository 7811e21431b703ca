// The approvals of a rollout: what each is of, and which count.

public import Events

/// One approval under the version of the plan that stands.
public struct Approval: Hashable, Sendable {
  public var position: Position
  public var actor: Actor
  public var role: ShortText
  public var givenAt: Timestamp
  public var subject: ApprovalSubject
  /// `.none` where no wave is approved.
  public var wave: WaveNumber
  /// The last closed block or the breach that it is about; `.none` where there is none.
  public var evidence: Position
  /// `.none` where it has no end.
  public var expiresAt: Timestamp
  /// Which key signed; empty where nothing is signed.
  public var key: ShortText
  /// How often the evidence had begun anew.
  public var restarts: UInt32

  /// Whose it is: the key's where it is signed, otherwise the user's.
  public var approver: String { key.isEmpty ? "\(actor.kind.name):\(actor.id)" : "\(key)" }

  public func isOfSameApprover(as other: Approval) -> Bool {
    key == other.key && (!key.isEmpty || actor.id == other.actor.id)
  }

  public func hasExpired(at now: Timestamp) -> Bool { expiresAt != .none && now >= expiresAt }
}

extension Rollout {
  /// The approvals that count now, one an approver, in the order in which they were given.
  ///
  /// Evidence that has begun anew takes with it what was approved on it.
  ///
  /// - Parameter isMeant: whether one is of the step in question.
  public func approvals(
    at now: Timestamp, where isMeant: (Approval) -> Bool
  ) -> [Approval] {
    var found: [Approval] = []
    for approval in approvals.reversed() {
      let isStale = approval.subject.isOfWave && approval.restarts != evidence.restarts
      guard !isStale, !approval.hasExpired(at: now), isMeant(approval),
        !found.contains(where: { $0.isOfSameApprover(as: approval) })
      else { continue }
      found.append(approval)
    }
    return found.reversed()
  }

  /// The breach that a resume takes back, the last of them; nil where there is none.
  ///
  /// A merchant's own failures hold nobody else.
  public var breachToClear: Breach? { breachesToClear.last }

  /// All that a resume takes back, in the order of time.
  public var breachesToClear: [Breach] { evidence.open.filter { $0.kind != .merchant } }

  mutating func approve(
    _ fields: RolloutApproved, _ header: EventHeader, at position: Position
  ) {
    let grant = fields.grant
    approvals.append(
      Approval(
        position: position, actor: header.actor, role: fields.role, givenAt: header.logTime,
        subject: grant?.subject ?? .start, wave: grant?.wave ?? .none,
        evidence: grant?.evidence ?? .none, expiresAt: grant?.expiresAt ?? .none,
        key: grant?.key ?? .none, restarts: evidence.restarts))
  }
}

extension Approval {
  /// As a table shows it: whose, and of which step where it is not the start.
  var word: String {
    switch subject {
    case .start: approver
    case .resume: "\(approver)@resume"
    case .wave, .waveOverride: "\(approver)@\(subject.name)-\(wave.rawValue)"
    }
  }
}
