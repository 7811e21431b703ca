// What a refusal says to a person: the rule, and what would allow the command.

import Events
import Text

extension Refusal {
  /// The rule that says no, in one sentence.
  public var message: String {
    switch self {
    case .commandBodyDiffers(let first):
      "this command id was used before, at position \(first.rawValue), with another body"
    case .busy: "more commands are waiting than the daemon holds"
    case .diskFull: "the disk of the log is full"
    case .logFailed: "the log could not be written or read; the daemon is stopping"
    case .merchantUnknown(let external): "merchant \(external) is not registered"
    case .merchantClosed(let external): "merchant \(external) is closed"
    case .merchantAlreadyExcluded(let external): "merchant \(external) is excluded already"
    case .merchantNotWithdrawn(let external):
      "merchant \(external) is neither rolled back nor excluded"
    case .merchantsTooMany: "the registry is full"
    case .reasonNotACode(let text): "the reason \"\(text)\" is not a code"
    case .subjectUnknown: "the vault holds no subject of that name or reference"
    case .vaultFailed: "the vault could not be read or written; nothing was done"
    default: rolloutMessage
    }
  }

  private var rolloutMessage: String {
    switch self {
    case .planInvalid(let faults):
      "the plan has \(faults.count) fault\(faults.count == 1 ? "" : "s"): "
        + faults.joined(separator: "; ")
    case .rolloutUnknown(let plan): "no rollout has the plan \"\(plan)\""
    case .rolloutNotUnique(let active): "\(active) rollouts are active; the command names none"
    case .planAlreadyAnnounced(let version): "this plan was announced already, version \(version)"
    case .planIsNotThatConsulted: "the plan differs in id or institution from that consulted on"
    case .noticeTooShort(let announced, let effective):
      "announced on \(announced.text), it may not take effect on"
        + " \(effective.text): the notice is at least seven days"
    case .institutionBusy(let plan): "the rollout \(plan) of this institution is still active"
    case .institutionOpenToAll(let institution):
      "\(institution.name) is open at every merchant already"
    case .rolloutNotAnnounced: "the rollout has not been announced"
    case .approvalsMissing(let given, let needed): "\(given) of \(needed) approvals are given"
    case .approvalRepeated: "this approver has approved this plan version already"
    case .alreadyStarted: "the rollout was started already"
    case .nobodyToEnable: "no registered merchant is eligible"
    case .notRunning(let phase): "the rollout is \(phase), not running"
    case .notPaused: "the opening is not paused"
    case .rolloutOver(let phase): "the rollout is \(phase): its opening has ended for good"
    case .waveNotOpened(let wave): "wave \(wave.rawValue) has not been opened"
    case .nothingToRollBack: "no merchant in that scope is on: there is nothing to withdraw"
    case .nothingToReinstate: "no merchant in that scope is rolled back"
    default: stepMessage
    }
  }

  private var stepMessage: String {
    switch self {
    case .stepStale(let what): "the step does not fit the state any more: \(what)"
    case .alreadyEnabled(let wave): "the merchant was enabled before, in wave \(wave.rawValue)"
    case .beforeEffective(let instant):
      "nothing is enabled before \(RFC3339.beijing(instant)), when the plan takes effect"
    case .windowOver(let instant): "the window ended at \(RFC3339.beijing(instant))"
    case .capReached(let cap): "the cap \(cap) is used up"
    case .paused: "the opening is paused"
    case .clockHeld: "the clock made a large step; nothing is scheduled"
    case .clockNotHeld: "the clock made no large step that waits to be confirmed"
    case .dumpAheadOfLog(let position), .treeAheadOfLog(let position):
      "the log ends before position \(position.rawValue)"
    case .closedTime(let until, let why):
      "nobody is enabled before \(RFC3339.beijing(until)) (\(why))"
    case .soaking(let until): "the wave before it soaks until \(RFC3339.beijing(until))"
    case .amendmentStale(let version, let given):
      "the plan has version \(version), and the amendment is version \(given)"
    case .amendmentNotAllowed(let changes):
      "the amendment changes what is fixed by now: \(changes.joined(separator: "; "))"
    case .amendmentChangesNothing: "the amendment leaves the plan as it is"
    case .rollbackRunning(let position):
      "the roll-back ordered at position \(position.rawValue) covers the merchant and goes on"
    case .coolingOff(let instant):
      "nobody is reinstated before \(RFC3339.beijing(instant)), when the cooling-off of all whom it"
        + " concerns is over"
    case .breachOpen(let position):
      "the breach at position \(position.rawValue) is open: nobody whom it withdrew comes back on"
    case .comparisonAheadOfLog(let position):
      "the log ends before position \(position.rawValue), up to which a statement was compared"
    case .comparisonUnbalanced: "what was found does not lead from the log to the statement"
    case .adjustmentOfNothing: "an adjustment is not zero and at most a billion yuan"
    case .noOpenDiscrepancy(let position, let miss): miss.message(position)
    default: approvalMessage
    }
  }

