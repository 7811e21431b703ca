// What refusals of roles and of approvals say to a person.

import Events
import Rollout
import Text

extension Refusal {
  var approvalMessage: String {
    switch self {
    case .roleMissing(let roles):
      "this user has not the role \(roles.joined(separator: " or "))"
    case .approvalUnsigned: "the plan lists approvers, and this approval is not signed"
    case .approvalFaulty(let reason): "the note cannot be used: \(reason)"
    case .approverUnknown(let names):
      "no approver of the plan signed this note, but \(names.joined(separator: ", "))"
    case .approvalOfAnother(let field, let given, let stands):
      "the note is about another \(field): it names \(given), and here it is \(stands)"
    case .approvalExpired(let instant): "the approval counted until \(RFC3339.beijing(instant))"
    case .approvalEvidenceStale(let given, let stands):
      "the approval is about the evidence at \(Refusal.place(given)), and what stands is at "
        + Refusal.place(stands)
    case .approvalNotAwaited(let why): "nothing waits for this approval: \(why)"
    case .proposerApproves(let user):
      "user \(user) announced or amended this version of the plan, which asks for four eyes"
    case .overrideOfNoEvidence(let wave, let hold):
      "\(hold.reason): the evidence for wave \(wave.rawValue) is missing, and nobody overrides "
        + "what is missing"
    case .approvalTooLong(let until, let latest):
      "the approval would count until \(RFC3339.beijing(until)), and the plan lets it count until "
        + "\(RFC3339.beijing(latest)) at the latest"
    default: termsMessage
    }
  }

  var approvalHint: String {
    switch self {
    case .roleMissing: "The file of `sluice serve --roles FILE` says who has which."
    case .approvalUnsigned:
      "Sign it with `sluice approval sign ID`, then `sluice rollout approve ID --note FILE`."
    case .approvalFaulty: "Sign it anew with `sluice approval sign ID`."
    case .approverUnknown: "The plan's `approvers` say whose notes count."
    case .approvalOfAnother, .approvalExpired, .approvalEvidenceStale:
      "Look at `sluice status`, then approve what stands now."
    case .approvalNotAwaited: "`sluice status` says what waits for approvals."
    case .proposerApproves: "Another person must approve."
    case .overrideOfNoEvidence(_, .noneYet(let instant)),
      .overrideOfNoEvidence(_, .gap(_, let instant)):
      "A whole block that is closed releases it, at \(RFC3339.beijing(instant)) at the earliest."
    case .overrideOfNoEvidence(_, let hold): hold.release
    case .approvalTooLong:
      "Sign it with an earlier --expires, or without one; `approval_minutes` of the plan says how "
        + "long an approval counts."
    default: ""
    }
  }

  private var termsMessage: String {
    switch self {
    case .termsInvalid(let faults):
      "the terms have \(faults.count) faults: \(faults.joined(separator: "; "))"
    case .termsStale(0, let given):
      "no terms of this name were published, and these are version \(given)"
    case .termsStale(let version, let given):
      "the last version of these terms is \(version), and these are version \(given)"
    case .termsDiffer(let version, let first):
      "version \(version) of these terms was published at position \(first.rawValue) with other"
        + " bytes"
    default: name
    }
  }

  private static func place(_ position: Position) -> String {
    position == .none ? "none" : "position \(position.rawValue)"
  }
}
