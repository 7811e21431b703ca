// Refusals: a rule says no. Part of the domain, numbered for scripts, exhaustive for the compiler.
//
// Lower numbers win where several rules say no. A number is never reused; 34 (already paused, which
// is an acceptance now) and 40 were given and are not met. Last numbers given: 55, and 64 of the
// sixties, which are the roll-backs' and the reinstatements', and from 63 on of approvals. The
// seventies are the roles' and the approvals'; a missing role is told at the door, before anything
// else is asked. 90 to 92 and 98 are finance's, 93 to 95 the published terms', 96 and
// 97 the vault's.

public import Events
public import Rollout

/// Why there is nothing to answer.
public enum DiscrepancyMiss: Hashable, Sendable {
  /// The log ends before the position.
  case behindEnd
  /// The event carries none, or they are answered, or their capture has come.
  case nothingOpen
  /// Others are open.
  case notThose(asked: PolicyFlags, open: PolicyFlags)
}

/// Why a command was not taken.
public enum Refusal: Error, Hashable, Sendable {
  /// The same CommandID came before with another body.
  case commandBodyDiffers(first: Position)
  /// More is waiting than the daemon will hold.
  case busy
  /// The disk has no room; only control commands are taken.
  case diskFull
  /// The log has failed; the daemon is about to stop.
  case logFailed

  case merchantUnknown(ExternalID)
  case merchantClosed(ExternalID)
  case merchantAlreadyExcluded(ExternalID)
  case merchantNotWithdrawn(ExternalID)
  case merchantsTooMany
  case reasonNotACode(String)

  case planInvalid([String])
  case rolloutUnknown(String)
  case rolloutNotUnique(active: Int)
  case planAlreadyAnnounced(version: UInt16)
  case planIsNotThatConsulted
  case noticeTooShort(announced: BeijingDay, effective: BeijingDay)
  case institutionBusy(plan: ShortText)
  case institutionOpenToAll(Institution)
  case rolloutNotAnnounced
  case approvalsMissing(given: Int, needed: Int)
  case approvalRepeated
  case alreadyStarted
  case nobodyToEnable
  case notRunning(RolloutPhaseName)
  case notPaused
  case rolloutOver(RolloutPhaseName)
  case waveNotOpened(WaveNumber)
  case nothingToRollBack
  case nothingToReinstate

  case stepStale(String)
  case alreadyEnabled(wave: WaveNumber)
  case beforeEffective(Timestamp)
  case windowOver(Timestamp)
  case capReached(String)
  case paused

  case clockHeld
  case clockNotHeld
  case dumpAheadOfLog(Position)
  case treeAheadOfLog(Position)

  case closedTime(until: Timestamp, why: ShortText)
  case soaking(until: Timestamp)
  case amendmentStale(version: UInt16, given: UInt16)
  case amendmentNotAllowed([String])
  case amendmentChangesNothing
  /// A roll-back that covers the merchant is being carried out.
  case rollbackRunning(Position)
  /// Nobody of the scope may be given back before an instant.
  case coolingOff(until: Timestamp)
  /// A guardrail is breached, and nobody has taken that back.
  case breachOpen(Position)
  /// The evidence that would be overridden is missing, which nobody overrides.
  case overrideOfNoEvidence(WaveNumber, EvidenceHold)
  /// The approval would count for longer than the plan lets it.
  case approvalTooLong(until: Timestamp, latest: Timestamp)
  /// The client has none of the roles of which one is needed.
  case roleMissing([String])
  /// The plan lists approvers: only signed notes count.
  case approvalUnsigned
  case approvalFaulty(String)
  /// None of those who signed is an approver of the plan.
  case approverUnknown([String])
  /// The note is about something else.
  case approvalOfAnother(field: String, given: String, stands: String)
  case approvalExpired(Timestamp)
  case approvalEvidenceStale(given: Position, stands: Position)
  case approvalNotAwaited(String)
  case proposerApproves(uid: UInt32)
  case termsInvalid([String])
  /// The version does not follow on the last one of its name; 0 is none.
  case termsStale(version: UInt32, given: UInt32)
  /// The version was published with another document.
  case termsDiffer(version: UInt32, first: Position)

  case comparisonAheadOfLog(Position)
  case comparisonUnbalanced
  case adjustmentOfNothing
  /// The event carries no discrepancy, or none that is open.
  case noOpenDiscrepancy(Position, DiscrepancyMiss)
  /// The vault holds nothing under that reference or name.
  case subjectUnknown
  /// The vault could not be read or written, and nothing was done.
  case vaultFailed

  /// The word of a phase, so that this file needs no projection.
  public typealias RolloutPhaseName = String
}

extension Refusal {
  /// The number that scripts test for.
  public var number: Int {
    switch self {
    case .commandBodyDiffers: 1
    case .busy: 2
    case .diskFull: 3
    case .logFailed: 4
    case .merchantUnknown: 10
    case .merchantClosed: 11
    case .merchantAlreadyExcluded: 12
    case .merchantNotWithdrawn: 13
    case .merchantsTooMany: 14
    case .reasonNotACode: 15
    case .planInvalid: 20
    case .rolloutUnknown: 21
    case .rolloutNotUnique: 22
    case .planAlreadyAnnounced: 23
    case .planIsNotThatConsulted: 24
    case .noticeTooShort: 25
    case .institutionBusy: 26
    case .institutionOpenToAll: 27
    case .rolloutNotAnnounced: 28
    case .approvalsMissing: 29
    case .approvalRepeated: 30
    case .alreadyStarted: 31
    case .nobodyToEnable: 32
    case .notRunning: 33
    case .notPaused: 35
    case .rolloutOver: 36
    case .waveNotOpened: 37
    case .nothingToRollBack: 38
    case .nothingToReinstate: 39
    case .stepStale: 41
    case .alreadyEnabled: 42
    case .beforeEffective: 43
    case .windowOver: 44
    case .capReached: 45
    case .paused: 46
    case .clockHeld: 47
    case .clockNotHeld: 48
    case .dumpAheadOfLog: 49
    case .treeAheadOfLog: 55
    case .closedTime: 50
    case .soaking: 51
    case .amendmentStale: 52
    case .amendmentNotAllowed: 53
    case .amendmentChangesNothing: 54
    case .rollbackRunning: 60
    case .coolingOff: 61
    case .breachOpen: 62
    case .overrideOfNoEvidence: 63
    case .approvalTooLong: 64
    case .roleMissing: 70
    case .approvalUnsigned: 71
    case .approvalFaulty: 72
    case .approverUnknown: 73
    case .approvalOfAnother: 74
    case .approvalExpired: 75
    case .approvalEvidenceStale: 76
    case .approvalNotAwaited: 77
    case .proposerApproves: 78
    case .comparisonAheadOfLog: 90
    case .comparisonUnbalanced: 91
    case .adjustmentOfNothing: 92
    case .noOpenDiscrepancy: 98
    case .termsInvalid: 93
    case .termsStale: 94
    case .termsDiffer: 95
    case .subjectUnknown: 96
    case .vaultFailed: 97
    }
  }

  /// The name beside the number: `merchant-unknown`.
  public var name: String {
    var name = ""
    for character in "\(self)".prefix(while: { $0 != "(" }) {
      if character.isUppercase { name.append("-") }
      name.append(contentsOf: character.lowercased())
    }
    return name
  }

  /// Whether the same command may well be taken a moment later.
  public var isRetryable: Bool {
    switch self {
    case .busy, .diskFull, .logFailed, .vaultFailed: true
    default: false
    }
  }
}