  /// What would allow the command, in one sentence.
  public var hint: String {
    switch self {
    case .commandBodyDiffers: "Give the new command an id of its own."
    case .busy: "Send it again in a moment."
    case .diskFull: "Free space on the disk; the daemon goes on by itself."
    case .logFailed: "See the daemon's last lines, mend the disk and start it again."
    case .merchantUnknown: "Register it with `sluice import merchants FILE`."
    case .merchantClosed, .alreadyEnabled, .merchantAlreadyExcluded: "Nothing is to be done."
    case .merchantNotWithdrawn: "See `sluice explain M` for where it stands."
    case .merchantsTooMany: "Ask the engineers to raise the limit."
    case .reasonNotACode:
      "Use 1 to 64 of a-z, 0-9 and -, such as risk-review; what --words says goes into the vault."
    case .subjectUnknown:
      "It was erased before, or is not of this vault; `sluice log show POSITION` names references."
    case .vaultFailed: "See the daemon's last lines, mend what they name and send it again."
    case .planInvalid: "Mend the plan; `sluice plan check FILE` says the same without a daemon."
    case .rolloutUnknown, .rolloutNotUnique: "See `sluice status` for the rollouts there are."
    case .planAlreadyAnnounced:
      "Change it with `sluice rollout amend FILE`, or announce another plan."
    case .planIsNotThatConsulted: "Announce the plan that was consulted on, or a new one."
    case .noticeTooShort: "Move effective_at to a later day."
    case .institutionBusy: "Complete or abort that rollout first."
    case .institutionOpenToAll: "Plan another institution."
    case .rolloutNotAnnounced: "Announce it with `sluice rollout announce FILE`."
    case .approvalsMissing:
      "Have it approved with `sluice rollout approve ID`; `sluice status` says what is missing."
    case .approvalRepeated: "Another person must approve."
    case .alreadyStarted, .notPaused: "See `sluice status`."
    case .nobodyToEnable: "Register merchants first with `sluice import merchants FILE`."
    case .notRunning: "See `sluice status` for its state."
    case .rolloutOver:
      "`sluice rollout rollback` withdraws the method from who is on, `reinstate` gives it back."
    case .waveNotOpened: "See `sluice dump waves`."
    case .nothingToRollBack, .nothingToReinstate: "See `sluice dump merchants`."
    case .stepStale, .paused: "The scheduler looks again at its next tick."
    case .beforeEffective, .windowOver, .capReached, .closedTime, .soaking:
      "The scheduler waits by itself."
    case .clockHeld, .clockNotHeld: "`sluice clock confirm` releases the scheduler."
    case .amendmentStale: "Amend the plan as it stands now, with the version after its own."
    case .amendmentNotAllowed:
      "While it runs: openings and soaks of waves to come, caps, closed, after_window, guardrails"
        + " that stay, more approvals, a longer window_days."
    case .amendmentChangesNothing: "Nothing is to be done."
    case .dumpAheadOfLog: "Make the dump again."
    case .treeAheadOfLog: "Commit the tree of the events that are there."
    case .rollbackRunning: "Wait until it is complete; see `sluice status`."
    case .coolingOff: "Wait until then, or name a narrower scope."
    case .breachOpen:
      "`sluice rollout resume` takes the breach back, with the approvals that the plan asks for."
    case .roleMissing, .approvalUnsigned, .approvalFaulty, .approverUnknown, .approvalOfAnother,
      .approvalExpired, .approvalEvidenceStale, .approvalNotAwaited, .proposerApproves,
      .overrideOfNoEvidence, .approvalTooLong:
      approvalHint
    case .comparisonAheadOfLog, .comparisonUnbalanced:
      "Compare again with `sluice reconcile FILE --record` on this log."
    case .adjustmentOfNothing: "Give the amount in fen, with its sign."
    case .noOpenDiscrepancy(_, let miss): miss.hint
    case .termsInvalid: "Mend it; `sluice terms check FILE` says the same without a daemon."
    case .termsStale: "Give the version after the last; `sluice terms list` shows it."
    case .termsDiffer:
      "What was published stays; publish a correction as the next version."
    }
  }
}

extension DiscrepancyMiss {
  fileprivate func message(_ position: Position) -> String {
    switch self {
    case .behindEnd: return "the log ends before position \(position.rawValue)"
    case .nothingOpen:
      return "nothing is open of event \(position.rawValue): it carries no discrepancy, or they are"
        + " answered"
    case .notThose(let asked, let open):
      let missing = PolicyFlags.names(of: asked.subtracting(open)).joined(separator: ", ")
      return "of event \(position.rawValue) \(missing) is not open; "
        + "\(PolicyFlags.names(of: open).joined(separator: ", ")) is"
    }
  }

  fileprivate var hint: String {
    switch self {
    case .behindEnd: "Give the position of the payment event; `sluice payment show` prints it."
    case .nothingOpen: "See `sluice dump discrepancies` for what is open, and where."
    case .notThose: "Name what is open, or leave --flag out, which means all of it."
    }
  }
}
