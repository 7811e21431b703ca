// What refusals of roles and of approvals say to a person.

import Events
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
    default: name
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
    default: ""
    }
  }

  private static func place(_ position: Position) -> String {
    position == .none ? "none" : "position \(position.rawValue)"
  }
}
